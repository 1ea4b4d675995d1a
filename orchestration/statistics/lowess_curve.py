"""A share as a curve over a whole number that grows, like experience: LOWESS with a band by users.

Belongs here: local linear smoothing on log(1 + x) at chosen points, its bootstrap of users, how many users
and sessions a point rests on (METHODS 4.12; study A, figures 2 and 3). Not here: who is in the curve, which
points are published. Shares are 0 to 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import kish_effective_n
from orchestration.statistics.groups import Clusters, clusters_of, codes_of
from orchestration.statistics.proportions import proportion_bounds
from orchestration.statistics.user_bootstrap import SEED, drawn_totals, percentile_interval
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    Codes,
    Estimate,
    Floats,
    WithheldReason,
    withheld,
)

FRACTION = 0.15
"""Share of the observations in the window of a point: the study's bandwidth (captions of figures 2 and 3)."""

CURVE_DRAWS = 1_000

LARGE_USERS, LARGE_SESSIONS = 10, 75
"""From so many users and sessions on, a window in which everybody has the same outcome is an estimate."""


@dataclass(frozen=True)
class CurvePoint:
    """The curve at one value of x, and who is in its window; `top_user_share` is of the weights."""

    x: int
    estimate: Estimate
    n_users: int
    n_sessions: int
    top_user_share: float | None


@dataclass(frozen=True)
class Support:
    """The least users, sessions and effective observations (Kish, of the weights) of a window.

    `most_of_one_user`: the largest share of the weights that one user may have.
    """

    users: int
    sessions: int
    effective_n: float = LEAST_EFFECTIVE_N
    most_of_one_user: float = 0.5
    is_same_for_all_shown: bool = False


@dataclass(frozen=True)
class Observations:
    """One entry per observation: its outcome (0 or 1), x (whole, not negative), known user and session.

    All observations of a session have the same x.
    """

    outcomes: ArrayLike
    xs: ArrayLike
    users: Any
    sessions: Any


def lowess_curve(
    of: Observations,
    *,
    points: ArrayLike,
    support: Support,
    fraction: float = FRACTION,
    draws: int = CURVE_DRAWS,
    seed: int = SEED,
) -> list[CurvePoint]:
    """Share of true outcomes at each point of `points`, in that order; METHODS 4.12.

    Smoothing is local linear on log(1 + x) with tricube weights over the nearest `fraction` of the
    observations, without the robustness steps, which take rare outcomes for outliers and remove them: what
    statsmodels' `lowess` gives with `it=0`. Sums per x are all that it needs, so that draws cost users and
    not turns. The band is of draws of users; in a window in which everybody has the same outcome it is one
    observation per user. Withheld beyond the largest x and where a window lacks support.
    """
    hits = np.asarray(of.outcomes, dtype=np.float64)
    values, cells = np.unique(np.asarray(of.xs, dtype=np.int64), return_inverse=True)
    wanted = np.asarray(points, dtype=np.int64)
    if not len(hits):
        return [CurvePoint(int(x), withheld("no_observations"), 0, 0, None) for x in wanted]
    clusters = _clusters(of.users, of.sessions)
    windows = _Windows(values, wanted, fraction)
    columns = np.column_stack([hits, np.ones(len(hits))])
    totals = _summed(columns, cells, len(values))
    curve = windows.smoothed(totals[:, 0], totals[:, 1])
    drawn = np.stack(
        [
            windows.smoothed(each[:, 0], each[:, 1])
            for each in drawn_totals(columns, cells, clusters=clusters, draws=draws, seed=seed)
        ]
    )
    weights = windows.weights(totals[:, 1])
    user_codes, session_codes = codes_of(of.users), codes_of(of.sessions)
    found = []
    for place, x in enumerate(wanted):
        weight = weights[place][cells]
        inside = weight > 0
        local = _Local.of(
            hits[inside], weight[inside], users=user_codes[inside], sessions=session_codes[inside]
        )
        reason = "no_observations" if x > values[-1] else local.reason(support)
        here = clusters.where(inside)
        estimate = (
            withheld(reason)
            if reason
            else _estimate(float(curve[place]), drawn[:, place], local, clusters=here)
        )
        found.append(CurvePoint(int(x), estimate, local.n_users, local.n_sessions, local.top_user_share))
    return found


class _Windows:
    """The distances of the points to every x, in rising order: the same in all draws."""

    def __init__(self, values: Codes, points: Codes, fraction: float) -> None:
        at, to = np.log1p(values.astype(np.float64)), np.log1p(points.astype(np.float64))
        distance = np.abs(at[None, :] - to[:, None])
        self._fraction = fraction
        self._offset = at[None, :] - to[:, None]
        self._distance = distance
        self._order = np.argsort(distance, axis=1, kind="stable")
        self._sorted = np.take_along_axis(distance, self._order, axis=1)

    def radii(self, counts: Floats) -> Floats:
        """The distance at which a window holds its share of the observations."""
        reached = np.cumsum(counts[self._order], axis=1)
        needed = max(1.0, np.floor(self._fraction * counts.sum() + 1e-10))
        place = np.argmax(reached >= needed, axis=1)
        return np.asarray(self._sorted[np.arange(len(place)), place], dtype=np.float64)

    def smoothed(self, sums: Floats, counts: Floats) -> Floats:
        """The local linear fit at each point; NaN where no observation is near."""
        weights = self.weights(counts) * counts
        total = weights.sum(axis=1)
        shares = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = (weights * self._offset).sum(axis=1) / total
            mean = weights @ shares / total
            off = self._offset - centre[:, None]
            spread = (weights * off**2).sum(axis=1)
            slope = (weights * off * shares).sum(axis=1) / spread
            fit = np.where(spread > 1e-12 * total, mean - slope * centre, mean)
        return np.asarray(np.clip(fit, 0.0, 1.0), dtype=np.float64)

    def weights(self, counts: Floats) -> Floats:
        """Tricube over the window; where all of it has one x, that x alone."""
        radius = self.radii(counts)[:, None]
        scaled = np.divide(self._distance, radius, out=np.ones_like(self._distance), where=radius > 0)
        weights = np.clip(1 - scaled**3, 0.0, None) ** 3
        nearest = self._distance <= self._sorted[:, :1]
        return np.asarray(np.where(radius > 0, weights, nearest), dtype=np.float64)


@dataclass(frozen=True)
class _Local:
    """The observations with weight at a point."""

    n_users: int
    n_sessions: int
    effective_n: float
    top_user_share: float | None
    events: float
    is_same_for_all: bool

    @classmethod
    def of(cls, hits: Floats, weights: Floats, *, users: Codes, sessions: Codes) -> "_Local":
        by_user = np.bincount(users, weights=weights)
        return cls(
            n_users=int((by_user > 0).sum()),
            n_sessions=len(np.unique(sessions)),
            effective_n=kish_effective_n(weights) or 0.0,
            top_user_share=float(by_user.max() / by_user.sum()) if len(by_user) else None,
            events=float(hits.sum()),
            is_same_for_all=bool(len(hits)) and hits.min() == hits.max(),
        )

    def reason(self, support: Support) -> WithheldReason | None:
        """Why there is no estimate at this point."""
        if self.n_users < support.users or (self.top_user_share or 0.0) > support.most_of_one_user:
            return "too_few_users"
        if self.n_sessions < support.sessions or self.effective_n < support.effective_n:
            return "too_few_effective_sessions"
        is_large = self.n_users >= LARGE_USERS and self.n_sessions >= LARGE_SESSIONS
        if self.is_same_for_all and not (is_large or support.is_same_for_all_shown):
            return "no_variation"
        return None


def _estimate(value: float, drawn: Floats, local: _Local, *, clusters: Clusters) -> Estimate:
    if local.is_same_for_all:
        # Draws of users who are all alike do not differ; what is not known is the next user.
        trials = max(local.n_users, 1)
        low, high = proportion_bounds(trials if local.events else 0, trials, method="clopper_pearson")
        return Estimate(value, None, float(low), float(high))
    bounds = percentile_interval(drawn, users=clusters.busy)
    if bounds is None:
        return Estimate(value)
    # Draws of few users lie to one side of the curve where it bends; it is inside its own band.
    return Estimate(value, float(np.nanstd(drawn)), min(bounds[0], value), max(bounds[1], value))


def _clusters(users: Any, sessions: Any) -> Clusters:
    """Users; sessions where all are of one user, who cannot be drawn against anybody."""
    of_users = clusters_of(users)
    return of_users if of_users.count > 1 else clusters_of(sessions)


def _summed(columns: Floats, cells: Codes, size: int) -> Floats:
    sums = [np.bincount(cells, weights=columns[:, place], minlength=size) for place in range(2)]
    return np.stack(sums, axis=1).astype(np.float64)
