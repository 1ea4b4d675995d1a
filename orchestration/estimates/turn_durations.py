"""Percentiles of the durations of turns (A1, A2), over all and by week, month and quarter.

Belongs here: the row type, which estimate is cut by which period, and when it is withheld. Not here: which
turns enter (turns.py), the statistics themselves, what may be published (dbt suppresses small cells).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.turns import SERIES, Series, Turns, read_turns, top_share, turns_of
from orchestration.statistics.clusters import quantile_with_ranks
from orchestration.statistics.order_statistics import (
    QuantileEstimate,
    RankInterval,
    estimate_quantile,
    needed_sample_size,
)
from orchestration.statistics.survival import survival_quantile

Statistic = Literal["p50", "p90", "p99", "p999", "p999_daily_mean", "p50_censored", "p90_censored"]

QUANTILES: dict[Statistic, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
CENSORED: dict[Statistic, float] = {"p50_censored": 0.5, "p90_censored": 0.9}
"""Of these alone open turns are a part: in the tail a curve rests on the few turns that last longest."""


PeriodKind = Literal["overall", "week", "month", "quarter"]


class TurnDurationEstimate(NamedTuple):
    """One row per period, series and statistic of the durations of turns, in seconds.

    Turns: interactive sessions, the agent worked, the turn has ended; open ones are counted beside them,
    and enter `p50_censored` and `p90_censored` (Kaplan–Meier) as lasting longer than was seen.
    `p999_daily_mean` is the mean over a week's days of each day's p99.9 and has no interval.
    `withheld_reason` is null where `needed_turn_count` turns are there; the estimate is null otherwise.
    `period_start` is midnight of the period's first day in the configured zone, null over all. Intervals are
    by user (`quantile_with_ranks`); with a single user they are of this user's turns.
    `tail_user_share`: share of the user with most turns among the turns at or above the estimate.
    """

    period_kind: PeriodKind
    period_start: datetime | None
    series: Series
    statistic: Statistic
    quantile: float
    n_turns: int | None
    n_open_turns: int | None
    n_sessions: int | None
    n_users: int | None
    top_user_share: float | None
    tail_user_share: float | None
    estimate_seconds: float | None
    interval_low_seconds: float | None
    interval_high_seconds: float | None
    lower_rank: int | None
    upper_rank: int | None
    needed_turn_count: int
    withheld_reason: str | None
    suppressed_reason: str | None = None
    top_user_share_band: str | None = None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_RANKS = RankInterval(None, None, 0.0)
_NOTHING = QuantileEstimate(None, None, None, _NO_RANKS)


def turn_durations(facts: BuiltFacts) -> list[TurnDurationEstimate]:
    """Rows over all turns and by period, from `marts.fct_turns`."""
    return turn_duration_estimates(read_turns(facts))


def turn_duration_estimates(table: pa.Table) -> list[TurnDurationEstimate]:
    """Rows over all turns and by period, in the order of period, series and statistic; [] without turns."""
    if not table.num_rows:
        return []
    turns = turns_of(table)
    rows = list(_of_period("overall", None, turns=turns))
    for kind, starts in _periods(turns).items():
        for start in np.unique(starts):
            first_day = _EPOCH + timedelta(days=int(start))
            rows += _of_period(kind, first_day, turns=turns.where(starts == start))
    return rows


def _periods(turns: Turns) -> dict[PeriodKind, NDArray[np.int64]]:
    """First day of each turn's period, as days since 1970, by the kind of period."""
    months = turns.day.astype("datetime64[D]").astype("datetime64[M]")
    quarters = months - (months.astype(np.int64) % 3)
    return {
        "week": turns.week,
        "month": months.astype("datetime64[D]").astype(np.int64),
        "quarter": quarters.astype("datetime64[D]").astype(np.int64),
    }


def _of_period(kind: PeriodKind, start: datetime | None, *, turns: Turns) -> Iterator[TurnDurationEstimate]:
    ended, open_count = turns.ended, turns.open_count
    for series in SERIES:
        values = ended.seconds[series]
        for statistic, quantile in QUANTILES.items():
            needed = needed_sample_size(quantile)
            why = f"fewer_than_{needed}_turns" if len(values) < needed else None
            found = quantile_with_ranks(values, ended.user, quantile) if len(values) else _NOTHING
            yield _row(kind, start, ended, series, statistic, found, why, open_count=open_count)
        if kind == "week":
            needed = needed_sample_size(QUANTILES["p999"])
            mean, smallest = _daily_mean(ended.day, ended.seconds[series], quantile=QUANTILES["p999"])
            why = f"a_day_below_{needed}_turns" if smallest < needed else None
            found = QuantileEstimate(mean, None, None, _NO_RANKS)
            yield _row(kind, start, ended, series, "p999_daily_mean", found, why, open_count=open_count)
        for statistic, quantile in CENSORED.items():
            found, why = _censored(turns, series, quantile)
            yield _row(kind, start, turns, series, statistic, found, why, open_count=open_count)


def _censored(turns: Turns, series: Series, quantile: float) -> tuple[QuantileEstimate, str | None]:
    """Kaplan–Meier's quantile of ended and open turns, and why it is withheld."""
    needed = needed_sample_size(quantile)
    found = survival_quantile(turns.seconds[series], ~turns.is_open, turns.user, quantile)
    why = "too_many_open_turns" if found.value is None else None
    if len(turns.user) - turns.open_count < needed:
        why = f"fewer_than_{needed}_turns"
    return QuantileEstimate(found.value, found.low, found.high, _NO_RANKS), why


def _row(
    kind: PeriodKind,
    start: datetime | None,
    turns: Turns,
    series: Series,
    statistic: Statistic,
    found: QuantileEstimate,
    withheld: str | None,
    *,
    open_count: int,
) -> TurnDurationEstimate:
    """One estimate of the turns that enter it."""
    quantile = (QUANTILES | CENSORED).get(statistic, QUANTILES["p999"])
    values, estimate = turns.seconds[series], None if withheld else found.estimate
    tail = turns.user[:0] if estimate is None else turns.user[values >= estimate]
    is_shown = estimate is not None
    return TurnDurationEstimate(
        period_kind=kind,
        period_start=start,
        series=series,
        statistic=statistic,
        quantile=quantile,
        n_turns=len(values),
        n_open_turns=open_count,
        n_sessions=turns.session_count,
        n_users=turns.user_count,
        top_user_share=top_share(turns.user),
        tail_user_share=top_share(tail),
        estimate_seconds=estimate,
        interval_low_seconds=found.interval_low if is_shown else None,
        interval_high_seconds=found.interval_high if is_shown else None,
        lower_rank=found.ranks.lower if is_shown else None,
        upper_rank=found.ranks.upper if is_shown else None,
        needed_turn_count=needed_sample_size(quantile),
        withheld_reason=withheld,
    )


def _daily_mean(
    day: NDArray[np.int64], values: NDArray[np.float64], *, quantile: float
) -> tuple[float | None, int]:
    """Mean of the quantile of each day that has turns, and the number of turns of the smallest day."""
    days, sizes = np.unique(day, return_counts=True)
    if not len(days):
        return None, 0
    estimates = [estimate_quantile(np.sort(values[day == one]), quantile).estimate for one in days]
    return float(np.mean([value for value in estimates if value is not None])), int(sizes.min())
