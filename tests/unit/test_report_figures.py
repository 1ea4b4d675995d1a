"""From published cells to the rows of a figure: labels, choices, what is drawn first, what a card says."""

from datetime import date
from typing import Any

import pytest

from orchestration.report.blocks import card_block
from orchestration.report.cells import Cell
from orchestration.report.figures import MOST_DRAWN, MOST_ROWS, Choice, Figure
from orchestration.report.first_screen import agents, first_screen
from orchestration.report.rows import MOST_PERIODS, curve_rows, interval_rows, month_rows
from orchestration.report.sections import sections


def cell(metric: str = "judged_success", **changes: Any) -> Cell:
    """A shown rate of everybody over the whole time; `changes`: what is different."""
    given: dict[str, Any] = {
        "table": "rpt_session_outcomes", "agent": "claude_code", "metric": metric, "statistic": None,
        "specification": None, "population": None, "labeller": "claude", "fingerprint": "f" * 20,
        "standing": "estimate", "period_kind": "overall", "period_start": None, "segment": "all",
        "value_of_segment": "all", "estimate": 0.6, "low": 0.5,
        "high": 0.7, "n_sessions": 100, "n_users": 12, "unknown_share": 0.0,
        "published": None, "published_low": None, "published_high": None, "published_text": None,
        "grade": None, "hidden": None, "is_private": False,
    }  # fmt: skip
    return Cell(**given | changes)


def hidden(**changes: Any) -> Cell:
    blank = dict.fromkeys(("estimate", "low", "high", "n_sessions", "n_users"))
    return cell(**blank, hidden="small_cell", is_private=True, **changes)


def test_a_label_says_what_differs_between_rows_and_by_whom_they_are() -> None:
    rows = interval_rows([cell(), cell("verified_success"), cell("verified_success", labeller="rules")])
    assert [row.label for row in rows] == [
        "judged success (by Claude)", "verified success (by Claude)", "verified success (by rules)",
    ]  # fmt: skip


def test_rows_of_one_metric_are_called_by_their_part() -> None:
    levels = [cell(segment="expertise", value_of_segment=level) for level in ("novice", "expert")]
    assert [row.label for row in interval_rows(levels)] == ["novice (by Claude)", "expert (by Claude)"]


def test_a_work_mode_is_a_choice_where_everybody_has_a_row_and_a_row_where_nobody_has() -> None:
    mode = cell(segment="work_mode", value_of_segment="fix")
    assert [row.choice.part for row in interval_rows([cell(), mode])] == ["all", "work mode: fix"]
    (row,) = interval_rows([mode])
    assert row.choice.part == "all"
    assert row.label == "fix (by Claude)"


def test_the_first_drawing_is_of_the_first_choice_that_shows_something() -> None:
    month = cell(period_kind="month", period_start=date(2026, 3, 1))
    figure = Figure("f", "intervals", "share", "", interval_rows([hidden(), month]))
    assert figure.first == Choice("claude_code", "month 2026-03-01")
    assert [row["estimate"] for row in figure.drawn_rows()] == [0.6]


def test_a_figure_of_hidden_rows_draws_nothing() -> None:
    figure = Figure("f", "intervals", "share", "", interval_rows([hidden()]))
    assert figure.first is None
    assert figure.drawn_rows() == []


def test_a_table_that_is_too_long_keeps_the_whole_time_and_the_newest_periods() -> None:
    months = [
        cell(period_kind="month", period_start=date(2020 + number // 12, number % 12 + 1, 1))
        for number in range(MOST_ROWS + 20)
    ]
    figure = Figure("f", "intervals", "share", "", interval_rows([*months, cell()]))
    assert len(figure.listed) == MOST_ROWS
    listed = {row.cell.period_start for row in figure.listed}
    assert None in listed
    assert max(row.period_start for row in months if row.period_start) in listed
    assert date(2020, 1, 1) not in listed


def test_a_long_drawing_shows_its_first_rows() -> None:
    levels = [cell(segment="occupation", value_of_segment=f"group {number}") for number in range(30)]
    figure = Figure("f", "intervals", "share", "", interval_rows(levels))
    assert len(figure.drawn_rows()) == MOST_DRAWN
    assert len(figure.listed) == MOST_ROWS >= MOST_DRAWN


def test_months_come_in_their_order_whatever_order_they_are_read_in() -> None:
    months = [cell(period_kind="month", period_start=date(2026, month, 1)) for month in (3, 1, 2)]
    rows = month_rows(months)
    assert [row.x for row in rows] == sorted(row.x or 0.0 for row in rows)


def test_a_figure_over_time_shows_the_newest_year() -> None:
    months = [
        cell(period_kind="month", period_start=date(2020 + number // 12, number % 12 + 1, 1))
        for number in range(30)
    ]
    rows = month_rows(months)
    assert len(rows) == MOST_PERIODS["month"]
    assert rows[-1].cell.period_start == date(2022, 6, 1)


def test_levels_come_in_the_order_of_their_vocabulary_and_what_is_no_level_last() -> None:
    values = ("unknown", "expert", "novice", "intermediate")
    levels = [cell(segment="expertise", value_of_segment=value) for value in values]
    assert [row.cell.value_of_segment for row in interval_rows(levels)] == [
        "novice", "intermediate", "expert", "unknown",
    ]  # fmt: skip


def test_projects_come_with_the_largest_first() -> None:
    sizes = {"small": 1.0, "large": 9.0, "middle": 4.0}
    projects = [
        cell("cost_usd", table="rpt_usage", labeller=None, segment="project", value_of_segment=name,
             estimate=size)
        for name, size in sizes.items()
    ]  # fmt: skip
    rows = interval_rows(projects, are_parts_rows=True)
    assert [row.label for row in rows] == ["large", "middle", "small"]


def test_two_labellers_of_one_value_have_one_name_in_the_drawing_and_two_in_the_table() -> None:
    figure = Figure("f", "intervals", "share", "", interval_rows([cell(), cell(labeller="rules")]))
    assert [row.label for row in figure.rows] == ["judged success (by Claude)", "judged success (by rules)"]
    assert [row["label"] for row in figure.drawn_rows()] == ["judged success", "judged success"]
    assert [row["by"] for row in figure.drawn_rows()] == ["by Claude", "by rules"]
    assert [row.parts for row in figure.rows] == ["", ""], "a browser reads both from the label"


def test_a_curve_starts_before_the_first_earlier_session_on_a_logarithmic_axis() -> None:
    points = [cell(segment="prior_sessions", value_of_segment=value) for value in ("10", "0")]
    assert [row.x for row in curve_rows(points)] == [0.5, 10.0]


@pytest.mark.parametrize(("low", "verdict"), [(0.71, "more than noise"), (0.69, "which may be noise")])
def test_a_change_is_more_than_noise_where_the_intervals_do_not_meet(low: float, verdict: str) -> None:
    months = [
        cell(period_kind="month", period_start=date(2026, 1, 1)),
        cell(period_kind="month", period_start=date(2026, 2, 1), estimate=0.8, low=low, high=0.9),
    ]
    (change,) = next(shown for shown in first_screen(months) if shown.card.id == "success").changes
    assert change.endswith(f"to 80.0 % (2026-02), {verdict}.")


def test_the_agent_with_most_sessions_comes_first() -> None:
    counted = {"metric": "sessions", "table": "rpt_activity", "labeller": None}
    cells = [cell(**counted, agent="codex", estimate=9.0), cell(**counted, agent="claude_code", estimate=3.0)]
    assert agents(cells) == ["codex", "claude_code"]


def test_a_measure_answers_with_the_row_that_has_a_published_value_and_says_of_whom_it_is() -> None:
    cells = [cell("verified_success_opt_out"), cell("verified_success", published=0.3, published_text="30 %")]
    (entry,) = [
        entry for section in sections(cells, ["claude_code"]) for entry in section.entries
        if entry.measure.id == "C21"
    ]  # fmt: skip
    assert entry.answer == (
        "verified success (by Claude): 60.0 % [50.0–70.0 %], from 100 sessions of 12 people. Published: 30 %."
    )


def test_a_measure_of_which_nothing_is_shown_says_why() -> None:
    (entry,) = sections([hidden()], ["claude_code"])[0].entries
    assert entry.answer.startswith("Hidden for privacy")


def test_labels_that_are_only_a_baseline_give_a_card_no_number_and_no_change() -> None:
    dates = (None, date(2026, 1, 1), date(2026, 2, 1))
    cells = [
        cell(
            labeller="rules", standing="baseline", period_kind="month" if day else "overall", period_start=day
        )
        for day in dates
    ]
    card = next(shown for shown in first_screen(cells) if shown.card.id == "success")
    assert card.changes == ()
    (block,) = card_block(card)["figures"]
    assert [number["value"] for number in block["numbers"]] == ["—"]
    assert block["numbers"][0]["detail"].startswith("A baseline by rules, no estimate")
    assert 'fill="var(--own)"' not in block["svg"], "the point is hollow"


def test_a_card_of_good_labels_shows_its_number() -> None:
    card = next(shown for shown in first_screen([cell()]) if shown.card.id == "success")
    (block,) = card_block(card)["figures"]
    assert [number["value"] for number in block["numbers"]] == ["60.0 %"]
    assert 'fill="var(--own)"' in block["svg"]


def test_rates_by_rules_are_called_a_baseline() -> None:
    (entry,) = sections([cell(labeller="rules", standing="baseline")], ["claude_code"])[0].entries
    assert entry.answer.endswith("A baseline by rules, not an estimate.")
