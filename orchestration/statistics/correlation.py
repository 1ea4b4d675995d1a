"""Rank correlation of two measures of the same sessions, with the spread between users.

Belongs here: Spearman's ρ (of two yes/no columns it is φ) and its interval by a bootstrap of users. Not
here: which measures ought to go together. −1 to 1.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import error_clusters
from orchestration.statistics.user_bootstrap import DRAWS, SEED, drawn_totals, percentile_interval
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, Floats, is_too_few, withheld


def rank_correlation(
    x: ArrayLike, y: ArrayLike, users: Any, *, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Spearman's ρ with ties at their mean rank; users are drawn, ranks stay those of all sessions.

    Withheld below 30 sessions or two users, and where a measure never varies.
    """
    from scipy.stats import rankdata

    ranks = [np.asarray(rankdata(each), dtype=np.float64) for each in (x, y)]
    clusters = error_clusters(users)
    if is_too_few(len(ranks[0]), LEAST_EFFECTIVE_N):
        return withheld("too_few_effective_sessions")
    if clusters.count < 2:
        return withheld("too_few_users")
    first, second = (each - each.mean() for each in ranks)
    columns = np.stack([np.ones_like(first), first, second, first**2, second**2, first * second], axis=1)
    value = _correlation(columns.sum(axis=0))
    if np.isnan(value):
        return withheld("no_variation")
    cells = np.zeros(len(first), dtype=np.int64)
    drawn = [
        _correlation(totals[0])
        for totals in drawn_totals(columns, cells, clusters=clusters, draws=draws, seed=seed)
    ]
    low, high = percentile_interval(drawn, users=clusters.busy) or (None, None)
    return Estimate(value, None, low, high)


def _correlation(totals: Floats) -> float:
    """Pearson's r from n, Σx, Σy, Σx², Σy², Σxy; NaN where one of the two never varies."""
    n, x, y, xx, yy, xy = totals
    spread = (n * xx - x * x) * (n * yy - y * y)
    return float((n * xy - x * y) / np.sqrt(spread)) if spread > 1e-9 else float("nan")
