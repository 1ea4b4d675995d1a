"""How long open and ended turns last: durations of which some had not ended when they were read.

Belongs here: Kaplan–Meier curve, its pointwise interval, quantiles (METHODS 4.5). Not here: which turns
count as open, and quantiles of ended turns alone (order_statistics.py). Durations in seconds.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import Clusters, clusters_of
from orchestration.statistics.user_bootstrap import DRAWS, SEED, percentile_interval, user_draws
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    is_too_few,
    normal_quantile,
    student_quantile,
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
    low, high = percentile_interval(drawn, users=clusters.busy) or (None, None)
    return SurvivalCurve(_points(times, ended), Estimate(value, None, low, high), **sizes)


def survival_quantile(seconds: ArrayLike, has_ended: ArrayLike, users: Any, quantile: float) -> Estimate:
    """First time that at most 1 − quantile of the turns outlast, open ones censored (METHODS 4.5).

    The bounds are where the curve falls to those of its value there: log(−log) scale, error by user, t with
    G − 1. With one user turns are taken for independent (Greenwood; Brookmeyer & Crowley 1982). A bound
    is None where the curve never falls to it. Withheld without an ended turn, or where the curve itself
    never falls so low (`no_variation`).
    """
    times, ended = np.asarray(seconds, dtype=np.float64), np.asarray(has_ended, dtype=bool)
    if not ended.any():
        return withheld("no_observations")
    curve = _fitted(times, ended)
    at, share = np.asarray(curve.surv_times, dtype=np.float64), np.asarray(curve.surv_prob)
    value = _fallen_to(at, share, 1 - quantile)
    if value is None:
        return withheld("no_variation")
    clusters = clusters_of(users)
    if clusters.count < 2:
        bounds = _log_log_bounds(share, np.asarray(curve.surv_prob_se, dtype=np.float64))
        first, last = (_fallen_to(at, bound, 1 - quantile) for bound in bounds)
        return Estimate(value, None, first, last)
    error = _log_error(times, ended, until=value, clusters=clusters)
    # The error of log S at the quantile, on the scale log(−log S): divided by log S.
    spread = student_quantile(clusters.count - 1) * error / abs(math.log(1 - quantile))
    upper, lower = ((1 - quantile) ** math.exp(sign * spread) for sign in (-1, 1))
    return Estimate(value, None, _fallen_to(at, share, upper), _fallen_to(at, share, lower))


def _log_error(times: Floats, ended: Any, *, until: float, clusters: Clusters) -> float:
    """Error of log S(until): the turns' parts of the hazard's sum less what was expected, summed by user."""
    distinct, place = np.unique(times, return_inverse=True)
    at_risk = np.cumsum(np.bincount(place)[::-1])[::-1].astype(np.float64)
    events = np.bincount(place, weights=ended) * (distinct <= until)
    expected = np.cumsum(events / at_risk**2)
    parts = np.where(ended & (times <= until), 1 / at_risk[place], 0.0) - expected[place]
    sums = clusters.sums(parts)
    return float(np.sqrt(clusters.count / max(clusters.count - 1, 1) * float(sums @ sums)))


def _fallen_to(at: Floats, curve: Floats, share: float) -> float | None:
    fallen = np.flatnonzero(curve <= share + 1e-12)
    return float(at[fallen[0]]) if len(fallen) else None


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
    if is_too_few(n, least_turns):
        return "too_few_effective_sessions"
    return "too_few_users" if is_too_few(user_count, least_users) else None


def _fitted(times: Floats, ended: Any) -> Any:
    from statsmodels.duration.survfunc import SurvfuncRight

    with np.errstate(divide="ignore", invalid="ignore"):  # Greenwood's error at share 0 is undefined
        return SurvfuncRight(times, ended.astype(np.int64))


def _points(times: Floats, ended: Any) -> tuple[SurvivalPoint, ...]:
    curve = _fitted(times, ended)
    shares, errors = np.asarray(curve.surv_prob), np.asarray(curve.surv_prob_se, dtype=np.float64)
    bounds = np.stack(_log_log_bounds(shares, errors), axis=1)
    points = []
    for place, time in enumerate(curve.surv_times):
        n_ended = int(curve.n_events[place])
        low, high = (None if np.isnan(bound) else float(bound) for bound in bounds[place])
        share, at_risk = float(shares[place]), int(curve.n_risk[place])
        points.append(SurvivalPoint(float(time), share, low, high, at_risk, n_ended))
    return tuple(point for point in points if point.n_ended)


def _log_log_bounds(share: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Bounds of a share by its error on the log(−log) scale; NaN at 0 and 1."""
    inner = (share > 0) & (share < 1)
    inside = np.where(inner, share, 0.5)
    spread = normal_quantile() * error / (inside * np.abs(np.log(inside)))
    low, high = (np.where(inner, inside ** np.exp(sign * spread), np.nan) for sign in (1, -1))
    return low, high
