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
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    clustered_estimate,
    withheld,
)
from orchestration.statistics.within_regression import WithinFit, fit_within


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


@dataclass(frozen=True)
class AdjustedRates:
    """All levels of one specification, over the same sessions (`n_sessions`, of which none misses a value).

    `n_missing`: sessions left out for a missing outcome, level or column of an effect. `slope`: change of
    the rate per step of a numeric level. `withheld_reason`: why no level has an adjusted rate.
    """

    effects: tuple[tuple[str, ...], ...]
    reference: Any
    grand_mean: float | None
    slope: Estimate
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
    whole = compared_sessions(frame, outcome=outcome, level=level, user=user, effects=effects)
    sample = connected_sessions(whole)
    fit = _fit(sample)
    reason = _reason(fit, sample, least_effective_n=least_effective_n, least_users=least_users)
    contrast = fit.contrast if isinstance(fit, WithinFit) else np.zeros(len(sample.y), dtype=bool)
    rates = _rates(whole, sample, fit=fit, reason=reason, least_effective_n=least_effective_n)
    return AdjustedRates(
        effects=tuple(tuple(effect) for effect in effects),
        reference=sample.levels[sample.level.min()] if len(sample.y) else None,
        grand_mean=float(sample.y.mean()) if len(sample.y) else None,
        slope=withheld(reason) if reason else _slope(sample),
        rates=rates,
        n_sessions=len(sample.y),
        n_missing=whole.n_missing,
        n_users=sample.clusters.user_count,
        n_effective=int(contrast.sum()),
        n_effective_users=user_count_of(sample.clusters, contrast),
        withheld_reason=reason,
    )


def _fit(sample: ComparedSessions) -> WithinFit | WithheldReason:
    """The outcome on indicators of the levels that are there, but the lowest."""
    present = np.unique(sample.level)
    if len(present) < 2:
        return "no_contrast" if len(present) else "no_observations"
    indicators = (sample.level[:, None] == present[None, 1:]).astype(np.float64)
    return fit_within(sample.y, indicators, effects=sample.effects, clusters=sample.clusters)


def _reason(
    fit: WithinFit | WithheldReason, sample: ComparedSessions, *, least_effective_n: int, least_users: int
) -> WithheldReason | None:
    if not isinstance(fit, WithinFit):
        return fit
    if np.all(sample.y == sample.y[0]):
        return "no_variation"
    if fit.contrast.sum() < least_effective_n:
        return "too_few_effective_sessions"
    too_few = user_count_of(sample.clusters, fit.contrast) < least_users
    return "too_few_users" if too_few else None


def _rates(
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
        if isinstance(fit, WithinFit) and not reason and code in present:
            if contrast.sum() < least_effective_n:
                coefficient = adjusted = withheld("too_few_effective_sessions")
            else:
                coefficient = _coefficient(fit, present.index(code))
                adjusted = _adjusted(fit, sample, present.index(code))
        rows.append(
            AdjustedRate(
                level=name,
                n_sessions=int(of_level.sum()),
                n_users=user_count_of(whole.clusters, of_level),
                n_effective=int(contrast.sum()),
                n_effective_users=user_count_of(sample.clusters, contrast),
                unadjusted=float(whole.y[of_level].mean()),
                coefficient=coefficient,
                adjusted=adjusted,
            )
        )
    return tuple(rows)


def _coefficient(fit: WithinFit, place: int) -> Estimate:
    """β of the level at a place among those present; the reference's is 0 by definition, without error."""
    if not place:
        return Estimate(0.0)
    return clustered_estimate(
        float(fit.coefficients[place - 1]), float(fit.errors[place - 1]), cluster_count=fit.cluster_count
    )


def _adjusted(fit: WithinFit, sample: ComparedSessions, place: int) -> Estimate:
    """adj_k with the error of everything it is made of: the sessions' influences, summed by user."""
    present, counts = np.unique(sample.level, return_counts=True)
    beta = np.concatenate([[0.0], fit.coefficients])
    shares, n = counts / counts.sum(), len(sample.y)
    value = adjusted_from_coefficients(float(sample.y.mean()), beta, counts)[place]
    gradient = -shares[1:]
    if place:
        gradient[place - 1] += 1
    own_beta = beta[np.searchsorted(present, sample.level)]
    influence = (sample.y - sample.y.mean() - own_beta + shares @ beta) / n + fit.influence @ gradient
    by_user = sample.clusters.sums(influence)
    return clustered_estimate(
        float(value), float(np.sqrt(by_user @ by_user)), cluster_count=fit.cluster_count
    )


def _slope(sample: ComparedSessions) -> Estimate:
    """Change of the rate per step of the level within the same fixed effects (Table A1 of study C)."""
    if not all(isinstance(name, int | float | np.number) for name in sample.levels):
        return withheld("no_contrast")
    steps = sample.levels.astype(np.float64)[sample.level][:, None]
    fit = fit_within(sample.y, steps, effects=sample.effects, clusters=sample.clusters)
    if not isinstance(fit, WithinFit):
        return withheld(fit)
    return clustered_estimate(
        float(fit.coefficients[0]), float(fit.errors[0]), cluster_count=fit.cluster_count
    )
