"""Horizons and growth reproduce their references (METHODS 4.11)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from orchestration.statistics.growth import amdahl_speedup, doubling_time, fit_horizon, horizon_minutes


def test_horizons_of_known_coefficients() -> None:
    assert horizon_minutes(3, -0.6) == pytest.approx(32, abs=1e-4)
    assert horizon_minutes(3, -0.6, success=0.8) == pytest.approx(6.45094, abs=1e-4)
    with pytest.raises(ValueError, match="slope"):
        horizon_minutes(3, 0)


def _tasks(
    seed: int = 1, n: int = 4_000, longest: float = 10
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    minutes = 2 ** rng.uniform(0, longest, n)
    succeeded = rng.random(n) < 1 / (1 + np.exp(-(3 - 0.6 * np.log2(minutes))))
    return minutes, succeeded, rng.integers(0, 500, n)


def test_planted_horizons_are_recovered() -> None:
    found = fit_horizon(*_tasks())
    assert found.h50.low is not None
    assert found.h50.high is not None
    assert found.h50.low < 32 < found.h50.high
    assert found.h80.low is not None
    assert found.h80.high is not None
    assert found.h80.low < 6.45094 < found.h80.high


def test_fit_is_that_without_penalty_and_a_penalty_moves_the_horizon() -> None:
    from sklearn.linear_model import LogisticRegression

    minutes, succeeded, users = _tasks(n=500, longest=6)  # the mean length is not the horizon
    found = fit_horizon(minutes, succeeded, users)
    x = np.log2(minutes)[:, None]
    free = LogisticRegression(C=1e6, tol=1e-10).fit(x, succeeded)
    assert found.slope == pytest.approx(float(free.coef_[0, 0]), abs=1e-4)
    assert found.intercept == pytest.approx(float(free.intercept_[0]), abs=1e-3)
    weights = np.full(500, 1 / 500)
    shrunk = LogisticRegression(C=1 / 0.1, tol=1e-10).fit(x, succeeded, sample_weight=weights)
    moved = horizon_minutes(float(shrunk.intercept_[0]), float(shrunk.coef_[0, 0]))
    assert found.h50.value is not None
    assert abs(np.log2(moved / found.h50.value)) > 0.01


def test_what_has_no_horizon_says_why() -> None:
    minutes, succeeded, users = _tasks(n=200)
    for tasks, reason in (
        (([], [], []), "no_observations"),
        ((minutes[:20], succeeded[:20], users[:20]), "too_few_effective_sessions"),
        ((minutes, succeeded, users * 0), "too_few_users"),
        ((minutes, succeeded | True, users), "no_variation"),
        ((minutes, minutes > 30, users), "did_not_converge"),
        ((minutes[::-1], succeeded, users), "no_contrast"),
    ):
        assert fit_horizon(*tasks).h50.withheld_reason == reason
    growing = fit_horizon(minutes, ~succeeded, users)
    assert growing.h50.withheld_reason == "no_contrast"
    assert growing.slope is not None
    with pytest.raises(ValueError, match="more than 0"):
        fit_horizon([0.0], [1], [1])


def test_doubling_time_of_exact_doubling() -> None:
    found = doubling_time([0, 1, 2, 3, 4], [1, 2, 4, 8, 16])
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))
    assert doubling_time([0, 1, 2, 3], [8, 4, 2, 1]).value == pytest.approx(-1)


def test_doubling_time_is_bounded_only_where_growth_is_told_from_decline() -> None:
    rng = np.random.default_rng(7)
    noisy = doubling_time(np.arange(8.0), 2 ** (0.02 * np.arange(8) + rng.normal(0, 1, 8)))
    assert noisy.value is not None
    assert noisy.low is None
    clear = doubling_time(np.arange(24.0), 2 ** (np.arange(24) / 7 + rng.normal(0, 0.2, 24)))
    assert clear.low is not None
    assert clear.high is not None
    assert clear.low < 7 < clear.high


def test_a_trend_needs_four_periods() -> None:
    assert doubling_time([0, 1, 2], [1, 2, 4]).withheld_reason == "too_few_periods"
    assert doubling_time([0, 1, 2, 3], [5, 5, 5, 5]).withheld_reason == "no_variation"
    with pytest.raises(ValueError, match="above 0"):
        doubling_time([0, 1, 2, 3], [1, 0, 2, 3])


def test_amdahl() -> None:
    assert amdahl_speedup(0.8, 8) == pytest.approx(3.33, abs=5e-3)
    with pytest.raises(ValueError, match="between 0 and 1"):
        amdahl_speedup(1.2, 8)
