"""Differences and slopes by user agree with least squares; a weak side withholds them (METHODS 4.2)."""

import numpy as np
import pytest
from scipy.special import stdtrit

from orchestration.statistics.clusters import mean_by_user
from orchestration.statistics.groups import codes_of
from orchestration.statistics.rate_difference import rate_difference, slope_of, trend_of_slope


def test_with_a_user_per_session_errors_are_nearly_those_of_wald() -> None:
    """METHODS 4.1: 56/70 against 48/80."""
    hits = [1] * 56 + [0] * 14 + [1] * 48 + [0] * 32
    found = rate_difference(hits, [True] * 70 + [False] * 80, range(150))
    assert found.by_user.value == pytest.approx(0.2)
    wald = np.sqrt(0.8 * 0.2 / 70 + 0.6 * 0.4 / 80)
    assert found.by_user.standard_error == pytest.approx(wald, rel=0.02)
    assert found.effective_n == pytest.approx(70 + 80)
    assert found.p_value is not None
    assert found.p_value < 0.01


def test_errors_are_near_those_of_a_clustered_regression() -> None:
    from statsmodels.api import OLS, add_constant

    rng = np.random.default_rng(3)
    user, second = rng.integers(0, 60, 900), rng.random(900) < 0.4
    hits = (rng.random(900) < 0.3 + 0.1 * second + 0.2 * (user % 2)).astype(float)
    found = rate_difference(hits, second, user)
    fit = OLS(hits, add_constant(second.astype(float))).fit(cov_type="cluster", cov_kwds={"groups": user})
    assert found.by_user.value == pytest.approx(fit.params[1])
    assert found.by_user.standard_error == pytest.approx(fit.bse[1], rel=0.01)


def test_one_side_alone_is_a_mean() -> None:
    """With a second side that never succeeds, what is left is the first side's share and nearly its error."""
    rng = np.random.default_rng(5)
    user = np.repeat(np.arange(100), 4)
    hits = (rng.random(400) < 0.2 + 0.4 * (user % 2)).astype(float)
    alone = mean_by_user(hits, user)
    both = rate_difference(
        np.append(hits, np.zeros(400)), np.repeat([False, True], 400), np.append(user, user + 100)
    )
    assert both.by_user.value == pytest.approx(-(alone.value or 0))
    assert both.by_user.standard_error == pytest.approx(alone.standard_error, rel=0.01)


def test_weaker_side_withholds_both() -> None:
    hits, users = [0, 1] * 60, range(120)
    few = rate_difference(hits, [number < 29 for number in range(120)], users)
    assert few.by_user.withheld_reason == "too_few_effective_sessions"
    enough = rate_difference(hits, [number < 32 for number in range(120)], users)
    assert enough.by_user.value is not None
    alike = rate_difference(hits, [number < 60 for number in range(120)], [number // 15 for number in users])
    assert alike.by_user.value is not None
    of_one = rate_difference(hits, [number < 60 for number in range(120)], [1] * 120)
    assert of_one.by_user.withheld_reason == "too_few_users"
    assert rate_difference([], [], []).by_user.withheld_reason == "no_observations"
    assert rate_difference([1, 0], [True, True], [1, 2]).by_user.withheld_reason == "no_observations"


def test_rates_that_never_vary_have_no_difference_to_test() -> None:
    found = rate_difference([1] * 100, [number < 50 for number in range(100)], range(100))
    assert (found.by_user.withheld_reason, found.p_value) == ("no_variation", None)


def test_degrees_of_freedom_are_those_of_the_users_who_matter() -> None:
    """Of forty equally busy users all matter where each side has twenty, about two where one side has two."""
    user = np.repeat(np.arange(40), 10)
    hits = np.random.default_rng(2).integers(0, 2, 400)
    even = rate_difference(hits, user % 2 == 0, user)
    few = rate_difference(hits, user < 2, user, least_effective_n=10)
    assert even.degrees == pytest.approx(39)
    assert few.degrees is not None
    assert 2 < few.degrees < 2.3
    assert few.by_user.low is not None
    assert few.by_user.high is not None
    assert few.by_user.standard_error is not None
    reach = (few.by_user.high - few.by_user.low) / 2 / few.by_user.standard_error
    assert reach == pytest.approx(stdtrit(few.degrees, 0.975))


def test_p_value_and_interval_agree_on_5_percent() -> None:
    rng = np.random.default_rng(6)
    seen = set()
    for _ in range(60):
        user = np.repeat(np.arange(10), rng.integers(5, 60, 10))
        second = user % 3 == 0
        hits = rng.random(len(user)) < 0.4 + 0.2 * second
        found = rate_difference(hits, second, user, least_effective_n=0)
        assert found.p_value is not None
        assert found.by_user.low is not None
        assert found.by_user.high is not None
        assert (found.p_value < 0.05) == (found.by_user.low > 0 or found.by_user.high < 0)
        seen.add(found.p_value < 0.05)
    assert seen == {True, False}


def test_trend_of_a_slope_is_its_change_per_step_of_time() -> None:
    rng = np.random.default_rng(8)
    time, level = rng.integers(0, 6, 6_000), rng.integers(1, 6, 6_000)
    user = rng.integers(0, 400, 6_000)
    chance = 0.1 + 0.03 * time + (0.05 + 0.01 * (time - 2.5)) * (level - 1)
    hits = (rng.random(6_000) < chance).astype(float)
    found = trend_of_slope(hits, level, user, time=time, effect=codes_of(time))
    assert found.estimate.low is not None
    assert found.estimate.high is not None
    assert found.estimate.low < 0.01 < found.estimate.high
    assert found.estimate.low > 0
    by_time = [slope_of(hits[time == at], level[time == at], user[time == at]) for at in range(6)]
    slopes = [each.estimate.value for each in by_time if each.estimate.value is not None]
    assert found.estimate.value == pytest.approx(np.polyfit(range(6), slopes, 1)[0], abs=2e-3)


def test_slope_of_few_says_why() -> None:
    rng = np.random.default_rng(1)
    hits, level = rng.integers(0, 2, 40), rng.integers(1, 6, 40)
    assert slope_of([], [], []).estimate.withheld_reason == "no_observations"
    assert slope_of(hits[:20], level[:20], range(20)).estimate.withheld_reason == "too_few_effective_sessions"
    assert slope_of(hits, level, [number % 19 for number in range(40)]).estimate.withheld_reason == (
        "too_few_users"
    )
    assert slope_of(hits, [3] * 40, range(40)).estimate.withheld_reason == "no_contrast"
