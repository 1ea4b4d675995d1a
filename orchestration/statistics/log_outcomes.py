"""Outcomes that multiply: actions and words per prompt on the log scale, per level of expertise.

Belongs here: regression of log outcomes within fixed effects, Poisson regression that keeps zeros,
geometric means (METHODS 4.3; study C, C12–C13). Not here: rates (adjusted_rates.py). Changes are shares:
0.09 is +9 % per level.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import mean_by_user
from orchestration.statistics.comparable_sessions import Effect, complete_sessions
from orchestration.statistics.groups import codes_of, error_clusters, joint_codes, user_count_of
from orchestration.statistics.poisson_within import fit_poisson_within
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    WithheldReason,
    clustered_estimate,
    is_too_few,
    p_value_of,
    withheld,
)
from orchestration.statistics.within_regression import WithinFit, fit_within

Zeros = Literal["left_out", "plus_one", "poisson"]
"""What becomes of zeros: left out of the log, log(y + 1), or kept by Poisson pseudo-likelihood."""


@dataclass(frozen=True)
class LogChange:
    """Relative change of the outcome per level: exp(β) − 1, with the interval's bounds taken over.

    `log_change` is β itself. `steps`: the same from each level to the next, by the higher level, with
    their p-values.
    `n_zero`: sessions with outcome 0 (outside `n_sessions` where zeros are left out).
    """

    zeros: Zeros
    per_level: Estimate
    log_change: Estimate
    p_value: float | None
    steps: dict[Any, Estimate]
    step_p_values: dict[Any, float | None]
    n_sessions: int
    n_zero: int
    n_missing: int
    n_effective: int
    n_effective_users: int


def log_change(
    frame: pd.DataFrame,
    *,
    outcome: str,
    level: str,
    user: str,
    effects: Sequence[Effect],
    zeros: Zeros = "left_out",
    least_effective_n: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> LogChange:
    """Change of a non-negative outcome per level within fixed effects, errors by user (METHODS 4.3, C13).

    `zeros="poisson"` takes one effect. Withheld as adjusted rates are. ValueError: a negative outcome.
    """
    kept = _kept(frame, {outcome, level, *(c for effect in effects for c in effect)}, outcome=outcome)
    n_zero = int((kept[outcome] == 0).sum())
    used = kept.loc[kept[outcome] > 0] if zeros == "left_out" else kept
    steps = used[level].to_numpy(dtype=np.float64)
    levels = np.unique(steps)
    fit = _fit(used, steps[:, None], outcome=outcome, user=user, effects=effects, zeros=zeros)
    contrast = fit.contrast if isinstance(fit, WithinFit) else np.zeros(len(used), dtype=bool)
    n_users = user_count_of(error_clusters(used[user]), contrast)
    beta = _withheld_or_first(fit, n_users, least_effective_n=least_effective_n, least_users=least_users)
    at_least = (steps[:, None] >= levels[None, 1:]).astype(np.float64)  # its β is the step to that level
    by_step = _fit(used, at_least, outcome=outcome, user=user, effects=effects, zeros=zeros)
    why = beta.withheld_reason
    step_betas = [_coefficient(by_step, place, otherwise=why) for place in range(at_least.shape[1])]
    return LogChange(
        zeros=zeros,
        per_level=_relative(beta),
        log_change=beta,
        p_value=_p_value(beta, fit),
        steps=dict(zip(levels[1:].tolist(), map(_relative, step_betas), strict=True)),
        step_p_values={
            name: _p_value(step, by_step) for name, step in zip(levels[1:].tolist(), step_betas, strict=True)
        },
        n_sessions=len(used),
        n_zero=n_zero,
        n_missing=len(frame) - len(kept),
        n_effective=int(contrast.sum()),
        n_effective_users=n_users,
    )


def geometric_mean(values: ArrayLike, users: Any, *, add: float = 0.0) -> Estimate:
    """exp(mean log(x + add)) − add with errors by user, bounds taken over (METHODS 4.3; C12).

    In the values' unit; the standard error is that of the log. Raises ValueError where x + add ≤ 0: leave
    zeros out and count them, or say `add=1`.
    """
    numbers = np.asarray(values, dtype=np.float64) + add
    if not (numbers > 0).all():
        raise ValueError("A geometric mean needs values above 0: leave zeros out, or add 1.")
    found = mean_by_user(np.log(numbers), users)
    if found.value is None:
        return found
    low, high = (None if bound is None else math.exp(bound) - add for bound in (found.low, found.high))
    return Estimate(math.exp(found.value) - add, found.standard_error, low, high)


def _kept(frame: pd.DataFrame, columns: set[str], *, outcome: str) -> pd.DataFrame:
    kept = complete_sessions(frame, sorted(columns))
    if (kept[outcome] < 0).any():
        raise ValueError(f"Column {outcome} must not be negative.")
    return kept


def _fit(
    used: pd.DataFrame, regressors: Any, *, outcome: str, user: str, effects: Sequence[Effect], zeros: Zeros
) -> WithinFit | WithheldReason:
    if not len(used):
        return "no_observations"
    if not regressors.shape[1] or not np.ptp(regressors, axis=0).all():
        return "no_contrast"
    y = used[outcome].to_numpy(dtype=np.float64)
    clusters = error_clusters(used[user])
    groups = [joint_codes([used[column] for column in effect]) for effect in effects]
    if zeros == "poisson":
        if len(groups) > 1:
            raise ValueError("Poisson regression absorbs one effect: join the columns in one cell.")
        cell = groups[0] if groups else codes_of(np.zeros(len(y)))
        return fit_poisson_within(y, regressors, cell=cell, clusters=clusters)
    logs = np.log1p(y) if zeros == "plus_one" else np.log(y)
    return fit_within(logs, regressors, effects=groups, clusters=clusters)


def _withheld_or_first(
    fit: WithinFit | WithheldReason, n_users: int, *, least_effective_n: int, least_users: int
) -> Estimate:
    if isinstance(fit, WithinFit) and is_too_few(int(fit.contrast.sum()), least_effective_n):
        return withheld("too_few_effective_sessions")
    if isinstance(fit, WithinFit) and is_too_few(n_users, least_users):
        return withheld("too_few_users")
    return _coefficient(fit, 0, otherwise=None)


def _coefficient(
    fit: WithinFit | WithheldReason, place: int, *, otherwise: WithheldReason | None
) -> Estimate:
    if otherwise or not isinstance(fit, WithinFit):
        return withheld(otherwise or (fit if not isinstance(fit, WithinFit) else "no_contrast"))
    value, error = float(fit.coefficients[place]), float(fit.errors[place])
    return clustered_estimate(value, error, cluster_count=fit.cluster_count)


def _relative(beta: Estimate) -> Estimate:
    """exp(β) − 1, its bounds, and the error by delta method."""
    if beta.value is None:
        return beta
    error = None if beta.standard_error is None else math.exp(beta.value) * beta.standard_error
    low, high = (None if bound is None else math.expm1(bound) for bound in (beta.low, beta.high))
    return Estimate(math.expm1(beta.value), error, low, high)


def _p_value(beta: Estimate, fit: WithinFit | WithheldReason) -> float | None:
    """Two-sided p of no change, t by users."""
    return p_value_of(beta, degrees=fit.cluster_count - 1) if isinstance(fit, WithinFit) else None
