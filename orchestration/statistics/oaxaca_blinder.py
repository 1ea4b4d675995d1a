"""Why the means of two groups of sessions differ: other characteristics, or other returns to them.

Belongs here: the two- and three-fold Oaxaca–Blinder decomposition, intervals by bootstrap of users
(METHODS 4.6). Not here: decomposition by one set of groups (composition.py). In the unit of the outcome.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from orchestration.statistics.groups import Clusters, error_clusters
from orchestration.statistics.user_bootstrap import DRAWS, SEED, drawn_totals, percentile_interval
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    is_too_few,
    withheld,
)

DRAWS_AT_ONCE = 50


@dataclass(frozen=True)
class OaxacaBlinder:
    """Gap of the means, higher group − lower; two-fold gap = `unexplained` + `explained` (pooled).

    Three-fold: gap = `endowments` + `coefficients` + `interaction`.
    """

    gap: Estimate
    unexplained: Estimate
    explained: Estimate
    endowments: Estimate
    coefficients: Estimate
    interaction: Estimate
    n_sessions: int
    n_users: int


def oaxaca_blinder(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: list[str],
    group: str,
    user: str,
    draws: int = DRAWS,
    least_sessions: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> OaxacaBlinder:
    """Decompose the gap of a mean between two groups (`group` is 0 or 1); METHODS 4.6.

    `regressors`: numeric, without constant. Groups are swapped, as statsmodels does, so that the gap is not
    negative. Withheld below `least_sessions` in a group or `least_users` users. `draws` 0: no intervals.
    """
    columns = [outcome, group, *regressors]
    kept = frame.loc[frame[columns].notna().all(axis=1)]
    clusters = error_clusters(kept[user])
    values = kept[columns].to_numpy(dtype=np.float64)
    smallest = int(min((values[:, 1] == side).sum() for side in (0, 1)))
    reason: WithheldReason | None = "no_observations" if not smallest else None
    if not reason and is_too_few(smallest, least_sessions):
        reason = "too_few_effective_sessions"
    if not reason and is_too_few(clusters.user_count, least_users):
        reason = "too_few_users"
    if reason:
        return _result((withheld(reason),) * 6, len(kept), clusters.user_count)
    # Sessions alike in everything are one row: with few values, a draw costs rows, not sessions.
    alike, cells = np.unique(values, axis=0, return_inverse=True)
    cells = cells.reshape(-1).astype(np.int64)
    weights = np.bincount(cells).astype(np.float64)
    swapped = _is_swapped(alike, weights)
    parts = _parts(alike, weights[None, :], swapped=swapped)[0]
    ones = np.ones((len(values), 1))
    drawn = drawn_totals(ones, cells, clusters=clusters, draws=draws, seed=SEED)
    by_draw = [_parts(alike, together, swapped=swapped) for together in _batches(drawn)]
    of_draws = np.concatenate(by_draw) if by_draw else np.empty((0, len(parts)))
    estimates = tuple(
        _estimate(float(part), of_draws[:, place], clusters) for place, part in enumerate(parts)
    )
    return _result(estimates, len(kept), clusters.user_count)


def _result(estimates: tuple[Estimate, ...], n_sessions: int, n_users: int) -> OaxacaBlinder:
    gap, unexplained, explained, endowments, coefficients, interaction = estimates
    return OaxacaBlinder(
        gap, unexplained, explained, endowments, coefficients, interaction, n_sessions, n_users
    )


def _batches(drawn: Iterator[Floats]) -> Iterator[Floats]:
    """The first column of the draws' totals, as (draws, rows) of a few draws at once."""
    while together := list(islice(drawn, DRAWS_AT_ONCE)):
        yield np.stack([totals[:, 0] for totals in together])


def _estimate(value: float, drawn: Floats, clusters: Clusters) -> Estimate:
    low, high = percentile_interval(drawn, users=clusters.busy) or (None, None)
    return Estimate(value, None, low, high)


def _is_swapped(alike: Floats, weights: Floats) -> bool:
    """Whether group 1 has the higher mean."""
    first, second = (
        np.average(alike[side, 0], weights=weights[side]) for side in (alike[:, 1] == 0, alike[:, 1] == 1)
    )
    return bool(second > first)


def _parts(alike: Floats, weights: Floats, *, swapped: bool) -> Floats:
    """(draws, [gap, unexplained, explained, endowments, coefficients, interaction]); NaN without a group.

    `alike`: [outcome, group, *regressors] of sessions that are alike; `weights`, (draws, rows): how many
    each stands for. A draw keeps the direction of the sample, even where its own means would turn it.
    statsmodels' estimators, which take no weights: a draw would repeat every session.
    """
    second = alike[:, 1] == (0 if swapped else 1)
    x = np.column_stack([np.ones(len(alike)), alike[:, 2:]])
    x /= np.maximum(np.sqrt((x**2).mean(axis=0)), 1e-300)  # units differ by thousands: equal lengths first
    y, sides = alike[:, 0], (~second, second)
    beta = [_least_squares(x[side], y[side], weights[:, side]) for side in sides]
    mean = [_means(x[side], weights[:, side]) for side in sides]
    pooled = _least_squares(np.column_stack([x, second]), y, weights)[:, :-1]
    parts = (
        (mean[0] * beta[0]) - (mean[1] * beta[1]),
        mean[0] * (beta[0] - pooled) + mean[1] * (pooled - beta[1]),
        (mean[0] - mean[1]) * pooled,
        (mean[0] - mean[1]) * beta[1],
        mean[1] * (beta[0] - beta[1]),
        (mean[0] - mean[1]) * (beta[0] - beta[1]),
    )
    return np.stack([part.sum(axis=1) for part in parts], axis=1)


def _means(x: Floats, weights: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw may lack a group: NaN, and counted so
        return np.asarray((weights @ x) / weights.sum(axis=1, keepdims=True), dtype=np.float64)


def _least_squares(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Coefficients per draw; of least length where regressors repeat each other."""
    count = x.shape[1]
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), count * count)
    gram = (weights @ products).reshape(-1, count, count)
    moments = weights @ (x * y[:, None])
    inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    return np.asarray((inverse @ moments[:, :, None])[:, :, 0], dtype=np.float64)
