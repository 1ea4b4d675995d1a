"""Percentiles of the durations of turns (A1, A2), over all and by week.

Belongs here: which turns enter, how they are cut by period, the row type of the estimates. Not here: the
order statistics themselves, and what may be published (dbt suppresses small cells on top of this).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.statistics.order_statistics import (
    QuantileEstimate,
    estimate_quantile,
    needed_sample_size,
)

Series = Literal["wall", "net"]
Statistic = Literal["p50", "p90", "p99", "p999", "p999_daily_mean"]

QUANTILES: dict[Statistic, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
SERIES: tuple[Series, ...] = ("wall", "net")


class TurnDurationEstimate(NamedTuple):
    """One row per period, series and statistic of the durations of turns, in seconds.

    Turns: interactive sessions, the agent worked, the turn has ended; open ones are counted beside them.
    `p999_daily_mean` is the mean over a week's days of each day's p99.9 and has no interval.
    `withheld_reason` is null where `needed_turn_count` turns are there; the estimate is null otherwise.
    `period_start` is midnight of the week's Monday in the configured zone, null over all.
    `tail_user_share`: share of the user with most turns among the turns at or above the estimate.
    """

    period_kind: Literal["overall", "week"]
    period_start: datetime | None
    series: Series
    statistic: Statistic
    quantile: float
    n_turns: int
    n_open_turns: int
    n_sessions: int
    n_users: int
    top_user_share: float | None
    tail_user_share: float | None
    estimate_seconds: float | None
    interval_low_seconds: float | None
    interval_high_seconds: float | None
    lower_rank: int | None
    upper_rank: int | None
    needed_turn_count: int
    withheld_reason: str | None


# Unknown users are one group that counts as no user: what they share is not one person's for certain.
_TURNS_SQL = """
    select started_week, started_local_date, wall_seconds, net_seconds, is_open, session_id, user_id
    from marts.fct_turns
    where is_interactive and has_agent_work
    order by started_at, turn_id
"""


@dataclass(frozen=True)
class Turns:
    """Columns of the turns of a period, aligned; `user` is −1 where the user is unknown."""

    day: NDArray[np.int64]
    seconds: dict[Series, NDArray[np.float64]]
    session: NDArray[np.int64]
    user: NDArray[np.int64]
    open_count: int

    def where(self, mask: NDArray[np.bool_], *, open_count: int) -> "Turns":
        seconds = {series: values[mask] for series, values in self.seconds.items()}
        return Turns(self.day[mask], seconds, self.session[mask], self.user[mask], open_count)


def turn_durations(facts: BuiltFacts) -> list[TurnDurationEstimate]:
    """Rows over all turns and by week, from `marts.fct_turns`."""
    return turn_duration_estimates(read_turns(facts.connection))


def read_turns(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The turns that may enter estimates, open ones included, in a fixed order."""
    return connection.execute(_TURNS_SQL).to_arrow_table()


def turn_duration_estimates(table: pa.Table) -> list[TurnDurationEstimate]:
    """Rows over all turns and by week, in the order of period, series and statistic; [] without turns."""
    if not table.num_rows:
        return []
    week = _days(table, "started_week")
    is_open = np.asarray(table["is_open"].to_numpy(zero_copy_only=False), dtype=bool)
    turns = Turns(
        day=_days(table, "started_local_date"),
        seconds={
            series: np.asarray(table[f"{series}_seconds"].to_numpy(), dtype=np.float64) for series in SERIES
        },
        session=_codes(table, "session_id"),
        user=_codes(table, "user_id"),
        open_count=0,
    )
    closed = ~is_open
    rows = list(_of_period("overall", None, turns=turns.where(closed, open_count=int(is_open.sum()))))
    for start in np.unique(week):
        inside = week == start
        ended = turns.where(inside & closed, open_count=int((inside & is_open).sum()))
        rows += _of_period("week", _EPOCH + timedelta(days=int(start)), turns=ended)
    return rows


def _of_period(
    kind: Literal["overall", "week"], start: datetime | None, *, turns: Turns
) -> Iterator[TurnDurationEstimate]:
    for series in SERIES:
        for statistic, quantile in QUANTILES.items():
            estimate = estimate_quantile(np.sort(turns.seconds[series]), quantile)
            yield _row(kind, start, turns=turns, series=series, statistic=statistic, found=estimate)
        if kind == "week":
            yield _row(kind, start, turns=turns, series=series, statistic="p999_daily_mean", found=None)


def _row(
    kind: Literal["overall", "week"],
    start: datetime | None,
    *,
    turns: Turns,
    series: Series,
    statistic: Statistic,
    found: QuantileEstimate | None,
) -> TurnDurationEstimate:
    """One estimate; without `found` it is the mean of the days' p99.9."""
    quantile = QUANTILES["p999"] if found is None else QUANTILES[statistic]
    needed, values = needed_sample_size(quantile), turns.seconds[series]
    if found is None:
        estimate, smallest = _daily_mean(turns.day, values, quantile=quantile)
        withheld = f"a_day_below_{needed}_turns" if smallest < needed else None
    else:
        estimate = found.estimate
        withheld = f"fewer_than_{needed}_turns" if len(values) < needed else None
    shown = withheld is None and estimate is not None
    tail = turns.user[values >= estimate] if shown and estimate is not None else turns.user[:0]
    with_interval = found if shown else None
    return TurnDurationEstimate(
        period_kind=kind,
        period_start=start,
        series=series,
        statistic=statistic,
        quantile=quantile,
        n_turns=len(values),
        n_open_turns=turns.open_count,
        n_sessions=len(np.unique(turns.session)),
        n_users=len(np.unique(turns.user[turns.user >= 0])),
        top_user_share=_top_share(turns.user),
        tail_user_share=_top_share(tail),
        estimate_seconds=estimate if shown else None,
        interval_low_seconds=with_interval.interval_low if with_interval else None,
        interval_high_seconds=with_interval.interval_high if with_interval else None,
        lower_rank=with_interval.ranks.lower if with_interval else None,
        upper_rank=with_interval.ranks.upper if with_interval else None,
        needed_turn_count=needed,
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


def _top_share(users: NDArray[np.int64]) -> float | None:
    """Share of the most frequent user; unknown users are one. None where there is nothing to share."""
    if not len(users):
        return None
    _, counts = np.unique(users, return_counts=True)
    return float(counts.max() / counts.sum())


def _codes(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A number per distinct text of a column, −1 for null."""
    encoded = table[name].combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _days(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A date column as days since 1970."""
    days = table[name].cast(pa.date32()).cast(pa.int32())
    return np.asarray(days.to_numpy(), dtype=np.int64)
