"""Means and shares of sessions when sessions of one user are alike.

Belongs here: one mean, share or quantile with its interval by user, design effect, effective sample size
(METHODS 0.16, 4.2). Not here: many cells from sums (cell_intervals.py, whose intervals these are),
regressions (within_regression.py). Shares are 0 to 1; means in the values' unit.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.cell_intervals import (
    CellIntervals,
    CellMoments,
    cell_intervals,
    cell_moments,
    expected_n,
    interval_of_share,
)
from orchestration.statistics.groups import Clusters, clusters_of, error_clusters
from orchestration.statistics.order_statistics import (
    QuantileEstimate,
    RankInterval,
    estimate_quantile,
    quantile_rank,
)
from orchestration.statistics.withholding import (
    CONFIDENCE,
    LEAST_EFFECTIVE_N,
    Estimate,
    Floats,
    WithheldReason,
    is_showing_all,
    is_too_few,
    withheld,
)


@dataclass(frozen=True)
class ClusteredRate:
    """A share of sessions, with the errors of users who have several.

    `design_effect` and `effective_n` (sessions after clustering) are as measured: None, and one session per
    user, where the share is 0 or 1. `expected_n` is what decides whether the rate is shown: what the
    numbers of sessions per user are worth at an assumed correlation, whatever their outcomes.
    """

    estimate: Estimate
    design_effect: float | None
    effective_n: float
    expected_n: float
    n_sessions: int
    n_users: int


def mean_by_user(values: ArrayLike, users: Any, *, confidence: float = CONFIDENCE) -> Estimate:
    """Mean over sessions; error by leaving users out, t as of the cells' means (METHODS 0.16, 4.2)."""
    numbers, clusters = np.asarray(values, dtype=np.float64), error_clusters(users)
    if not len(numbers):
        return withheld("no_observations")
    if clusters.count < 2 and not is_showing_all():
        return withheld("too_few_users")
    moments = _moments(numbers, clusters)
    found = cell_intervals(moments, ["mean"], confidence=confidence)
    return _estimate(found, moments)


def mean_error(values: Floats, clusters: Clusters) -> float:
    """√(G/(G−1)·Σ_g(Σ_i(y − ȳ))²)/n: what the design effect is measured by; METHODS 4.2."""
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
    """Share of true outcomes with the interval of a cell's rate (METHODS 0.16, 4.2).

    Withheld where `expected_n` is below `least_effective_n` (METHODS 4.12): were it the measured effective
    n, rates would be shown where chance made the error small. Raises ValueError where an outcome is neither
    0 nor 1 (leave unknown ones out).
    """
    hits = np.asarray(outcomes, dtype=np.float64)
    if not np.isin(hits, (0.0, 1.0)).all():
        raise ValueError("An outcome is 0 or 1: leave sessions of unknown outcome out, and count them.")
    clusters, n = clusters_of(users), len(hits)
    sizes = {"n_sessions": n, "n_users": clusters.user_count}
    if not n:
        return ClusteredRate(withheld("no_observations"), None, 0.0, 0.0, **sizes)
    moments = _moments(hits, clusters)
    expected = float(expected_n(moments)[0])
    if clusters.count < 2 and not is_showing_all():
        return ClusteredRate(withheld("too_few_users"), None, 1.0, expected, **sizes)
    effect, effective_n = _measured(hits, clusters)
    is_few = is_too_few(expected, least_effective_n)
    reason: WithheldReason | None = "too_few_effective_sessions" if is_few else None
    found = cell_intervals(moments, ["rate"], is_withholding=False, confidence=confidence)
    estimate = withheld(reason) if reason else _estimate(found, moments)
    return ClusteredRate(estimate, effect, effective_n, expected, **sizes)


def weighted_by_user(
    values: ArrayLike, weights: ArrayLike, users: Any, *, kind: Literal["rate", "mean"]
) -> ClusteredRate:
    """Weighted share or mean Σwy/Σw of units drawn with unequal probabilities (Hájek), its interval by user.

    The weights are scaled to add up to Kish's (Σw)²/Σw², so that the interval counts as many units as the
    weights are worth, and the spread between users is that of their weighted sums. Withheld as a rate is.
    Raises ValueError where a weight is not above 0.
    """
    numbers, heavy = (np.asarray(each, dtype=np.float64) for each in (values, weights))
    if (heavy <= 0).any():
        raise ValueError("A weight is above 0: it is the inverse of a probability.")
    clusters = clusters_of(users)
    sizes = {"n_sessions": len(numbers), "n_users": clusters.user_count}
    if not len(numbers):
        return ClusteredRate(withheld("no_observations"), None, 0.0, 0.0, **sizes)
    scaled = heavy * (heavy.sum() / (heavy @ heavy))
    moments = cell_moments(
        np.zeros(clusters.count, dtype=np.int64), clusters.sums(scaled * numbers), clusters.sums(scaled),
        cell_count=1,
    )  # fmt: skip
    expected, worth = float(expected_n(moments)[0]), float(scaled.sum())
    if clusters.count < 2 and not is_showing_all():
        return ClusteredRate(withheld("too_few_users"), None, worth, expected, **sizes)
    if is_too_few(expected, LEAST_EFFECTIVE_N):
        return ClusteredRate(withheld("too_few_effective_sessions"), None, worth, expected, **sizes)
    found = cell_intervals(moments, [kind], is_withholding=False)
    estimate = _estimate(found, moments)
    spread = float(found.estimate[0]) * (1 - float(found.estimate[0]))
    variance = float(moments.jackknife[0])
    is_measured = kind == "rate" and spread > 0 and variance > 0
    return ClusteredRate(
        estimate, None, min(worth, spread / variance) if is_measured else worth, expected, **sizes
    )


def _measured(hits: Floats, clusters: Clusters) -> tuple[float | None, float]:
    """Design effect and effective n as measured; of one user all sessions, which are this user's only."""
    n, share = len(hits), float(hits.mean())
    if clusters.count < 2:
        return None, float(n)
    naive = share * (1 - share) / n
    effect = mean_error(hits, clusters) ** 2 / naive if naive else None
    # An effect below 1 is chance: the effective n never exceeds the sessions.
    return effect, min(n, n / effect) if effect else float(n if effect == 0 else clusters.count)


def quantile_by_user(
    values: ArrayLike,
    users: Any,
    quantile: float,
    *,
    least_effective_n: float = LEAST_EFFECTIVE_N,
    confidence: float = CONFIDENCE,
) -> ClusteredRate:
    """A quantile with the interval of the share below it, by users, carried over to the values (Woodruff).

    Order statistics alone take sessions of one user for independent; METHODS 4.2, 4.4. No standard error.
    """
    numbers = np.asarray(values, dtype=np.float64)
    ordered = np.sort(numbers)
    found = _at(ordered, quantile) if len(ordered) else math.nan
    below = rate_by_user(numbers <= found, users, least_effective_n=least_effective_n, confidence=confidence)
    if below.estimate.withheld_reason:
        return below
    clusters = clusters_of(users)
    if clusters.count < 2:
        alone = estimate_quantile(ordered, quantile)
        return replace(below, estimate=Estimate(found, None, alone.interval_low, alone.interval_high))
    moments = _moments(np.asarray(numbers <= found, dtype=np.float64), clusters)
    bounds = interval_of_share(quantile, moments, confidence=confidence)
    low, high = (_at(ordered, min(max(bound, 1e-9), 1 - 1e-9)) for bound in bounds)
    return replace(below, estimate=Estimate(found, None, low, high))


def weighted_quantile_by_user(
    values: ArrayLike, weights: ArrayLike, users: Any, quantile: float
) -> ClusteredRate:
    """A quantile of units drawn with unequal probabilities; its interval as that of `quantile_by_user`.

    The smallest value with at least that share of the weights at or below it. No standard error.
    """
    numbers, heavy = (np.asarray(each, dtype=np.float64) for each in (values, weights))
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    reached = np.cumsum(heavy[order]) / heavy.sum() if len(numbers) else heavy
    found = _reaching(ordered, reached, quantile) if len(numbers) else math.nan
    at_most = np.asarray(numbers <= found, dtype=np.float64)
    below = weighted_by_user(at_most, heavy, users, kind="rate")
    if below.estimate.withheld_reason:
        return below
    clusters = error_clusters(users)
    if clusters.count < 2:
        return replace(below, estimate=Estimate(found, None, None, None))
    scaled = heavy * (heavy.sum() / (heavy @ heavy))
    moments = cell_moments(
        np.zeros(clusters.count, dtype=np.int64), clusters.sums(scaled * at_most), clusters.sums(scaled),
        cell_count=1,
    )  # fmt: skip
    low, high = (_reaching(ordered, reached, bound) for bound in interval_of_share(quantile, moments))
    return replace(below, estimate=Estimate(found, None, low, high))


def _reaching(ordered: Floats, reached: Floats, share: float) -> float:
    """The first of ascending values at which this share of the weights is reached."""
    place = int(np.searchsorted(reached, share - 1e-12))
    return float(ordered[min(place, len(ordered) - 1)])


def quantile_with_ranks(values: Floats, users: Any, quantile: float) -> QuantileEstimate:
    """A quantile of a sample whose interval is by users, as ranks of the sample (Woodruff; METHODS 0.12).

    Order statistics, which take all values for independent, where all are of one user: then it is this user's
    interval. A bound is None where it lies beyond the sample.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    clusters = clusters_of(users)
    if clusters.count < 2:
        return estimate_quantile(ordered, quantile)
    n, found = len(ordered), _at(ordered, quantile)
    moments = _moments(np.asarray(values <= found, dtype=np.float64), clusters)
    low, high = interval_of_share(quantile, moments)
    lower, upper = math.floor(low * n), math.floor(high * n) + 1
    ranks = RankInterval(lower if lower >= 1 else None, upper if upper <= n else None, CONFIDENCE)
    first, last = (None if rank is None else float(ordered[rank - 1]) for rank in (ranks.lower, ranks.upper))
    return QuantileEstimate(found, first, last, ranks)


def expected_n_of(users: Any) -> float:
    """Independent sessions that the numbers of sessions per user are worth, at an assumed correlation."""
    clusters = clusters_of(users)
    if not clusters.count:
        return 0.0
    return float(expected_n(_moments(np.zeros(len(clusters.codes)), clusters))[0])


def _moments(values: Floats, clusters: Clusters) -> CellMoments:
    """The sessions of all users as one cell."""
    sizes = clusters.sums(np.ones(len(values)))
    return cell_moments(np.zeros(clusters.count, dtype=np.int64), clusters.sums(values), sizes, cell_count=1)


def _estimate(found: CellIntervals, moments: CellMoments) -> Estimate:
    error = np.sqrt(moments.jackknife[0])
    low, high, error = (
        float(each) if np.isfinite(each) else None
        for each in (found.interval_low[0], found.interval_high[0], error)
    )
    return Estimate(float(found.estimate[0]), error, low, high)


def _at(ordered: Floats, quantile: float) -> float:
    """The quantile of ascending values that is one of them."""
    return float(ordered[quantile_rank(len(ordered), quantile) - 1])


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
