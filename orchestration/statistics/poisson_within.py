"""Poisson pseudo-maximum-likelihood within cells: a multiplicative model that keeps zeros.

Belongs here: the concentrated likelihood of one fixed effect, its Newton steps, errors by user
(METHODS 4.3). Not here: what is regressed on what (log_outcomes.py).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.groups import Clusters
from orchestration.statistics.left_out_users import coefficients_without
from orchestration.statistics.withholding import Codes, Floats, WithheldReason
from orchestration.statistics.within_regression import WithinFit

_MOST_STEPS = 100
_TOLERANCE = 1e-10


def fit_poisson_within(
    outcome: Floats, regressors: Floats, *, cell: Codes, clusters: Clusters
) -> WithinFit | WithheldReason:
    """E(y) = exp(α_cell + xβ); β in logs per unit of each regressor, errors by user (CRV3).

    Given β, exp(α) is the cell's total over that of exp(xβ), so only β is searched for. Cells whose
    outcomes are all 0 determine only their own α and are left out. A reason where nothing is compared.
    """
    totals = np.bincount(cell, weights=outcome)
    rows = totals[cell] > 0
    if not rows.any():
        return "no_variation"
    y, groups = outcome[rows], np.unique(cell[rows], return_inverse=True)[1].astype(np.int64)
    x = regressors[rows] - regressors[rows].mean(axis=0)
    beta = _maximum(y, x, groups)
    if beta is None:
        return "did_not_converge"
    mean = _means(y, x @ beta, groups)
    within = _weighted_deviations(x, mean, groups)
    differs: NDArray[np.bool_] = (np.abs(within) > 1e-7 * np.maximum(np.abs(x).max(axis=0), 1e-300)).any(
        axis=1
    )
    information = within.T @ (within * mean[:, None])
    if not differs.any() or np.linalg.cond(information) > 1e12:
        return "no_contrast"
    compared = clusters.where(rows).where(differs).count
    spare = len(y) - x.shape[1] - int(groups.max()) - 1
    if compared < 2:
        return "too_few_users"
    if spare < 1:
        return "too_few_effective_sessions"
    without = coefficients_without(
        beta,
        within,
        (y - mean) / mean,
        weights=mean,
        cells=groups,
        clusters=replace(clusters, codes=clusters.codes[rows]),
    )
    contrast = np.zeros(len(outcome), dtype=bool)
    contrast[rows] = differs
    return WithinFit(beta, without, contrast, compared)


def _maximum(y: Floats, x: Floats, groups: Codes) -> Floats | None:
    """β by Newton steps, halved until the likelihood rises; None without a maximum."""
    beta = np.zeros(x.shape[1])
    height = _log_likelihood(y, x @ beta, groups)
    for _ in range(_MOST_STEPS):
        mean = _means(y, x @ beta, groups)
        within = _weighted_deviations(x, mean, groups)
        information = within.T @ (within * mean[:, None])
        step = np.linalg.lstsq(information, within.T @ (y - mean), rcond=None)[0]
        share = 1.0
        while share > 1e-6 and _log_likelihood(y, x @ (beta + share * step), groups) < height - 1e-12 * abs(
            height
        ):
            share /= 2
        beta = beta + share * step
        height = _log_likelihood(y, x @ beta, groups)
        if np.abs(share * step).max() < _TOLERANCE * (1 + np.abs(beta).max()):
            return beta
    return None


def _means(y: Floats, linear: Floats, groups: Codes) -> Floats:
    """Expected outcomes: each cell's total, shared out in proportion to exp(xβ)."""
    largest = np.full(int(groups.max()) + 1, -np.inf)
    np.maximum.at(largest, groups, linear)
    raised = np.exp(linear - largest[groups])
    per_cell = np.bincount(groups, weights=y) / np.bincount(groups, weights=raised)
    return np.asarray(raised * per_cell[groups], dtype=np.float64)


def _log_likelihood(y: Floats, linear: Floats, groups: Codes) -> float:
    """Concentrated log likelihood but for a constant: Σ y log μ."""
    positive = y > 0
    mean = np.maximum(_means(y, linear, groups)[positive], 1e-300)
    return float(y[positive] @ np.log(mean))


def _weighted_deviations(x: Floats, weights: Floats, groups: Codes) -> Floats:
    """Regressors less their means in the cell, weighted by expected outcomes."""
    total = np.bincount(groups, weights=weights)
    means = [np.bincount(groups, weights=weights * column) / total for column in x.T]
    return x - np.stack(means, axis=1)[groups]
