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

REPEATING = ("rpt_published_beside_own", "rpt_primary_tests")
"""Tables that repeat figures of others, some values of a segment alone: they count nothing of their own."""

CELL = (
    "agent", "metric_name", "statistic", "specification", "population", "labeller", "fingerprint",
    "period_kind", "period_start", "segment_name", "segment_value",
)  # fmt: skip
"""Columns by which a repeated figure is found in the table that has it."""

TOLD = ("estimate", "interval_low", "interval_high", "n_sessions", "n_users", "unknown_share")
"""Columns of a repeated figure, which tell a reader what the figure itself hides."""


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
    if not frames:
        return pd.DataFrame(columns=["table_name", *COLUMNS])
    return without_repeats(pd.concat(frames, ignore_index=True))


def without_repeats(figures: pd.DataFrame) -> pd.DataFrame:
    """The figures with each one once: what a repeated row shows stands in the row that it repeats.

    A repeated row of a figure that no other table has (a layer that is left out) stays if it shows anything.
    """
    is_repeat = figures["table_name"].isin(REPEATING)
    texts = figures[list(CELL)].astype(object).where(figures[list(CELL)].notna(), "").astype(str)
    keys = pd.Series(list(texts.itertuples(index=False, name=None)), index=figures.index, dtype=object)
    keys = keys.map("|".join)
    own, repeats = figures[~is_repeat].copy(), figures[is_repeat]
    shown = repeats.assign(key=keys).groupby("key")[list(TOLD)].first()
    found = shown.reindex(keys[~is_repeat].to_numpy()).set_axis(own.index)
    for column in TOLD:
        own[column] = own[column].astype(object).where(own[column].notna(), found[column])
    is_alone = ~keys[is_repeat].isin(keys[~is_repeat]) & repeats[list(TOLD)].notna().any(axis=1)
    return pd.concat([own, repeats[is_alone]], ignore_index=True)


def _read_durations(connection: duckdb.DuckDBPyConnection, schema: str) -> pd.DataFrame:
    rows = connection.execute(f"from {schema}.{DURATIONS}").df()
    found = duration_figures(rows).assign(is_suppressed=lambda figures: figures["numerator"].isna())
    return found.reindex(columns=[*COLUMNS, "table_name"])


def _read(connection: duckdb.DuckDBPyConnection, schema: str, table: str, names: list[str]) -> pd.DataFrame:
    chosen = ", ".join(name for name in COLUMNS if name in names)
    frame = connection.execute(f"select {chosen} from {schema}.{table}").df()  # noqa: S608 - names of ours
    return frame.reindex(columns=COLUMNS).assign(table_name=table)
