"""Growth of task horizons: the length at which a share of tasks succeeds, and how fast it doubles.

Belongs here: the logistic of success on log2 minutes, horizons, doubling time, Amdahl's bound
(METHODS 4.11). Not here: which sessions are tasks. On own sessions users choose and split the tasks, so a
horizon is not a capability.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import clusters_of
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_PERIODS,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    clustered_estimate,
    student_quantile,
    withheld,
)


@dataclass(frozen=True)
class HorizonFit:
    """P(success) = logit⁻¹(intercept + slope·log2 minutes); horizons in minutes, None with a reason.

    The standard error of a horizon is that of its log2; its interval is taken over from there.
    """

    intercept: float | None
    slope: float | None
    h50: Estimate
    h80: Estimate
    n_tasks: int
    n_users: int


def horizon_minutes(intercept: float, slope: float, *, success: float = 0.5) -> float:
    """Minutes at which a share of tasks succeeds: 2^((logit p − β₀)/β₁); METHODS 4.11."""
    if not 0 < success < 1 or not slope:
        raise ValueError("A horizon needs a share between 0 and 1 and a slope that is not 0.")
    return float(2 ** ((math.log(success / (1 - success)) - intercept) / slope))


def fit_horizon(
    minutes: ArrayLike,
    succeeded: ArrayLike,
    users: Any,
    *,
    least_tasks: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> HorizonFit:
    """Logistic of success on log2 minutes, without penalty, errors by user; METHODS 4.11.

    Withheld below the least tasks or users, where success does not vary, and where longer tasks do not
    clearly succeed less (`no_contrast`: the slope's interval holds 0, so a horizon has no bounds). Raises
    ValueError for minutes of 0 or less.
    """
    lengths, y = np.asarray(minutes, dtype=np.float64), np.asarray(succeeded, dtype=np.float64)
    if not (lengths > 0).all():
        raise ValueError("A task lasts more than 0 minutes.")
    clusters = clusters_of(users)
    sizes = {"n_tasks": len(y), "n_users": clusters.user_count}
    reason: WithheldReason | None = None
    if len(y) < max(least_tasks, 1):
        reason = "too_few_effective_sessions" if len(y) else "no_observations"
    elif clusters.user_count < max(least_users, 2):
        reason = "too_few_users"
    elif np.ptp(y) == 0 or np.ptp(lengths) == 0:
        reason = "no_variation"
    fit = None if reason else _logistic(np.log2(lengths), y, clusters.codes)
    if fit is None:
        failed: WithheldReason = reason or "did_not_converge"
        return HorizonFit(None, None, withheld(failed), withheld(failed), **sizes)
    beta, covariance = fit
    spread = student_quantile(clusters.count - 1) * math.sqrt(covariance[1, 1])
    if beta[1] + spread >= 0:
        none = withheld("no_contrast")
        return HorizonFit(float(beta[0]), float(beta[1]), none, none, **sizes)
    h50, h80 = (_horizon(beta, covariance, success=p, clusters=clusters.count) for p in (0.5, 0.8))
    return HorizonFit(float(beta[0]), float(beta[1]), h50, h80, **sizes)


def _logistic(x: Floats, y: Floats, groups: Any) -> tuple[Floats, Floats] | None:
    """Coefficients and covariance by cluster, None where lengths separate success from failure."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PerfectSeparationWarning)
            warnings.simplefilter("error", RuntimeWarning)
            fit = GLM(y, np.column_stack([np.ones(len(x)), x]), family=Binomial()).fit(
                maxiter=100, tol=1e-12, cov_type="cluster", cov_kwds={"groups": groups}
            )
    except (PerfectSeparationWarning, RuntimeWarning):
        return None
    return np.asarray(fit.params, dtype=np.float64), np.asarray(fit.cov_params(), dtype=np.float64)


def _horizon(beta: Floats, covariance: Floats, *, success: float, clusters: int) -> Estimate:
    """Horizon by delta method on log2 minutes."""
    log2 = (math.log(success / (1 - success)) - beta[0]) / beta[1]
    gradient = np.array([-1 / beta[1], -log2 / beta[1]])
    error = math.sqrt(float(gradient @ covariance @ gradient))
    found = clustered_estimate(float(log2), error, cluster_count=clusters)
    assert found.low is not None
    assert found.high is not None
    return Estimate(float(2**log2), error, float(2**found.low), float(2**found.high))


def doubling_time(times: ArrayLike, values: ArrayLike, *, least_periods: int = LEAST_PERIODS) -> Estimate:
    """1/slope of log2 values on time, in the unit of time; negative: halving time; METHODS 4.11.

    The interval inverts that of the slope (t, n − 2); bounds are None where that holds 0, for growth is then
    not told from decline. Withheld below `least_periods` distinct times. Raises ValueError for values ≤ 0.
    """
    t, v = np.asarray(times, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if not (v > 0).all():
        raise ValueError("Only values above 0 double.")
    if len(np.unique(t)) < max(least_periods, 3):
        return withheld("too_few_periods")
    centred = t - t.mean()
    spread = float(centred @ centred)
    logs = np.log2(v)
    slope = float(centred @ logs) / spread
    if abs(slope) * math.sqrt(spread) < 1e-12:
        return withheld("no_variation")
    left = logs - logs.mean() - slope * centred
    slope_error = math.sqrt(float(left @ left) / (len(t) - 2) / spread)
    half_width = student_quantile(len(t) - 2) * slope_error
    error = slope_error / slope**2
    if abs(slope) <= half_width:
        return Estimate(1 / slope, error)
    low, high = sorted((1 / (slope - half_width), 1 / (slope + half_width)))
    return Estimate(1 / slope, error, low, high)


def amdahl_speedup(share: float, factor: float) -> float:
    """Speed-up of the whole if a share of the time becomes `factor` times as fast; METHODS 4.11."""
    if not 0 <= share <= 1 or factor <= 0:
        raise ValueError("A share lies between 0 and 1, and a factor above 0.")
    return 1 / ((1 - share) + share / factor)
