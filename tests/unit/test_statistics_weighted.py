"""Weighted means and shares by user: what weights are worth, and intervals that hold where weights go with
what is measured."""

import numpy as np
import pytest

from orchestration.statistics.clusters import kish_effective_n, rate_by_user, weighted_by_user
from orchestration.statistics.prediction_powered import powered_mean
from orchestration.statistics.withholding import showing_all


def test_equal_weights_of_any_size_are_no_weights() -> None:
    rng = np.random.default_rng(1)
    hits, users = (rng.random(200) < 0.3).astype(float), rng.integers(0, 15, 200).astype(str)
    plain = rate_by_user(hits, users).estimate
    for size in (1.0, 50.0):
        weighted = weighted_by_user(hits, np.full(200, size), users, kind="rate").estimate
        assert (weighted.value, weighted.low, weighted.high) == pytest.approx(
            (plain.value, plain.low, plain.high)
        )


def test_weights_are_worth_kish_s_number() -> None:
    weights = np.tile([1.0, 1.0, 1.0, 5.0], 30)
    assert kish_effective_n([1, 1, 1, 5]) == pytest.approx(2.286, abs=5e-4)
    users = np.arange(120).astype(str)
    found = weighted_by_user(np.tile([0.0, 0.0, 1.0, 1.0], 30), weights, users, kind="rate")
    assert found.estimate.value == pytest.approx(6 / 8)
    assert found.expected_n == pytest.approx(kish_effective_n(weights))
    assert found.effective_n <= kish_effective_n(weights)  # type: ignore[operator]


def test_few_calls_few_users_and_weights_of_nothing_are_refused() -> None:
    one = weighted_by_user([1.0] * 50, [1.0] * 50, ["a"] * 50, kind="mean")
    assert one.estimate.withheld_reason == "too_few_users"
    few = weighted_by_user([1.0] * 4, [1.0] * 4, list("abcd"), kind="mean")
    assert few.estimate.withheld_reason == "too_few_effective_sessions"
    with showing_all():
        assert weighted_by_user([1.0, 2.0], [1.0, 3.0], list("ab"), kind="mean").estimate.value == 1.75
    with pytest.raises(ValueError, match="above 0"):
        weighted_by_user([1.0], [0.0], ["a"], kind="mean")
    assert weighted_by_user([], [], [], kind="rate").estimate.withheld_reason == "no_observations"


def test_intervals_hold_the_truth_of_a_population_drawn_with_unequal_probabilities() -> None:
    """Simulated: a rate that differs by user and by stratum, strata drawn at 5 and 50 %."""
    rng = np.random.default_rng(7)
    weighted = plain = 0
    runs = 300
    for _ in range(runs):
        users = np.repeat(np.arange(12), 200)
        stratum = rng.random(len(users)) < 0.3
        chance = 0.2 + 0.15 * rng.random(12)[users] + 0.4 * stratum
        truth = (rng.random(len(users)) < chance).astype(float)
        probability = np.where(stratum, 0.5, 0.05)
        drawn = rng.random(len(users)) < probability
        given = (truth[drawn], users[drawn].astype(str))
        found = weighted_by_user(given[0], 1 / probability[drawn], given[1], kind="rate").estimate
        naive = rate_by_user(*given).estimate
        assert found.low is not None
        assert found.high is not None
        weighted += found.low <= truth.mean() <= found.high
        plain += naive.low is not None and naive.high is not None and naive.low <= truth.mean() <= naive.high
    assert weighted / runs > 0.92
    assert plain / runs < 0.2


def test_prediction_powered_mean_takes_weights_of_the_unreviewed() -> None:
    rng = np.random.default_rng(3)
    truth = (rng.random(40) < 0.5).astype(float)
    labels, rest = np.where(rng.random(40) < 0.8, truth, 1 - truth), (rng.random(400) < 0.5).astype(float)
    same = powered_mean(truth, labels, rest, rest_weights=np.full(400, 7.0)).estimate
    plain = powered_mean(truth, labels, rest).estimate
    assert (same.value, same.low, same.high) == pytest.approx((plain.value, plain.low, plain.high))
    weights = np.where(rest == 1, 3.0, 1.0)
    heavier = powered_mean(truth, labels, rest, weight=1.0, rest_weights=weights).estimate
    gap = float(np.average(rest, weights=weights) - rest.mean())
    assert heavier.value == pytest.approx(powered_mean(truth, labels, rest, weight=1.0).estimate.value + gap)
