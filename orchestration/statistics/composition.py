"""Why a mean differs between two sets of sessions: change within groups, or another mix of groups.

Belongs here: Kitagawa's two-fold decomposition, in units and on logs, Oaxaca–Blinder, intervals by bootstrap
of users (METHODS 4.6; study C, C17). Not here: which sessions and groups are compared.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from orchestration.statistics.groups import clusters_of, codes_of
from orchestration.statistics.user_bootstrap import DRAWS, SEED, drawn_totals, percentile_interval
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Codes,
    Estimate,
    Floats,
    WithheldReason,
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
    if (sizes.sum(axis=1) == 0).any():
        return float("nan"), float("nan")
    share = sizes / sizes.sum(axis=1, keepdims=True)
    mean = np.divide(sums, sizes, out=np.full_like(sums, np.nan), where=sizes > 0)
    mean = np.where(np.isnan(mean), mean[::-1], mean)  # absent on one side: its mean did not change
    both = ~np.isnan(mean).any(axis=0)
    share, mean = share[:, both], mean[:, both]
    if scale == "difference":
        within = (mean[1] - mean[0]) @ share.sum(axis=0) / 2
        return float(within), float((share[1] - share[0]) @ mean.sum(axis=0) / 2)
    return _on_logs(share, mean)


def _on_logs(share: Floats, mean: Floats) -> tuple[float, float]:
    if (mean <= 0).any():
        return float("nan"), float("nan")
    part = share * mean
    weight = _logarithmic_mean(part[0], part[1])
    of_means = float(_logarithmic_mean(part[0].sum(keepdims=True), part[1].sum(keepdims=True))[0])
    shared = (share > 0).all(axis=0)
    ratio = np.divide(share[1], share[0], out=np.ones_like(share[0]), where=shared)
    # As a share goes to 0, weight × log of its ratio goes to the whole contribution of the group.
    mix = np.where(shared, weight * np.log(ratio), part[1] - part[0])
    within = np.where(shared, weight * np.log(mean[1] / mean[0]), 0.0)
    return float(within.sum() / of_means), float(mix.sum() / of_means)


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
    clusters = clusters_of(kept[user])
    reason = _reason(later, clusters.user_count)
    if reason:
        found = _withheld(scale, reason)
    else:
        # A group on one side takes an even cell, on the other the odd one after it.
        cells = codes_of(kept[group]) * 2 + later
        columns = np.column_stack([numbers, np.ones(len(numbers))])
        drawn = drawn_totals(columns, cells, clusters=clusters, draws=draws, seed=seed)
        found = _with_intervals(_totals(columns, cells), list(drawn), scale=scale)
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
    if min(int(later.sum()), int((~later).sum())) < LEAST_EFFECTIVE_N:
        return "too_few_effective_sessions"
    return "too_few_users" if user_count < LEAST_USERS else None


def _parts(totals: Floats, scale: Scale) -> tuple[float, float, float]:
    """Total, within and mix from (cells, [sum, sessions]); even cells are earlier, odd ones later."""
    padded = totals if len(totals) % 2 == 0 else np.vstack([totals, np.zeros((1, 2))])
    sides = padded.reshape(-1, 2, 2)
    within, mix = kitagawa((sides[:, 0, 0], sides[:, 0, 1]), (sides[:, 1, 0], sides[:, 1, 1]), scale=scale)
    return within + mix, within, mix


def _totals(columns: Floats, cells: Codes) -> Floats:
    """Totals of columns by cell, as (cells, columns)."""
    sums = [np.bincount(cells, weights=column) for column in columns.T]
    return np.stack(sums, axis=1).astype(np.float64)


def _with_intervals(totals: Floats, drawn: list[Floats], *, scale: Scale) -> Decomposition:
    parts = _parts(totals, scale)
    if np.isnan(parts).any():
        return _withheld(scale, "no_positive_mean" if scale == "log" else "no_observations")
    by_draw = np.array([_parts(each, scale) for each in drawn])
    estimates = []
    for place, part in enumerate(parts):
        low, high = percentile_interval(by_draw[:, place]) or (None, None)
        estimates.append(Estimate(part, None, low, high))
    return Decomposition(scale, *estimates)


def _withheld(scale: Scale, reason: WithheldReason) -> Decomposition:
    return Decomposition(scale, withheld(reason), withheld(reason), withheld(reason))
