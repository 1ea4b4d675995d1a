"""Prediction-powered means reproduce the reference library and cover planted truths (METHODS 4.8)."""

import numpy as np
import pytest

from orchestration.statistics.prediction_powered import PoweredMean, powered_mean

REVIEWS = [1, 0, 1, 1, 0, 1, 0, 1, 1, 0]
LABELS = [1, 0, 1, 1, 1, 1, 0, 1, 0, 0]
REST = [1] * 70 + [0] * 30


@pytest.mark.parametrize(
    ("weight", "value", "low", "high"),
    [(1, 0.7, 0.4086, 0.9914), (0, 0.6, 0.2964, 0.9036), (None, 0.65905573, 0.4068, 0.9113)],
)
def test_reference_answers(weight: float | None, value: float, low: float, high: float) -> None:
    found = powered_mean(REVIEWS, LABELS, REST, weight=weight, least_reviews=0)
    assert found.estimate.value == pytest.approx(value, abs=5e-8)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((low, high), abs=5e-5)


def test_weight_is_the_library_s() -> None:
    assert powered_mean(REVIEWS, LABELS, REST, least_reviews=0).weight == pytest.approx(0.59056, abs=5e-6)


def test_labels_that_never_vary_are_not_trusted() -> None:
    found = powered_mean(REVIEWS, [1] * 10, [1] * 50, least_reviews=0)
    assert found.weight == 0
    assert found.estimate.value == pytest.approx(0.6)


def test_few_reviews_are_withheld() -> None:
    assert powered_mean(REVIEWS, LABELS, REST).estimate.withheld_reason == "too_few_reviews"
    assert powered_mean([], [], REST).estimate.withheld_reason == "no_observations"
    assert powered_mean(REVIEWS, LABELS, []).estimate.withheld_reason == "no_observations"
    of_one = powered_mean(REVIEWS, LABELS, REST, users=([1] * 10, [2] * 100), least_reviews=0)
    assert of_one.estimate.withheld_reason == "too_few_users"


def test_equal_probabilities_change_nothing() -> None:
    plain = powered_mean(REVIEWS, LABELS, REST, least_reviews=0)
    weighted = powered_mean(REVIEWS, LABELS, REST, probabilities=[0.1] * 10, least_reviews=0)
    assert weighted.estimate.value == pytest.approx(plain.estimate.value or 0)
    with pytest.raises(ValueError, match="probability"):
        powered_mean(REVIEWS, LABELS, REST, probabilities=[0] * 10, least_reviews=0)


def _study(seed: int) -> PoweredMean:
    """Truth 0.4; labels err more often on rare sessions, which reviews prefer four to one; users differ."""
    rng = np.random.default_rng(seed)
    users = rng.integers(0, 400, 3_000)
    truth = rng.random(3_000) < np.clip(0.4 + rng.normal(0, 0.15, 400)[users], 0, 1)
    rare = rng.random(3_000) < 0.2
    labels = np.where(rng.random(3_000) < np.where(rare, 0.35, 0.1), ~truth, truth)
    chance = np.where(rare, 0.2, 0.05)
    reviewed = rng.random(3_000) < chance
    return powered_mean(
        truth[reviewed],
        labels[reviewed],
        labels[~reviewed],
        probabilities=chance[reviewed],
        users=(users[reviewed], users[~reviewed]),
    )


def test_intervals_cover_the_planted_rate() -> None:
    found = [_study(seed).estimate for seed in range(400)]
    covered = [
        each.low <= 0.4 <= each.high for each in found if each.low is not None and each.high is not None
    ]
    assert len(covered) == 400
    assert 0.92 <= np.mean(covered) <= 0.98
