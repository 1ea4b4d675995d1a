"""How long a client waits for a metrics table of a release: all of it, and the rows of one metric.

Each reading opens the file anew, as a client does that asks one question; the file is in the page cache.
"""

import time
from pathlib import Path

import duckdb

ROUNDS = 3


def seconds_to_read(database: Path) -> dict[str, float]:
    """Seconds by `table` and `table, filtered` of every `rpt_` table; the best of some rounds."""
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns()"
            " where starts_with(table_name, 'rpt_') group by table_name order by table_name"
        ).fetchall()
    seconds = {}
    for table, names in columns:
        column = "metric_name" if "metric_name" in names else names[0]
        whole = f'select * from "{table}"'  # noqa: S608 - names of the release's own tables
        filtered = f'{whole} where "{column}" = (select max("{column}") from "{table}")'  # noqa: S608 - the same
        seconds[table] = min(_seconds(database, whole) for _ in range(ROUNDS))
        seconds[f"{table}, filtered"] = min(_seconds(database, filtered) for _ in range(ROUNDS))
    return seconds


def _seconds(database: Path, query: str) -> float:
    started = time.perf_counter()
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(query).fetchall()
    return time.perf_counter() - started
