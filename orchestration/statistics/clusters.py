"""Means and shares of sessions when sessions of one user are alike.

Belongs here: the mean with errors by user, design effect, effective sample size, the Wilson interval on it
(METHODS 4.2). Not here: regressions (within_regression.py). Shares are 0 to 1; means in the values' unit.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import Clusters, clusters_of
from orchestration.statistics.order_statistics import quantile_rank
from orchestration.statistics.proportions import Interval, proportion_interval
from orchestration.statistics.withholding import (
    CONFIDENCE,
    LEAST_EFFECTIVE_N,
    Estimate,
    Floats,
    WithheldReason,
    clustered_estimate,
    student_quantile,
    withheld,
)


@dataclass(frozen=True)
class ClusteredRate:
    """A share of sessions, with the errors of users who have several.

    `estimate` has the cluster-Wilson interval, `logit_interval` that of t on the logit scale (None at 0 and
    1). `design_effect` is None where the share is 0 or 1: the effective n is then one session per user.
    """

    estimate: Estimate
    logit_interval: Interval | None
    design_effect: float | None
    effective_n: float
    n_sessions: int
    n_users: int


def mean_by_user(values: ArrayLike, users: Any, *, confidence: float = CONFIDENCE) -> Estimate:
    """Mean over sessions; SE² = G/(G−1)·Σ_g(Σ_i(y − ȳ))²/n², t with G−1 degrees of freedom; METHODS 4.2."""
    numbers = np.asarray(values, dtype=np.float64)
    clusters = clusters_of(users)
    if not len(numbers):
        return withheld("no_observations")
    if clusters.count < 2:
        return withheld("too_few_users")
    error = mean_error(numbers, clusters)
    return clustered_estimate(
        float(numbers.mean()), error, cluster_count=clusters.count, confidence=confidence
    )


def mean_error(values: Floats, clusters: Clusters) -> float:
    """Standard error of a mean by clusters, of which there must be two; METHODS 4.2."""
    deviations = clusters.sums(values - values.mean())
    correction = clusters.count / (clusters.count - 1)
    return math.sqrt(correction * float(deviations @ deviations)) / len(values)


def rate_by_user(
    outcomes: ArrayLike,
    users: Any,
    *,
    least_effective_n: float = LEAST_EFFECTIVE_N,
    confidence: float = CONFIDENCE,
) -> ClusteredRate:
    """Share of true outcomes with its cluster-Wilson interval; METHODS 4.2.

    Withheld below `least_effective_n` (METHODS 4.12). The effective n never exceeds the sessions: a design
    effect below 1 is chance. Raises ValueError where an outcome is neither 0 nor 1 (leave unknown ones out).
    """
    hits = np.asarray(outcomes, dtype=np.float64)
    if not np.isin(hits, (0.0, 1.0)).all():
        raise ValueError("An outcome is 0 or 1: leave sessions of unknown outcome out, and count them.")
    clusters, n = clusters_of(users), len(hits)
    sizes = {"n_sessions": n, "n_users": clusters.user_count}
    if not n:
        return ClusteredRate(withheld("no_observations"), None, None, 0.0, **sizes)
    if clusters.count < 2:
        return ClusteredRate(withheld("too_few_users"), None, None, 1.0, **sizes)
    share, error = float(hits.mean()), mean_error(hits, clusters)
    naive = share * (1 - share) / n
    effect = error**2 / naive if naive else None
    effective_n = min(n, n / effect) if effect else float(n if effect == 0 else clusters.count)
    reason: WithheldReason | None = "too_few_effective_sessions" if effective_n < least_effective_n else None
    if reason:
        return ClusteredRate(withheld(reason), None, effect, effective_n, **sizes)
    bounds = proportion_interval(share * effective_n, effective_n, confidence=confidence)
    assert bounds is not None
    on_logit = _logit_interval(share, error, clusters.count, confidence) if naive else None
    return ClusteredRate(Estimate(share, error, *bounds), on_logit, effect, effective_n, **sizes)


def quantile_by_user(
    values: ArrayLike, users: Any, quantile: float, *, confidence: float = CONFIDENCE
) -> ClusteredRate:
    """A quantile with the interval of the share below it, by users, carried over to the values.

    Order statistics alone take sessions of one user for independent; METHODS 4.2, 4.4. No standard error.
    """
    numbers = np.asarray(values, dtype=np.float64)
    ordered = np.sort(numbers)
    found = _at(ordered, quantile) if len(ordered) else math.nan
    below = rate_by_user(numbers <= found, users, confidence=confidence)
    if below.estimate.withheld_reason:
        return below
    bounds = proportion_interval(quantile * below.effective_n, below.effective_n, confidence=confidence)
    assert bounds is not None
    low, high = (_at(ordered, min(max(bound, 1e-9), 1 - 1e-9)) for bound in bounds)
    return replace(below, estimate=Estimate(found, None, low, high), logit_interval=None)


def effective_n_of_mean(values: ArrayLike, users: Any) -> float:
    """Independent sessions worth as much for their mean: n/DEFF, at most n; METHODS 4.2.

    Without variation, or with one user, a session per user.
    """
    numbers, clusters = np.asarray(values, dtype=np.float64), clusters_of(users)
    naive = float(numbers.var()) / len(numbers) if len(numbers) else 0.0
    if not naive or clusters.count < 2:
        return float(clusters.count)
    effect = mean_error(numbers, clusters) ** 2 / naive
    return min(len(numbers), len(numbers) / effect) if effect else float(len(numbers))


def _at(ordered: Floats, quantile: float) -> float:
    """The quantile of ascending values that is one of them."""
    return float(ordered[quantile_rank(len(ordered), quantile) - 1])


def _logit_interval(share: float, error: float, cluster_count: int, confidence: float) -> Interval:
    """Interval of a share by t on the logit scale, which stays between 0 and 1; METHODS 4.2."""
    centre = math.log(share / (1 - share))
    half_width = student_quantile(cluster_count - 1, confidence) * error / (share * (1 - share))
    low, high = (
        1 / (1 + math.exp(-min(max(bound, -700), 700)))
        for bound in (centre - half_width, centre + half_width)
    )
    return Interval(low, high)


def design_effect(mean_cluster_size: float, *, correlation: float) -> float:
    """What clusters of a size cost at a within-user correlation: 1 + (m̄ − 1)ρ; METHODS 4.2."""
    return 1 + (mean_cluster_size - 1) * correlation


def kish_effective_n(weights: ArrayLike) -> float | None:
    """Equally weighted sessions worth as much: (Σw)²/Σw²; None without a positive weight; METHODS 4.2."""
    values = np.asarray(weights, dtype=np.float64)
    if (values < 0).any():
        raise ValueError("A weight is not negative.")
    squares = float(values @ values)
    return float(values.sum()) ** 2 / squares if squares else None
