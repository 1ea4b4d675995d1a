"""Kaplan–Meier reproduces the 6-MP trial, and open turns lengthen the median (METHODS 4.5)."""

import numpy as np
import pytest

from orchestration.statistics.survival import survival_curve, survival_quantile

TIMES = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_trial_of_6_mp() -> None:
    found = survival_curve(TIMES, ENDED, range(21), least_turns=0, draws=200)
    shares = [point.surviving for point in found.points]
    assert shares == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=6e-4)
    assert found.median.value == 23
    assert (found.n_turns, found.n_open) == (21, 12)
    assert [point.n_ended for point in found.points] == [3, 1, 1, 1, 1, 1, 1]


def test_bounds_hold_the_share() -> None:
    found = survival_curve(TIMES, ENDED, range(21), least_turns=0, draws=200)
    for point in found.points:
        assert point.low is not None
        assert point.high is not None
        assert 0 < point.low < point.surviving < point.high < 1


def test_quantiles_of_6_mp_are_bounded_where_the_bounds_fall() -> None:
    """R's survfit with conf.type log-log: median 23, 13 to none; first quartile 13, 6 to 22."""
    median, quartile = (survival_quantile(TIMES, ENDED, [1] * 21, share) for share in (0.5, 0.25))
    assert (median.value, median.low, median.high) == (23, 13, None)
    assert (quartile.value, quartile.low, quartile.high) == (13, 6, 22)
    assert survival_quantile(TIMES, ENDED, [1] * 21, 0.9).withheld_reason == "no_variation"
    assert survival_quantile([5, 6], [0, 0], [1, 2], 0.5).withheld_reason == "no_observations"


def test_turns_of_few_users_tell_less_than_as_many_turns_of_many() -> None:
    rng = np.random.default_rng(8)
    users = np.repeat(np.arange(6), 50)
    lasting = rng.exponential(np.exp(rng.normal(0, 0.5, 6))[users])
    few, many = (survival_quantile(lasting, lasting < 3, who, 0.5) for who in (users, np.arange(300)))
    assert few.value == many.value
    assert (few.high or np.inf) - (few.low or 0) > 2 * ((many.high or 0) - (many.low or 0))


def test_dropping_open_turns_would_shorten_the_median() -> None:
    rng = np.random.default_rng(6)
    lasting, read = rng.exponential(100, 3_000), rng.exponential(100, 3_000)
    users = rng.integers(0, 300, 3_000)
    found = survival_curve(np.minimum(lasting, read), lasting <= read, users, draws=200)
    assert found.median.low is not None
    assert found.median.high is not None
    assert found.median.low < 100 * np.log(2) < found.median.high
    assert np.median(lasting[lasting <= read]) < found.median.low


def test_without_open_turns_the_median_is_the_sample_s() -> None:
    found = survival_curve(np.arange(1, 102), np.ones(101), range(101), draws=200)
    assert found.median.value == 51
    assert found.points[-1].surviving == 0
    assert found.points[-1].low is None


def test_what_cannot_be_told_says_why() -> None:
    assert survival_curve([], [], []).median.withheld_reason == "no_observations"
    assert survival_curve(TIMES, ENDED, range(21)).median.withheld_reason == "too_few_effective_sessions"
    assert survival_curve(TIMES * 2, ENDED * 2, [1] * 42).median.withheld_reason == "too_few_users"
    mostly_open = survival_curve(range(40), [1] * 5 + [0] * 35, range(40))
    assert mostly_open.median.withheld_reason == "no_variation"
    assert mostly_open.points
    with pytest.raises(ValueError, match="not negative"):
        survival_curve([-1], [1], [1])
