"""Growth of a mean from earlier to later sessions, in total, by group, and split in within and mix.

Belongs here: relative changes of the arithmetic and geometric mean, Kitagawa's parts relative to the
earlier mean, one bootstrap of users for all of them (METHODS 4.6; study C, C17). Not here: the split of one
difference (composition.py), which sessions are compared. Changes are shares: 0.27 is +27 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.statistics.composition import Scale, by_side, kitagawa_of_draws
from orchestration.statistics.groups import Clusters, codes_of, error_clusters, user_count_of
from orchestration.statistics.user_bootstrap import (
    DRAWS,
    SEED,
    drawn_totals,
    percentile_interval,
    percentile_p_value,
)
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    is_too_few,
    withheld,
)

SCALES: tuple[Scale, ...] = ("difference", "log")


@dataclass(frozen=True)
class Growth:
    """Later mean over earlier mean, less one: of arithmetic and of geometric means.

    `p_value` is the bootstrap's, of no change of the arithmetic mean: below 0.05 where its interval
    excludes no change.
    """

    of_mean: Estimate
    of_geometric_mean: Estimate
    p_value: float | None


@dataclass(frozen=True)
class MeanGrowth:
    """Growth of all sessions and of each group, with the parts of the total on either scale.

    Parts on "difference" add up to the growth of the mean; on "log" (1 + within)·(1 + mix) = 1 + growth.
    """

    total: Growth
    by_group: Mapping[str, Growth]
    within: Mapping[Scale, Estimate]
    mix: Mapping[Scale, Estimate]


def mean_growth(
    frame: pd.DataFrame,
    *,
    value: str,
    group: str,
    user: str,
    is_later: str,
    draws: int = DRAWS,
    seed: int = SEED,
) -> MeanGrowth:
    """Growth of a positive `value`, of which none may be missing, no more than of `group`; METHODS 4.6.

    Users are drawn, with all their sessions of either side. Withheld below 30 sessions on a side or 20
    users, each group by itself. Raises ValueError for a value that is not above 0.
    """
    later = frame[is_later].to_numpy(dtype=bool)
    numbers = frame[value].to_numpy(dtype=np.float64)
    if not (numbers > 0).all():
        raise ValueError(f"Growth needs values above 0: leave the others of {value} out, and count them.")
    clusters, codes = error_clusters(frame[user]), codes_of(frame[group])
    names = [str(name) for name in sorted(frame[group].unique())]
    groups = [codes == place for place in range(len(names))]
    drawn_of = [clusters, *(clusters.where(inside) for inside in groups)]
    reasons = [_reason(later, clusters.user_count)]
    reasons += [_reason(later[inside], user_count_of(clusters, inside)) for inside in groups]
    points, by_draw = np.full(4 + 2 * len(reasons), np.nan), np.empty((0, 4 + 2 * len(reasons)))
    if later.any() and not later.all():
        # A group on the earlier side takes an even cell, on the later one the odd cell after it.
        cells = codes * 2 + later
        columns = np.column_stack([numbers, np.log(numbers), np.ones(len(numbers))])
        drawn = drawn_totals(columns, cells, clusters=clusters, draws=draws, seed=seed)
        points, by_draw = _growths(_totals(columns, cells)), _growths(np.stack(list(drawn)))
    found = [
        _growth(points, by_draw, 4 + 2 * place, reason, of)
        for place, (reason, of) in enumerate(zip(reasons, drawn_of, strict=True))
    ]
    parts = [_estimate(points, by_draw, place, reasons[0], clusters) for place in range(4)]
    return MeanGrowth(
        total=found[0],
        by_group=dict(zip(names, found[1:], strict=True)),
        within=dict(zip(SCALES, parts[:2], strict=True)),
        mix=dict(zip(SCALES, parts[2:], strict=True)),
    )


def _reason(later: NDArray[np.bool_], user_count: int) -> WithheldReason | None:
    smaller = min(int(later.sum()), int((~later).sum()))
    if not smaller:
        return "no_observations"
    if is_too_few(smaller, LEAST_EFFECTIVE_N):
        return "too_few_effective_sessions"
    return "too_few_users" if is_too_few(user_count, LEAST_USERS) else None


def _totals(columns: Floats, cells: Any) -> Floats:
    return np.stack([np.bincount(cells, weights=column) for column in columns.T], axis=1)


def _growths(totals: Floats) -> Floats:
    """Within and mix on both scales, then growth of either mean in total and by group, along the last axis.

    `totals`: (…, cells, [sum, sum of logs, sessions]); even cells are earlier, odd ones later.
    """
    sides = by_side(totals)
    sums, logs, sizes = (sides[..., column] for column in range(3))
    levels, on_logs = (kitagawa_of_draws(sums, sizes, scale=scale) for scale in SCALES)
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw may lack a group: NaN, and counted so
        earlier_mean = sums[..., 0, :].sum(axis=-1) / sizes[..., 0, :].sum(axis=-1)
        sums, logs, sizes = (_with_total(each) for each in (sums, logs, sizes))
        arithmetic = np.divide(*np.flip(np.moveaxis(sums / sizes, -2, 0), axis=0)) - 1
        geometric = np.expm1(np.diff(logs / sizes, axis=-2)[..., 0, :])
        relative = [part / earlier_mean for part in levels]
    within, mix = zip(relative, map(np.expm1, on_logs), strict=True)
    growths = np.stack([arithmetic, geometric], axis=-1)
    return np.concatenate(
        [np.stack([*within, *mix], axis=-1), growths.reshape(*growths.shape[:-2], -1)], axis=-1
    )


def _with_total(by_group: Floats) -> Floats:
    """The total of the groups before them, along the last axis."""
    return np.concatenate([by_group.sum(axis=-1, keepdims=True), by_group], axis=-1)


def _growth(
    points: Floats, by_draw: Floats, place: int, reason: WithheldReason | None, clusters: Clusters
) -> Growth:
    of_mean = _estimate(points, by_draw, place, reason, clusters)
    p_value = None
    if of_mean.value is not None:
        p_value = percentile_p_value(by_draw[:, place], users=clusters.busy)
    return Growth(of_mean, _estimate(points, by_draw, place + 1, reason, clusters), p_value)


def _estimate(
    points: Floats, by_draw: Floats, place: int, reason: WithheldReason | None, clusters: Clusters
) -> Estimate:
    if reason:
        return withheld(reason)
    low, high = percentile_interval(by_draw[:, place], users=clusters.busy) or (None, None)
    return Estimate(float(points[place]), None, low, high)
