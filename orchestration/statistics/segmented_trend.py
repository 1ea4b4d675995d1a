"""A jump at a known date beside a trend that may bend there (A3; METHODS 4.9).

Belongs here: the regression of observations with errors by user, of a daily series with errors that follow
each other (HAC), and of a trend that bends at the date. Not here: which dates, which observations. A jump is
a difference of logarithms; `as_change` makes it a relative change.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from orchestration.statistics.groups import clusters_of
from orchestration.statistics.rate_difference import Slope, first_coefficient
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    is_showing_all,
    p_value_of,
    student_estimate,
    withheld,
)

LAGS = 7
"""Days over which errors of a daily series may follow each other: a week."""
PARAMETERS = 4
"""Level, trend, jump and bend."""


def jump_by_user(logs: Floats, days: Floats, covariates: Floats, users: Any) -> Slope:
    """Jump of the mean logarithm at day 0, errors by user (OLS, CRV3).

    `days`: of each observation since the date, below 0 before it; `covariates`: observations × columns,
    those without variation left out.
    """
    is_after = (days >= 0).astype(np.float64)
    varied = covariates[:, covariates.std(axis=0) > 0]
    regressors = np.column_stack([is_after, days, days * is_after, varied])
    return first_coefficient(logs, regressors, (), users, (LEAST_EFFECTIVE_N, 0))


def bend_by_user(logs: Floats, times: Floats, users: Any) -> Slope:
    """Change of the trend of the mean logarithm at time 0, without a jump, within users (OLS, CRV3).

    `times`: of each observation since the date, below 0 before it. A user is compared with themselves alone,
    so that who joins or leaves bends no trend.
    """
    bend = np.maximum(times, 0.0)
    codes = clusters_of(users).codes
    least = (LEAST_EFFECTIVE_N, LEAST_USERS)
    return first_coefficient(logs, np.column_stack([bend, times]), (codes,), users, least)


def jump_of_series(logs: Floats, days: Floats) -> Slope:
    """Jump of a daily series of logarithms at day 0 (OLS, Newey–West over a week, t)."""
    from statsmodels.regression.linear_model import OLS

    degrees = len(logs) - PARAMETERS
    if degrees < 1:
        return Slope(withheld("too_few_periods"), None, len(logs))
    is_after = (days >= 0).astype(np.float64)
    design = np.column_stack([np.ones(len(logs)), days, days * is_after, is_after])
    if np.linalg.matrix_rank(design) < PARAMETERS:
        return Slope(withheld("no_contrast"), None, len(logs))
    lags = min(LAGS, len(logs) - 1)
    fit = OLS(logs, design).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    value, error = float(fit.params[-1]), float(fit.bse[-1])
    if not error:
        return Slope(Estimate(value) if is_showing_all() else withheld("no_variation"), None, len(logs))
    found = student_estimate(value, error, degrees=degrees)
    return Slope(found, p_value_of(found, degrees=degrees), len(logs), float(degrees))


def as_change(found: Slope) -> Slope:
    """The jump of logarithms as a relative change: 0.1 is 10 % longer. The interval is not symmetric."""
    estimate = found.estimate
    if estimate.value is None:
        return found
    value, low, high = (
        None if one is None else math.expm1(one) for one in (estimate.value, estimate.low, estimate.high)
    )
    error = None if estimate.standard_error is None else math.exp(estimate.value) * estimate.standard_error
    return replace(found, estimate=Estimate(value, error, low, high))
