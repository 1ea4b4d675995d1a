"""Difference of a share between two sets of sessions, slope of a share, and how slopes change.

Belongs here: differences and slopes with errors by user, p-values (METHODS 4.2). Not here: which sets are
compared. Shares are 0 to 1; differences are second set − first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import ClusteredRate, rate_by_user
from orchestration.statistics.groups import clusters_of, user_count_of
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Codes,
    Estimate,
    Floats,
    WithheldReason,
    clustered_estimate,
    p_value_of,
    withheld,
)
from orchestration.statistics.within_regression import WithinFit, fit_within


@dataclass(frozen=True)
class RateDifference:
    """A difference of shares, with errors by user; `effective_n`: what both sets are worth (`expected_n`)."""

    by_user: Estimate
    p_value: float | None
    effective_n: float


def rate_difference(
    outcomes: ArrayLike,
    is_second: ArrayLike,
    users: Any,
    *,
    least_effective_n: float = LEAST_EFFECTIVE_N,
) -> RateDifference:
    """Share of the second set − share of the first, errors by user (CRV3; METHODS 4.2).

    Withheld where the share of either set would be: a difference is no surer than its weaker side.
    """
    hits, second = np.asarray(outcomes, dtype=np.float64), np.asarray(is_second, dtype=bool)
    known = np.asarray(users, dtype=object)
    rates = [rate_by_user(hits[side], known[side], least_effective_n=0) for side in (~second, second)]
    effective_n = sum(rate.expected_n for rate in rates)
    reason = _reason(rates, least_effective_n)
    if reason:
        return RateDifference(withheld(reason), None, effective_n)
    found = slope_of(hits, second, known, least_effective_n=0, least_users=0)
    return RateDifference(found.estimate, found.p_value, effective_n)


@dataclass(frozen=True)
class Slope:
    """An outcome's change per step of something; `n_effective`: sessions that were compared."""

    estimate: Estimate
    p_value: float | None
    n_effective: int


def slope_of(
    outcomes: ArrayLike,
    steps: ArrayLike,
    users: Any,
    *,
    least_effective_n: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> Slope:
    """Change of the outcome per step, errors by user (OLS, CRV3; METHODS 4.2)."""
    regressors = np.asarray(steps, dtype=np.float64)[:, None]
    return _slope(outcomes, regressors, (), users, (least_effective_n, least_users))


def trend_of_slope(
    outcomes: ArrayLike,
    steps: ArrayLike,
    users: Any,
    *,
    time: ArrayLike,
    effect: Codes,
    least_effective_n: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> Slope:
    """Change of that slope per unit of time, within an effect that tells the periods apart (METHODS 4.2).

    OLS of the outcome on steps and steps × time: a change of the level itself is no trend of the slope.
    """
    per, at = np.asarray(steps, dtype=np.float64), np.asarray(time, dtype=np.float64)
    regressors = np.column_stack([per * (at - at.mean() if len(at) else at), per])
    return _slope(outcomes, regressors, (effect,), users, (least_effective_n, least_users))


def _slope(
    outcomes: ArrayLike, regressors: Floats, effects: tuple[Codes, ...], users: Any, least: tuple[int, int]
) -> Slope:
    """The first coefficient; withheld below the least sessions and users that are compared."""
    y = np.asarray(outcomes, dtype=np.float64)
    if not len(y):
        return Slope(withheld("no_observations"), None, 0)
    clusters = clusters_of(users)
    if clusters.count < 2:
        return Slope(withheld("too_few_users"), None, len(y))
    fit = fit_within(y, regressors, effects=effects, clusters=clusters)
    if not isinstance(fit, WithinFit):
        return Slope(withheld(fit), None, 0)
    n_effective = int(fit.contrast.sum())
    if n_effective < least[0]:
        return Slope(withheld("too_few_effective_sessions"), None, n_effective)
    if user_count_of(clusters, fit.contrast) < least[1]:
        return Slope(withheld("too_few_users"), None, n_effective)
    return Slope(*_coefficient(fit), n_effective)


def _coefficient(fit: WithinFit) -> tuple[Estimate, float | None]:
    """The first coefficient with its p-value by t of the users; withheld where nothing varies."""
    value, error = float(fit.coefficients[0]), float(fit.errors[0])
    if not np.isfinite(error):
        return withheld("too_few_users"), None
    if not error > 0:
        return withheld("no_variation"), None
    found = clustered_estimate(value, error, cluster_count=fit.cluster_count)
    return found, p_value_of(found, cluster_count=fit.cluster_count)


def _reason(rates: list[ClusteredRate], least_effective_n: float) -> WithheldReason | None:
    for rate in rates:
        if rate.estimate.withheld_reason:
            return rate.estimate.withheld_reason
    smallest = min(rate.expected_n for rate in rates)
    return "too_few_effective_sessions" if smallest < least_effective_n else None
