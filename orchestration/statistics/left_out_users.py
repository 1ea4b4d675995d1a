"""What a regression would say without each user in turn: the errors that hold with few users (CRV3).

Belongs here: coefficients without each cluster, their variance (METHODS 4.2; MacKinnon, Nielsen & Webb 2023,
Journal of Econometrics 232:272) and its degrees of freedom. Not here: the
regressions themselves (within_regression, poisson_within, marginal_effects).
"""

import numpy as np

from orchestration.statistics.cell_intervals import ASSUMED_CORRELATION
from orchestration.statistics.groups import Clusters
from orchestration.statistics.withholding import Codes, Floats

_GONE = 1e-9
"""A regressor of which so small a part is left without a user is only this user's."""


def coefficients_without(
    beta: Floats, x: Floats, residuals: Floats, *, weights: Floats, cells: Codes, clusters: Clusters
) -> Floats:
    """Coefficients without each cluster, (clusters, k), fixed effects of the cells estimated anew.

    `x` and `residuals` are deviations from their cells' means, by `weights`. Without a user a cell's mean is
    another, which costs its deviations s·s/W: no regression is repeated. Least squares exactly; with the
    weights of a Poisson regression, one Newton step. NaN where only this user's sessions tell a coefficient.
    """
    k = x.shape[1]
    columns = np.column_stack([x, residuals]) * np.sqrt(weights)[:, None]
    moved = _summed_products(columns, clusters.codes, clusters.count)
    pairs, pair = np.unique(clusters.codes * (int(cells.max()) + 1) + cells, return_inverse=True)
    their_cluster, their_cell = np.divmod(pairs, int(cells.max()) + 1)
    sums = np.stack([np.bincount(pair, weights=weights * column) for column in (*x.T, residuals)], axis=1)
    left = np.bincount(cells, weights=weights)[their_cell] - np.bincount(pair, weights=weights)
    # A cell that has only this user's sessions goes with them, and takes nothing else along.
    stays = left > _GONE * weights.max()
    scaled = sums[stays] / np.sqrt(left[stays])[:, None]
    moved = moved + _summed_products(scaled, their_cluster[stays], clusters.count)
    gram = x.T @ (x * weights[:, None])
    remaining = gram - moved[:, :k, :k]
    change = np.linalg.pinv(remaining, rcond=_GONE, hermitian=True) @ moved[:, :k, k:]
    found = beta - change[:, :, 0]
    diagonal = np.diagonal(remaining, axis1=1, axis2=2)
    found[diagonal <= _GONE * np.diag(gram)] = np.nan
    return np.asarray(found, dtype=np.float64)


def left_out_error(values: Floats, value: float, *, cluster_count: int) -> float:
    """√((G − 1)/G · Σ_g(θ(−g) − θ)²), NaN where some θ(−g) is: nobody else tells it."""
    deviations = values - value
    return float(np.sqrt((cluster_count - 1) / cluster_count * float(deviations @ deviations)))


def degrees_of_slope(x: Floats, clusters: Clusters) -> float:
    """Degrees of freedom of one coefficient's error: (Σe)²/Σe² over users, from 1 to G − 1.

    Satterthwaite's, by what each user is expected to add to the variance, e = (1 − ρ)Σx² + ρ(Σx)², with x the
    regressor less all others and ρ the assumed correlation. G − 1 is too many where a few users have most of
    the sessions of one side: a variance is known no better than by as many users as matter to it.
    """
    rho = ASSUMED_CORRELATION
    added = (1 - rho) * clusters.sums(x * x) + rho * clusters.sums(x) ** 2
    squares = float(added @ added)
    found = float(added.sum()) ** 2 / squares if squares > 0 else 1.0
    return max(1.0, min(found, clusters.count - 1.0))


def _summed_products(columns: Floats, groups: Codes, count: int) -> Floats:
    """Σ of the outer products of the rows of each group, (groups, columns, columns)."""
    width = columns.shape[1]
    found = np.empty((count, width, width))
    for first in range(width):
        for second in range(first, width):
            products = columns[:, first] * columns[:, second]
            found[:, first, second] = np.bincount(groups, weights=products, minlength=count)
            found[:, second, first] = found[:, first, second]
    return found
