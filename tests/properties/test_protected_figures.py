"""Random populations: what a release shows tells nothing of what it hides, and is true.

The figures are made of random sessions as a release makes them: sums per user, coarsened, protected. The
attacker (planted_sums) shares no equation with whoever protects: it writes its own, of all tables together.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.privacy.groupings import ALL_OTHER
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.rules import PublishingRules
from tests.merged_sums import FIGURE, figures_of, merged_sums
from tests.planted_sums import SERIES, attacker_of, identities, random_sessions, sums_of
from tests.sensitive_counts import nearly_known, sensitive_counts, shown_sensitive

TEAM = PublishingRules()
SEEDS = range(8)
ANY_SEED = st.integers(0, 23)
FEW_EXAMPLES = settings(max_examples=12, deadline=None)


@cache
def merged(seed: int) -> pd.DataFrame:
    """Sums per user of random sessions, small values of segments merged."""
    return merged_sums(sums_of(random_sessions(np.random.default_rng(seed))), TEAM)


@cache
def true(seed: int) -> pd.DataFrame:
    """The figures of these sums, nothing hidden."""
    return figures_of(merged(seed))


@cache
def released(seed: int) -> pd.DataFrame:
    """What a release shows of them."""
    return protect_figures(true(seed), TEAM, identities())


def pins(figures: pd.DataFrame) -> list[tuple[float, float]]:
    """Ranges of hidden counts in which there is a single whole number."""
    attacker, hidden = attacker_of(figures)
    ranges = attacker.ranges(hidden)
    return [(low, high) for low, high in ranges if np.floor(high + 1e-6) - np.ceil(low - 1e-6) < 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_count_can_be_computed_from_all_that_is_shown(seed: int) -> None:
    assert pins(released(seed)) == []


def with_one_shown(seed: int) -> Iterator[pd.DataFrame]:
    """Releases of a seed in which one hidden cell is shown against the decision."""
    figures = released(seed)
    truth = figures[FIGURE].merge(true(seed), on=FIGURE, how="left")
    counts = ["numerator", "denominator"]
    for number in figures.index[figures["numerator"].isna() & (figures["segment_name"] == "all")]:
        bypassed = figures.copy()
        bypassed.loc[number, counts] = truth.loc[number, counts]
        yield bypassed


def test_a_single_cell_that_is_shown_against_the_decision_gives_others_away() -> None:
    assert any(pins(bypassed) for seed in SEEDS for bypassed in with_one_shown(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_sensitive_count_stands_anywhere_or_is_nearly_known(seed: int) -> None:
    figures = released(seed)
    of_release = true(seed).merge(figures[FIGURE], on=FIGURE)
    sensitive = sensitive_counts(of_release, TEAM, identities())
    assert shown_sensitive(figures, sensitive, identities()) == []
    assert nearly_known(figures, sensitive, TEAM, identities()) == []


@given(seed=ANY_SEED)
@FEW_EXAMPLES
def test_nothing_is_shown_below_the_minima(seed: int) -> None:
    figures = released(seed)
    sessions, users = figures["n_sessions"].fillna(0), figures["n_users"].fillna(0)
    assert ((sessions == 0) | (sessions >= TEAM.min_sessions)).all()
    assert ((users == 0) | (users >= TEAM.min_users)).all()
    assert set(figures.loc[users > 0, "top_user_share_band"]) <= {"up to 25 %", "25 to 50 %"}


@given(seed=ANY_SEED)
@FEW_EXAMPLES
def test_a_numerator_and_its_complement_are_of_enough_users_or_of_a_large_population(seed: int) -> None:
    """Counted from the sums of single users, not from the figures that were protected."""
    rates = merged(seed)[merged(seed)["metric_kind"] == "rate"]
    counting = rates.assign(
        counted=rates["numerator"] > 0,
        beyond=rates["denominator"] > rates["numerator"],
        inside=rates["denominator"] > 0,
    ).groupby(FIGURE, dropna=False)
    users = counting[["counted", "beyond", "inside"]].sum().reset_index()
    shown = released(seed)[released(seed)["numerator"].notna()].merge(users, on=FIGURE)
    fewest = shown[["counted", "beyond"]].min(axis=1)
    is_large = (shown["n_sessions"] >= 5 * TEAM.min_sessions) & (shown["inside"] >= 2 * TEAM.min_users)
    # Of a part of a total in which there is nothing, that total tells that there is nothing.
    is_told = (shown["numerator"] == 0) & shown["suppressed_reason"].notna()
    assert ((fewest >= TEAM.min_users) | ((fewest == 0) & is_large) | is_told | (shown["inside"] == 0)).all()


@given(seed=ANY_SEED)
@FEW_EXAMPLES
def test_what_is_shown_is_what_the_sessions_say(seed: int) -> None:
    sessions = random_sessions(np.random.default_rng(seed))
    names = {(table, metric): (counted, population) for table, metric, _, counted, population in SERIES}
    figures = released(seed)
    for figure in figures[figures["metric_kind"] != "mean"].to_dict("records"):
        counted, population = names[figure["table_name"], figure["metric_name"]]
        inside = whole = (
            sessions
            if figure["period_kind"] == "overall"
            else sessions[sessions[figure["period_kind"]] == figure["period_start"]]
        )
        if figure["segment_name"] != "all":
            merged = figure["merged_values"]
            values = [figure["segment_value"]] if pd.isna(merged) else str(merged).split(", ")
            inside = inside[inside[figure["segment_name"]].isin(values)]
        of = whole if figure["metric_kind"] == "share" else inside
        people = inside[inside[population or counted]]
        expected = {
            "numerator": (inside[inside[population]] if population else inside)[counted].sum(),
            "denominator": of[population].sum() if population else None,
            "n_sessions": len(people),
            "n_users": people["user_id"].nunique(),
        }
        for column, value in expected.items():
            assert pd.isna(figure[column]) or figure[column] == value, (column, figure)


@given(seed=ANY_SEED)
@FEW_EXAMPLES
def test_a_row_shows_an_estimate_or_says_that_it_is_hidden(seed: int) -> None:
    figures = released(seed)
    is_hidden = figures["suppressed_reason"].notna()
    assert figures.loc[is_hidden, ["estimate", "interval_low", "interval_high"]].isna().all(axis=None)
    assert figures.loc[~is_hidden, ["numerator", "n_sessions", "n_users"]].notna().all(axis=None)
    # A rate of nobody has no estimate.
    is_of_somebody = ~is_hidden & (figures["denominator"].fillna(1) > 0)
    assert figures.loc[is_of_somebody, "estimate"].notna().all()


@given(seed=ANY_SEED)
@FEW_EXAMPLES
def test_merged_values_are_a_partition_and_every_table_has_the_same(seed: int) -> None:
    sessions = random_sessions(np.random.default_rng(seed))
    for segment in ("mode", "group"):
        groupings = set()
        cells = true(seed)[(true(seed)["segment_name"] == segment) & (true(seed)["period_kind"] == "overall")]
        for _, rows in cells.groupby(["table_name", "metric_name"]):
            merged = rows.loc[rows["segment_value"] == ALL_OTHER, "merged_values"].tolist()
            apart = sorted(set(rows["segment_value"]) - {ALL_OTHER})
            values = [*apart, *(", ".join(merged).split(", ") if merged else [])]
            assert sorted(values) == sorted(set(values))
            assert set(values) <= set(sessions[segment])
            groupings.add(tuple(merged))
        assert len(groupings) <= 1


@pytest.mark.parametrize("seed", [2, 5])
def test_the_order_of_rows_does_not_matter_and_twice_is_once(seed: int) -> None:
    figures = released(seed)
    pd.testing.assert_frame_equal(figures, protect_figures(true(seed), TEAM, identities()))
    backwards = protect_figures(true(seed)[::-1], TEAM, identities())
    pd.testing.assert_frame_equal(figures, backwards[::-1].reset_index(drop=True))


def test_personal_mode_hides_and_merges_nothing() -> None:
    rules = PublishingRules(mode="personal")
    figures = figures_of(merged_sums(sums_of(random_sessions(np.random.default_rng(3))), rules))
    shown = protect_figures(figures, rules, identities())
    assert shown["suppressed_reason"].isna().all()
    pd.testing.assert_frame_equal(shown[["numerator", "n_users"]], figures[["numerator", "n_users"]])
    assert ALL_OTHER not in set(figures["segment_value"])
