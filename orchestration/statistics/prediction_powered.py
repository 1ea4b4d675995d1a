"""Means of all sessions from labels of all and reviews of some: prediction-powered inference (PPI++).

Belongs here: the mean with its weight λ, by users and sampling weights where they are given (METHODS 4.8).
Not here: correction by error rates alone (label_error.py). In the unit of the reviews; shares are 0 to 1.
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
    is_too_few,
    normal_quantile,
    student_quantile,
    withheld,
)


@dataclass(frozen=True)
class PoweredMean:
    """The mean and how much the labels are trusted: λ 0 uses reviews alone, 1 the labels in full."""

    estimate: Estimate
    weight: float | None
    n_reviewed: int
    n_unreviewed: int


def powered_mean(
    reviews: ArrayLike,
    labels: ArrayLike,
    unreviewed_labels: ArrayLike,
    *,
    weight: float | None = None,
    probabilities: ArrayLike | None = None,
    rest_weights: ArrayLike | None = None,
    users: tuple[Any, Any] | None = None,
    least_reviews: int = LEAST_EFFECTIVE_N,
) -> PoweredMean:
    """θ = λ·mean f(unreviewed) + mean(Y − λf) over the reviewed; METHODS 4.8 (Angelopoulos et al. 2023).

    `weight` None: λ* = Cov(Y,f)/((1 + n/N)·Var f), the variance over all sessions (ddof 1) as ppi-python
    has it, kept within 0 to 1. `probabilities`: of each reviewed session to be drawn for review; without
    them all are alike. `rest_weights`: of the unreviewed, where they were drawn with unequal probabilities
    themselves. `users`: of the reviewed and of the unreviewed sessions; errors are then by user.
    A session is reviewed or unreviewed, never both. Withheld below `least_reviews` reviews.
    """
    y, f = np.asarray(reviews, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    rest = np.asarray(unreviewed_labels, dtype=np.float64)
    n, others = len(y), len(rest)
    if len(f) != n:
        raise ValueError("Each review needs the label of its session.")
    if not n or not others:
        return PoweredMean(withheld("no_observations"), None, n, others)
    if n < 2 or is_too_few(n, least_reviews):
        return PoweredMean(withheld("too_few_reviews"), None, n, others)
    share = _shares(probabilities, n)
    trust = _best_weight(y, f, rest, share=share) if weight is None else weight
    corrected = y - trust * f
    part = np.full(others, 1 / others) if rest_weights is None else np.asarray(rest_weights, dtype=np.float64)
    part = part / part.sum()
    value = trust * float(part @ rest) + float(share @ corrected)
    of_reviews = share * (corrected - share @ corrected)
    of_labels = trust * part * (rest - part @ rest)
    variance, quantile = _variance(of_reviews, of_labels, users)
    if quantile is None:
        return PoweredMean(withheld("too_few_users"), None, n, others)
    error = variance**0.5
    found = Estimate(value, error, value - quantile * error, value + quantile * error)
    return PoweredMean(found, trust, n, others)


def _shares(probabilities: ArrayLike | None, n: int) -> Floats:
    """Weights of the reviewed sessions that sum to 1, inverse to their probability (Hájek)."""
    if probabilities is None:
        return np.full(n, 1 / n)
    chances = np.asarray(probabilities, dtype=np.float64)
    if len(chances) != n or not ((chances > 0) & (chances <= 1)).all():
        raise ValueError("Each reviewed session needs its probability of being drawn, above 0 and at most 1.")
    return np.asarray((1 / chances) / (1 / chances).sum(), dtype=np.float64)


def _best_weight(y: Floats, f: Floats, rest: Floats, *, share: Floats) -> float:
    """λ with the least variance; 0 where the labels never vary."""
    spread = float(np.var(np.concatenate([f, rest]), ddof=1))
    if not spread:
        return 0.0
    together = float(share @ ((y - share @ y) * (f - share @ f)))
    return min(1.0, max(0.0, together / ((1 + len(y) / len(rest)) * spread)))


def _variance(
    of_reviews: Floats, of_labels: Floats, users: tuple[Any, Any] | None
) -> tuple[float, float | None]:
    """Variance of the mean and the quantile of its interval; no quantile where one user has all reviews.

    By users, who may have sessions of both kinds, where they are given.
    """
    if users is None:
        return float(of_reviews @ of_reviews + of_labels @ of_labels), normal_quantile()
    clusters = error_clusters(np.concatenate([np.asarray(each, dtype=object) for each in users]))
    totals = clusters.sums(np.concatenate([of_reviews, of_labels]))
    reviewed = clusters.where(np.arange(len(clusters.codes)) < len(of_reviews)).count
    if reviewed < 2:
        return 0.0, None
    return reviewed / (reviewed - 1) * float(totals @ totals), student_quantile(reviewed - 1)
