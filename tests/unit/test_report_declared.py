"""Figures that the catalogue declares: which cells they take, series, levels and panels, one person's own."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from orchestration.measures.measure import DrawnFigure
from orchestration.measures.registry import load_measures
from orchestration.report.blocks import figure_block
from orchestration.report.cells import Cell
from orchestration.report.figures import Figure
from orchestration.report.pair_rows import pair_rows, points_of_study
from orchestration.report.projects import told_apart, with_project_names
from orchestration.report.sections import Entry, sections
from tests.unit.test_report_figures import cell

MODES = ("fix", "build")
MONTHS = tuple(date(2026, month, 1) for month in (1, 2, 3))


def entries(cells: list[Cell], *, is_personal: bool = False) -> dict[str, Entry]:
    found = sections(cells, ["claude_code"], is_personal=is_personal)
    return {entry.measure.id: entry for section in found for entry in section.entries}


def adjusted(level: str, statistic: str, **changes: object) -> Cell:
    given: dict[str, object] = {
        "table": "rpt_adjusted_rates", "segment": "expertise", "value_of_segment": level,
        "statistic": statistic, "population": "with_goal",
        "specification": "raw" if statistic == "unadjusted" else "joint_cell",
    }  # fmt: skip
    return cell("verified_success", **given | changes)


def of_kind(entry: Entry, kind: str) -> list[Figure]:
    return [figure for figure in entry.figures if figure.kind == kind]


def test_returns_to_expertise_are_raw_and_adjusted_side_by_side() -> None:
    levels = ("expert", "novice", "unknown")
    cells = [adjusted(level, statistic) for level in levels for statistic in ("adjusted", "unadjusted")]
    found = entries([*cells, adjusted("expert", "coefficient")])
    (figure,) = of_kind(found["C27"], "levels")
    assert [(row["at"], row["label"], row["x"]) for row in figure.drawn_rows()] == [
        ("novice", "adjusted", 0.0), ("novice", "raw", 0.0), ("expert", "adjusted", 1.0),
        ("expert", "raw", 1.0), ("unknown", "adjusted", None), ("unknown", "raw", None),
    ]  # fmt: skip
    # Every cell is in one figure; what the study does not draw is listed.
    (rest,) = found["C21"].figures
    assert [row.cell.statistic for row in rest.rows] == ["coefficient"]
    assert not rest.is_drawn


def test_work_modes_over_time_are_small_panels_in_the_order_of_their_vocabulary() -> None:
    cells = [
        cell("work_mode_share", table="rpt_label_shares", segment="work_mode", value_of_segment=mode,
             period_kind="month", period_start=month)
        for mode in MODES for month in MONTHS
    ]  # fmt: skip
    (figure,) = entries(cells)["C16"].figures
    assert figure.kind == "month_panels"
    assert [row["panel"] for row in figure.drawn_rows()] == ["build"] * 3 + ["fix"] * 3
    assert [row["x"] for row in figure.drawn_rows()] == 2 * sorted(row.x or 0 for row in figure.rows[:3])


def test_work_by_expertise_has_a_panel_per_work_mode() -> None:
    cells = [
        cell("actions_per_prompt", table="rpt_work_by_expertise", statistic="geometric_mean",
             specification="positives", population=f"work_mode:{mode}", segment="expertise",
             value_of_segment=level)
        for mode in MODES for level in ("expert", "novice")
    ]  # fmt: skip
    (figure,) = entries(cells)["C12"].figures
    assert figure.kind == "level_panels"
    assert [(row["panel"], row["at"]) for row in figure.drawn_rows()] == [
        ("build", "novice"), ("build", "expert"), ("fix", "novice"), ("fix", "expert"),
    ]  # fmt: skip
    assert figure.rows[0].parts == "|novice|build"


def test_a_baseline_is_on_no_line_beside_an_estimate() -> None:
    def months(labeller: str, standing: str) -> list[Cell]:
        return [
            cell(labeller=labeller, standing=standing, period_kind="month", period_start=month)
            for month in MONTHS
        ]

    rules = months("rules", "baseline")
    (alone,) = of_kind(entries(rules)["C18"], "months")
    assert {row.cell.labeller for row in alone.rows} == {"rules"}
    (beside,) = of_kind(entries([*months("claude", "estimate"), *rules])["C18"], "months")
    assert {row.cell.labeller for row in beside.rows} == {"claude"}


def test_one_person_sees_own_projects_and_weeks_and_a_team_sees_neither() -> None:
    usage = {"table": "rpt_usage", "labeller": None}
    weeks = [date(2026, 3, day) for day in (2, 9, 16)]
    cells = [
        cell("cost_usd", **usage),
        *(cell("cost_usd", **usage, period_kind="week", period_start=week) for week in weeks),
        *(cell("cost_usd", **usage, period_kind="month", period_start=month) for month in MONTHS),
        cell("cost_usd", **usage, segment="project", value_of_segment="project_1"),
    ]
    named = with_project_names(cells, {"project_1": "bakery"})
    own = entries(named, is_personal=True)["own-usage"]
    (by_project,) = [figure for figure in own.figures if figure.title == "dollars by project"]
    assert [row.label for row in by_project.rows] == ["bakery"]
    (over_time,) = of_kind(own, "months")
    assert [row.cell.period_start for row in over_time.rows] == weeks
    assert own.answer.startswith("cost usd: $0.60")
    team = entries(cells)["own-usage"]
    assert "dollars by project" not in {figure.title for figure in team.figures}
    (over_time,) = of_kind(team, "months")
    assert [row.cell.period_start for row in over_time.rows] == list(MONTHS)


def test_projects_of_one_name_are_told_apart_and_those_without_keep_their_pseudonym() -> None:
    assert told_apart({"project_12345": "app", "project_67890": "app", "project_3": "web"}) == {
        "project_12345": "app 1234", "project_67890": "app 6789", "project_3": "web",
    }  # fmt: skip
    (unnamed,) = with_project_names([cell(segment="project", value_of_segment="project_9")], {})
    assert unnamed.value_of_segment == "project_9"


@pytest.mark.parametrize(
    "wrong",
    [
        {"segment": "all"},
        {"panels": "population", "series": "statistic"},
        {"metrics": []},
        {"kind": "pairs"},
        {"kind": "pairs", "metrics": ["a", "b"], "series": "metric"},
    ],
)
def test_a_declaration_that_cannot_be_drawn_is_refused(wrong: dict[str, object]) -> None:
    right = {
        "kind": "levels", "title": "by expertise", "mart": "rpt_session_outcomes",
        "metrics": ["judged_success"], "segment": "expertise",
    }  # fmt: skip
    DrawnFigure.model_validate(right)
    with pytest.raises(ValidationError):
        DrawnFigure.model_validate(right | wrong)


def test_no_cell_is_claimed_by_two_declared_figures() -> None:
    """Months are shown beside other figures; of the others, one home each."""
    chosen = [
        (figure.mart, metric, figure.segment, statistic, population, specification)
        for measure in load_measures()
        for figure in measure.figures
        if figure.kind != "months"
        for metric in figure.metrics
        for statistic in figure.statistics or ("",)
        for population in figure.populations or ("",)
        for specification in figure.specifications or ("",)
    ]
    assert len(chosen) == len(set(chosen))


PAIRS = DrawnFigure.model_validate({
    "kind": "pairs", "title": "risk and autonomy", "mart": "rpt_call_labels", "segment": "action_cluster",
    "metrics": ["action_autonomy_mean", "action_risk_mean"], "statistics": ["per_call"],
    "populations": ["all"],
})  # fmt: skip


def rating(one: str, name: str = "g/1", **changes: Any) -> Cell:
    """The mean of a rating in a cluster."""
    given = {"table": "rpt_call_labels", "statistic": "per_call", "population": "all"}
    return cell(f"action_{one}_mean", segment="action_cluster", value_of_segment=name, **given | changes)


def test_a_pair_has_both_values_in_its_drawing_its_words_and_its_table() -> None:
    cells = [
        rating("risk", estimate=3.6, low=3.0, high=4.2),
        rating("autonomy", estimate=4.8, low=4.0, high=5.6),
    ]
    (row,) = pair_rows(cells, PAIRS)
    drawing = row.drawn("score")
    assert (drawing["x"], drawing["x_low"], drawing["x_high"]) == (4.8, 4.0, 5.6)
    assert (drawing["estimate"], drawing["low"], drawing["high"]) == (3.6, 3.0, 4.2)
    said = "g/1 (by Claude): action risk 3.6, action autonomy 4.8 [3 to 4.2; 4 to 5.6]"
    assert row.said("score") == drawing["said"] == said
    assert Figure("f", "pairs", "score", "", (row,)).axes == ("action autonomy", "action risk")


@pytest.mark.parametrize("hidden_one", ["risk", "autonomy"])
def test_a_pair_is_hidden_where_either_of_its_values_is(hidden_one: str) -> None:
    blank = dict.fromkeys(("estimate", "low", "high")) | {"hidden": "small_cell", "is_private": True}
    cells = [rating(one, **(blank if one == hidden_one else {})) for one in ("risk", "autonomy")]
    figure = Figure("f", "pairs", "score", "", pair_rows(cells, PAIRS))
    assert figure.first is None
    assert figure.drawn_rows() == []
    (row,) = figure.rows
    numbers = {name: row.drawn("score")[name] for name in ("x", "x_low", "estimate", "low", "high")}
    assert set(numbers.values()) == {None}
    assert (row.cell.hidden, row.cell.is_private) == ("small_cell", True)


def test_points_of_the_study_stand_beside_own_pairs_and_are_not_counted_as_hidden() -> None:
    (study,) = (measure for measure in load_measures() if measure.id == "A15")
    own = pair_rows([rating("risk"), rating("autonomy")], PAIRS)
    points = list(points_of_study(study.published, PAIRS, own))
    assert len(points) == 10
    (chemicals,) = (row for row in points if row.label == "reactive chemicals")
    drawing = chemicals.drawn("score")
    assert (drawing["published"], drawing["published_x"], drawing["estimate"]) == (4.8, 2.9, None)
    block = figure_block(Figure("f", "pairs", "score", "", (*own, *points)), "heading")
    assert (block["row_count"], block["hidden_count"]) == (11, 0)
    assert "reactive chemicals" in block["svg"]
    assert list(points_of_study(study.published, PAIRS, ())) == [], "nothing of one's own, nothing beside it"
