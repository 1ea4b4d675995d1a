"""Slopes and differences of true values, from labels of all sessions and reviews of some of them.

Belongs here: the least-squares slope whose labels, of outcome and of covariate, are corrected by a random
reviewed part (design-based supervised learning, tuned as PPI++ tunes a mean; METHODS 4.8). Not here: means
(prediction_powered.py), corrections by error rates (label_error.py). In the outcome's unit per step.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import error_clusters
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    Estimate,
    Floats,
    clustered_estimate,
    is_too_few,
    withheld,
)


@dataclass(frozen=True)
class Sides:
    """Step and outcome of each session; NaN in either where it is outside the population or not known."""

    step: Floats
    outcome: Floats


@dataclass(frozen=True)
class PoweredSlope:
    """The slope and how much the labels are trusted: `weight` 0 uses reviews alone, 1 the labels in full."""

    estimate: Estimate
    weight: float | None
    n_reviewed: int
    n_sessions: int


def powered_slope(
    labels: Sides,
    truth: Sides,
    users: Any,
    *,
    is_reviewed: ArrayLike,
    probability: ArrayLike,
    least_reviews: int = LEAST_EFFECTIVE_N,
) -> PoweredSlope:
    """Change of the outcome per step (a difference of two groups where the step is 0 or 1), errors by user.

    Solves λΣ m(labels) + N·Σ w(m(truth) − λ·m(labels)) = 0 for the moments m of least squares with an
    intercept, w the reviewed sessions' inverse probabilities, which sum to 1: design-based supervised
    learning (Egami, Hinck, Stewart & Wei 2023) with the λ of least variance of PPI++ (Angelopoulos et al.
    2023). Nothing is assumed of the errors: they may differ between the groups, and a session may be in the
    population by its label and outside it by its review. Sessions are the frame that was drawn from;
    `truth` counts where `is_reviewed`. Withheld below `least_reviews` reviews in the true population, with
    one reviewing user, or where the reviews lack a contrast of steps.
    """
    reviewed = np.asarray(is_reviewed, dtype=bool)
    chances = np.asarray(probability, dtype=np.float64)
    if not ((chances[reviewed] > 0) & (chances[reviewed] <= 1)).all():
        raise ValueError("Each reviewed session needs its probability of being drawn, above 0 and at most 1.")
    said, true = _moments(labels), _moments(truth)
    inside = reviewed & true.is_inside
    n, total = int(inside.sum()), len(reviewed)
    clusters = error_clusters(users)
    reviewing = clusters.where(reviewed).count if n else 0
    if n < 2 or is_too_few(n, least_reviews):
        return PoweredSlope(withheld("too_few_reviews" if n else "not_reviewed"), None, n, total)
    if reviewing < 2:
        return PoweredSlope(withheld("too_few_users"), None, n, total)
    if np.ptp(np.asarray(truth.step, dtype=np.float64)[inside]) == 0:
        return PoweredSlope(withheld("no_contrast"), None, n, total)
    share = np.where(reviewed, 1 / np.where(reviewed, chances, 1.0), 0.0)
    share /= share.sum()
    # The best λ at the slope of the reviews alone, then the slope at that λ.
    by_reviews = _solved(said, true, share, 0.0)
    weight = 0.0 if by_reviews is None else _best_weight(said, true, share, by_reviews)
    found = _solved(said, true, share, weight)
    if found is None:
        return PoweredSlope(withheld("no_contrast"), None, n, total)
    of_reviews, of_labels = _influences(said, true, share, found)
    totals = clusters.sums(of_reviews + weight * of_labels)
    error = float(np.sqrt(reviewing / (reviewing - 1) * (totals @ totals)))
    if not error > 0:
        return PoweredSlope(withheld("no_variation"), None, n, total)
    estimate = clustered_estimate(float(found.slope), error, cluster_count=reviewing)
    return PoweredSlope(estimate, weight, n, total)


@dataclass(frozen=True)
class _Moments:
    """Of each session, the products that least squares sums: (1, x, x², y, xy); 0 outside."""

    values: Floats
    is_inside: Any


@dataclass(frozen=True)
class _Solution:
    intercept: float
    slope: float
    inverse: Floats
    """Second row of the inverse of Σ(1, x)(1, x)′: what turns moments into an influence on the slope."""


def _moments(sides: Sides) -> _Moments:
    x, y = (np.asarray(each, dtype=np.float64) for each in (sides.step, sides.outcome))
    inside = ~np.isnan(x) & ~np.isnan(y)
    x, y = np.where(inside, x, 0.0), np.where(inside, y, 0.0)
    return _Moments(np.column_stack([inside.astype(np.float64), x, x * x, y, x * y]), inside)


def _solved(said: _Moments, true: _Moments, share: Floats, weight: float) -> _Solution | None:
    """Least squares on the corrected sums; None where they have no solution."""
    n = len(share)
    sums = weight * said.values.sum(axis=0) + n * (share @ (true.values - weight * said.values))
    gram = np.array([[sums[0], sums[1]], [sums[1], sums[2]]])
    if np.linalg.det(gram) <= 1e-9 * max(sums[0] * sums[2], 1e-300):
        return None
    inverse = np.linalg.inv(gram)
    intercept, slope = inverse @ sums[3:]
    return _Solution(float(intercept), float(slope), inverse[1])


def _influences(said: _Moments, true: _Moments, share: Floats, at: _Solution) -> tuple[Floats, Floats]:
    """Influence of each session on the slope: that of the reviews, and what a weight of 1 adds to it."""
    n = len(share)
    of_truth, of_labels = (_influence(each.values, at) for each in (true, said))
    reviews = n * share * (of_truth - share @ of_truth)
    labels = of_labels - of_labels.mean() - n * share * (of_labels - share @ of_labels)
    return reviews, labels


def _influence(values: Floats, at: _Solution) -> Floats:
    one, x, squared, y, product = values.T
    level = y - at.intercept * one - at.slope * x
    along = product - at.intercept * x - at.slope * squared
    return np.asarray(at.inverse[0] * level + at.inverse[1] * along, dtype=np.float64)


def _best_weight(said: _Moments, true: _Moments, share: Floats, at: _Solution) -> float:
    """λ between 0 and 1 with the least variance over sessions; 0 where labels never vary.

    Not by user: with five users the λ that fits their totals best takes a fifth off the error that is shown.
    """
    fixed, added = _influences(said, true, share, at)
    spread = float(added @ added)
    return min(1.0, max(0.0, -float(fixed @ added) / spread)) if spread else 0.0
