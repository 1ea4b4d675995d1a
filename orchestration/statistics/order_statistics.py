"""Quantiles of a sample with distribution-free intervals: the ranks between which a quantile lies.

Belongs here: ranks, sample sizes, the estimate of one sorted sample. Not here: which turns are in a
sample, how samples are cut by period, or what may be published.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95


@dataclass(frozen=True)
class RankInterval:
    """Ranks (from 1) of the order statistics that bound a quantile, and the coverage they have.

    A bound is None where no order statistic of so small a sample can be one.
    """

    lower: int | None
    upper: int | None
    coverage: float


@dataclass(frozen=True)
class QuantileEstimate:
    """A quantile of a sample with its interval, in the unit of the sample; None where not estimable."""

    estimate: float | None
    interval_low: float | None
    interval_high: float | None
    ranks: RankInterval


def rank_interval(n: int, quantile: float, *, confidence: float = CONFIDENCE) -> RankInterval:
    """Ranks l and u such that the l-th and u-th smallest of `n` bound the quantile (two-sided).

    l and u come from Binomial(n, quantile), each side with at most half of the error; the coverage is
    P(l ≤ X < u), an unbounded side counting in full. Raises ValueError for a quantile outside (0, 1).
    """
    _check(quantile)
    if n <= 0:
        return RankInterval(None, None, 0.0)
    tail = (1 - confidence) / 2
    lower = _binomial_quantile(tail, n, quantile)
    upper = _binomial_quantile(1 - tail, n, quantile) + 1
    has_lower, has_upper = lower >= 1, upper <= n
    above = _binomial_share(upper - 1, n, quantile) if has_upper else 1.0
    below = _binomial_share(lower - 1, n, quantile) if has_lower else 0.0
    return RankInterval(lower if has_lower else None, upper if has_upper else None, above - below)


def _binomial_share(successes: int, n: int, probability: float) -> float:
    """P(X ≤ successes). From scipy.special: scipy.stats takes three seconds to import."""
    from scipy.special import bdtr

    return float(bdtr(successes, n, probability))


def _binomial_quantile(share: float, n: int, probability: float) -> int:
    """Smallest number of successes that at least `share` of the distribution does not exceed."""
    from scipy.special import bdtrik

    found = math.ceil(float(bdtrik(share, n, probability)))
    below = max(found - 1, 0)  # the inverse is rounded: the next smaller may do as well
    return below if _binomial_share(below, n, probability) >= share else found


def needed_sample_size(quantile: float, *, confidence: float = CONFIDENCE, two_sided: bool = True) -> int:
    """Smallest sample that bounds the quantile on its rarer side: n ≥ ln(error) / ln(1 − tail mass)."""
    _check(quantile)
    error = (1 - confidence) / (2 if two_sided else 1)
    return math.ceil(math.log(error) / math.log(max(quantile, 1 - quantile)))


def quantile_rank(n: int, quantile: float) -> int:
    """Rank (from 1) of the order statistic that is the quantile of `n` values: the inverse CDF's."""
    _check(quantile)
    # Without the rounding, 0.07 × 100 is a little above 7 and would give rank 8.
    return min(n, max(1, math.ceil(round(n * quantile, 9))))


def estimate_quantile(
    ordered: Sequence[float] | NDArray[np.float64], quantile: float, *, confidence: float = CONFIDENCE
) -> QuantileEstimate:
    """The quantile of an ascending sample and its interval; every number is a value of the sample."""
    n = len(ordered)
    ranks = rank_interval(n, quantile, confidence=confidence)

    def at(rank: int | None) -> float | None:
        return None if rank is None else float(ordered[rank - 1])

    estimate = at(quantile_rank(n, quantile)) if n else None
    return QuantileEstimate(estimate, at(ranks.lower), at(ranks.upper), ranks)


def _check(quantile: float) -> None:
    if not 0 < quantile < 1:
        raise ValueError(f"A quantile lies between 0 and 1, not at {quantile}.")
