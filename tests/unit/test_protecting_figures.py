"""What is hidden of a release: small counts, their complements, the same count elsewhere; and what is not."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.privacy.aggregate_lines import Cells, hide_complements
from orchestration.privacy.coarsen import groupings_of
from orchestration.privacy.decide import decide
from orchestration.privacy.empty_cells import with_empty_cells
from orchestration.privacy.hidden_summary import hidden_summary, why_hidden
from orchestration.privacy.partitions import lines_of, straddling_weeks
from orchestration.privacy.protect import banded, hidden_cells, hidden_empty_rows, protect_durations
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.user_sums import series_of

TEAM = PublishingRules()
Cell = tuple[str, str | None, str, str]
OVERALL: Cell = ("overall", None, "all", "all")


def sums(metric: str, cells: dict[Cell, Sequence[tuple[int, int]]], kind: str = "rate") -> pd.DataFrame:
    """Sums of a metric: per cell (numerator, denominator) of users u0, u1, …"""
    rows = [
        {
            "agent": "a", "metric_name": metric, "metric_kind": kind, "labeller": "rules",
            "period_kind": period, "period_start": start, "segment_name": segment, "segment_value": value,
            "fingerprint": "f", "merged_values": None, "user_id": f"u{number}", "numerator": counted,
            "denominator": None if kind == "count" else population,
            "session_count": counted if kind == "count" else population, "unknown_count": 0,
        }
        for (period, start, segment, value), users in cells.items()
        for number, (counted, population) in enumerate(users)
        if counted or population
    ]  # fmt: skip
    return pd.DataFrame(rows)


def hidden(*tables: pd.DataFrame) -> Any:
    """Cells by metric and value, with their flags."""
    series = [one for number, table in enumerate(tables) for one in series_of(f"rpt_{number}", table)]
    found = hidden_cells(decide(series, TEAM))
    return found.set_index(["metric_name", "period_kind", "segment_value"]).sort_index()


def test_a_numerator_of_few_users_is_hidden_and_its_population_is_not() -> None:
    found = hidden(sums("rare", {OVERALL: [(2, 10)] * 4 + [(0, 10)] * 6})).iloc[0]
    assert found["counted"]
    assert not found["population"]


def test_a_complement_of_few_users_is_hidden_like_a_numerator() -> None:
    assert hidden(sums("usual", {OVERALL: [(8, 10)] * 4 + [(10, 10)] * 6})).iloc[0]["counted"]


def test_everybody_having_the_same_outcome_is_shown_of_a_large_population_alone() -> None:
    small, large = [(0, 4)] * 8, [(0, 8)] * 12
    found = hidden(sums("never_of_few", {OVERALL: small}), sums("never_of_many", {OVERALL: large}))
    assert found["counted"].tolist() == [False, True] or found.loc["never_of_few", "counted"].all()
    assert not found.loc["never_of_many", "counted"].any()


def test_a_count_is_hidden_under_every_name_that_it_has() -> None:
    """The numerator of one rate is the denominator of the other, which has a small complement."""
    inside = [(2, 5)] * 12
    nested = [(2, 2)] * 9 + [(1, 2)] * 3
    found = hidden(sums("troubled", {OVERALL: inside}), sums("recovered_of_troubled", {OVERALL: nested}))
    assert found.loc["recovered_of_troubled", "counted"].all()
    assert not found.loc["troubled", "counted"].any()
    few = sums("troubled", {OVERALL: [(2, 5)] * 4 + [(0, 5)] * 8})
    of_few = sums("recovered_of_troubled", {OVERALL: [(1, 2)] * 4})
    assert hidden(few, of_few)[["counted"]].all().all()


def by_value(values: dict[str, Sequence[tuple[int, int]]]) -> dict[Cell, Sequence[tuple[int, int]]]:
    """Cells of a segment and the one that holds them."""
    users = max(map(len, values.values()))
    padded = [np.array([*own, *[(0, 0)] * (users - len(own))]) for own in values.values()]
    whole = [(int(y), int(n)) for y, n in np.sum(padded, axis=0)]
    return {OVERALL: whole} | {("overall", None, "mode", value): own for value, own in values.items()}


def test_a_hidden_value_takes_another_with_it_so_that_the_rest_tells_nothing() -> None:
    even = [(5, 10)] * 12
    found = hidden(sums("rate", by_value({"one": [(1, 3)] * 3, "two": even, "three": [(2, 4)] * 12})))
    assert found.loc[("rate", "overall")]["population"].to_dict() == {
        "all": False, "one": True, "two": False, "three": True
    }  # fmt: skip


def test_a_total_less_its_shown_parts_is_a_count_too() -> None:
    """Three sessions of one user are in no value: without a hidden value they would be told."""
    cells = by_value({"one": [(5, 10)] * 12, "two": [(2, 6)] * 12})
    cells[OVERALL] = [(8, 19), *list(cells[OVERALL])[1:]]
    found = hidden(sums("rate", cells))
    assert found.loc[("rate", "overall", "two"), "population"].all()


def test_a_large_total_of_nothing_is_shown_of_its_parts_which_it_tells() -> None:
    found = hidden(sums("never", by_value({"one": [(0, 10)] * 12, "two": [(0, 1)] * 3 + [(0, 9)] * 9})))
    assert found.loc[("never", "overall")][["population", "counted"]].sum().sum() == 0
    assert found.loc[("never", "overall")]["nothing"].to_dict() == {"all": False, "one": True, "two": True}


def test_personal_mode_hides_nothing() -> None:
    series = list(series_of("rpt", sums("rate", {OVERALL: [(1, 1)]})))
    assert not hidden_cells(decide(series, PublishingRules(mode="personal")))["population"].any()


def cells_of(*keys: tuple[str, str | None, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(keys, columns=["period_kind", "period_start", "segment_name", "segment_value"])
    frame["period_start"] = pd.to_datetime(frame["period_start"])
    return frame.assign(fingerprint=None, merged_values=None)


def test_periods_add_up_to_the_finest_that_holds_them() -> None:
    cells = cells_of(
        ("overall", None, "all", "all"), ("quarter", "2026-01-01", "all", "all"),
        ("month", "2026-01-01", "all", "all"), ("month", "2026-02-01", "all", "all"),
        ("week", "2026-01-05", "all", "all"), ("week", "2026-01-26", "all", "all"),
    )  # fmt: skip
    assert {(line.total, line.parts) for line in lines_of(cells)} == {(0, (1,)), (1, (2, 3)), (2, (4,))}
    assert straddling_weeks(cells) == {5: ()}


def test_occupations_add_up_to_the_users_that_have_one() -> None:
    cells = cells_of(
        ("overall", None, "all", "all"), ("overall", None, "occupation_group", "software"),
        ("overall", None, "occupation_group", "other"), ("overall", None, "occupation", "sales"),
        ("overall", None, "occupation", "law"),
    )  # fmt: skip
    assert {(line.total, line.parts) for line in lines_of(cells)} == {(0, (1, 2)), (2, (3, 4))}


def base(values: dict[str, Sequence[int]]) -> pd.DataFrame:
    """Sessions per value and user."""
    return pd.DataFrame(
        [
            ("a", "rules", "mode", value, f"u{number}", count)
            for value, users in values.items()
            for number, count in enumerate(users)
            if count
        ],
        columns=["agent", "labeller", "segment_name", "segment_value", "user_id", "session_count"],
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"one": [5] * 8, "two": [5] * 6}, {"one": "one", "two": "two"}),
        # Two small values are not enough together: the next smallest joins.
        (
            {"one": [1] * 3, "two": [1] * 2, "three": [3] * 6, "four": [9] * 9},
            {"one": "all_other", "two": "all_other", "three": "all_other", "four": "four"},
        ),
        # One user above half is as telling as a small value.
        ({"one": [90, *[3] * 9], "two": [9] * 12}, {"one": None, "two": None}),
        ({"one": [1] * 3, "two": [1] * 3}, {"one": None, "two": None}),
    ],
)  # fmt: skip
def test_small_values_are_merged_until_they_are_safe(
    values: dict[str, Sequence[int]], expected: dict[str, str | None]
) -> None:
    found = groupings_of(base(values), TEAM).set_index("segment_value")["group_value"]
    assert found.astype(object).where(found.notna(), None).to_dict() == expected


def test_known_by_their_totals_alone_cells_are_hidden_until_their_sum_is_safe() -> None:
    cells = Cells(*map(np.array, ([100, 8, 20, 72], [100, 8, 20, 72], [20, 3, 9, 18], [0.1, 0.4, 0.2, 0.1])))
    found = hide_complements(cells, cells.small(TEAM), [(0, [1, 2, 3])], TEAM)
    assert found.tolist() == [False, True, True, False]


def durations(weeks: Sequence[tuple[str | None, int, int]]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "agent": "a", "period_kind": "week" if start else "overall",
            "period_start": None if start is None else pd.Timestamp(start, tz="UTC"), "series": "wall",
            "statistic": "p50", "n_turns": 5 * sessions, "n_open_turns": 3, "n_sessions": sessions,
            "n_users": users, "top_user_share": 0.2, "tail_user_share": None, "estimate_seconds": 40.0,
            "interval_low_seconds": 30.0, "interval_high_seconds": 50.0, "withheld_reason": None,
        }
        for start, sessions, users in weeks
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_turns_of_a_small_week_are_hidden_with_those_of_another() -> None:
    rows = durations([(None, 200, 20), ("2026-01-05", 6, 3), ("2026-01-12", 64, 14), ("2026-01-19", 130, 18)])
    shown = protect_durations(rows, hidden(sums("rate", {OVERALL: [(5, 10)] * 12})).reset_index(), TEAM)
    assert shown["suppressed_reason"].tolist() == [None, "small_cell", "small_cell", None]
    assert shown["estimate_seconds"].isna().tolist() == [False, True, True, False]
    assert shown["n_turns"].isna().tolist() == [False, True, True, False]
    assert shown["n_open_turns"].isna().all()


def test_shares_of_the_heaviest_user_come_in_bands() -> None:
    found = banded(pd.Series([0.1, 0.25, 0.4, 0.9, None]))
    assert found.fillna("").tolist() == ["up to 25 %", "up to 25 %", "25 to 50 %", "above 50 %", ""]


def test_a_summary_says_how_much_is_hidden_and_what_would_show_it() -> None:
    figures = pd.DataFrame({
        "table_name": ["rpt_a", "rpt_a", "rpt_b"], "suppressed_reason": [None, "small_cell", "small_cell"],
        "n_sessions": [40, 30, None], "segment_name": "all", "period_kind": ["overall", "month", "overall"],
        "period_start": [None, date(2026, 1, 1), None],
    })  # fmt: skip
    first, second = hidden_summary(figures)
    assert (first.cell_count, first.hidden_count, first.without_count) == (2, 1, 0)
    assert first.shown_periods == ("overall",)
    assert (second.hidden_count, second.without_count) == (1, 1)
    assert why_hidden([first, second], TEAM).startswith(
        "2 of 3 figures are hidden: they count fewer than 5 people"
    )
    assert why_hidden(hidden_summary(figures[:1]), TEAM) == ""


def quarters_of_two_modes() -> dict[Cell, Sequence[tuple[int, int]]]:
    """Mode a was worked in during the first quarter alone, mode b by two people in the second as well."""
    both, few = [(2, 5)] * 12, [(1, 2)] * 2
    first, second = "2026-01-01", "2026-04-01"
    return {
        OVERALL: [(5, 12)] * 2 + [(4, 10)] * 10,
        ("overall", None, "mode", "a"): both,
        ("overall", None, "mode", "b"): [(3, 7)] * 2 + [(2, 5)] * 10,
        ("quarter", first, "all", "all"): [(4, 10)] * 12,
        ("quarter", first, "mode", "a"): both,
        ("quarter", first, "mode", "b"): both,
        ("quarter", second, "all", "all"): few,
        ("quarter", second, "mode", "b"): few,
    }


def test_an_empty_cell_that_would_tell_another_has_a_hidden_row() -> None:
    series = with_empty_cells(list(series_of("rpt_0", sums("usual", quarters_of_two_modes()))))
    cells = hidden_cells(decide(series, TEAM))
    empty = cells[cells["is_empty"]]
    assert empty[["segment_value", "population"]].to_numpy().tolist() == [["a", True]]
    shown = cells[~cells["is_empty"]].assign(metric_kind="rate", numerator=1.0)
    row = hidden_empty_rows(shown, cells)
    assert row[["segment_value", "suppressed_reason"]].to_numpy().tolist() == [["a", "small_cell"]]
    assert row["numerator"].isna().all()
    overall = cells[(cells["period_kind"] == "overall") & (cells["segment_value"] == "a")]
    assert not overall["population"].any()


def test_a_single_part_is_hidden_with_its_total() -> None:
    found = hidden(sums("usual", quarters_of_two_modes()))
    assert found.loc[("usual", "overall", "a"), "population"].all()
