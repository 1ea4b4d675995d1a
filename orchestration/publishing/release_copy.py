"""Copies the published schemas of the warehouse into the files of a release.

Belongs here: which schema goes into which file, the storage version analysts' clients can read, comments
and constraints of the tables. Not here: when a release is made and becomes current (release), what a table or
column means (dictionary).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import duckdb

from orchestration.landing.bounded_duckdb import bounded_duckdb
from orchestration.landing.journal import Step
from orchestration.publishing.dictionary import Table

MARTS = "marts"
METRICS = "metrics"

STORAGE_VERSION = "v1.2.0"
"""Any DuckDB from 1.2 on reads it; files in the default format of 2.x are closed to 1.x (ADR 0003)."""

DATABASES: dict[str, dict[str, str]] = {
    "marts.duckdb": {MARTS: "main", METRICS: METRICS},
    "metrics.duckdb": {METRICS: "main"},
}
"""Files of a release and, for each schema of the warehouse they hold, its schema in the file.

A schema named like its file is an ambiguous reference for DuckDB, which calls the database by the file's
name. Its tables therefore lie in `main`, and `marts.fct_sessions` and `metrics.rpt_activity` work in
either file, attached or opened. metrics.duckdb must never hold a row-level table.
"""


class NothingToPublishError(Exception):
    """A published schema of the warehouse has no table; the message names it."""


class BuiltWarehouse(NamedTuple):
    """The file that dbt built, and its published tables by `<schema>.<table>`, for their comments."""

    path: Path
    described: Mapping[str, Table] = MappingProxyType({})


def copy_databases(
    warehouse: BuiltWarehouse, folder: Path, *, step: Step, memory_gb: float | None = None
) -> dict[str, int]:
    """Write databases and Parquet into `folder`; returns rows by `<schema>.<table>`.

    DuckDB copies, within `memory_gb` (None: its own default), and spills into `folder`. Views become
    tables. Each file is made from nothing: a database that held more before keeps deleted rows in its free
    blocks.
    """
    with _attached(warehouse.path, folder, memory_gb=memory_gb) as connection:
        tables = {schema: _tables(connection, schema) for schema in (MARTS, METRICS)}
        columns = _columns(connection)
        for file_name, schemas in DATABASES.items():
            _open_copy(connection, folder / file_name)
            comments: list[str] = []
            for schema, target in schemas.items():
                comments += _copy_schema(
                    connection,
                    schema,
                    {name: columns[f"{schema}.{name}"] for name in tables[schema]},
                    target=target,
                    described=warehouse.described,
                )
            _write_comments(connection, comments)
            _close_copy(connection)
            step(f"{file_name} written")
        row_counts = {}
        for schema, names in tables.items():
            (folder / "parquet" / schema).mkdir(parents=True)
            for name in names:
                full_name = f"{schema}.{name}"
                row_counts[full_name] = _copy_parquet(
                    connection, folder, schema, name, described=warehouse.described.get(full_name)
                )
        step("parquet written")
    return row_counts


@contextmanager
def _attached(
    warehouse_path: Path, folder: Path, *, memory_gb: float | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the warehouse attached read-only as `build`."""
    with bounded_duckdb(folder / "spill", memory_gb=memory_gb) as connection:
        connection.execute(f"attach {_text(str(warehouse_path))} as build (read_only)")
        yield connection


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """Tables and views of a published schema, sorted."""
    rows = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = 'build' and table_schema = ? order by table_name",
        [schema],
    ).fetchall()
    if not rows:
        raise NothingToPublishError(
            f"The warehouse has no table in schema {schema}; build the dbt project before publishing."
        )
    return [name for (name,) in rows]


def _open_copy(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Begin one database file, attached as `release`."""
    version = _text(STORAGE_VERSION)
    connection.execute(f"attach {_text(str(path))} as release (storage_version {version})")


def _close_copy(connection: duckdb.DuckDBPyConnection) -> None:
    """Finish the file: nothing may be left in a write-ahead log, which readers could not replay."""
    connection.execute("checkpoint release")
    connection.execute("detach release")


def _copy_schema(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    tables: Mapping[str, Sequence["_Column"]],
    *,
    target: str,
    described: Mapping[str, Table],
) -> list[str]:
    """Copy the tables of a schema; returns the statements that comment on what is described.

    A view forbids no null itself, but what it is described by does.
    """
    comments: list[str] = []
    connection.execute(f"create schema if not exists release.{_name(target)}")
    for name, columns in tables.items():
        source = f"build.{_name(schema)}.{_name(name)}"
        copy = f"release.{_name(target)}.{_name(name)}"
        table = described.get(f"{schema}.{name}")
        required = {column.name for column in table.columns if column.is_required} if table else set()
        definitions = [column.definition(is_required=column.name in required) for column in columns]
        connection.execute(f"create table {copy} ({', '.join(definitions)})")
        connection.execute(f"insert into {copy} select * from {source}")  # noqa: S608 - names are quoted
        if table is not None:
            comments += _comments(copy, table, {column.name for column in columns})
    return comments


class _Column(NamedTuple):
    name: str
    type_name: str
    is_nullable: bool

    def definition(self, *, is_required: bool) -> str:
        may_be_null = self.is_nullable and not is_required
        return f"{_name(self.name)} {self.type_name}{'' if may_be_null else ' not null'}"


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[_Column]]:
    """Columns of all tables and views by `<schema>.<table>`: asked table by table, this takes a second."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type, is_nullable from duckdb_columns()"
        " where database_name = 'build' order by schema_name, table_name, column_index"
    ).fetchall()
    found: dict[str, list[_Column]] = {}
    for table, *column in rows:
        found.setdefault(table, []).append(_Column(*column))
    return found


def _comments(copy: str, table: Table, built: set[str]) -> list[str]:
    return [f"comment on table {copy} is {_text(table.description)}"] + [
        f"comment on column {copy}.{_name(column.name)} is {_text(column.description)}"
        for column in table.columns
        if column.name in built
    ]


def _write_comments(connection: duckdb.DuckDBPyConnection, comments: Sequence[str]) -> None:
    """All comments of a file in one transaction: half a second for 1,400, which take 5 s one by one."""
    connection.execute("; ".join(["begin", *comments, "commit"]))


def _copy_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, schema: str, name: str, *, described: Table | None
) -> int:
    """One table as Parquet; returns its rows.

    Parquet has no comments: the file's key-value metadata hold the table's description, and those of its
    columns as JSON.
    """
    path = folder / "parquet" / schema / f"{name}.parquet"
    connection.execute(f"use build.{_name(schema)}")
    copied = connection.execute(
        f"copy {_name(name)} to {_text(str(path))} (format parquet, compression zstd{_metadata(described)})"
    ).fetchone()
    if copied is None:
        raise RuntimeError(f"DuckDB did not say how many rows of {schema}.{name} it wrote")
    return int(copied[0])


def _metadata(described: Table | None) -> str:
    """The option that writes the descriptions into a Parquet file."""
    if described is None:
        return ""
    columns = json.dumps({column.name: column.description for column in described.columns})
    return f", kv_metadata {{description: {_text(described.description)}, columns: {_text(columns)}}}"


def _name(identifier: str) -> str:
    """An identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    """A text literal, quoted."""
    return "'" + value.replace("'", "''") + "'"
