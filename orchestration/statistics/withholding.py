"""Why a number is not shown, the sample sizes that decide it, and the shape of an estimate.

Belongs here: the closed vocabulary of reasons, the least sample sizes (METHODS 4.3, 4.8, 4.12), when they
apply, a value with its error and interval. Not here: the estimates themselves, nor privacy.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

CONFIDENCE = 0.95
LEAST_EFFECTIVE_N = 30
"""Sessions, after clustering or within cells with contrast, below which no rate is printed (METHODS 4.12)."""
LEAST_USERS = 20
"""Users below which no adjusted gradient is printed (METHODS 4.12)."""
LEAST_PERIODS = 4
"""Periods below which no trend is printed (METHODS 4.12)."""
LEAST_YOUDEN = 0.3
"""Se + Sp − 1 below which a labeller is too weak for its error to be corrected (METHODS 4.8)."""

_is_showing_all: ContextVar[bool] = ContextVar("_is_showing_all", default=False)


@contextmanager
def showing_all(is_showing: bool = True) -> Iterator[None]:
    """Within it no number is withheld for resting on few sessions, users, months or reviews.

    For a home of one person, who sees every estimate with its wide interval and a flag. It holds for all
    statistics at once, as `numpy.errstate` does, so that none can be forgotten. What cannot be computed
    still has no value.
    """
    token = _is_showing_all.set(is_showing)
    try:
        yield
    finally:
        _is_showing_all.reset(token)


def is_showing_all() -> bool:
    """Whether few observations are no reason to withhold a number (`showing_all`)."""
    return _is_showing_all.get()


def is_too_few(count: float, least: float) -> bool:
    """Whether so few sessions, users, periods or reviews are a reason to withhold a number.

    The one place that decides it; a statistic that needs a number to be computed at all asks for it itself.
    """
    return count < least and not is_showing_all()


WithheldReason = Literal[
    "no_observations",
    "too_few_effective_sessions",
    "too_few_users",
    "too_few_periods",
    "too_few_reviews",
    "not_reviewed",
    "no_contrast",
    "no_variation",
    "labeller_too_weak",
    "did_not_converge",
    "no_positive_mean",
    "not_tested",
    "not_asked",
]
"""`no_contrast`: no cell holds the level beside another, so nothing is compared.

`no_variation`: the outcome, or what should explain it, is the same everywhere. `too_few_reviews`: the
reviewed sample lacks a class. `not_reviewed`: no person has labelled any of the sessions.
`no_positive_mean`: a logarithm has nothing to work on. `not_tested`: a declared test has no p-value.
`not_asked`: the labeller did not answer what the estimate rests on.
"""


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error and interval, all in the unit of the value.

    Where `withheld_reason` is set, all four are None. Error or bounds alone are None where the method has
    none (a bootstrap of percentiles has no symmetric error).
    """

    value: float | None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    withheld_reason: WithheldReason | None = None


def withheld(reason: WithheldReason) -> Estimate:
    """An estimate that is not shown, and why."""
    return Estimate(None, withheld_reason=reason)


def normal_quantile(confidence: float = CONFIDENCE) -> float:
    """z of a two-sided interval: 1.96 at 95 %. Raises ValueError for a confidence outside (0, 1)."""
    from scipy.special import ndtri

    _check_confidence(confidence)
    return float(ndtri((1 + confidence) / 2))


def student_quantile(degrees_of_freedom: float, confidence: float = CONFIDENCE) -> float:
    """t of a two-sided interval. Raises ValueError below one degree of freedom."""
    from scipy.special import stdtrit

    _check_confidence(confidence)
    if degrees_of_freedom < 1:
        raise ValueError("An interval by users needs two of them; withhold the estimate instead.")
    return float(stdtrit(degrees_of_freedom, (1 + confidence) / 2))


def clustered_estimate(
    value: float, standard_error: float, *, cluster_count: int, confidence: float = CONFIDENCE
) -> Estimate:
    """Value ± t·SE with one degree of freedom less than there are clusters (METHODS 4.2)."""
    return student_estimate(value, standard_error, degrees=cluster_count - 1, confidence=confidence)


def student_estimate(
    value: float, standard_error: float, *, degrees: float, confidence: float = CONFIDENCE
) -> Estimate:
    """Value ± t·SE. An error that is not finite is of a number that one user alone tells: withheld, or shown
    without an interval (`showing_all`).
    """
    if not math.isfinite(standard_error):
        return Estimate(value) if is_showing_all() else withheld("too_few_users")
    half_width = student_quantile(degrees, confidence) * standard_error
    return Estimate(value, standard_error, value - half_width, value + half_width)


def p_value_of(found: Estimate, *, degrees: float) -> float | None:
    """Two-sided p of no effect by t; None without an error or a degree of freedom."""
    from scipy.special import stdtr

    if found.value is None or not found.standard_error or degrees < 1:
        return None
    return float(2 * stdtr(degrees, -abs(found.value) / found.standard_error))


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"A confidence lies between 0 and 1, not at {confidence}.")
