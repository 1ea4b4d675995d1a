"""Random populations: what a release shows tells nothing of what it hides, and is true.

The figures are made of random sessions as a release makes them: sums per user, coarsened, protected. The
attacker knows all tables and every equation between their counts (planted_sums).
"""

from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.privacy.coarsen import ALL_OTHER, coarsen
from orchestration.privacy.decide import decide
from orchestration.privacy.protect import hidden_cells, protect
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.user_sums import Series, series_of
from tests.planted_sums import SERIES, attacker_of, random_sessions, sums_of

TEAM = PublishingRules()
SEEDS = range(8)


def coarsened(sums: dict[str, pd.DataFrame], rules: PublishingRules = TEAM) -> list[Series]:
    """The series of these sums after small values are merged."""
    with duckdb.connect() as connection:
        connection.execute("create schema memory.summed")
        for table, frame in sums.items():
            connection.register("given", frame)
            connection.execute(f"""
                create table memory.summed.{table} as select * replace (
                    cast(period_start as date) as period_start, cast(labeller as varchar) as labeller,
                    cast(merged_values as varchar) as merged_values
                ) from given
            """)  # noqa: S608 - names of ours
        coarsen(connection, rules, list(sums), schema="summed")
        return [
            series
            for table in sums
            for series in series_of(table, connection.execute(f"from memory.summed.{table}").df())
        ]


def figures_of(series: list[Series]) -> pd.DataFrame:
    """Figures as the rates make them, with the columns that protecting reads and blanks."""
    return pd.concat([_figures(one) for one in series], ignore_index=True)


def _figures(one: Series) -> pd.DataFrame:
    counted, population = one.counted.sum(axis=1), one.population.sum(axis=1)
    is_count = one.kind == "count"
    missing = dict.fromkeys(
        ("statistic", "specification", "population", "baseline_start", "standard_error", "interval_low",
         "interval_high", "n_effective", "p_value", "p_value_adjusted", "is_imprecise", "withheld_reason",
         "unknown_share")
    )  # fmt: skip
    behind = one.counted if one.kind == "share" else one.sessions
    return one.cells.assign(
        **missing, table_name=one.table, agent=one.agent, metric_name=one.metric, metric_kind=one.kind,
        labeller=one.labeller, numerator=counted, denominator=np.nan if is_count else population,
        estimate=counted if is_count else counted / np.where(population > 0, population, np.nan),
        n_sessions=one.sessions.sum(axis=1), n_users=((behind > 0) & one.is_known).sum(axis=1),
        top_user_share=one.sessions.max(axis=1) / np.maximum(one.sessions.sum(axis=1), 1),
    )  # fmt: skip


@cache
def released(seed: int) -> tuple[pd.DataFrame, list[Series]]:
    """A release of random sessions."""
    series = coarsened(sums_of(random_sessions(np.random.default_rng(seed))))
    return protect(figures_of(series), hidden_cells(decide(series, TEAM)), TEAM), series


def pins(figures: pd.DataFrame) -> list[tuple[float, float]]:
    """Ranges of hidden counts in which there is a single whole number."""
    attacker, hidden = attacker_of(figures)
    ranges = attacker.ranges(hidden)
    return [(low, high) for low, high in ranges if np.floor(high + 1e-6) - np.ceil(low - 1e-6) < 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_count_can_be_computed_from_all_that_is_shown(seed: int) -> None:
    assert pins(released(seed)[0]) == []


def test_a_single_cell_that_is_shown_against_the_decision_gives_others_away() -> None:
    """Fails the attack: of two hidden cells of a line one is shown."""
    told = 0
    for seed in SEEDS:
        figures, series = released(seed)
        true = figures_of(series)
        hidden = figures[figures["numerator"].isna() & (figures["segment_name"] == "all")]
        for number in hidden.index[:3]:
            bypassed = figures.copy()
            bypassed.loc[number, ["numerator", "denominator"]] = true.loc[
                number, ["numerator", "denominator"]
            ]
            told += bool(pins(bypassed))
    assert told > 0


@given(seed=st.integers(0, 23))
@settings(max_examples=12, deadline=None)
def test_nothing_is_shown_below_the_minima(seed: int) -> None:
    figures, _ = released(seed)
    shown = figures[figures["n_sessions"].notna() & (figures["numerator"] != 0)]
    assert (shown["n_sessions"] >= TEAM.min_sessions).all()
    assert (shown["n_users"] >= TEAM.min_users).all()
    assert set(shown["top_user_share_band"]) <= {"up to 25 %", "25 to 50 %"}


@given(seed=st.integers(0, 23))
@settings(max_examples=12, deadline=None)
def test_a_numerator_and_its_complement_are_of_enough_users_or_of_a_large_population(seed: int) -> None:
    figures, series = released(seed)
    shown = figures[figures["numerator"].notna()].set_index(["table_name", "metric_name"])
    for one in series:
        if one.kind != "rate" or (one.table, one.metric) not in shown.index:
            continue
        cell = ["period_kind", "period_start", "segment_name", "segment_value"]
        cells = one.cells.reset_index().merge(shown.loc[[(one.table, one.metric)]], on=cell)
        for number, is_known_population in zip(cells["index"], cells["denominator"].notna(), strict=True):
            users = (one.counted[number] > 0).sum(), (one.counted[number] < one.population[number]).sum()
            is_large = one.population[number].sum() >= 5 * TEAM.min_sessions
            # Of a part of a large total in which there is nothing, that total tells that there is nothing.
            is_told = users[0] == 0 and not one.counted.any()
            is_same_for_all = 0 in users and (is_large or is_told)
            assert min(users) >= TEAM.min_users or is_same_for_all or not is_known_population


@given(seed=st.integers(0, 23))
@settings(max_examples=12, deadline=None)
def test_what_is_shown_is_what_the_sessions_say(seed: int) -> None:
    sessions = random_sessions(np.random.default_rng(seed))
    figures, _ = released(seed)
    names = {(table, metric): (counted, population) for table, metric, _, counted, population in SERIES}
    shown = figures[figures["numerator"].notna() & (figures["metric_kind"] != "mean")]
    for figure in shown.to_dict("records"):
        counted, population = names[figure["table_name"], figure["metric_name"]]
        inside = sessions
        if figure["period_kind"] != "overall":
            inside = inside[inside[figure["period_kind"]] == figure["period_start"]]
        if figure["segment_name"] != "all":
            merged = figure["merged_values"]
            values = [figure["segment_value"]] if pd.isna(merged) else str(merged).split(", ")
            inside = inside[inside[figure["segment_name"]].isin(values)]
        of = inside[inside[population]] if population else inside
        assert figure["numerator"] == of[counted].sum()


@given(seed=st.integers(0, 23))
@settings(max_examples=12, deadline=None)
def test_merged_values_are_a_partition_and_every_table_has_the_same(seed: int) -> None:
    sessions = random_sessions(np.random.default_rng(seed))
    for segment in ("mode", "group"):
        groupings = set()
        for one in released(seed)[1]:
            cells = one.cells[one.cells["segment_name"] == segment]
            for _, rows in cells[cells["period_kind"] == "overall"].groupby("period_start", dropna=False):
                merged = rows.loc[rows["segment_value"] == ALL_OTHER, "merged_values"].tolist()
                apart = sorted(set(rows["segment_value"]) - {ALL_OTHER})
                values = [*apart, *(", ".join(merged).split(", ") if merged else [])]
                assert sorted(values) == sorted(set(values))
                assert set(values) <= set(sessions[segment])
                groupings.add(tuple(merged))
        assert len(groupings) <= 1


@pytest.mark.parametrize("seed", [1, 4])
def test_the_order_of_rows_does_not_matter_and_twice_is_once(seed: int) -> None:
    figures, series = released(seed)
    backwards = protect(figures_of(series[::-1]).iloc[::-1], hidden_cells(decide(series[::-1], TEAM)), TEAM)
    key = ["table_name", "metric_name", "period_kind", "period_start", "segment_name", "segment_value"]
    forwards, backwards = (frame.sort_values(key, ignore_index=True) for frame in (figures, backwards))
    pd.testing.assert_frame_equal(forwards, backwards)
    shares = figures_of(series)["top_user_share"]
    again = protect(figures.assign(top_user_share=shares), hidden_cells(decide(series, TEAM)), TEAM)
    pd.testing.assert_frame_equal(figures, again)


def test_personal_mode_hides_and_merges_nothing() -> None:
    sums = sums_of(random_sessions(np.random.default_rng(3)))
    rules = PublishingRules(mode="personal")
    series = coarsened(sums, rules)
    figures = figures_of(series)
    shown = protect(figures, hidden_cells(decide(series, rules)), rules)
    assert shown["suppressed_reason"].isna().all()
    assert (shown["numerator"] == figures["numerator"]).all()
    assert ALL_OTHER not in set(figures["segment_value"])
