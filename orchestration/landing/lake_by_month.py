"""The lake once more, a file per table and month, for dbt: a file per date costs it most of its time.

Belongs here: which months are copied anew, and putting a copy in its place. Not here: the lake, where a
date is replaced whole and which stays the truth; who reads the copy (publishing). The copy lies beside the
warehouse and is, like it, made anew where it is missing: a deleted person's rows leave it with its folder.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import duckdb

from orchestration.ingest.rows import PARTITION_COLUMN
from orchestration.landing.bounded_duckdb import bounded_duckdb
from orchestration.landing.journal import Step, no_step, sync_path, write_json
from orchestration.landing.lake import PART_FILE, ROW_GROUP_ROWS

DATED = ("raw", "labels")
"""Folders of the lake whose tables have a file per date; the others are linked to as they are."""

RECORD = "made_from.json"
"""What each month of the copy was made from; written last."""

SIDE_BY_SIDE = 2
"""Months that are copied at once."""


class CopiedMonths(NamedTuple):
    """Files of the copy: those written anew, those that were current, those removed."""

    written: int
    kept: int
    removed: int


class _Month(NamedTuple):
    """The dates' files of one table and month, and what changes whenever one of them does."""

    files: Sequence[Path]
    made_from: str


def lake_by_month(warehouse_path: Path) -> Path:
    """Where the copy of a warehouse lies."""
    return warehouse_path.with_name("lake_by_month")


def copy_by_month(
    lake_dir: Path, folder: Path, *, memory_gb: float | None = None, step: Step = no_step
) -> CopiedMonths:
    """Copy each month of which a date has changed since it was copied; the date becomes a column.

    Rows keep the order of dates and files. A month that no date has any more goes. A kill leaves each month
    old or new, and the next call copies those that the record does not know. The caller holds the lock of
    the home.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = _record(folder)
    months = dict(_months(lake_dir))
    stale = {
        name: month
        for name, month in months.items()
        if known.get(name) != month.made_from or not (folder / name).exists()
    }
    gone = known.keys() - months.keys()
    for name in sorted(gone):
        (folder / name).unlink(missing_ok=True)
        step(f"removed {name}")
    with bounded_duckdb(folder / "spill", memory_gb=memory_gb) as connection:
        # A thread per file and not several for one: the files of dates are too small to be shared out.
        connection.execute("set threads = 1; set parquet_metadata_cache = true")

        def copy(name: str) -> None:
            _copy(connection.cursor(), stale[name].files, folder / name)
            step(f"copied {name}")

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for _ in pool.map(copy, stale):
                pass
    _link_others(lake_dir, folder)
    if stale or gone:
        write_json(folder / RECORD, {name: month.made_from for name, month in months.items()})
    return CopiedMonths(len(stale), len(months) - len(stale), len(gone))


def _record(folder: Path) -> Mapping[str, str]:
    """What the copy was made from; nothing where it cannot be read."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(made_from) for name, made_from in found.items()}


def _months(lake_dir: Path) -> Iterator[tuple[str, _Month]]:
    """Every month of every dated table, by its file in the copy."""
    for section in DATED:
        for table in sorted((lake_dir / section).glob("*/")):
            dates: dict[str, list[os.DirEntry[str]]] = defaultdict(list)
            for day in sorted(table.glob(f"{PARTITION_COLUMN}=*")):
                with os.scandir(day) as found:
                    files = [entry for entry in found if entry.name.endswith(".parquet")]
                dates[day.name.partition("=")[2][:7]] += sorted(files, key=lambda entry: entry.name)
            for month, entries in dates.items():
                if entries:
                    name = f"{section}/{table.name}/month={month}/{PART_FILE}"
                    yield name, _Month([Path(entry.path) for entry in entries], _made_from(entries))


def _made_from(entries: Sequence[os.DirEntry[str]]) -> str:
    """A date's file is never written to, but replaced: another file has another number or time."""
    digest = blake2b(digest_size=16)
    for entry in entries:
        found = entry.stat()
        digest.update(f"{entry.path} {found.st_ino} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _copy(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    listed = ", ".join(_text(path) for path in files)
    connection.execute(
        f"copy (from read_parquet([{listed}], hive_partitioning = true, union_by_name = true)) "
        f"to {_text(partial)} (format parquet, compression zstd, row_group_size {ROW_GROUP_ROWS})"
    )
    sync_path(partial)
    partial.replace(target)


def _link_others(lake_dir: Path, folder: Path) -> None:
    """Links to what has no dates; relative, for a home may be moved."""
    for found in lake_dir.iterdir():
        link = folder / found.name
        if found.is_dir() and found.name not in DATED and not link.is_symlink():
            link.symlink_to(os.path.relpath(found, folder), target_is_directory=True)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
