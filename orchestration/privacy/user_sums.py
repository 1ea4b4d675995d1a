"""The sums of a metric as arrays: what every user adds to each of its cells.

Belongs here: reading the coarsened sums, one `Series` per metric and labeller. Not here: which cells add up
(partitions), which of them are hidden (decide).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import duckdb
import numpy as np
import pandas as pd

from orchestration.privacy.coarsen import INDEPENDENT_SEGMENTS

CELL = ("period_kind", "period_start", "segment_name", "segment_value", "fingerprint")
"""What tells one cell of a series from another; the fingerprint only where values are independent."""

_COLUMNS = (
    "agent, metric_name, metric_kind, labeller, period_kind, period_start, segment_name, segment_value,"
    " fingerprint, merged_values, user_id, numerator, denominator, session_count, unknown_count"
)


@dataclass(frozen=True)
class Series:
    """One metric of one labeller. Arrays have one row per cell (of `cells`, in order), one column per user.

    `population` is the denominator (of a count: what is counted), `counted` the numerator, `sessions` and
    `unknown` the sessions behind them and those not settled. `is_known` is false for the column of unknown
    users, who are one group and no user. `cells` say which are `is_empty` (empty_cells). `kind`: rate, share,
    mean or count.
    """

    table: str
    agent: str
    metric: str
    kind: str
    labeller: str | None
    cells: pd.DataFrame
    population: Any
    counted: Any
    sessions: Any
    unknown: Any
    is_known: Any
    users: Any


def all_series(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str], *, schema: str
) -> Iterator[Series]:
    """The series of every table of rates; `tables`: published table → model of its sums."""
    for table, model in tables.items():
        sums = connection.execute(
            f"select {_COLUMNS} from memory.{schema}.{model} order by all"  # noqa: S608 - names of ours
        ).df()
        yield from series_of(table, sums)


def series_of(table: str, sums: pd.DataFrame) -> Iterator[Series]:
    """The series of one table: `sums` has the columns of an `int_…__summed` model and `merged_values`."""
    sums = sums.assign(
        period_start=pd.to_datetime(sums["period_start"]),
        fingerprint=sums["fingerprint"].where(sums["segment_name"].isin(INDEPENDENT_SEGMENTS)),
        user_id=sums["user_id"].fillna(""),
    )
    by = ["agent", "metric_name", "metric_kind", "labeller"]
    for key, found in sums.groupby(by, dropna=False, sort=True):
        agent, metric, kind, labeller = cast("tuple[Any, ...]", key)
        label = None if pd.isna(labeller) else str(labeller)
        yield _series(table, str(agent), str(metric), str(kind), label, found)


def _series(
    table: str, agent: str, metric: str, kind: str, labeller: str | None, found: pd.DataFrame
) -> Series:
    keys = found.groupby(list(CELL), dropna=False, sort=True)
    cells = keys["merged_values"].first().reset_index().assign(is_empty=False)
    users, column = np.unique(found["user_id"].to_numpy(str), return_inverse=True)
    row, shape = keys.ngroup().to_numpy(), (len(cells), len(users))

    def filled(name: str) -> Any:
        values = np.zeros(shape)
        np.add.at(values, (row, column), found[name].fillna(0).to_numpy(float))
        return values

    counted = filled("numerator")
    return Series(
        table=table, agent=agent, metric=metric, kind=kind, labeller=labeller, cells=cells,
        population=counted if kind == "count" else filled("denominator"), counted=counted,
        sessions=filled("session_count"), unknown=filled("unknown_count"), is_known=users != "", users=users,
    )  # fmt: skip
