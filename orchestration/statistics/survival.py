"""How long open and ended turns last: durations of which some had not ended when they were read.

Belongs here: Kaplan–Meier curve, its pointwise interval, the median (METHODS 4.5). Not here: which turns
count as open, and quantiles of ended turns alone (order_statistics.py). Durations in seconds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import clusters_of
from orchestration.statistics.user_bootstrap import DRAWS, SEED, percentile_interval, user_draws
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    normal_quantile,
    withheld,
)


@dataclass(frozen=True)
class SurvivalPoint:
    """Share of turns that last longer than `seconds`, at a time at which some ended.

    Bounds by Greenwood on the log(−log) scale, which take turns for independent; None at share 0.
    """

    seconds: float
    surviving: float
    low: float | None
    high: float | None
    n_at_risk: int
    n_ended: int


@dataclass(frozen=True)
class SurvivalCurve:
    """Points by rising time, and the median: the first time that at most half of the turns outlast.

    The median's interval draws users; a bound is None where a draw never falls to one half.
    """

    points: tuple[SurvivalPoint, ...]
    median: Estimate
    n_turns: int
    n_open: int
    n_users: int


def survival_curve(
    seconds: ArrayLike,
    has_ended: ArrayLike,
    users: Any,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    least_turns: int = LEAST_EFFECTIVE_N,
    least_users: int = LEAST_USERS,
) -> SurvivalCurve:
    """Kaplan–Meier of turns, open ones censored at the time they were read (METHODS 4.5).

    Withheld below `least_turns` or `least_users`; the median too where over half of the turns outlast the
    longest that ended (`no_variation`). Raises ValueError for a negative duration.
    """
    times = np.asarray(seconds, dtype=np.float64)
    ended = np.asarray(has_ended, dtype=bool)
    if (times < 0).any():
        raise ValueError("A duration is not negative.")
    clusters = clusters_of(users)
    sizes = {"n_turns": len(times), "n_open": int((~ended).sum()), "n_users": clusters.user_count}
    reason = _reason(len(times), clusters.user_count, least_turns=least_turns, least_users=least_users)
    if reason or not ended.any():
        return SurvivalCurve((), withheld(reason or "no_observations"), **sizes)
    value = weighted_median(times, ended, weights=np.ones(len(times)))
    if not np.isfinite(value):
        return SurvivalCurve(_points(times, ended), withheld("no_variation"), **sizes)
    order = np.argsort(times, kind="stable")
    codes, times, ended = clusters.codes[order], times[order], ended[order]
    drawn = [
        weighted_median(times, ended, weights=weights[codes])
        for weights in user_draws(clusters, draws=draws, seed=seed)
    ]
    low, high = percentile_interval(drawn) or (None, None)
    return SurvivalCurve(_points(times, ended), Estimate(value, None, low, high), **sizes)


def weighted_median(times: Floats, ended: Any, *, weights: Floats) -> float:
    """First time at which at most half of the weight lasts longer; infinite where there is none.

    statsmodels' estimator, with weights that may be 0: a draw of users is a weighting of their turns.
    """
    distinct, place = np.unique(times, return_inverse=True)
    left = np.bincount(place, weights=weights)
    at_risk = np.cumsum(left[::-1])[::-1]
    events = np.bincount(place, weights=weights * ended)
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    fallen = np.flatnonzero(np.cumprod(1 - hazard) <= 0.5 + 1e-12)
    return float(distinct[fallen[0]]) if len(fallen) else float("inf")


def _reason(n: int, user_count: int, *, least_turns: int, least_users: int) -> WithheldReason | None:
    if not n:
        return "no_observations"
    if n < least_turns:
        return "too_few_effective_sessions"
    return "too_few_users" if user_count < least_users else None


def _points(times: Floats, ended: Any) -> tuple[SurvivalPoint, ...]:
    from statsmodels.duration.survfunc import SurvfuncRight

    with np.errstate(divide="ignore", invalid="ignore"):  # Greenwood's error at share 0 is undefined
        curve = SurvfuncRight(times, ended.astype(np.int64))
        error = np.asarray(curve.surv_prob_se, dtype=np.float64)
    points = []
    for place, time in enumerate(curve.surv_times):
        share, n_ended = float(curve.surv_prob[place]), int(curve.n_events[place])
        low, high = _log_log_bounds(share, float(error[place]))
        points.append(SurvivalPoint(float(time), share, low, high, int(curve.n_risk[place]), n_ended))
    return tuple(point for point in points if point.n_ended)


def _log_log_bounds(share: float, error: float) -> tuple[float | None, float | None]:
    if not 0 < share < 1:
        return None, None
    spread = normal_quantile() * error / (share * abs(np.log(share)))
    return float(share ** np.exp(spread)), float(share ** np.exp(-spread))
