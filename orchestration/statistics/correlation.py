"""Rank correlation of two measures of the same sessions, with the spread between users.

Belongs here: Spearman's ρ (of two yes/no columns it is φ), the spread of one measure, and their intervals
by a bootstrap of users. Not here: which measures ought to go together. ρ is −1 to 1, a spread in the
values' unit.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import kish_effective_n
from orchestration.statistics.groups import error_clusters
from orchestration.statistics.user_bootstrap import DRAWS, SEED, drawn_totals, percentile_interval
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, Floats, is_too_few, withheld


def rank_correlation(
    x: ArrayLike,
    y: ArrayLike,
    users: Any,
    *,
    weights: ArrayLike | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Estimate:
    """Spearman's ρ with ties at their mean rank; users are drawn, ranks stay those of all sessions.

    `weights`: of units drawn with unequal probabilities, the inverse of each; a rank is then the weight of
    what lies below. Withheld below 30 sessions, or weights worth as few, or two users, and where a measure
    never varies.
    """
    heavy = np.ones(len(np.asarray(x))) if weights is None else np.asarray(weights, dtype=np.float64)
    first, second = (_centred_ranks(np.asarray(each, dtype=np.float64), heavy) for each in (x, y))
    columns = np.stack(
        [np.ones_like(first), first, second, first**2, second**2, first * second], axis=1
    ) * heavy[:, None]  # fmt: skip
    return _drawn(columns, _correlation, heavy, users, draws=draws, seed=seed)


def spread(
    values: ArrayLike, users: Any, *, weights: ArrayLike, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Standard deviation of units drawn with unequal probabilities; withheld as a correlation is."""
    numbers, heavy = (np.asarray(each, dtype=np.float64) for each in (values, weights))
    centred = numbers - np.average(numbers, weights=heavy) if len(numbers) else numbers
    columns = np.stack([np.ones_like(centred), centred, centred**2], axis=1) * heavy[:, None]
    return _drawn(columns, _deviation, heavy, users, draws=draws, seed=seed)


def _drawn(
    columns: Floats, of: Callable[[Floats], float], weights: Floats, users: Any, *, draws: int, seed: int
) -> Estimate:
    """What `of` makes of the columns' totals, with percentiles of what it makes of drawn users' totals."""
    clusters = error_clusters(users)
    if is_too_few(kish_effective_n(weights) or 0.0, LEAST_EFFECTIVE_N):
        return withheld("too_few_effective_sessions")
    if clusters.count < 2:
        return withheld("too_few_users")
    value = of(columns.sum(axis=0))
    if np.isnan(value):
        return withheld("no_variation")
    cells = np.zeros(len(columns), dtype=np.int64)
    drawn = [
        of(totals[0]) for totals in drawn_totals(columns, cells, clusters=clusters, draws=draws, seed=seed)
    ]
    low, high = percentile_interval(drawn, users=clusters.busy) or (None, None)
    return Estimate(value, None, low, high)


def _centred_ranks(values: Floats, weights: Floats) -> Floats:
    """Weighted mid-ranks, less their mean: half of one's own ties and all that lies below."""
    distinct, place = np.unique(values, return_inverse=True)
    tied = np.bincount(place, weights=weights, minlength=len(distinct))
    ranks = (np.cumsum(tied) - tied / 2)[place]
    centred: Floats = ranks - np.average(ranks, weights=weights) if len(ranks) else ranks
    return centred


def _correlation(totals: Floats) -> float:
    """Pearson's r from n, Σx, Σy, Σx², Σy², Σxy; NaN where one of the two never varies."""
    n, x, y, xx, yy, xy = totals
    product = (n * xx - x * x) * (n * yy - y * y)
    return float((n * xy - x * y) / np.sqrt(product)) if product > 1e-9 else float("nan")


def _deviation(totals: Floats) -> float:
    """The standard deviation from n, Σx, Σx²; NaN of nothing."""
    n, x, xx = totals
    return float(np.sqrt(max(0.0, xx / n - (x / n) ** 2))) if n > 0 else float("nan")
