"""Everything that can be read below a folder: names, bytes, and what is inside compressed formats.

For tests that something is nowhere: zstd objects, Parquet, DuckDB and SQLite are opened, and their raw
bytes are given as well, so that free pages and forgotten columns count too.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import zstandard

_TOKEN = re.compile(rb"[A-Za-z0-9_-]{4,}")


def readable_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file's relative name with each of its readings; links are not followed."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield name, name.encode()
        if path.is_symlink():
            yield name, str(path.readlink()).encode()
        elif path.is_file():
            yield name, path.read_bytes()
            for text in _inside(path):
                yield name, text


def places_of(folder: Path, words: Iterable[str]) -> dict[str, set[str]]:
    """Where any of the words stands below a folder: file → words. Whole words of letters, digits, `-_`."""
    wanted = {word.encode() for word in words}
    assert all(_TOKEN.fullmatch(word) for word in wanted), "only whole words of four signs or more"
    found: dict[str, set[str]] = {}
    for name, content in readable_below(folder):
        for word in wanted.intersection(_TOKEN.findall(content)):
            found.setdefault(name, set()).add(word.decode())
    return found


def _inside(path: Path) -> Iterator[bytes]:
    if path.suffix == ".zst":
        yield zstandard.ZstdDecompressor().decompress(path.read_bytes())
    elif path.suffix == ".parquet":
        table = pq.read_table(path, partitioning=None)
        for column in table.columns:
            yield "\n".join(str(value) for value in column.to_pylist()).encode()
    elif path.suffix == ".duckdb":
        yield from _in_duckdb(path)


def _in_duckdb(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            found = connection.execute(f'select * from "{schema}"."{table}"').to_arrow_table()  # noqa: S608
            for column in found.columns:
                yield "\n".join(str(value) for value in column.to_pylist()).encode()
