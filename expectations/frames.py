"""Staged Parquet or the built warehouse → the small frames that gates are judged on.

Belongs here: views over a batch of dates, sizes of batches, running a gate's statement. Not here: what a
frame projects and what must hold (suites), the judging (judge_frame). Transcript text is read by DuckDB
where a rule looks for patterns in it, and never leaves it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.git_rows import GIT_TABLES

if TYPE_CHECKING:
    import pandas as pd

Connection = duckdb.DuckDBPyConnection

FrameError = duckdb.Error
"""A file or column that a frame needs cannot be read."""

MAX_FRAME_ROWS = 250_000
"""Rows judged at once: a million rows of twenty columns took 1.2 GB, and a date can be judged alone."""

Staged = Mapping[date, Mapping[str, Path]]
"""Staged Parquet file per table, for each date; a table that is absent has no rows that day."""


def date_batches(staged: Staged, *, max_rows: int = MAX_FRAME_ROWS) -> Iterator[tuple[date, ...]]:
    """Dates in order, grouped so that no table of a group has more rows than `max_rows`.

    A date with more is a group of its own. An unreadable file counts as no rows: judging it says so.
    """
    group: list[date] = []
    totals: dict[str, int] = {}
    for day in sorted(staged):
        counts = {table: _row_count(path) for table, path in staged[day].items()}
        grown = {t: totals.get(t, 0) + counts.get(t, 0) for t in totals.keys() | counts.keys()}
        if group and max(grown.values(), default=0) > max_rows:
            yield tuple(group)
            group, grown = [], counts
        group.append(day)
        totals = grown
    if group:
        yield tuple(group)


def open_staged(staged: Staged, dates: Sequence[date], schemas: Mapping[str, pa.Schema]) -> Connection:
    """A connection in which every table of `schemas` is a view over `dates`, with its `session_date`.

    The date comes from the mapping, not from the path. Raises FrameError for an unreadable file.
    """
    connection = duckdb.connect(":memory:")
    try:
        for table, schema in schemas.items():
            paths = {str(staged[day][table]): day for day in dates if table in staged[day]}
            _create_view(connection, table, schema, paths)
    except BaseException:
        connection.close()
        raise
    return connection


def open_git(files: Mapping[str, Path]) -> Connection:
    """A connection in which every table of git is a view, `git_<name>`; raises FrameError for a bad file."""
    connection = duckdb.connect(":memory:")
    try:
        for table in GIT_TABLES:
            if table.name in files:
                # No prepared view: the statement's own string is quoted.
                path = str(files[table.name]).replace("'", "''")
                source = f"read_parquet('{path}')"
            else:
                connection.register(f"empty_{table.name}", table.schema.empty_table())
                source = f"empty_{table.name}"
            connection.execute(f"create view git_{table.name} as select * from {source}")  # noqa: S608 - ours
    except BaseException:
        connection.close()
        raise
    return connection


def open_warehouse(path: Path) -> Connection:
    """The built warehouse, read-only; raises FrameError where it is absent or being written."""
    return duckdb.connect(str(path), read_only=True)


def metric_columns(connection: Connection) -> dict[str, list[str]]:
    """Columns of each table of the schema `metrics`, in order."""
    rows = connection.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'metrics' order by table_name, ordinal_position"
    ).fetchall()
    columns: dict[str, list[str]] = {}
    for table, column in rows:
        columns.setdefault(table, []).append(column)
    return columns


def read_frame(connection: Connection, statement: str) -> "pd.DataFrame":
    """The frame of one gate; raises FrameError where a column is missing."""
    return connection.execute(statement).df()


def _create_view(connection: Connection, table: str, schema: pa.Schema, paths: Mapping[str, date]) -> None:
    if not paths:
        empty = schema.append(pa.field("session_date", pa.string())).empty_table()
        connection.register(table, empty)
        return
    files = ", ".join(_quoted(path) for path in paths)
    dates = ", ".join(f"({_quoted(path)}, '{day.isoformat()}')" for path, day in paths.items())
    rows = f"read_parquet([{files}], filename = true, hive_partitioning = false)"
    columns = f"select f.* exclude (filename), d.session_date from {rows} as f"  # noqa: S608 - paths quoted
    days = f"join (values {dates}) as d (filename, session_date) on f.filename = d.filename"
    connection.execute(f"create view {table} as {columns} {days}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _row_count(path: Path) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowInvalid):
        return 0
