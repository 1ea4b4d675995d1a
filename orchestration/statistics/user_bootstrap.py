"""Bootstrap of users: whole users are drawn, with all their sessions.

Belongs here: draws, totals of cells in every draw, percentile intervals (METHODS 4.4, 4.6). Not here: the
statistic computed from the totals. The same sessions and seed give the same draws.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.groups import Clusters
from orchestration.statistics.withholding import CONFIDENCE, Codes, Floats, student_quantile

DRAWS = 2_000
SEED = 20260616
_AT_ONCE = 50
"""Draws held in memory together: 50 of 235,000 users are 94 MB."""
_MOST_KEPT = 256
"""Clusters of which all draws are kept: 2,000 of 256 are 4 MB."""

_LEAST_DEFINED_SHARE = 0.95


def user_draws(clusters: Clusters, *, draws: int = DRAWS, seed: int = SEED) -> Iterator[Floats]:
    """How often each cluster is in a draw of as many clusters as there are, with replacement."""
    if clusters.count <= _MOST_KEPT:
        return iter(_kept_draws(clusters.count, draws, seed))
    return _draws(clusters.count, draws, seed)


def _draws(count: int, draws: int, seed: int) -> Iterator[Floats]:
    generator = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = generator.integers(0, count, count)
        yield np.bincount(drawn, minlength=count).astype(np.float64)


@lru_cache(maxsize=32)
def _kept_draws(count: int, draws: int, seed: int) -> Floats:
    """The draws of a number of clusters, which hundreds of figures have in common."""
    kept = np.stack(list(_draws(count, draws, seed)))
    kept.flags.writeable = False
    return kept


def drawn_totals(
    values: Floats, cells: Codes, *, clusters: Clusters, draws: int = DRAWS, seed: int = SEED
) -> Iterator[Floats]:
    """Totals of columns by cell in each draw of users, as (cells, columns) per draw.

    `values`: sessions × columns. Sums per user and cell are taken once, so a draw costs users, not sessions.
    """
    from scipy.sparse import csr_array

    cell_count, columns = int(cells.max()) + 1, values.shape[1]
    by_column = [
        csr_array((values[:, place], (cells, clusters.codes)), shape=(cell_count, clusters.count))
        for place in range(columns)
    ]
    weights = user_draws(clusters, draws=draws, seed=seed)
    for start in range(0, draws, _AT_ONCE):
        size = min(_AT_ONCE, draws - start)
        chunk = np.stack([next(weights) for _ in range(size)], axis=1)
        totals = np.stack([np.asarray(each @ chunk) for each in by_column], axis=1)
        yield from np.moveaxis(totals, 2, 0)


def percentile_interval(
    drawn: Floats | list[float], *, users: float | None = None, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Percentiles of the drawn values; None where over 5 % of the draws leave the value undefined (NaN),
    and of a single user, of whom all draws are alike.

    Of draws of few users they lie further out, at Φ(−√(G/(G − 1))·t) with G − 1 degrees of freedom
    (Hesterberg 2015, The American Statistician 69:371), G the equally busy `users` that they are worth.
    """
    from scipy.special import ndtr

    defined = _defined(drawn)
    if defined is None or (users is not None and users <= 1):
        return None
    tail = (1 - confidence) / 2
    if users is not None:
        worth = max(2.0, users)
        tail = float(ndtr(-math.sqrt(worth / (worth - 1)) * student_quantile(worth - 1, confidence)))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def percentile_p_value(drawn: Floats | list[float], *, users: float) -> float | None:
    """Two-sided p of 0, by the same percentiles: below 0.05 where `percentile_interval` excludes 0.

    The smaller share of draws on one side of 0, the sample counted as one more draw, is a z of users; p is
    by t of what that z is worth, as the interval is. None where there is no interval.
    """
    from scipy.special import ndtri, stdtr

    defined = _defined(drawn)
    if defined is None or users <= 1:
        return None
    worth = max(2.0, users)
    smaller = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    z = min(0.0, float(ndtri((smaller + 1) / (len(defined) + 1))))
    return float(2 * stdtr(worth - 1, z * math.sqrt((worth - 1) / worth)))


def _defined(drawn: Floats | list[float]) -> Floats | None:
    """The drawn values that there are; None where too few are."""
    values: NDArray[np.float64] = np.asarray(drawn, dtype=np.float64)
    defined = values[np.isfinite(values)]
    return defined if len(values) and len(defined) >= _LEAST_DEFINED_SHARE * len(values) else None
