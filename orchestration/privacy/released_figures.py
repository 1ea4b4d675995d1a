"""The published rows of a release, all tables in one frame, as any reader of its file finds them.

Belongs here: reading a file of metrics by the columns that its tables have. Not here: what its counts are
(released_counts).
"""

from pathlib import Path

import duckdb
import pandas as pd

from orchestration.privacy.duration_counts import TABLE as DURATIONS
from orchestration.privacy.duration_counts import duration_figures

COLUMNS = (
    "agent", "metric_name", "metric_kind", "statistic", "specification", "population", "labeller",
    "fingerprint", "period_kind", "period_start", "segment_name", "segment_value", "numerator",
    "denominator", "estimate", "interval_low", "interval_high", "n_sessions", "n_users", "unknown_share",
    "is_suppressed",
)  # fmt: skip
"""Columns that an attack reads, where a table has them."""

TABLES = "rpt_%"


def released_figures(path: Path) -> pd.DataFrame:
    """One row per published row: `table_name` and COLUMNS, missing where a table lacks them.

    `path`: metrics.duckdb of a release, or a warehouse with the schema `metrics`. Raises duckdb's errors.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select schema_name, table_name, list(column_name) from duckdb_columns() "
            "where table_name like ? and schema_name in ('main', 'metrics') group by all order by all",
            [TABLES],
        ).fetchall()
        frames = [
            _read_durations(connection, schema)
            if table == DURATIONS
            else _read(connection, schema, table, names)
            for schema, table, names in found
            if {"agent", "metric_name", "n_sessions", "n_users", "is_suppressed"} <= set(names)
        ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["table_name", *COLUMNS])


def _read_durations(connection: duckdb.DuckDBPyConnection, schema: str) -> pd.DataFrame:
    rows = connection.execute(f"from {schema}.{DURATIONS}").df()
    found = duration_figures(rows).assign(is_suppressed=lambda figures: figures["numerator"].isna())
    return found.reindex(columns=[*COLUMNS, "table_name"])


def _read(connection: duckdb.DuckDBPyConnection, schema: str, table: str, names: list[str]) -> pd.DataFrame:
    chosen = ", ".join(name for name in COLUMNS if name in names)
    frame = connection.execute(f"select {chosen} from {schema}.{table}").df()  # noqa: S608 - names of ours
    return frame.reindex(columns=COLUMNS).assign(table_name=table)
