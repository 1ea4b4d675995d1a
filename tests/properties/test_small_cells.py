"""Suppression on random tables: what is published does not tell what is not.

The tables are cut from random sessions, so that their cells add up as real ones do: over all, by month,
by one or two segments, and by both. The macro's own SQL runs on them in DuckDB; the reader is linear
algebra: every sum that holds between cells, with everything published put in.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.dbt_macros import render_macro

TEAM = {"mode": "team", "min_users": 5, "min_sessions": 15}
SIBLINGS = ["agent", "metric_name", "labeller", "fingerprint", "period_kind", "segment_name"]
KEY = ["period_kind", "period_start", "segment_name", "segment_value"]
CELL = ["agent", "metric_name", "labeller", "fingerprint", *KEY, "n_sessions", "n_users", "top_user_share"]
TABLES_PER_SEED = 60


def random_tables(seed: int, count: int = TABLES_PER_SEED) -> pd.DataFrame:
    """Cells of `count` tables; the labeller's name tells the tables apart."""
    rng = np.random.default_rng(seed)
    rows = [row for number in range(count) for row in random_cells(rng, f"table {number:03}")]
    return pd.DataFrame(rows, columns=CELL).astype({"period_start": "datetime64[s]"})


def random_cells(rng: np.random.Generator, labeller: str) -> Iterator[tuple[Any, ...]]:
    """Few or many sessions of few or many users, spread evenly or not, over one to four months."""
    user_count, session_count = int(rng.choice([8, 20, 60])), int(rng.choice([60, 200, 500, 1500]))
    months = int(rng.integers(1, 5))
    sessions = pd.DataFrame({
        "user": uneven(rng, user_count, session_count),
        "month": uneven(rng, months, session_count),
    })  # fmt: skip
    segments = [f"segment_{number}" for number in range(int(rng.integers(1, 3)))]
    cuts: list[tuple[str, list[str]]] = [("all", []), ("all", ["month"])]
    for segment in segments:
        values = int(rng.integers(1, 5))
        sessions[segment] = uneven(rng, values, session_count)
        if rng.random() < 0.4:  # a value that moves from month to month leaves cells empty
            sessions[segment] = (sessions[segment] + sessions["month"]) % values
        cuts.append((segment, [segment]))
        if rng.random() < 0.8:
            cuts.append((segment, ["month", segment]))
    for segment, keys in cuts:
        groups = sessions.groupby(keys) if keys else [((), sessions)]
        for values_of_keys, group in groups:
            found = dict(zip(keys, values_of_keys, strict=True))
            start = date(2026, 1 + found["month"], 1) if "month" in found else None
            yield (
                "a", "m", labeller, "o" if segment == "all" else f"o+{segment}",
                "month" if "month" in found else "overall", start,
                segment, str(found.get(segment, "all")),
                len(group), group["user"].nunique(), group["user"].value_counts().max() / len(group),
            )  # fmt: skip


def uneven(rng: np.random.Generator, values: int, count: int) -> Any:
    return rng.choice(values, count, p=rng.dirichlet(np.full(values, rng.choice([0.3, 3.0]))))


def suppressed(
    cells: pd.DataFrame, siblings: list[Any] = SIBLINGS, *, are_sessions_apart: bool = True
) -> pd.DataFrame:
    """The cells with the reason why each is suppressed, as the metrics tables have them."""
    order = ["period_start", "segment_value"]
    rule = render_macro(
        "suppress_small_cells", "typed", siblings=siblings, order=order, variables=TEAM,
        are_sessions_apart=are_sessions_apart,
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("given", cells)
        found = connection.execute(f"""
            with typed as (
                select * replace (cast(period_start as date) as period_start) from given
            ), {rule}
            select {", ".join([*CELL, "exposed_reason", "suppressed_reason"])} from suppressed order by all
        """).df()  # noqa: S608 - the macro's own SQL
    found["is_suppressed"] = found["suppressed_reason"].notna()
    return found


@cache
def random_suppressed(seed: int) -> pd.DataFrame:
    """Random tables with their reasons; take a copy to change them."""
    return suppressed(random_tables(seed))


def problems(cells: pd.DataFrame, siblings: list[Any] = SIBLINGS) -> list[str]:
    """What the dbt test `no_small_cell` finds in the cells as they are published."""
    figures = ["n_sessions", "n_users", "top_user_share"]
    published = cells.copy()
    published[figures] = published[figures].mask(published["is_suppressed"])
    rule = render_macro("no_small_cell", "published", figures=figures, siblings=siblings, variables=TEAM)
    with duckdb.connect() as connection:
        connection.register("published", published)
        return [problem for (problem,) in connection.execute(rule).fetchall()]


def told_cells(cells: pd.DataFrame, hidden_by: str) -> list[tuple[Any, ...]]:
    """Exposed cells of one table whose figures follow from those that `hidden_by` leaves to be shown."""
    table = cells.reset_index(drop=True)
    keys = table[KEY].astype(object).where(table[KEY].notna(), None).apply(tuple, axis=1)
    place = {key: number for number, key in enumerate(keys)}
    lines: dict[tuple[Any, ...], list[int]] = {}
    for key, number in place.items():
        period_kind, period_start, segment, value = key
        if segment != "all":
            lines.setdefault((period_kind, period_start, "all", "all"), []).append(number)
        if period_kind != "overall":
            lines.setdefault(("overall", None, segment, value), []).append(number)
    # The overall total is that of each segment's values and of the months, each a line of its own.
    sums = []
    for total, parts in lines.items():
        for segment in sorted({(keys[part][0], keys[part][2]) for part in parts}):
            row = np.zeros(len(table))
            row[[part for part in parts if (keys[part][0], keys[part][2]) == segment]] = 1
            row[place[total]] -= 1
            sums.append(row)
    hidden = table[hidden_by].notna().to_numpy()
    free = null_space(np.array(sums).reshape(-1, len(table))[:, hidden])
    exposed = table.loc[hidden, "exposed_reason"].notna().to_numpy()
    fixed = np.abs(free).max(axis=0, initial=0) < 1e-9
    return [keys[number] for number in np.flatnonzero(hidden)[fixed & exposed]]


def null_space(equations: Any) -> Any:
    """Directions in which the hidden cells may move while every sum still holds."""
    if not equations.size:
        return np.eye(equations.shape[1])
    _, sizes, directions = np.linalg.svd(equations)
    return directions[int((sizes > 1e-9).sum()) :]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_exposed_cell_can_be_computed_from_what_is_published(seed: int) -> None:
    found = random_suppressed(seed)
    told, told_by_the_rule_alone = 0, 0
    for _, table in found.groupby("labeller"):
        told += len(told_cells(table, "suppressed_reason"))
        told_by_the_rule_alone += len(told_cells(table, "exposed_reason"))
    assert told == 0
    assert told_by_the_rule_alone > 20, "without complements the same reader computes many"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_dbt_test_passes_what_the_macro_publishes(seed: int) -> None:
    found = random_suppressed(seed)
    assert problems(found) == []
    assert found["is_suppressed"].mean() < 0.5, "not by publishing next to nothing"
    assert found["exposed_reason"].notna().mean() > 0.2


@pytest.mark.parametrize(
    ("what", "problem"),
    [("exposed_reason", "too small"), ("suppressed_reason", "alone"), ("suppressed_reason", "rest is small")],
)
def test_the_dbt_test_finds_a_cell_that_is_shown_after_all(what: str, problem: str) -> None:
    found = random_suppressed(1).copy()
    if what == "exposed_reason":
        found.loc[found["exposed_reason"].notna().idxmax(), "is_suppressed"] = False
        found["suppressed_reason"] = found["suppressed_reason"].where(found["is_suppressed"], None)
    else:
        # Complements left out, as if a model published by the rule for single cells alone.
        found["suppressed_reason"] = found["exposed_reason"]
        found["is_suppressed"] = found["exposed_reason"].notna()
    assert problem in problems(found)


def test_order_of_rows_does_not_matter() -> None:
    cells = random_tables(4, count=30)
    shuffled = cells.sample(frac=1, random_state=1)
    assert suppressed(cells).equals(suppressed(shuffled))


def cell(
    period: str | None, segment: str, value: str, n_sessions: int, *, top: float = 0.2, agent: str = "a"
) -> Any:
    """A cell with a third as many users as sessions, of which the largest has the share `top`."""
    kind, start = ("month", date(2026, int(period), 1)) if period else ("overall", None)
    return (agent, "m", "rules", "o", kind, start, segment, value, n_sessions, n_sessions // 3, top)


def hidden_of(
    rows: list[Any], siblings: list[Any] = SIBLINGS, *, are_sessions_apart: bool = True
) -> set[tuple[str, str, str]]:
    cells = pd.DataFrame(rows, columns=CELL).astype({"period_start": "datetime64[s]"})
    found = suppressed(cells, siblings, are_sessions_apart=are_sessions_apart)
    assert problems(found, siblings) == []
    hidden = found[found["is_suppressed"]]
    months = [f"{start:%m}" if pd.notna(start) else "" for start in hidden["period_start"]]
    return set(zip(months, hidden["segment_name"], hidden["segment_value"], strict=True))


def test_a_small_cell_of_a_table_cut_both_ways_hides_a_rectangle() -> None:
    """One expert session in January: January's novices, and of another month both, are hidden with it."""
    sizes = {"novice": (20, 22, 30), "advanced": (50, 60, 70), "expert": (2, 24, 40)}
    rows = [cell(None, "expertise", value, sum(counts)) for value, counts in sizes.items()]
    rows += [
        cell(str(month + 1), "expertise", value, counts[month])
        for value, counts in sizes.items()
        for month in range(3)
    ]
    rows += [cell(str(month + 1), "all", "all", sum(c[month] for c in sizes.values())) for month in range(3)]
    rows += [cell(None, "all", "all", sum(map(sum, sizes.values())))]
    assert hidden_of(rows) == {
        ("01", "expertise", "expert"), ("01", "expertise", "novice"),
        ("02", "expertise", "expert"), ("02", "expertise", "novice"),
    }  # fmt: skip


def test_two_tiny_cells_do_not_protect_each_other() -> None:
    """Their sum would be told: 3 + 4 of 107 sessions; so the smallest other is hidden too."""
    sizes = {"a": 3, "b": 4, "c": 40, "d": 60}
    rows = [cell(None, "work_mode", value, count) for value, count in sizes.items()]
    rows += [cell(None, "all", "all", 107)]
    assert hidden_of(rows) == {("", "work_mode", value) for value in "abc"}


def test_what_is_hidden_together_is_not_mostly_one_user_s() -> None:
    """18 of a's 20 sessions are one user's, and still above half of a's and b's 35: c is hidden too."""
    rows = [cell(None, "work_mode", "a", 20, top=0.9), cell(None, "work_mode", "b", 15)]
    rows += [cell(None, "work_mode", "c", 30), cell(None, "work_mode", "d", 100)]
    assert hidden_of([*rows, cell(None, "all", "all", 165)]) == {("", "work_mode", value) for value in "abc"}


def test_few_sessions_that_are_in_no_part_are_not_told_by_the_total() -> None:
    """110 less 40 less 60 leaves ten sessions without a value: two parts are hidden, not none."""
    rows = [cell(None, "occupation", "a", 40), cell(None, "occupation", "b", 60)]
    rows += [cell(None, "occupation", "c", 200), cell(None, "all", "all", 310)]
    assert hidden_of(rows) == {("", "occupation", "a"), ("", "occupation", "b")}


def test_a_hidden_month_is_not_told_by_its_parts() -> None:
    """January is hidden because December is small; so one of January's parts is hidden as well."""
    rows = [cell(None, "all", "all", 104), cell("12", "all", "all", 4), cell("1", "all", "all", 100)]
    rows += [cell("1", "work_mode", "build", 40), cell("1", "work_mode", "fix", 60)]
    rows += [cell("12", "work_mode", "build", 1), cell("12", "work_mode", "fix", 3)]
    rows += [cell(None, "work_mode", "build", 41), cell(None, "work_mode", "fix", 63)]
    hidden = hidden_of(rows)
    assert {("12", "all", "all"), ("01", "all", "all")} <= hidden
    assert {("01", "work_mode", "build"), ("01", "work_mode", "fix")} & hidden


def test_a_part_that_is_its_whole_total_is_hidden_with_it() -> None:
    """January has builders alone, so that January's total would show what is hidden of them."""
    rows = [cell(None, "work_mode", "build", 24), cell("1", "work_mode", "build", 20)]
    rows += [cell("2", "work_mode", "build", 4), cell("2", "work_mode", "fix", 60)]
    rows += [cell(None, "work_mode", "fix", 160), cell("3", "work_mode", "fix", 100)]
    rows += [cell("1", "all", "all", 20), cell("2", "all", "all", 64), cell("3", "all", "all", 100)]
    hidden = hidden_of([*rows, cell(None, "all", "all", 184)])
    assert (("01", "work_mode", "build") in hidden) == (("01", "all", "all") in hidden)


def test_sessions_of_several_periods_do_not_protect_each_other() -> None:
    """The total would tell two months of the same ten sessions, so a third is hidden with them."""
    rows = [cell("1", "all", "all", 100), cell("2", "all", "all", 90)]
    rows += [(*cell(month, "all", "all", 10)[:-2], 6, 0.2) for month in ("3", "4")]
    rows += [cell(None, "all", "all", 210)]
    assert hidden_of(rows) == {("03", "all", "all"), ("04", "all", "all")}
    shared = hidden_of(rows, are_sessions_apart=False)
    assert shared == {("03", "all", "all"), ("04", "all", "all"), ("02", "all", "all")}


def test_what_is_hidden_of_one_agent_hides_nothing_of_another() -> None:
    """One's single small mode takes one more with it; the other's cells, of the same names, stay shown."""
    sizes = {"a": {"build": 40, "fix": 60, "plan": 4}, "b": {"build": 50, "fix": 60, "plan": 70}}
    rows = [
        cell(None, "work_mode", mode, count, agent=agent)
        for agent, modes in sizes.items()
        for mode, count in modes.items()
    ]
    rows += [cell(None, "all", "all", sum(modes.values()), agent=agent) for agent, modes in sizes.items()]
    cells = pd.DataFrame(rows, columns=CELL).astype({"period_start": "datetime64[s]"})
    found = suppressed(cells)
    assert problems(found) == []
    hidden = found[found["is_suppressed"]]
    assert set(zip(hidden["agent"], hidden["segment_value"], strict=True)) == {("a", "plan"), ("a", "build")}


def test_directions_may_be_named_one_by_one() -> None:
    """A confusion matrix adds up along its rows and along its columns."""
    rows = [
        cell(str(row), "fix", f"column {column}", 2 if (row, column) == (1, 1) else 20)
        for row in (1, 2, 3)
        for column in (1, 2, 3)
    ]
    ways = [["labeller", "period_start"], ["labeller", "segment_value"]]
    assert len(hidden_of(rows, ways)) == 4


def test_in_personal_mode_nothing_is_suppressed() -> None:
    rule = render_macro(
        "suppress_small_cells", "cells", siblings=SIBLINGS, order=[], variables={"mode": "personal"}
    )
    cells = random_tables(5, count=3)
    with duckdb.connect() as connection:
        connection.register("cells", cells)
        found = connection.execute(f"with {rule} select suppressed_reason from suppressed").fetchall()  # noqa: S608
    assert found == [(None,)] * len(cells)
