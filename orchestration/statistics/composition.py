"""Why a mean differs between two sets of sessions: change within groups, or another mix of groups.

Belongs here: Kitagawa's two-fold decomposition, in units and on logs, Oaxaca–Blinder, intervals by bootstrap
of users (METHODS 4.6; study C, C17). Not here: which sessions and groups are compared.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from orchestration.statistics.groups import Clusters, codes_of, error_clusters
from orchestration.statistics.user_bootstrap import DRAWS, SEED, drawn_totals, percentile_interval
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Codes,
    Estimate,
    Floats,
    WithheldReason,
    is_too_few,
    withheld,
)

Scale = Literal["difference", "log"]


@dataclass(frozen=True)
class Decomposition:
    """`total` = `within` + `mix`, exactly.

    Scale "difference": in the unit of the values (shares: points/100). Scale "log": in log points, of which
    exp(x) − 1 is the relative change; the two then multiply.
    """

    scale: Scale
    total: Estimate
    within: Estimate
    mix: Estimate


@dataclass(frozen=True)
class MeanChange:
    """A decomposed change of a mean from earlier to later sessions, with both arithmetic means."""

    earlier_mean: float | None
    later_mean: float | None
    decomposition: Decomposition
    n_earlier: int
    n_later: int
    n_missing: int
    n_users: int


def kitagawa(
    earlier: tuple[ArrayLike, ArrayLike], later: tuple[ArrayLike, ArrayLike], *, scale: Scale = "difference"
) -> tuple[float, float]:
    """(within, mix) of the change of a mean; each side is (sums of values, sessions) by group.

    Kitagawa 1955: Σ(r₂−r₁)(p₁+p₂)/2 and Σ(p₂−p₁)(r₁+r₂)/2. On logs, LMDI-I (Ang 2005): Σ w·ln(r₂/r₁) and
    Σ w·ln(p₂/p₁), w the log-mean of the group's contributions over that of the means. A group of one side
    alone belongs to the mix. NaN where a side has no session or, on logs, a mean of 0; METHODS 4.6.
    """
    sums = np.array([earlier[0], later[0]], dtype=np.float64)
    sizes = np.array([earlier[1], later[1]], dtype=np.float64)
    within, mix = kitagawa_of_draws(sums, sizes, scale=scale)
    return float(within), float(mix)


def kitagawa_of_draws(sums: Floats, sizes: Floats, *, scale: Scale = "difference") -> tuple[Floats, Floats]:
    """(within, mix) of many changes at once; both arrays are (…, 2 sides, groups)."""
    with np.errstate(divide="ignore", invalid="ignore"):  # absent groups and sides are looked at below
        share, mean = sizes / sizes.sum(axis=-1, keepdims=True), sums / sizes
    mean = np.where(sizes > 0, mean, np.flip(mean, axis=-2))  # absent on one side: its mean did not change
    occurs = (sizes > 0).any(axis=-2, keepdims=True)
    share, mean = np.where(occurs, share, 0.0), np.where(occurs, mean, 1.0)
    if scale == "difference":
        within = (np.diff(mean, axis=-2)[..., 0, :] * share.sum(axis=-2)).sum(axis=-1) / 2
        mix = (np.diff(share, axis=-2)[..., 0, :] * mean.sum(axis=-2)).sum(axis=-1) / 2
    else:
        within, mix = _on_logs(share, mean)
    has_sides = (sizes.sum(axis=-1) > 0).all(axis=-1)
    return np.where(has_sides, within, np.nan), np.where(has_sides, mix, np.nan)


def _on_logs(share: Floats, mean: Floats) -> tuple[Floats, Floats]:
    is_positive = np.asarray((mean > 0).all(axis=(-2, -1)))
    mean = np.where(is_positive[..., None, None], mean, 1.0)
    first, second = (share[..., side, :] * mean[..., side, :] for side in (0, 1))
    weight = _logarithmic_mean(first, second)
    of_means = _logarithmic_mean(first.sum(axis=-1), second.sum(axis=-1))
    shared = (share > 0).all(axis=-2)
    ratio = np.divide(share[..., 1, :], share[..., 0, :], out=np.ones_like(first), where=shared)
    # As a share goes to 0, weight × log of its ratio goes to the whole contribution of the group.
    mix = np.where(shared, weight * np.log(ratio), second - first)
    within = np.where(shared, weight * np.log(mean[..., 1, :] / mean[..., 0, :]), 0.0)
    of_means = np.where(is_positive & (of_means > 0), of_means, np.nan)
    return within.sum(axis=-1) / of_means, mix.sum(axis=-1) / of_means


def _logarithmic_mean(first: Floats, second: Floats) -> Floats:
    """(b − a)/(ln b − ln a), a where both are equal, 0 where one is 0."""
    positive = (first > 0) & (second > 0)
    a, b = np.where(positive, first, 1.0), np.where(positive, second, 1.0)
    gap = np.log(b / a)
    close = np.abs(gap) < 1e-9
    mean = np.where(close, (a + b) / 2, (b - a) / np.where(close, 1.0, gap))
    return np.where(positive, mean, 0.0)


def mean_change(
    frame: pd.DataFrame,
    *,
    value: str,
    group: str,
    user: str,
    is_later: str,
    scale: Scale = "difference",
    draws: int = DRAWS,
    seed: int = SEED,
) -> MeanChange:
    """Change of the arithmetic mean of `value`, decomposed by `group`; intervals draw users (METHODS 4.6).

    `is_later` tells the two sets apart; a user in both is drawn with both. Sessions that miss a value or
    group are left out. Withheld below 30 sessions on a side or 20 users, or on logs where a
    group's mean is not positive. Bounds alone are None where over 5 % of the draws have no value.
    """
    kept = frame.loc[frame[[value, group, is_later]].notna().all(axis=1)]
    later = kept[is_later].to_numpy(dtype=bool)
    numbers = kept[value].to_numpy(dtype=np.float64)
    clusters = error_clusters(kept[user])
    reason = _reason(later, clusters.user_count)
    if reason:
        found = _withheld(scale, reason)
    else:
        # A group on one side takes an even cell, on the other the odd one after it.
        cells = codes_of(kept[group]) * 2 + later
        columns = np.column_stack([numbers, np.ones(len(numbers))])
        drawn = drawn_totals(columns, cells, clusters=clusters, draws=draws, seed=seed)
        found = _with_intervals(
            _totals(columns, cells), np.stack(list(drawn)), clusters=clusters, scale=scale
        )
    return MeanChange(
        earlier_mean=float(numbers[~later].mean()) if (~later).any() else None,
        later_mean=float(numbers[later].mean()) if later.any() else None,
        decomposition=found,
        n_earlier=int((~later).sum()),
        n_later=int(later.sum()),
        n_missing=len(frame) - len(kept),
        n_users=clusters.user_count,
    )


def _reason(later: Any, user_count: int) -> WithheldReason | None:
    if not later.any() or later.all():
        return "no_observations"
    if is_too_few(min(int(later.sum()), int((~later).sum())), LEAST_EFFECTIVE_N):
        return "too_few_effective_sessions"
    return "too_few_users" if is_too_few(user_count, LEAST_USERS) else None


def _parts(totals: Floats, scale: Scale) -> Floats:
    """(…, [total, within, mix]) from (…, cells, [sum, sessions]); even cells are earlier, odd ones later."""
    sides = by_side(totals)
    within, mix = kitagawa_of_draws(sides[..., 0], sides[..., 1], scale=scale)
    return np.stack([within + mix, within, mix], axis=-1)


def by_side(totals: Floats) -> Floats:
    """(…, 2 sides, groups, columns) from (…, cells, columns); even cells are earlier, odd ones later."""
    *draws, cells, columns = totals.shape
    padded = np.zeros((*draws, cells + cells % 2, columns))
    padded[..., :cells, :] = totals
    return np.moveaxis(padded.reshape(*draws, -1, 2, columns), -2, -3)


def _totals(columns: Floats, cells: Codes) -> Floats:
    """Totals of columns by cell, as (cells, columns)."""
    sums = [np.bincount(cells, weights=column) for column in columns.T]
    return np.stack(sums, axis=1).astype(np.float64)


def _with_intervals(totals: Floats, drawn: Floats, *, clusters: Clusters, scale: Scale) -> Decomposition:
    parts = _parts(totals, scale)
    if np.isnan(parts).any():
        return _withheld(scale, "no_positive_mean" if scale == "log" else "no_observations")
    by_draw = _parts(drawn, scale)
    estimates = []
    for place, part in enumerate(parts.tolist()):
        low, high = percentile_interval(by_draw[:, place], users=clusters.busy) or (None, None)
        estimates.append(Estimate(part, None, low, high))
    return Decomposition(scale, *estimates)


def _withheld(scale: Scale, reason: WithheldReason) -> Decomposition:
    return Decomposition(scale, withheld(reason), withheld(reason), withheld(reason))
