"""Least squares within cells: fixed effects taken out of every column, errors by user.

Belongs here: absorption of one or several fixed effects, coefficients, their errors without each user
(METHODS 4.2, 4.3). Not here: what is regressed on what (adjusted_rates.py, log_outcomes.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.groups import Clusters, recoded
from orchestration.statistics.left_out_users import (
    coefficients_without,
    degrees_of_slope,
    left_out_error,
)
from orchestration.statistics.withholding import Codes, Floats, WithheldReason

_TOLERANCE = 1e-10
_MOST_SWEEPS = 20_000
_CONTRAST = 1e-7
"""A regressor that differs less from its fixed effects does not differ (absorption is exact to ≈ 1e-9)."""


@dataclass(frozen=True)
class WithinFit:
    """Coefficients within cells, in the outcome's unit per unit of each regressor.

    `without`: the coefficients without each cluster, (clusters given, k); NaN where only that cluster tells
    them. `contrast`: sessions whose regressors differ from what the fixed effects predict; users among them
    are `cluster_count`.
    """

    coefficients: Floats
    without: Floats
    contrast: NDArray[np.bool_]
    cluster_count: int

    @property
    def errors(self) -> Floats:
        """Standard errors of the coefficients (CRV3); NaN where a single cluster tells one."""
        return np.array(
            [
                left_out_error(without, float(value), cluster_count=self.cluster_count)
                for without, value in zip(self.without.T, self.coefficients, strict=True)
            ]
        )


def absorb(columns: Floats, effects: Sequence[Codes]) -> Floats:
    """Columns less what the fixed effects predict of them; raises ArithmeticError without convergence.

    One effect: deviations from its means. Several: least squares on their sparse indicators (LSMR), which
    is the limit of alternating projections in far fewer sweeps.
    """
    if not effects:
        return np.asarray(columns - columns.mean(axis=0), dtype=np.float64)
    if len(effects) == 1:
        return _deviations(columns, effects[0])
    from scipy.sparse import csr_array, hstack
    from scipy.sparse.linalg import lsmr

    n = len(columns)
    blocks = []
    for effect in effects:
        scale = 1 / np.sqrt(np.maximum(np.bincount(effect), 1))  # equal length of columns: fewer sweeps
        blocks.append(csr_array((scale[effect], (np.arange(n), effect)), shape=(n, len(scale))))
    indicators = hstack(blocks, format="csr")
    left = np.empty_like(columns)
    for place in range(columns.shape[1]):
        start = _deviations(columns[:, [place]], effects[0])[:, 0]
        fit = lsmr(indicators, start, atol=_TOLERANCE, btol=_TOLERANCE, conlim=0, maxiter=_MOST_SWEEPS)
        if fit[1] == 7:
            raise ArithmeticError("The fixed effects were not absorbed; use fewer or coarser ones.")
        left[:, place] = start - indicators @ fit[0]
    return left


@dataclass(frozen=True)
class WithinColumns:
    """Regressors and outcomes less their fixed effects, of the sessions that are alone in no group.

    `rows` says which of the sessions given these are; `raw` are their regressors as they came. One
    absorption serves every outcome, and every weighted sum of the regressors.
    """

    x: Floats
    y: Floats
    raw: Floats
    rows: NDArray[np.bool_]
    clusters: Clusters
    cells: Codes
    effect_parameters: int

    def degrees_of_first(self) -> float:
        """Degrees of freedom of the first coefficient's error (`degrees_of_slope`)."""
        return degrees_of_slope(_first_alone(self.x), self.clusters.where(self.rows))

    def fit(self, outcome: int = 0, *, weights: Floats | None = None) -> WithinFit | WithheldReason:
        """OLS of the outcome at a place on all regressors, or on their one sum by `weights`: fit_within."""
        x, raw = (self.x, self.raw) if weights is None else (self.x @ weights, self.raw @ weights)
        differs = (np.abs(x) > _CONTRAST * np.maximum(np.abs(raw).max(axis=0), 1e-300)).any(axis=1)
        gram = x.T @ x
        if not _is_solvable(gram, raw):
            return "no_contrast"
        compared = self.clusters.where(self.rows).where(differs).count
        if compared < 2:
            return "too_few_users"
        spare = len(x) - x.shape[1] - self.effect_parameters
        if spare < 1:
            return "too_few_effective_sessions"
        y = self.y[:, outcome]
        beta: Floats = np.linalg.solve(gram, x.T @ y).astype(np.float64)
        clusters = replace(self.clusters, codes=self.clusters.codes[self.rows])
        without = coefficients_without(
            beta, x, y - x @ beta, weights=np.ones(len(x)), cells=self.cells, clusters=clusters
        )
        contrast = np.zeros(len(self.rows), dtype=bool)
        contrast[self.rows] = differs
        return WithinFit(beta, without, contrast, compared)


def columns_within(
    outcomes: Floats, regressors: Floats, *, effects: Sequence[Codes], clusters: Clusters
) -> WithinColumns | WithheldReason:
    """Outcomes (sessions × m) and regressors (sessions × k) within fixed effects.

    Sessions alone in a group of some effect say nothing and are left out first. A reason where none is left.
    """
    rows = _not_alone(effects, len(outcomes))
    if not rows.any():
        return "no_contrast"
    kept = [recoded(effect[rows]) for effect in effects]
    try:
        within = absorb(np.column_stack([regressors[rows], outcomes[rows]]), kept)
    except ArithmeticError:
        return "did_not_converge"
    count = regressors.shape[1]
    spent = _effect_parameters(kept, clusters.where(rows))
    # The finest effect is estimated anew without each user. The others are taken as they are: their groups
    # are large, or (a user's own) go with the user.
    cells = max(kept, key=_groups_across(clusters.where(rows)), default=np.zeros(int(rows.sum()), np.int64))
    return WithinColumns(within[:, :count], within[:, count:], regressors[rows], rows, clusters, cells, spent)


def fit_within(
    outcome: Floats, regressors: Floats, *, effects: Sequence[Codes], clusters: Clusters
) -> WithinFit | WithheldReason:
    """OLS of an outcome on regressors (sessions × k) within fixed effects, CRV3 errors by user.

    CRV3: the jackknife that leaves users out, (G−1)/G·Σ_g(β(−g) − β)². It holds with few users, where CRV1
    is too small, and is as good as it with many. METHODS 4.2–4.3. A reason where nothing is compared.
    """
    found = columns_within(outcome[:, None], regressors, effects=effects, clusters=clusters)
    return found.fit() if isinstance(found, WithinColumns) else found


def _first_alone(x: Floats) -> Floats:
    """The first regressor less what the others predict of it (Frisch & Waugh)."""
    first, others = x[:, 0], x[:, 1:]
    if not others.shape[1]:
        return first
    return np.asarray(first - others @ np.linalg.lstsq(others, first, rcond=None)[0], dtype=np.float64)


def _deviations(columns: Floats, effect: Codes) -> Floats:
    """Columns less their means in the groups of one effect."""
    sizes = np.maximum(np.bincount(effect), 1)
    means = [np.bincount(effect, weights=column) / sizes for column in columns.T]
    return columns - np.stack(means, axis=1)[effect]


def _not_alone(effects: Sequence[Codes], n: int) -> NDArray[np.bool_]:
    """Sessions that share every group with another, after all that do not are gone."""
    rows = np.ones(n, dtype=bool)
    while True:
        alone = np.zeros(n, dtype=bool)
        for effect in effects:
            sizes = np.bincount(effect[rows], minlength=int(effect.max(initial=0)) + 1)
            alone |= rows & (sizes[effect] == 1)
        if not alone.any():
            return rows
        rows &= ~alone


def _is_solvable(gram: Floats, regressors: Floats) -> bool:
    """Whether every regressor differs, within cells, from a mixture of the others."""
    total = np.sqrt(np.maximum((regressors**2).sum(axis=0), 1e-300))
    values = np.linalg.eigvalsh(gram / np.outer(total, total))
    return bool(values.min() > _CONTRAST**2 * 100)


def _is_nested(effect: Codes, clusters: Clusters) -> bool:
    """Whether every group of the effect is of one cluster."""
    cluster_of_group = np.empty(int(effect.max()) + 1, dtype=np.int64)
    cluster_of_group[effect] = clusters.codes
    return bool((cluster_of_group[effect] == clusters.codes).all())


def _groups_across(clusters: Clusters) -> Callable[[Codes], int]:
    """Groups of an effect of which clusters share some; those of a nested one go with their cluster."""
    return lambda effect: 0 if _is_nested(effect, clusters) else int(effect.max()) + 1


def _effect_parameters(effects: Sequence[Codes], clusters: Clusters) -> int:
    """Parameters of the effects that cost degrees of freedom: the first has one group more than others."""
    return 1 + sum(int(effect.max()) for effect in effects if not _is_nested(effect, clusters))
