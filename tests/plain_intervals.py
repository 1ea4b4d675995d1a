"""The 95 % intervals by user, one cell at a time and in plain Python, from their definition (METHODS 4.2).

Test support: what users share is seen by leaving each of them out in turn. Not here: what was planted, and
which figures a table must show.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from scipy import stats

Z = 1.959963984540054
"""97.5 % quantile of the normal distribution."""

Bounds = tuple[float | None, float | None]
Pairs = Sequence[tuple[float, float]]
"""Numerator and denominator of each user; unknown users are one, who has none is nobody."""


def observed(pairs: Iterable[tuple[float, float | None]]) -> Pairs:
    """The users with an observation."""
    return [(over, under) for over, under in pairs if under]


def bounds_of_rate(pairs: Pairs) -> Bounds:
    """Of one user by sessions, of one outcome by users, else by the users that are left out in turn."""
    share, n = ratio(pairs), sum(under for _, under in pairs)
    if len(pairs) < 2:
        return wilson(share, n)
    if share in (0, 1):
        exact = stats.binomtest(round(share) * len(pairs), len(pairs)).proportion_ci(0.95, method="exact")
        return float(exact.low), float(exact.high)
    variance = max(jackknife(pairs), share * (1 - share) / n)
    return _around(share, variance, _degrees_of_rate(pairs))


def bounds_of_mean(pairs: Pairs) -> Bounds:
    """The mean and t times its error; amounts are skewed, which costs a degree of freedom."""
    if len(pairs) < 2:
        return None, None
    degrees = max(1, min(_degrees(pairs), equally_busy(pairs) - 1))
    half = _student(degrees) * math.sqrt(jackknife(pairs))
    return ratio(pairs) - half, ratio(pairs) + half


def sessions_worth(pairs: Pairs) -> float:
    """As many independent sessions would know the share as well; of one outcome each user is one."""
    share, n = ratio(pairs), sum(under for _, under in pairs)
    if share in (0, 1):
        return len(pairs)
    variance = jackknife(pairs)
    return min(n, share * (1 - share) / variance) if variance else n


def quantile_with_interval(values: Mapping[object, Sequence[float]], q: float) -> tuple[float | None, ...]:
    """The smallest value with a share `q` at or below it, and the values between which it lies.

    `values`: those of each user. Of one user the bounds are order statistics; of several, the values at the
    ends of the interval that a share of `q` would have. None where there is no such value.
    """
    ordered = sorted(value for own in values.values() for value in own)
    n = len(ordered)
    found = ordered[max(1, math.ceil(round(n * q, 9))) - 1]
    if len(values) < 2:
        low, high = _ranks_by_chance(n, q)
    else:
        low, high = _ranks_by_user([(sum(v <= found for v in own), len(own)) for own in values.values()], q)
    first, last = (ordered[rank - 1] if rank in range(1, n + 1) else None for rank in (low, high))
    return found, first, last


def _ranks_by_chance(n: int, q: float) -> tuple[int, int]:
    """The innermost ranks that each leave at most 2.5 % outside; 0 and n + 1 where there is none."""
    chances = [
        math.exp(
            math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
            + k * math.log(q) + (n - k) * math.log(1 - q)
        )
        for k in range(n + 1)
    ]  # fmt: skip
    below = list(accumulate(chances, initial=0.0))  # below[k]: fewer than k values lie below the quantile
    lows = [rank for rank in range(1, n + 1) if below[rank] <= 0.025]
    highs = [rank for rank in range(1, n + 1) if 1 - below[rank] <= 0.025]
    return (lows[-1] if lows else 0), (highs[0] if highs else n + 1)


def _ranks_by_user(pairs: Pairs, q: float) -> tuple[int, int]:
    """`pairs`: of each user the values up to the quantile, and all; ties make them more than `q`."""
    share, n = ratio(pairs), sum(under for _, under in pairs)
    own, spread = share * (1 - share), q * (1 - q)
    variance = max(jackknife(pairs) * (spread / own if own else 1), spread / n)
    degrees = max(1, min(_degrees_of_rate(pairs), equally_busy(pairs) - 1))
    low, high = _around(q, variance, degrees)
    return math.floor(low * n), math.floor(high * n) + 1


def ratio(pairs: Pairs) -> float:
    return sum(over for over, _ in pairs) / sum(under for _, under in pairs)


def jackknife(pairs: Pairs) -> float:
    """How far the ratio moves when each user in turn is left out, squared and summed: its variance."""
    whole = ratio(pairs)
    without = [ratio([*pairs[:place], *pairs[place + 1 :]]) for place in range(len(pairs))]
    return (len(pairs) - 1) / len(pairs) * sum((one - whole) ** 2 for one in without)


def equally_busy(pairs: Pairs) -> float:
    """As many users of the same number of sessions would be worth as much (Kish)."""
    return float(sum(under for _, under in pairs) ** 2 / sum(under**2 for _, under in pairs))


def _degrees(pairs: Pairs) -> float:
    return max(1, min(len(pairs) - 1, equally_busy(pairs)))


def _degrees_of_rate(pairs: Pairs) -> float:
    """At most one less than the users that have the rarer outcome."""
    rarer = min(sum(over > 0 for over, _ in pairs), sum(over < under for over, under in pairs))
    return min(_degrees(pairs), max(rarer - 1, 1))


def _around(share: float, variance: float, degrees: float) -> tuple[float, float]:
    """The interval on the scale of log odds, back as shares."""
    centre = math.log(share / (1 - share))
    half = _student(degrees) * math.sqrt(variance) / (share * (1 - share))
    back: Callable[[float], float] = lambda odds: 1 / (1 + math.exp(-odds))  # noqa: E731 - a formula
    return back(centre - half), back(centre + half)


def _student(degrees: float) -> float:
    return float(stats.t.ppf(0.975, degrees))


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % Wilson interval."""
    middle = share + Z * Z / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
