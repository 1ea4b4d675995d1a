"""Slopes from labels and reviews cover the truth, whatever the labeller errs on (METHODS 4.8)."""

from typing import Any

import numpy as np
import pytest

from orchestration.statistics.powered_slopes import PoweredSlope, Sides, powered_slope
from orchestration.statistics.rate_difference import slope_of
from orchestration.statistics.withholding import Floats

SLOPE = 0.05


def estimated(
    *, seed: int, users: int = 12, sessions: int = 1_600, reviews: int = 150
) -> tuple[PoweredSlope, float]:
    """The corrected slope of a made-up labeller that errs more on lower levels, and the raw slope."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, users, sessions)
    level = rng.integers(1, 6, sessions).astype(float)
    rate = np.clip(0.15 + SLOPE * level + rng.normal(0, 0.1, users)[user], 0, 1)
    truth = (rng.random(sessions) < rate).astype(float)
    said = np.where(truth == 1, rng.random(sessions) < 0.6 + 0.05 * level, rng.random(sessions) < 0.1).astype(
        float
    )
    rated = np.clip(level + rng.choice([-1, 0, 1], sessions, p=[0.2, 0.6, 0.2]), 1, 5)
    outside = rng.random(sessions) < 0.08
    drawn = np.zeros(sessions, dtype=bool)
    drawn[rng.choice(sessions, reviews, replace=False)] = True
    found = powered_slope(
        Sides(rated, said),
        Sides(level, np.where(outside, np.nan, truth)),
        user,
        is_reviewed=drawn,
        probability=np.full(sessions, reviews / sessions),
    )
    return found, float(np.polyfit(rated, said, 1)[0])


def test_intervals_cover_the_true_slope_at_twelve_users() -> None:
    covered, values, raw = 0, [], []
    for seed in range(200):
        found, of_labels = estimated(seed=seed)
        assert found.estimate.low is not None
        assert found.estimate.high is not None
        covered += found.estimate.low <= SLOPE <= found.estimate.high
        values.append(found.estimate.value)
        raw.append(of_labels)
    assert 0.92 <= covered / 200 <= 0.98
    assert np.mean(np.array(values, dtype=float)) == pytest.approx(SLOPE, abs=0.004)
    assert np.mean(raw) < 0.046  # what no correction shows


def test_labels_make_reviews_go_further() -> None:
    found, _ = estimated(seed=3)
    assert found.weight is not None
    assert 0.3 < found.weight < 1
    assert found.n_reviewed < 150  # those whom the review puts outside the population tell nothing of it


def simple(n: int = 200) -> tuple[Any, Floats, Any]:
    rng = np.random.default_rng(5)
    step = (np.arange(n) % 2).astype(float)
    return step, (rng.random(n) < 0.3 + 0.2 * step).astype(float), np.arange(n) % 10.0


def test_where_everything_is_reviewed_it_is_least_squares_of_the_truth() -> None:
    step, outcome, users = simple()
    found = powered_slope(
        Sides(step, 1 - outcome),
        Sides(step, outcome),
        users,
        is_reviewed=np.ones(200, bool),
        probability=np.ones(200),
    )
    plain = slope_of(outcome, step, users, least_users=0).estimate
    assert found.estimate.value == pytest.approx(plain.value)


def test_the_order_of_sessions_does_not_matter() -> None:
    step, outcome, users = simple()
    drawn, order = np.arange(200) % 3 == 0, np.random.default_rng(1).permutation(200)

    def of(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> PoweredSlope:
        sides = Sides(step[at], outcome[at])
        return powered_slope(sides, sides, users[at], is_reviewed=drawn[at], probability=np.full(200, 1 / 3))

    first, second = of(np.arange(200)).estimate, of(order).estimate
    assert (first.value, first.standard_error) == pytest.approx((second.value, second.standard_error))


@pytest.mark.parametrize(
    ("reviewed", "reason"),
    [(0, "not_reviewed"), (29, "too_few_reviews")],
)
def test_few_reviews_say_so(reviewed: int, reason: str) -> None:
    step, outcome, users = simple()
    sides = Sides(step, outcome)
    found = powered_slope(
        sides, sides, users, is_reviewed=np.arange(200) < reviewed, probability=np.full(200, 0.5)
    )
    assert (found.estimate.value, found.estimate.withheld_reason) == (None, reason)


def test_reviews_of_one_person_or_of_one_side_say_so() -> None:
    step, outcome, users = simple()
    sides, chances = Sides(step, outcome), np.full(200, 0.5)
    of_one = powered_slope(
        sides, sides, np.where(np.arange(200) < 60, 0, users + 1), is_reviewed=np.arange(200) < 60,
        probability=chances,
    )  # fmt: skip
    assert of_one.estimate.withheld_reason == "too_few_users"
    of_a_side = powered_slope(sides, sides, users, is_reviewed=step == 1, probability=chances)
    assert of_a_side.estimate.withheld_reason == "no_contrast"


def test_a_review_without_a_probability_is_refused() -> None:
    step, outcome, users = simple()
    sides = Sides(step, outcome)
    with pytest.raises(ValueError, match="probability"):
        powered_slope(sides, sides, users, is_reviewed=step == 1, probability=np.zeros(200))
