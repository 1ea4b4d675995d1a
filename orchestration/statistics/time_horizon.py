"""Success against the length of tasks: a logistic curve in log2 minutes, and the lengths at which it crosses
a rate.

Belongs here: the fit without penalty, its horizons, their interval by draws of users (METHODS 4.11). Not
here: which sessions enter, or what a horizon means for one's own work.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import clusters_of, user_count_of
from orchestration.statistics.user_bootstrap import drawn_totals, percentile_interval
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    is_too_few,
    withheld,
)

DRAWS = 400
"""A fit for each draw: the bounds of 400 differ from those of 2,000 by less than the third figure."""

_STEPS_PER_DOUBLING = 8
"""Lengths are taken together within an eighth of a doubling (9 %), far below what an estimate of hours
tells."""


_CERTAIN = 1e-3
"""A fit whose rates are all closer than this to 0 or 1 follows separated outcomes to no end."""


@dataclass(frozen=True)
class TimeHorizon:
    """P(success) = 1 / (1 + exp(−(β0 + β1·log2 minutes))): minutes at 50 % and 80 %, and β1."""

    at_50: Estimate
    at_80: Estimate
    per_doubling: Estimate


def horizon_minutes(rate: float, intercept: float, slope: float) -> float:
    """Minutes at which the curve has this rate; NaN where success does not fall with length."""
    if not slope < 0:
        return math.nan
    log2 = (math.log(rate / (1 - rate)) - intercept) / slope
    return float(2**log2) if abs(log2) < 64 else math.nan


def time_horizon(minutes: ArrayLike, successes: ArrayLike, users: Any, *, draws: int = DRAWS) -> TimeHorizon:
    """Fit the curve (GLM Binomial, no penalty). Raises ValueError for lengths of 0 or less."""
    lengths, hits = np.asarray(minutes, dtype=np.float64), np.asarray(successes, dtype=np.float64)
    if (lengths <= 0).any():
        raise ValueError("A task takes more than 0 minutes: leave the others out, and count them.")
    clusters = clusters_of(users)
    everybody = np.ones(len(hits), dtype=bool)
    reason: WithheldReason | None = None
    if not len(hits):
        reason = "no_observations"
    elif is_too_few(len(hits), LEAST_EFFECTIVE_N):
        reason = "too_few_effective_sessions"
    elif is_too_few(user_count_of(clusters, everybody), LEAST_USERS):
        reason = "too_few_users"
    elif not np.ptp(hits) or not np.ptp(np.log2(lengths)):
        reason = "no_variation"
    if reason is not None:
        return TimeHorizon(withheld(reason), withheld(reason), withheld(reason))
    steps = np.round(np.log2(lengths) * _STEPS_PER_DOUBLING)
    values, cells = np.unique(steps, return_inverse=True)
    log2 = values / _STEPS_PER_DOUBLING
    columns = np.column_stack([hits, 1 - hits])
    found = fitted(np.log2(lengths), np.column_stack([hits, 1 - hits]))
    if found is None:
        return TimeHorizon(*(withheld("did_not_converge") for _ in range(3)))
    totals = drawn_totals(columns, np.asarray(cells, dtype=np.int64), clusters=clusters, draws=draws)
    fits = [fitted(log2, drawn) or (math.nan, math.nan) for drawn in totals]
    at_50, at_80 = (
        _estimate(horizon_minutes(rate, *found), [horizon_minutes(rate, *fit) for fit in fits], clusters.busy)
        for rate in (0.5, 0.8)
    )
    return TimeHorizon(at_50, at_80, _estimate(found[1], [slope for _, slope in fits], clusters.busy))


def fitted(log2_minutes: Floats, counts: Floats) -> tuple[float, float] | None:
    """β0 and β1 of rows of successes and failures; None where the fit does not converge.

    Complete separation has no maximum: its coefficients grow until the fit stops.
    """
    import statsmodels.api as sm

    has_any = counts.sum(axis=1) > 0
    if has_any.sum() < 2 or not counts[:, 0].sum() or not counts[:, 1].sum():
        return None
    design = np.column_stack([np.ones(int(has_any.sum())), log2_minutes[has_any]])
    with warnings.catch_warnings():
        # It warns of a perfect prediction too, which counts that lie on the curve are.
        warnings.simplefilter("ignore")
        try:
            result = sm.GLM(counts[has_any], design, family=sm.families.Binomial()).fit()
            rates = np.asarray(result.mu, dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
    intercept, slope = (float(value) for value in result.params)
    is_separated = bool((np.minimum(rates, 1 - rates) < _CERTAIN).all())
    return None if is_separated or not np.isfinite(slope) else (intercept, slope)


def _estimate(value: float, drawn: list[float], users: float) -> Estimate:
    """A value with its percentile interval; withheld where success does not fall with length."""
    if not math.isfinite(value):
        return withheld("no_contrast")
    low, high = percentile_interval(drawn, users=users) or (None, None)
    return Estimate(value, None, low, high)
