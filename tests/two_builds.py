"""Two builds of the same facts, held against each other table by table.

Test support: rows are compared as sets that may hold a row twice, numbers within a bound. Both files are read
by DuckDB, so that both are sorted in one order.
"""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

NUMBERS = ("DOUBLE", "FLOAT", "DECIMAL")


@dataclass
class Comparison:
    """What was compared. `largest`: by table and column, the largest difference that is not zero."""

    tables: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def compare(one: Path, other: Path, schemas: tuple[str, ...], *, within: float) -> Comparison:
    """Every table of `one` in these schemas with that of the same name in `other`, a table or a view."""
    found = Comparison()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        # A view names its own database, which is called like its file.
        connection.execute(f"attach '{other}' as {other.stem} (read_only)")
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'one'"
            " and list_contains(?, schema_name) order by 1",
            [list(schemas)],
        ).fetchall()
        for (table,) in tables:
            found.tables.append(table)
            _compare(connection, table, other.stem, found, within)
    return found


def _compare(
    connection: duckdb.DuckDBPyConnection, table: str, other: str, found: Comparison, within: float
) -> None:
    columns, others = _columns(connection, "one", table), _columns(connection, other, table)
    if columns != others:
        differing = sorted(set(columns.items()) ^ set(others.items()))
        found.wrong.append(f"{table}: columns differ: {differing}")
        return
    numbers = [name for name, kind in columns.items() if kind.startswith(NUMBERS)]
    plain = [name for name in columns if name not in numbers]
    order = ", ".join([*map(_quoted, plain), *(f"round({_quoted(name)}, 6)" for name in numbers)])
    sorted_rows = "(select *, row_number() over (order by {order}) as place from {database}.{table})"
    one, two = (sorted_rows.format(order=order, database=name, table=table) for name in ("one", other))
    counted = [f"count(*) filter (a.{_quoted(name)} is distinct from b.{_quoted(name)})" for name in plain]
    counted += [
        f"count(*) filter ((a.{_quoted(name)} is null) <> (b.{_quoted(name)} is null))" for name in numbers
    ]
    counted += [f"coalesce(max(abs(a.{_quoted(name)} - b.{_quoted(name)})), 0)" for name in numbers]
    row = connection.execute(
        f"select count(a.place), count(b.place), {', '.join(counted)} "  # noqa: S608 - names of the catalogue
        f"from {one} as a full join {two} as b on a.place = b.place"
    ).fetchone()
    assert row is not None
    here, there, *results = row
    found.rows[table] = here
    if here != there:
        found.wrong.append(f"{table}: {here} and {there} rows")
    for name, count in zip([*plain, *numbers], results, strict=False):
        if count:
            found.wrong.append(f"{table}.{name}: {count} of {here} rows differ")
    for name, difference in zip(numbers, results[len(plain) + len(numbers) :], strict=True):
        if difference:
            found.largest[f"{table}.{name}"] = difference
        if difference > within:
            found.wrong.append(f"{table}.{name}: differs by {difference}")


def _columns(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> dict[str, str]:
    schema, name = table.split(".")
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = ? and schema_name = ?"
            " and table_name = ? order by column_index",
            [database, schema, name],
        ).fetchall()
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
