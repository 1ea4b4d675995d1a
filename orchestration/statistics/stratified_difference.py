"""Difference of a share between two kinds of things in the same strata, from counts, with errors by user.

Belongs here: the pooled difference of counts in strata, with and without them. Not here: what the strata are.
Pooling weighs a stratum by a·b/(a + b), the numbers of either kind: least squares with an effect of each
stratum does the same.
"""

from typing import Any

import numpy as np
import pandas as pd

from orchestration.statistics.groups import codes_of, error_clusters
from orchestration.statistics.rate_difference import Slope
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    Floats,
    clustered_estimate,
    is_too_few,
    p_value_of,
    withheld,
)


def stratified_difference(frame: pd.DataFrame, *, strata: str | None = None) -> Slope:
    """Share of the second kind less share of the first, pooled over strata in which both kinds are.

    `frame`: `user_id` (missing ones are one user), `is_second`, `hits`, `size`, and the column of strata;
    without one everything is one stratum. Each user in turn is left out (CRV3 of a ratio estimate; METHODS
    4.2). Withheld below 30 rows of either kind that are compared.
    """
    used = frame[frame["size"] > 0]
    codes = np.zeros(len(used), dtype=np.int64) if strata is None else codes_of(used[strata])
    second = used["is_second"].to_numpy(dtype=bool)
    cells = codes * 2 + second
    counts = used[["hits", "size"]].to_numpy(dtype=np.float64)
    whole = _summed(cells, counts, int(codes.max(initial=-1)) + 1)
    has_both = np.asarray((whole[:, :, 1] > 0).all(axis=1), dtype=bool)
    is_compared = has_both[codes]
    if not is_compared.any():
        return Slope(withheld("no_contrast"), None, 0)
    fewest = min(int(is_compared[side].sum()) for side in (second, ~second))
    if is_too_few(fewest, LEAST_EFFECTIVE_N):
        return Slope(withheld("too_few_effective_sessions"), None, int(is_compared.sum()))
    clusters = error_clusters(used["user_id"])
    value = _pooled(whole)
    without = np.array([
        _pooled(_without(whole, cells, counts, clusters.codes == user)) for user in range(clusters.count)
    ])  # fmt: skip
    told = without[np.isfinite(without)]
    if len(told) < clusters.count or clusters.count < 2:
        return Slope(withheld("too_few_users"), None, int(is_compared.sum()))
    error = float(np.sqrt((clusters.count - 1) / clusters.count * ((told - value) ** 2).sum()))
    found = clustered_estimate(value, error, cluster_count=clusters.count)
    degrees = clusters.count - 1
    return Slope(found, p_value_of(found, degrees=degrees), int(is_compared.sum()), float(degrees))


def _summed(cells: Any, counts: Floats, strata: int) -> Floats:
    """Hits and size by stratum and kind: (strata, 2, 2)."""
    columns = [np.bincount(cells, weights=column, minlength=2 * strata) for column in counts.T]
    return np.stack(columns, axis=1).astype(np.float64).reshape(strata, 2, 2)


def _without(whole: Floats, cells: Any, counts: Floats, is_left_out: Any) -> Floats:
    left = whole.reshape(-1, 2).copy()
    np.subtract.at(left, cells[is_left_out], counts[is_left_out])
    return left.reshape(whole.shape)


def _pooled(sums: Floats) -> float:
    """The pooled difference; NaN where no stratum has both kinds."""
    sizes = sums[:, :, 1]
    both = (sizes > 0).all(axis=1)
    if not both.any():
        return float("nan")
    shares = sums[both, :, 0] / sizes[both]
    weights = sizes[both].prod(axis=1) / sizes[both].sum(axis=1)
    return float(((shares[:, 1] - shares[:, 0]) * weights).sum() / weights.sum())
