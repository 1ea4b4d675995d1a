"""Rates of an outcome by level, as they would be if every level had the same mix of comparable sessions.

Belongs here: the linear probability model within joint cells, its additive and user-fixed-effect variants
(a list of effects says which), adjusted rates and their slope (METHODS 0.3, 4.3; study C, C27–C30). Not
here: average marginal effects of a logit (marginal_effects.py). Rates are shares, 0 to 1, and not clipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from orchestration.statistics.comparable_sessions import (
    ComparedSessions,
    Effect,
    compared_sessions,
    connected_sessions,
)
from orchestration.statistics.groups import user_count_of
from orchestration.statistics.left_out_users import left_out_error
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    clustered_estimate,
    is_too_few,
    p_value_of,
    withheld,
)
from orchestration.statistics.within_regression import WithinColumns, WithinFit, columns_within


@dataclass(frozen=True)
class AdjustedRate:
    """One level: its raw rate, its coefficient against the reference level, its adjusted rate.

    `n_effective`: its sessions in cells with contrast, `n_effective_users` their known users.
    """

    level: Any
    n_sessions: int
    n_users: int
    n_effective: int
    n_effective_users: int
    unadjusted: float | None
    coefficient: Estimate
    adjusted: Estimate
    coefficient_p_value: float | None


@dataclass(frozen=True)
class AdjustedRates:
    """All levels of one specification, over the same sessions (`n_sessions`, of which none misses a value).

    `n_missing`: sessions left out for a missing outcome, level or column of an effect. `slope`: change of
    the rate per step of a numeric level, `slope_p_value` that of no change, t by users with contrast.
    `withheld_reason`: why no level has an adjusted rate.
    """

    reference: Any
    grand_mean: float | None
    slope: Estimate
    slope_p_value: float | None
    rates: tuple[AdjustedRate, ...]
    n_sessions: int
    n_missing: int
    n_users: int
    n_effective: int
    n_effective_users: int
    withheld_reason: WithheldReason | None


def adjusted_from_coefficients(grand_mean: float, coefficients: ArrayLike, level_counts: ArrayLike) -> Floats:
    """adj_k = ȳ + β_k − Σ_j w_j β_j, with w the levels' shares of sessions; METHODS 0.3, C's Table A2."""
    beta, counts = np.asarray(coefficients, dtype=np.float64), np.asarray(level_counts, dtype=np.float64)
    return np.asarray(grand_mean + beta - float(counts @ beta) / counts.sum(), dtype=np.float64)


def adjusted_rates(
    frame: pd.DataFrame,
    *,
    outcome: str,
    level: str,
    user: str,
    effects: Sequence[Effect],
    least_effective_n: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> AdjustedRates:
    """Adjusted rates of a 0/1 outcome by level (METHODS 0.3, 4.3).

    One effect of all columns is the comparable specification (joint cells); several are the additive one;
    a further effect of the user alone compares a user with themselves. The reference is the lowest level.
    Intervals by delta method over β, the grand mean and the levels' shares, t by users with contrast.
    Levels that no chain of joint cells connects with the others are left out (`no_contrast`); a rate is
    withheld below `least_effective_n` sessions in cells with contrast, all below `least_users` users there.
    """
    return adjusted_rates_of(
        frame,
        outcomes=[outcome],
        level=level,
        user=user,
        effects=effects,
        least_effective_n=least_effective_n,
        least_users=least_users,
    )[outcome]


def adjusted_rates_of(
    frame: pd.DataFrame,
    *,
    outcomes: Sequence[str],
    level: str,
    user: str,
    effects: Sequence[Effect],
    least_effective_n: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> dict[str, AdjustedRates]:
    """`adjusted_rates` of several outcomes over the sessions that miss none of them.

    The cost is about that of one: fixed effects are absorbed once for all outcomes, levels and the slope.
    """
    whole = compared_sessions(frame, outcomes=outcomes, level=level, user=user, effects=effects)
    sample = connected_sessions(whole)
    within = _within(sample)
    limits = (least_effective_n, least_users)
    return {
        outcome: _of_outcome(place, whole=whole, sample=sample, within=within, limits=limits)
        for place, outcome in enumerate(outcomes)
    }


def _within(sample: ComparedSessions) -> WithinColumns | WithheldReason:
    """The outcomes and indicators of the levels that are there, but the lowest, within the effects."""
    present = np.unique(sample.level)
    if len(present) < 2:
        return "no_contrast" if len(present) else "no_observations"
    indicators = (sample.level[:, None] == present[None, 1:]).astype(np.float64)
    return columns_within(sample.outcomes, indicators, effects=sample.effects, clusters=sample.clusters)


def _of_outcome(
    place: int,
    *,
    whole: ComparedSessions,
    sample: ComparedSessions,
    within: WithinColumns | WithheldReason,
    limits: tuple[int, int],
) -> AdjustedRates:
    y = sample.outcomes[:, place]
    fit = within.fit(place) if isinstance(within, WithinColumns) else within
    contrast = fit.contrast if isinstance(fit, WithinFit) else np.zeros(len(y), dtype=bool)
    n_effective_users = user_count_of(sample.clusters, contrast)
    reason = _reason(fit, y, n_effective_users, limits=limits)
    slope, slope_p_value = (withheld(reason), None) if reason else _slope(place, sample, within)
    return AdjustedRates(
        reference=sample.levels[sample.level.min()] if len(y) else None,
        grand_mean=float(y.mean()) if len(y) else None,
        slope=slope,
        slope_p_value=slope_p_value,
        rates=_rates(place, whole, sample, fit=fit, reason=reason, least_effective_n=limits[0]),
        n_sessions=len(y),
        n_missing=whole.n_missing,
        n_users=sample.clusters.user_count,
        n_effective=int(contrast.sum()),
        n_effective_users=n_effective_users,
        withheld_reason=reason,
    )


def _reason(
    fit: WithinFit | WithheldReason, y: Floats, n_effective_users: int, *, limits: tuple[int, int]
) -> WithheldReason | None:
    least_effective_n, least_users = limits
    if not isinstance(fit, WithinFit):
        return fit
    if (y == y[0]).all():
        return "no_variation"
    if is_too_few(int(fit.contrast.sum()), least_effective_n):
        return "too_few_effective_sessions"
    return "too_few_users" if is_too_few(n_effective_users, least_users) else None


def _rates(
    place: int,
    whole: ComparedSessions,
    sample: ComparedSessions,
    *,
    fit: WithinFit | WithheldReason,
    reason: WithheldReason | None,
    least_effective_n: int,
) -> tuple[AdjustedRate, ...]:
    present = np.unique(sample.level).tolist()
    rows = []
    for code, name in enumerate(whole.levels):
        of_level, inside = whole.level == code, sample.level == code
        contrast = inside & fit.contrast if isinstance(fit, WithinFit) else np.zeros_like(inside)
        coefficient = adjusted = withheld("no_contrast" if sample.apart[code] else reason or "no_contrast")
        p_value = None
        if isinstance(fit, WithinFit) and not reason and code in present:
            if is_too_few(int(contrast.sum()), least_effective_n):
                coefficient = adjusted = withheld("too_few_effective_sessions")
            else:
                coefficient = _coefficient(fit, present.index(code))
                adjusted = _adjusted(fit, sample, sample.outcomes[:, place], present.index(code))
                p_value = p_value_of(coefficient, degrees=fit.cluster_count - 1)
        rows.append(
            AdjustedRate(
                level=name,
                n_sessions=int(of_level.sum()),
                n_users=user_count_of(whole.clusters, of_level),
                n_effective=int(contrast.sum()),
                n_effective_users=user_count_of(sample.clusters, contrast),
                unadjusted=float(whole.outcomes[of_level, place].mean()),
                coefficient=coefficient,
                adjusted=adjusted,
                coefficient_p_value=p_value,
            )
        )
    return tuple(rows)


def _coefficient(fit: WithinFit, place: int) -> Estimate:
    """β of the level at a place among those present; the reference's is 0 by definition, without error."""
    if not place:
        return Estimate(0.0)
    value, error = float(fit.coefficients[place - 1]), float(fit.errors[place - 1])
    return clustered_estimate(value, error, cluster_count=fit.cluster_count)


def _adjusted(fit: WithinFit, sample: ComparedSessions, y: Floats, place: int) -> Estimate:
    """adj_k with the error of everything it is made of: all of it once more without each user (CRV3)."""
    levels, own = np.unique(sample.level, return_inverse=True)
    clusters = sample.clusters
    by_level = np.stack(
        [clusters.sums((own == code).astype(np.float64)) for code in range(len(levels))], axis=1
    )
    of_user, counts, hits = by_level, by_level.sum(axis=0), clusters.sums(y)
    value = adjusted_from_coefficients(float(y.mean()), np.concatenate([[0.0], fit.coefficients]), counts)[
        place
    ]
    beta = np.column_stack([np.zeros(clusters.count), fit.without])
    left = counts - of_user
    # Without the only user of some level its coefficient is unknown, and weighs nothing.
    weighted = np.where(left > 0, left * np.where(np.isnan(beta), 0.0, beta), 0.0).sum(axis=1)
    without = (y.sum() - hits - weighted) / left.sum(axis=1) + beta[:, place]
    error = left_out_error(without, float(value), cluster_count=fit.cluster_count)
    return clustered_estimate(float(value), error, cluster_count=fit.cluster_count)


def _slope(
    place: int, sample: ComparedSessions, within: WithinColumns | WithheldReason
) -> tuple[Estimate, float | None]:
    """Change of the rate per step of the level within the same fixed effects (Table A1 of study C), its p."""
    if not all(isinstance(name, int | float | np.number) for name in sample.levels):
        return withheld("no_contrast"), None
    steps = sample.levels[np.unique(sample.level)].astype(np.float64)
    fit = (
        within.fit(place, weights=(steps[1:] - steps[0])[:, None])
        if isinstance(within, WithinColumns)
        else within
    )
    if not isinstance(fit, WithinFit):
        return withheld(fit), None
    value, error = float(fit.coefficients[0]), float(fit.errors[0])
    found = clustered_estimate(value, error, cluster_count=fit.cluster_count)
    return found, p_value_of(found, degrees=fit.cluster_count - 1)
