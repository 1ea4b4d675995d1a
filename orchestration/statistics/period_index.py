"""What a period's mean and median are, as a multiple of a baseline's, with intervals by drawing users.

Belongs here: the index of the mean over all days and of the median over users. Not here: which periods and
baselines there are. The same rows and seed give the same draws.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from orchestration.statistics.groups import clusters_of, codes_of
from orchestration.statistics.user_bootstrap import DRAWS, percentile_interval, user_draws
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, Floats, is_too_few, withheld

BASELINE = 0
"""Code of the baseline among the periods."""


class PeriodIndex(NamedTuple):
    """Of one period: mean and median over those of the baseline; 1 is the same."""

    of_mean: Estimate
    of_median: Estimate


def period_indices(
    frame: pd.DataFrame, periods: Sequence[int], *, draws: int = DRAWS
) -> dict[int, PeriodIndex]:
    """The index of each period (a code above BASELINE); METHODS 3.3 (B2), 4.4.

    `frame`: `user_id` (none missing), `period`, `amount`: one row per user and day. The mean is over days;
    the median is over users, of each one's own mean per day. Users are drawn with all their days. Withheld
    where a side has fewer than 30 days.
    """
    clusters = clusters_of(frame["user_id"])
    codes = codes_of(frame["user_id"])
    size = max([BASELINE, *periods]) + 1
    amounts, days = (np.zeros((size, clusters.count)) for _ in range(2))
    cells = (frame["period"].to_numpy(dtype=np.int64), codes)
    np.add.at(amounts, cells, frame["amount"].to_numpy(dtype=np.float64))
    np.add.at(days, cells, 1.0)
    weights = np.stack(list(user_draws(clusters, draws=draws)))
    own, drawn = _levels(amounts, days, np.ones((1, clusters.count))), _levels(amounts, days, weights)
    found: dict[int, PeriodIndex] = {}
    for period in periods:
        fewest = min(days[BASELINE].sum(), days[period].sum())
        worth = float(min(_users(days[BASELINE]), _users(days[period])))
        estimates = [
            _index(level[:, 0], by_draw, period, fewest, worth)
            for level, by_draw in zip(own, drawn, strict=True)
        ]
        found[period] = PeriodIndex(*estimates)
    return found


def _users(days: Floats) -> float:
    """The equally busy users that a period's users are worth (Kish)."""
    return float(days.sum() ** 2 / max((days**2).sum(), 1.0))


def _levels(amounts: Floats, days: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean over days and median over users, by period and draw: (periods, draws) each."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw may lack all of a period: NaN, counted so
        mean = (amounts @ weights.T) / (days @ weights.T)
        rates = amounts / days
    return mean, np.stack([_median(rate, weights) for rate in rates])


def _median(rates: Floats, weights: Floats) -> Floats:
    """The median of the users' rates in each draw, a user drawn twice counting twice; NaN without users."""
    known = np.isfinite(rates)
    order = np.argsort(rates[known], kind="stable")
    ordered, drawn = rates[known][order], weights[:, known][:, order]
    if not len(ordered):
        return np.full(len(weights), np.nan)
    total = drawn.cumsum(axis=1)
    half = total[:, -1:] / 2
    lower = ordered[(total < half - 1e-9).sum(axis=1).clip(max=len(ordered) - 1)]
    upper = ordered[(total <= half + 1e-9).sum(axis=1).clip(max=len(ordered) - 1)]
    return np.where(half[:, 0] > 0, (lower + upper) / 2, np.nan)


def _index(level: Floats, by_draw: Floats, period: int, fewest: float, worth: float) -> Estimate:
    if not fewest:
        return withheld("no_observations")
    if is_too_few(fewest, LEAST_EFFECTIVE_N):
        return withheld("too_few_effective_sessions")
    if not level[BASELINE] > 0:
        return withheld("no_positive_mean")
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = by_draw[period] / by_draw[BASELINE]
    low, high = percentile_interval(draws, users=worth) or (None, None)
    return Estimate(float(level[period] / level[BASELINE]), None, low, high)
