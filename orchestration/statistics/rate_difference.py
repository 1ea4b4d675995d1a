"""Difference of a share between two sets of sessions, slope of a share, and how slopes change.

Belongs here: differences and slopes with errors by user, degrees of freedom, p-values (METHODS 4.2). Not
here: which sets are compared. Shares are 0 to 1; differences are second set − first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import ClusteredRate, rate_by_user
from orchestration.statistics.groups import clusters_of, error_clusters, user_count_of
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Codes,
    Estimate,
    Floats,
    WithheldReason,
    is_showing_all,
    is_too_few,
    p_value_of,
    student_estimate,
    withheld,
)
from orchestration.statistics.within_regression import WithinColumns, WithinFit, columns_within


@dataclass(frozen=True)
class RateDifference:
    """A difference of shares, with errors by user; `effective_n`: what both sets are worth (`expected_n`).

    `degrees`: degrees of freedom of its error, None without one.
    """

    by_user: Estimate
    p_value: float | None
    effective_n: float
    degrees: float | None = None


def rate_difference(
    outcomes: ArrayLike,
    is_second: ArrayLike,
    users: Any,
    *,
    least_effective_n: float = LEAST_EFFECTIVE_N,
) -> RateDifference:
    """Share of the second set − share of the first, errors by user (CRV3, t; METHODS 4.2, `slope_of`).

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
    return RateDifference(found.estimate, found.p_value, effective_n, found.degrees)


@dataclass(frozen=True)
class Slope:
    """An outcome's change per step of something; `n_effective`: sessions that were compared.

    `degrees`: degrees of freedom of its error, None without one.
    """

    estimate: Estimate
    p_value: float | None
    n_effective: int
    degrees: float | None = None


def slope_of(
    outcomes: ArrayLike,
    steps: ArrayLike,
    users: Any,
    *,
    least_effective_n: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> Slope:
    """Change of the outcome per step, errors by user (OLS, CRV3; METHODS 4.2).

    The interval is by t with as many degrees of freedom as users matter to the error: with G − 1 it held a
    difference of two groups in 92 to 95 % where few users had most sessions of one of them.
    """
    regressors = np.asarray(steps, dtype=np.float64)[:, None]
    return first_coefficient(outcomes, regressors, (), users, (least_effective_n, least_users))


def slope_within(
    outcomes: ArrayLike,
    steps: ArrayLike,
    users: Any,
    *,
    least_effective_n: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> Slope:
    """Change of the outcome per step within users: each is compared with their own other sessions alone.

    OLS with an effect of each user, CRV3 (METHODS 4.2); what users differ in from each other says nothing.
    Of one person alone the errors are of sessions, and the effect is still the person's.
    """
    regressors = np.asarray(steps, dtype=np.float64)[:, None]
    effects = (clusters_of(users).codes,)
    return first_coefficient(outcomes, regressors, effects, users, (least_effective_n, least_users))


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
    return first_coefficient(outcomes, regressors, (effect,), users, (least_effective_n, least_users))


def first_coefficient(
    outcomes: ArrayLike, regressors: Floats, effects: tuple[Codes, ...], users: Any, least: tuple[int, int]
) -> Slope:
    """The first coefficient (OLS, CRV3); withheld below the least sessions and users that are compared."""
    y = np.asarray(outcomes, dtype=np.float64)
    if not len(y):
        return Slope(withheld("no_observations"), None, 0)
    clusters = error_clusters(users)
    if clusters.count < 2:
        return Slope(withheld("too_few_users"), None, len(y))
    within = columns_within(y[:, None], regressors, effects=effects, clusters=clusters)
    if not isinstance(within, WithinColumns):
        return Slope(withheld(within), None, 0)
    fit = within.fit()
    if not isinstance(fit, WithinFit):
        return Slope(withheld(fit), None, 0)
    n_effective = int(fit.contrast.sum())
    if is_too_few(n_effective, least[0]):
        return Slope(withheld("too_few_effective_sessions"), None, n_effective)
    if is_too_few(user_count_of(clusters, fit.contrast), least[1]):
        return Slope(withheld("too_few_users"), None, n_effective)
    value, error = float(fit.coefficients[0]), float(fit.errors[0])
    if error == 0:
        found = Estimate(value) if is_showing_all() else withheld("no_variation")
        return Slope(found, None, n_effective)
    degrees = within.degrees_of_first()
    found = student_estimate(value, error, degrees=degrees)
    return Slope(found, p_value_of(found, degrees=degrees), n_effective, degrees)


def _reason(rates: list[ClusteredRate], least_effective_n: float) -> WithheldReason | None:
    for rate in rates:
        if rate.estimate.withheld_reason:
            return rate.estimate.withheld_reason
    smallest = min(rate.expected_n for rate in rates)
    return "too_few_effective_sessions" if is_too_few(smallest, least_effective_n) else None
