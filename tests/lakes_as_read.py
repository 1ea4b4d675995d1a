"""The raw tables of a lake as dbt reads them: whatever the files are, the rows with their date.

Test support: a lake and its copy by month must read the same.
"""

from pathlib import Path
from typing import Any

import duckdb

from orchestration.landing.lake import raw_lake_tables


def rows_read(lake_dir: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows by table, sorted; the name of a month is no column that anything reads."""
    with duckdb.connect() as connection:
        found = {}
        for table in raw_lake_tables():
            relation = connection.sql(
                f"from read_parquet('{lake_dir}/{table.folder}/*/*.parquet', "
                "hive_partitioning = true, union_by_name = true)"
            )
            columns = [name for name in relation.columns if name != "month"]
            rows = relation.select(*(duckdb.ColumnExpression(name) for name in sorted(columns)))
            found[table.name] = [
                dict(zip(rows.columns, row, strict=True)) for row in rows.order("all").fetchall()
            ]
        return found


def part_of(table: str, month: str = "2026-03") -> str:
    """The file of a raw table's month in the copy."""
    return f"raw/{table}/month={month}/part.parquet"
