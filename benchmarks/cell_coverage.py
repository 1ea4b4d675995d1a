"""How often the intervals of cells hold the truth, from 5 to 120 users, of the cells that a team sees.

Belongs here: drawn cells of unequal users, and the table by users and base rate. Not here: estimates of
regressions on whole frames (coverage.py). `python -m benchmarks.coverage --cells` prints it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from orchestration.statistics.cell_intervals import CellMoments, cell_intervals, cell_moments
from orchestration.statistics.clusters import quantile_with_ranks
from orchestration.statistics.rate_difference import rate_difference
from orchestration.statistics.withholding import Floats

USERS = (5, 8, 12, 20, 40, 120)
RATES = (0.03, 0.15, 0.3, 0.5, 0.9)
CORRELATIONS = (0.05, 0.1, 0.2)
"""Of the sessions of one user: users' rates are beta-distributed."""
BUSY = ((12.0, 0.8), (40.0, 1.0))
"""Mean sessions of a user, and the spread of their logarithm."""
MIN_USERS, MIN_SESSIONS, MOST_OF_ONE = 5, 15, 0.5
"""What a team sees: neither outcome of fewer users, nobody with more than half (METHODS 4.10)."""


LEAST_SHOWN = 100
"""Cells below which a coverage says nothing: two in a hundred either way are chance."""


@dataclass(frozen=True)
class CellCoverage:
    """Of the cells drawn for a number of users: the share that is shown, and of these the share covered."""

    what: str
    users: int
    drawn: int
    shown: int
    covered: int

    @property
    def share(self) -> float:
        return self.covered / self.shown if self.is_seen else float("nan")

    @property
    def is_seen(self) -> bool:
        """Whether enough are shown to tell their coverage."""
        return self.shown >= LEAST_SHOWN


def sessions_of(rng: Generator, cells: int, users: int, busy: tuple[float, float]) -> Floats:
    """Sessions per cell and user, at least one; a few users have most of them."""
    mean, spread = busy
    sizes = mean * np.exp(spread * rng.standard_normal((cells, users)) - spread**2 / 2)
    return np.asarray(1.0 + rng.poisson(sizes), dtype=np.float64)


def cell_coverage(*, cells: int = 1_000, seed: int = 1) -> Iterator[CellCoverage]:
    """One row per base rate and number of users, then of a skewed mean, over all correlations and sizes."""
    for rate in RATES:
        for users in USERS:
            rng = np.random.default_rng([seed, users, round(rate * 100)])
            yield _added(f"rate {rate:.2f}", users, _rates(rng, cells, users, rate))
    for users in USERS:
        yield _added("mean", users, _means(np.random.default_rng([seed, users]), cells, users))


def quantile_coverage(*, samples: int = 2_000, seed: int = 1) -> Iterator[CellCoverage]:
    """Durations of turns, log-normal within and between users: the quantiles that are published."""
    for quantile in (0.5, 0.9, 0.99):
        for users in USERS:
            rng = np.random.default_rng([seed, users, round(quantile * 100)])
            truth = _quantile_of_logs(quantile)
            covered = [_holds_quantile(rng, users, quantile, truth) for _ in range(samples)]
            yield CellCoverage(f"percentile {quantile:.0%}", users, samples, samples, sum(covered))


def difference_coverage(*, samples: int = 1_000, seed: int = 1) -> Iterator[CellCoverage]:
    """Difference of two groups: a third of the users whole on one side, or each with sessions of both."""
    for what, is_whole in (("difference of users", True), ("difference within users", False)):
        for users in USERS:
            rng = np.random.default_rng([seed, users, int(is_whole)])
            found = [held for _ in range(samples) if (held := _holds_gap(rng, users, is_whole)) is not None]
            yield CellCoverage(what, users, samples, len(found), sum(found))


def _rates(rng: Generator, cells: int, users: int, rate: float) -> Iterator[tuple[int, int, int]]:
    for correlation in CORRELATIONS:
        for busy in BUSY:
            sessions = sessions_of(rng, cells, users, busy)
            scale = (1 - correlation) / correlation
            chances = rng.beta(rate * scale, (1 - rate) * scale, sessions.shape)
            hits = rng.binomial(sessions.astype(np.int64), chances).astype(np.float64)
            yield _counts(hits, sessions, "rate", rate, _is_seen)


def _means(rng: Generator, cells: int, users: int) -> Iterator[tuple[int, int, int]]:
    """Sums per user of a gamma-distributed amount per session, whose mean differs between users."""
    for busy in BUSY:
        sessions = sessions_of(rng, cells, users, busy)
        own = np.exp(0.4 * rng.standard_normal(sessions.shape) - 0.08)
        yield _counts(rng.gamma(sessions, own), sessions, "mean", 1.0, _all_seen)


def _is_seen(moments: CellMoments) -> NDArray[np.bool_]:
    rarer = np.minimum(moments.numerator_users, moments.complement_users)
    return np.asarray(rarer >= MIN_USERS, dtype=np.bool_)


def _all_seen(moments: CellMoments) -> NDArray[np.bool_]:
    return np.asarray(moments.clusters > 0, dtype=np.bool_)


def _counts(
    y: Floats, sessions: Floats, kind: str, truth: float, is_seen: Callable[[CellMoments], NDArray[np.bool_]]
) -> tuple[int, int, int]:
    """Cells drawn, shown and covered."""
    cells, users = sessions.shape
    moments = cell_moments(np.repeat(np.arange(cells), users), y.ravel(), sessions.ravel())
    found = cell_intervals(moments, [kind] * cells)
    shown = np.isfinite(found.estimate) & is_seen(moments)
    shown &= (sessions.sum(axis=1) >= MIN_SESSIONS) & (
        sessions.max(axis=1) <= MOST_OF_ONE * sessions.sum(axis=1)
    )
    covered = shown & (found.interval_low <= truth) & (truth <= found.interval_high)
    return cells, int(shown.sum()), int(covered.sum())


def _added(what: str, users: int, counts: Iterator[tuple[int, int, int]]) -> CellCoverage:
    drawn, shown, covered = (sum(column) for column in zip(*counts, strict=True))
    return CellCoverage(what, users, drawn, shown, covered)


_GAP, _HABIT = 0.06, 0.25
"""Of two groups: the difference of their rates, and half the range of a user's own part of both."""


def _holds_gap(rng: Generator, users: int, is_whole: bool) -> bool | None:
    """None where a team does not see the difference."""
    sessions = sessions_of(rng, 1, users, BUSY[rng.integers(2)])[0].astype(np.int64)
    user = np.repeat(np.arange(users), sessions)
    side = (rng.random(users) < 1 / 3)[user] if is_whole else rng.random(len(user)) < rng.random(users)[user]
    for inside in (side, ~side):
        sizes = np.bincount(user[inside]) if inside.any() else np.zeros(1)
        if (sizes > 0).sum() < MIN_USERS or sizes.max() > MOST_OF_ONE * sizes.sum():
            return None
    habit = rng.uniform(-_HABIT, _HABIT, users)[user]
    found = rate_difference(rng.random(len(user)) < 0.4 + _GAP * side + habit, side, user).by_user
    if found.low is None or found.high is None:
        return None
    return bool(found.low <= _GAP <= found.high)


_WITHIN, _BETWEEN = 1.2, 0.4
"""Spread of the logarithm of durations within and between users."""


def _quantile_of_logs(quantile: float) -> float:
    from scipy.special import ndtri

    return float(np.exp(ndtri(quantile) * np.hypot(_WITHIN, _BETWEEN)))


def _holds_quantile(rng: Generator, users: int, quantile: float, truth: float) -> bool:
    turns = sessions_of(rng, 1, users, (100.0, 0.8))[0].astype(np.int64)
    user = np.repeat(np.arange(users), turns)
    logs = _BETWEEN * rng.standard_normal(users)[user] + _WITHIN * rng.standard_normal(len(user))
    found = quantile_with_ranks(np.exp(logs), user, quantile)
    low = -np.inf if found.interval_low is None else found.interval_low
    high = np.inf if found.interval_high is None else found.interval_high
    return bool(low <= truth <= high)
