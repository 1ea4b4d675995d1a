"""Rates, shares, means and counts of many cells at once, with intervals by user that hold at five users.

Belongs here: sums per cell from rows per cell and user, the clustered interval, the sessions that a cell is
worth, why a cell is not shown (METHODS 0.16, 4.1, 4.2, 4.12). Not here: privacy, and which cells there are.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestration.statistics.proportions import proportion_bounds
from orchestration.statistics.withholding import CONFIDENCE, LEAST_EFFECTIVE_N, Codes, Floats

CellKind = Literal["rate", "share", "mean", "count"]

ASSUMED_CORRELATION = 0.05
"""Correlation of sessions of one user by which a cell's worth is judged before its outcomes are seen."""
LEAST_CLUSTERS = 2
"""Users without whom there is no spread between users."""


@dataclass(frozen=True)
class CellMoments:
    """Sums of each cell over its users, in the order of the cells' codes.

    `clusters`: users with observations; unknown users are one of them, for what they share is not known.
    `jackknife`: variance of numerator/denominator when each user in turn is left out; NaN with fewer than
    two users, and where one user has the whole denominator. `numerator_users`, `complement_users`: users
    with something in the numerator, and with something of the denominator that is not in it.
    """

    numerator: Floats
    denominator: Floats
    sum_nn: Floats
    clusters: Floats
    jackknife: Floats
    numerator_users: Floats
    complement_users: Floats

    @property
    def ratio(self) -> Floats:
        """Numerator over denominator; NaN where nothing is observed."""
        return _divided(self.numerator, self.denominator)


@dataclass(frozen=True)
class CellIntervals:
    """One value per cell; NaN (in `withheld_reason` None) where there is none.

    `interval_low`, `interval_high`: 95 %, by user; of one user alone, a rate's by sessions (Wilson), which
    holds for this user's sessions only. `effective_n`: sessions after clustering, by their numbers per user
    and `ASSUMED_CORRELATION`; what is shown is decided by it, never by the outcomes. `is_imprecise`: the
    spread between users makes the cell worth fewer than 30 sessions, or there is one user only.
    """

    estimate: Floats
    interval_low: Floats
    interval_high: Floats
    effective_n: Floats
    is_imprecise: NDArray[np.bool_]
    withheld_reason: NDArray[np.object_]


def cell_moments(
    cell: Codes, numerator: ArrayLike, denominator: ArrayLike, *, cell_count: int | None = None
) -> CellMoments:
    """Moments from rows of one user each: `cell` a code from 0, NaN denominators (counts) are no observation.

    A row without a denominator above 0 adds its numerator to the cell's sum, and no user.
    """
    size = int(cell.max(initial=-1)) + 1 if cell_count is None else cell_count
    y = np.nan_to_num(np.asarray(numerator, dtype=np.float64))
    n = np.nan_to_num(np.asarray(denominator, dtype=np.float64))

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(cell, weights=values, minlength=size), dtype=np.float64)

    sum_y, sum_n, clusters = summed(y), summed(n), summed((n > 0).astype(np.float64))
    residual = y - _divided(sum_y, sum_n)[cell] * n
    without = _divided(residual, sum_n[cell] - n)
    jackknife = _divided(clusters - 1, clusters) * summed(np.where(n > 0, without, 0.0) ** 2)
    jackknife[clusters < LEAST_CLUSTERS] = np.nan
    counted = n > 0
    with_any, with_less = (summed(np.where(counted & has, 1.0, 0.0)) for has in (y > 0, y < n))
    return CellMoments(sum_y, sum_n, summed(n * n), clusters, jackknife, with_any, with_less)


def cell_intervals(
    moments: CellMoments,
    kinds: ArrayLike,
    *,
    is_withholding: bool = True,
    least_effective_n: float = LEAST_EFFECTIVE_N,
    confidence: float = CONFIDENCE,
) -> CellIntervals:
    """Estimate and interval of each cell, by its kind; METHODS 0.16, 4.2.

    `rate` and `share`: t on the logit scale (`_rate_degrees`), the variance that of the jackknife over users
    (CRV3) and never below that of independent sessions; where all outcomes are the same, one observation
    per user (Clopper–Pearson). `mean`: t with the same variance. `count`: the numerator, without an interval.
    `is_withholding` (a team): no rate is shown with an effective n below `least_effective_n`. A person sees
    every cell, and a flag.
    """
    kind = np.asarray(kinds, dtype=object)
    is_count, is_mean = kind == "count", kind == "mean"
    is_rate = ~is_count & ~is_mean
    observed = moments.denominator > 0
    estimate = np.where(is_count, moments.numerator, moments.ratio)
    effective_n = np.where(is_rate & observed, expected_n(moments), np.nan)
    low, high = (
        np.where(is_mean, of_mean, np.where(is_rate, of_rate, np.nan))
        for of_mean, of_rate in zip(
            _mean_bounds(moments, confidence), _rate_bounds(moments, confidence), strict=True
        )
    )
    reason = np.full(len(estimate), None, dtype=object)
    if is_withholding:
        reason[is_rate & (effective_n < least_effective_n)] = f"effective_n_below_{least_effective_n:g}"
    reason[~is_count & ~observed] = "no_observations"
    hidden = reason != None  # noqa: E711 - elementwise
    few = moments.clusters < LEAST_CLUSTERS
    measured_n = _measured_n(moments)
    is_imprecise = ~is_count & observed & (few | (is_rate & (measured_n < least_effective_n)))
    return CellIntervals(
        np.where(hidden, np.nan, estimate),
        np.where(hidden, np.nan, low),
        np.where(hidden, np.nan, high),
        effective_n,
        np.asarray(is_imprecise, dtype=np.bool_),
        reason,
    )


def one_cell(
    numerator: ArrayLike, denominator: ArrayLike, kind: CellKind = "rate", **settings: Any
) -> CellIntervals:
    """The intervals of a single cell, from one numerator and denominator per user: arrays of length 1."""
    y = np.atleast_1d(np.asarray(numerator, dtype=np.float64))
    moments = cell_moments(np.zeros(len(y), dtype=np.int64), y, denominator, cell_count=1)
    return cell_intervals(moments, [kind], **settings)


def expected_n(moments: CellMoments) -> Floats:
    """n²/Σ n_g(1 + (n_g − 1)ρ): what the numbers of sessions per user are worth at the assumed ρ; Kish."""
    n, rho = moments.denominator, ASSUMED_CORRELATION
    return _divided(n * n, n * (1 - rho) + rho * moments.sum_nn)


def interval_of_share(
    share: float, moments: CellMoments, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The interval that a single cell would have if its share were this one, for quantiles (Woodruff 1952).

    The share below a quantile is its own by definition, but where sessions tie; the spread is the cell's.
    """
    spread, own = share * (1 - share), moments.ratio * (1 - moments.ratio)
    scaled = moments.jackknife * np.where(own > 0, spread / np.where(own > 0, own, 1.0), 1.0)
    variance = np.maximum(scaled, _divided(np.full(1, spread), moments.denominator))
    degrees = np.maximum(1, np.minimum(_rate_degrees(moments), _busy(moments) - 1))
    low, high = _logit_bounds(np.full(1, share), variance, _student(degrees, confidence))
    return float(low[0]), float(high[0])


def _measured_n(moments: CellMoments) -> Floats:
    """p(1 − p)/variance, at most n; one session per user where the share is 0 or 1."""
    share = moments.ratio
    spread = share * (1 - share)
    is_edge = spread <= 0
    measured = np.minimum(moments.denominator, _divided(spread, moments.jackknife))
    return np.asarray(np.where(is_edge, moments.clusters, measured), dtype=np.float64)


def _mean_bounds(moments: CellMoments, confidence: float) -> tuple[Floats, Floats]:
    """Ratio ± t·SE; NaN with one user, whose spread cannot be known from sums."""
    # Amounts are skewed: one degree less than the equally busy users, as their own variance would have.
    degrees = np.maximum(1, np.minimum(_degrees(moments), _busy(moments) - 1))
    half_width = _student(degrees, confidence) * np.sqrt(moments.jackknife)
    return moments.ratio - half_width, moments.ratio + half_width


def _rate_bounds(moments: CellMoments, confidence: float) -> tuple[Floats, Floats]:
    share, n, clusters = moments.ratio, moments.denominator, moments.clusters
    spread = share * (1 - share)
    variance = np.maximum(moments.jackknife, _divided(spread, n))
    on_logit = _logit_bounds(share, variance, _student(_rate_degrees(moments), confidence))
    # NaN shares of empty cells are no trials; the bounds that apply are chosen below.
    known = np.nan_to_num(share).clip(0, 1)
    single = proportion_bounds(known * n, n, confidence=confidence)
    edge = proportion_bounds(
        np.round(known) * clusters, clusters, method="clopper_pearson", confidence=confidence
    )
    is_single, is_edge = clusters < LEAST_CLUSTERS, spread <= 0
    bounds = (
        np.where(is_single, alone, np.where(is_edge, exact, inner))
        for inner, exact, alone in zip(on_logit, edge, single, strict=True)
    )
    low, high = bounds
    return low, high


def _logit_bounds(share: Floats, variance: Floats, t: Floats) -> tuple[Floats, Floats]:
    """logit(p) ± t·SE/(p(1 − p)), back on the scale of shares; METHODS 4.2."""
    from scipy.special import expit, logit

    with np.errstate(divide="ignore", invalid="ignore"):
        half_width = t * np.sqrt(variance) / (share * (1 - share))
        centre = logit(share)
        return expit(centre - half_width), expit(centre + half_width)


def _busy(moments: CellMoments) -> Floats:
    """Kish's number of equally busy users, (Σn)²/Σn²."""
    return _divided(moments.denominator**2, moments.sum_nn)


def _degrees(moments: CellMoments) -> Floats:
    """G − 1, at most the number of equally busy users; NaN with fewer than two users.

    A variance is known no better than by as many users as matter to it.
    """
    degrees = np.maximum(1, np.minimum(moments.clusters - 1, _busy(moments)))
    return np.asarray(np.where(moments.clusters < LEAST_CLUSTERS, np.nan, degrees), dtype=np.float64)


def _rate_degrees(moments: CellMoments) -> Floats:
    """Of a rate, the users that matter are those with the rarer outcome: one less than they, where fewer."""
    rarer = np.minimum(moments.numerator_users, moments.complement_users)
    return np.asarray(np.minimum(_degrees(moments), np.maximum(rarer - 1, 1)), dtype=np.float64)


def _student(degrees: Floats, confidence: float) -> Floats:
    """t of a two-sided interval; NaN where the degrees of freedom are."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(degrees, (1 + confidence) / 2), dtype=np.float64)


def _divided(over: Floats, under: Floats) -> Floats:
    """The quotient, NaN where the divisor is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(under > 0, over / under, np.nan), dtype=np.float64)
