"""Why the means of two groups of sessions differ: other characteristics, or other returns to them.

Belongs here: the two- and three-fold Oaxaca–Blinder decomposition, intervals by bootstrap of users
(METHODS 4.6). Not here: decomposition by one set of groups (composition.py). In the unit of the outcome.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.statistics.groups import clusters_of
from orchestration.statistics.user_bootstrap import SEED, percentile_interval, user_draws
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    withheld,
)

OAXACA_DRAWS = 500
"""Four regressions per draw; percentiles of 95 % need no more."""


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
    draws: int = OAXACA_DRAWS,
    least_sessions: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> OaxacaBlinder:
    """Decompose the gap of a mean between two groups (`group` is 0 or 1); METHODS 4.6.

    `regressors`: numeric, without constant. Groups are swapped, as statsmodels does, so that the gap is not
    negative. Withheld below `least_sessions` in a group or `least_users` users. `draws` 0: no intervals.
    """
    columns = [outcome, group, *regressors]
    kept = frame.loc[frame[columns].notna().all(axis=1)]
    clusters = clusters_of(kept[user])
    values = kept[columns].to_numpy(dtype=np.float64)
    smallest = int(min((values[:, 1] == side).sum() for side in (0, 1)))
    reason: WithheldReason | None = "no_observations" if not smallest else None
    if not reason and smallest < least_sessions:
        reason = "too_few_effective_sessions"
    if not reason and clusters.user_count < least_users:
        reason = "too_few_users"
    if reason:
        return _result((withheld(reason),) * 6, len(kept), clusters.user_count)
    parts = _parts(values)
    swapped = _is_swapped(values)
    drawn = [
        _parts(np.repeat(values, weights[clusters.codes].astype(np.int64), axis=0), swapped=swapped)
        for weights in user_draws(clusters, draws=draws, seed=SEED)
    ]
    estimates = tuple(_estimate(part, [each[place] for each in drawn]) for place, part in enumerate(parts))
    return _result(estimates, len(kept), clusters.user_count)


def _result(estimates: tuple[Estimate, ...], n_sessions: int, n_users: int) -> OaxacaBlinder:
    gap, unexplained, explained, endowments, coefficients, interaction = estimates
    return OaxacaBlinder(
        gap, unexplained, explained, endowments, coefficients, interaction, n_sessions, n_users
    )


def _estimate(value: float, drawn: list[float]) -> Estimate:
    low, high = percentile_interval(drawn) or (None, None)
    return Estimate(value, None, low, high)


def _is_swapped(values: Floats) -> bool:
    """Whether group 1 has the higher mean."""
    first, second = (values[values[:, 1] == side, 0].mean() for side in (0, 1))
    return bool(second > first)


def _parts(values: Floats, *, swapped: bool | None = None) -> tuple[float, ...]:
    """Gap, unexplained, explained, endowments, coefficients, interaction; NaN where a group is absent.

    A draw keeps the direction of the sample, even where its own means would turn it.
    """
    from statsmodels.stats.oaxaca import OaxacaBlinder as Decomposed

    if len(np.unique(values[:, 1])) < 2:
        return (float("nan"),) * 6
    direction = _is_swapped(values) if swapped is None else swapped
    ordered: NDArray[np.float64] = values.copy()
    if direction:
        ordered[:, 1] = 1 - ordered[:, 1]
    model = Decomposed(ordered[:, 0], ordered[:, 1:], 0, hasconst=False, swap=False)
    unexplained, explained, gap = model.two_fold().params
    endowments, coefficients, interaction, _ = model.three_fold().params
    return tuple(map(float, (gap, unexplained, explained, endowments, coefficients, interaction)))
