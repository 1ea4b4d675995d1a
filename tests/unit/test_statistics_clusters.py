"""Rates by user: the reference fixture, and what alike sessions of one user cost (METHODS 4.2)."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.statistics.clusters import (
    design_effect,
    expected_n_of,
    kish_effective_n,
    mean_by_user,
    mean_error,
    quantile_by_user,
    rate_by_user,
    weighted_quantile_by_user,
)
from orchestration.statistics.groups import clusters_of

USERS = [1, 1, 1, 1, 2, 2, 3, 3, 3, 4]
OUTCOMES = [1, 1, 1, 1, 0, 0, 1, 0, 0, 1]


def test_fixture_of_four_users() -> None:
    found = rate_by_user(OUTCOMES, USERS, least_effective_n=0)
    assert found.estimate.value == pytest.approx(0.6)
    assert mean_error(np.array(OUTCOMES, dtype=float), clusters_of(USERS)) == pytest.approx(
        0.2529822, abs=5e-7
    )
    assert found.design_effect == pytest.approx(2.6666667, abs=5e-7)
    assert found.effective_n == pytest.approx(3.75)
    left_out = np.array([2 / 6, 6 / 8, 5 / 7, 5 / 9])
    error = np.sqrt(3 / 4 * ((left_out - 0.6) ** 2).sum())
    assert found.estimate.standard_error == pytest.approx(error)
    # t with one degree of freedom: two users alone have a session without success.
    half_width = 12.7062 * error / 0.24
    bounds = [1 / (1 + np.exp(-(np.log(0.6 / 0.4) + sign * half_width))) for sign in (-1, 1)]
    assert [found.estimate.low, found.estimate.high] == pytest.approx(bounds, abs=1e-5)
    assert (found.n_sessions, found.n_users) == (10, 4)


def test_mean_has_nearly_the_error_of_statsmodels() -> None:
    from statsmodels.api import OLS

    rng = np.random.default_rng(3)
    users, values = rng.integers(0, 40, 300), rng.gamma(2.0, size=300)
    fit = OLS(values, np.ones(300)).fit(cov_type="cluster", cov_kwds={"groups": users})
    found = mean_by_user(values, users)
    assert mean_error(values, clusters_of(users)) == pytest.approx(float(fit.bse[0]), rel=1e-9)
    assert found.standard_error == pytest.approx(float(fit.bse[0]), rel=0.02)


def test_few_effective_sessions_are_withheld() -> None:
    found = rate_by_user(OUTCOMES, USERS)
    assert found.estimate.value is None
    assert found.estimate.withheld_reason == "too_few_effective_sessions"


def test_no_session_and_one_user_are_withheld() -> None:
    assert rate_by_user([], []).estimate.withheld_reason == "no_observations"
    assert rate_by_user([1, 0], ["a", "a"]).estimate.withheld_reason == "too_few_users"
    assert mean_by_user([1.0], ["a"]).withheld_reason == "too_few_users"


def test_a_rate_of_zero_counts_users_not_sessions() -> None:
    found = rate_by_user([0] * 400, np.repeat(np.arange(40), 10))
    assert found.effective_n == 40
    assert found.design_effect is None
    assert found.estimate.low == 0
    assert found.estimate.high == pytest.approx(1 - 0.025 ** (1 / 40))


def test_unknown_users_are_one_cluster_and_no_user() -> None:
    found = rate_by_user([1, 0, 1, 0], ["a", None, None, "b"], least_effective_n=0)
    as_one = rate_by_user([1, 0, 1, 0], ["a", "c", "c", "b"], least_effective_n=0)
    assert found.n_users == 2
    assert found.estimate == as_one.estimate


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown outcome"):
        rate_by_user([1, 0, float("nan")], [1, 2, 3])


def test_kish_and_the_cost_of_clusters() -> None:
    assert kish_effective_n([1, 1, 1, 5]) == pytest.approx(2.286, abs=5e-4)
    assert kish_effective_n([0.0]) is None
    assert design_effect(20, correlation=0.05) == pytest.approx(1.95)


def test_one_session_per_user_bounds_a_quantile_nearly_as_wilson_does() -> None:
    """Wilson of 0.5 at n = 100 is 0.4038 to 0.5962: the 41st and the 60th of the values."""
    found = quantile_by_user(np.arange(1.0, 101), np.arange(100), 0.5)
    assert (found.estimate.value, found.estimate.low, found.estimate.high) == (50, 41, 60)
    assert found.effective_n == 99  # the variance between users is unbiased


def test_a_quantile_of_few_users_is_less_certain_than_its_sessions() -> None:
    """Ten sessions of a user are nearly alike, so that 500 sessions tell as much as 50."""
    rng = np.random.default_rng(5)
    users = np.repeat(np.arange(50), 10)
    values = rng.normal(size=50)[users] + rng.normal(0, 0.01, 500)
    found, alone = quantile_by_user(values, users, 0.5), quantile_by_user(values, np.arange(500), 0.5)
    assert found.effective_n == pytest.approx(50, rel=0.1)
    widths = [(each.estimate.high or 0) - (each.estimate.low or 0) for each in (found, alone)]
    assert widths[0] > 2 * widths[1]
    assert quantile_by_user(values[:20], users[:20], 0.5).estimate.withheld_reason is not None


def test_quantile_intervals_cover_the_planted_median() -> None:
    hits = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        users = rng.integers(0, 60, 300)
        values = rng.normal(0, 0.5, 60)[users] + rng.normal(size=300)
        found = quantile_by_user(values, users, 0.5).estimate
        assert found.low is not None
        assert found.high is not None
        hits.append(found.low <= 0 <= found.high)
    assert 0.92 <= np.mean(hits) <= 0.98


def test_what_sessions_are_worth_depends_on_users_alone() -> None:
    """METHODS 4.2: twenty sessions a user at a correlation of .05 cost 1.95."""
    assert expected_n_of(np.repeat(np.arange(40), 20)) == pytest.approx(800 / 1.95)
    assert expected_n_of(np.arange(400)) == pytest.approx(400)
    assert expected_n_of([1] * 1_000) == pytest.approx(20, rel=0.02)
    assert expected_n_of([]) == 0


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=60), st.randoms())
def test_order_of_sessions_does_not_matter(rows: list[tuple[int, bool]], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = (
        rate_by_user([row[1] for row in each], [row[0] for row in each], least_effective_n=0)
        for each in (rows, shuffled)
    )
    assert first.n_users == second.n_users
    assert first.effective_n == pytest.approx(second.effective_n)
    assert first.effective_n <= first.n_sessions


def test_one_session_per_user_costs_nothing() -> None:
    outcomes = [1] * 30 + [0] * 70
    found = rate_by_user(outcomes, range(100))
    assert found.design_effect == pytest.approx(100 / 99)
    assert found.effective_n == pytest.approx(99)


def test_a_weighted_quantile_is_that_of_as_many_units() -> None:
    draw = np.random.default_rng(7)
    values, users = draw.integers(1, 11, 400).astype(float), np.arange(400) % 40
    weights = np.where(values > 7, 4, 1)
    found = weighted_quantile_by_user(values, weights, users, 0.5).estimate
    repeated = np.repeat(values, weights)
    assert found.value == np.sort(repeated)[len(repeated) // 2 - 1 + len(repeated) % 2]
    assert found.value > np.median(values)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


def test_the_interval_of_a_weighted_quantile_holds() -> None:
    """Drawn with probabilities that go with the value, of users who differ, 300 times."""
    draw, covered = np.random.default_rng(11), 0
    for _ in range(300):
        users = np.arange(900) % 30
        values = np.rint(np.clip(draw.normal(4, 1.2, 30)[users] + draw.normal(0, 1.5, 900), 1, 10))
        chance = np.where(values > 6, 0.6, 0.2)
        is_drawn = draw.random(900) < chance
        found = weighted_quantile_by_user(
            values[is_drawn], 1 / chance[is_drawn], users[is_drawn], 0.95
        ).estimate
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= TRUE_TAIL <= found.high
    assert covered >= 0.93 * 300


TRUE_TAIL = 7.0
"""The 95th percentile of that population: P(N(4, 1.2² + 1.5²) < 6.5) is 90.3 %, P(… < 7.5) 96.6 %."""


def test_a_weighted_quantile_of_few_is_withheld() -> None:
    few = weighted_quantile_by_user([1.0] * 5, [1.0] * 5, range(5), 0.95).estimate
    assert few.withheld_reason == "too_few_effective_sessions"
    assert weighted_quantile_by_user([], [], [], 0.95).estimate.withheld_reason == "no_observations"
