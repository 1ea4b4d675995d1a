"""The tables that Spark built, as views of the warehouse file under the names that DuckDB's build gives.

Belongs here: one view per table over its Parquet files, with the types that its contract declares. Not here:
who builds the tables (warehouse, spark_tables), who reads the views: estimates, metrics, gates and the
release know no difference.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing.spark_connection import SparkError, SparkPlace
from orchestration.publishing.spark_tables import RESULT_SCHEMAS


def make_views(warehouse_path: Path, place: SparkPlace, nodes: Iterable[Any]) -> int:
    """Make a view for each of these nodes that is a table; returns how many. Raises SparkError without files.

    `nodes` are those of a parsed project: of all of it, or of what was built alone.
    """
    made = 0
    with duckdb.connect(str(warehouse_path)) as connection:
        for node in nodes:
            schema = node.config.get("schema")
            if node.config.get("materialized") not in ("table", "seed") or schema not in RESULT_SCHEMAS:
                continue
            folder = place.folder_of(schema) / node.alias
            if not any(folder.glob("*.parquet")):
                raise SparkError(
                    f"Spark built {schema}.{node.alias}, and no file of it is in {folder}: set spark_folder "
                    "to a folder that has the same path for Spark and here."
                )
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(_view(connection, f"{schema}.{node.alias}", folder, _declared(node)))
            made += 1
    return made


def _declared(node: Any) -> dict[str, str]:
    """Types that the contract of a table declares, by column."""
    if not node.config.get("contract", {}).enforced:
        return {}
    return {name: str(column.data_type) for name, column in node.columns.items()}


def _view(connection: duckdb.DuckDBPyConnection, name: str, folder: Path, declared: dict[str, str]) -> str:
    place = str(folder / "*.parquet").replace("'", "''")
    source = f"read_parquet('{place}', hive_partitioning = false)"
    found = connection.execute(f"describe select * from {source}").fetchall()  # noqa: S608 - a path of ours
    columns = ", ".join(
        f'cast("{column}" as {declared[column]}) as "{column}"' if column in declared else f'"{column}"'
        for column, *_ in found
    )
    return f"create or replace view {name} as select {columns} from {source}"  # noqa: S608 - names of ours
