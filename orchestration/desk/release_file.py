"""A release as an analyst opens it: one DuckDB file, read only, closed to everything else on the machine.

Belongs here: finding and opening the file, which tables it has and what they mean, by its own comments. Not
here: writing a release (publishing), what is typed at the desk (shell), how a result looks (result_table).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import duckdb

from orchestration.failures import WrongInputError
from orchestration.publishing.dictionary import first_sentence
from orchestration.publishing.release import current_release

MARTS_FILE = "marts.duckdb"
METRICS_FILE = "metrics.duckdb"


class NoReleaseError(WrongInputError):
    """There is no release to ask; the message says how one is made."""


@dataclass(frozen=True)
class ReleaseTable:
    """One table of the opened file, by the name that a query uses, with its comment."""

    full_name: str
    comment: str

    @property
    def grain(self) -> str:
        """The comment's first sentence: "One row per …"."""
        return first_sentence(self.comment)


@dataclass(frozen=True)
class ReleaseColumn:
    """One column of a table of the opened file, with its comment."""

    name: str
    type_name: str
    comment: str


def current_file(home: Path, *, command: str, demo: Path | None = None) -> Path:
    """The file of the home's current release that holds marts and metrics.

    Raises NoReleaseError, whose message names `command`, which makes a release, and the home `demo` if that
    has one: whoever has just made it may forget to name it.
    """
    folder = current_release(home)
    if folder is None:
        hint = ""
        if demo is not None and current_release(demo) is not None:
            hint = (
                f"\nThe demo's release is in {demo}: name it by HOME_DIR={demo.name} (make) or --home {demo}."
            )
        raise NoReleaseError(f"There is no release in {home} yet. Make one: {command}{hint}")
    return folder / MARTS_FILE


@contextmanager
def opened_release(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file, read only, whatever it is called; a query can reach no other file, database or host.

    Raises NoReleaseError where there is no such file or it is no DuckDB database.
    """
    if not path.is_file():
        raise NoReleaseError(f"There is no file {path}. A release contains {MARTS_FILE} and {METRICS_FILE}.")
    connection = duckdb.connect(":memory:")
    try:
        _attach(connection, path)
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Attach the file by the name that its queries use: a release that was given away may be called anything.

    marts.duckdb is the file that holds a schema `metrics` (release_copy).
    """
    quoted = "'" + str(path).replace("'", "''") + "'"
    try:
        connection.execute(f"attach {quoted} as opened (read_only)")
    except duckdb.Error as error:
        raise NoReleaseError(f"{path} cannot be opened as a DuckDB database: {error}") from error
    schemas = connection.execute("select schema_name from duckdb_schemas() where database_name = 'opened'")
    name = "marts" if ("metrics",) in schemas.fetchall() else "metrics"
    connection.execute(f"detach opened; attach {quoted} as {name} (read_only); use {name}")


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[ReleaseTable]:
    """Every table, marts first, by name.

    Tables of the file's own schema are in `main`, and are called by the file's name (release_copy).
    """
    rows = connection.execute(
        "select case schema_name when 'main' then database_name else schema_name end || '.' || table_name"
        " as full_name, coalesce(comment, '') from duckdb_tables()"
        " where database_name = current_database() order by full_name"
    ).fetchall()
    return [ReleaseTable(*row) for row in rows]


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[ReleaseTable, list[ReleaseColumn]]:
    """A table by its name, with or without its schema, and its columns in order.

    Raises WrongInputError for a table that the file does not have, naming those with similar names.
    """
    tables = {one.full_name: one for one in tables_of(connection)}
    short = {name.partition(".")[2]: one for name, one in tables.items()}
    found = tables.get(table) or short.get(table)
    if found is None:
        near = get_close_matches(table.rpartition(".")[2], short, n=3, cutoff=0.75)
        meant = f" Did you mean {', '.join(near)}?" if near else ""
        raise WrongInputError(f"There is no table {table} in this release.{meant} .tables lists them all.")
    rows = connection.execute(
        "select column_name, lower(data_type), coalesce(comment, '') from duckdb_columns()"
        " where database_name = current_database() and table_name = ? order by column_index",
        [found.full_name.partition(".")[2]],
    ).fetchall()
    return found, [ReleaseColumn(*row) for row in rows]
