"""The archive's index in SQLite: which content was seen at which path, and what a scan found in it.

Holds the tables of files and versions and the statements on them; the lineage tables are `lineage.py`,
the bytes `objects.py`. A version is live while some path holds it; a version that another one
extends is kept as a row that names its successor, without object and without scan.
"""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.ingest.archive.decisions import DECISIONS_SCHEMA
from orchestration.ingest.archive.forget import SKIPPED_SCHEMA
from orchestration.ingest.archive.lineage import (
    LINEAGE_SCHEMA,
    LINEAGE_TABLES,
    add_version,
    drop_version,
    remember_sessions,
    to_microseconds,
)
from orchestration.ingest.archive.objects import ArchiveError, has_objects, write_failure
from orchestration.ingest.scanned_file import ScannedFile
from orchestration.ingest.sources.source import TranscriptFile

INDEX_VERSION = 1
"""Raised when a table of the lineage changes its columns: they are then built anew from the archive.

Version 0.1.0 left it at 0. The tables of files and versions keep their columns.
"""

INDEX_SCHEMA = """
create table if not exists settings (name text primary key, value text not null) without rowid;
create table if not exists versions (
    version_id integer primary key,
    content_hash text not null unique,
    source text not null,
    archived_us integer not null,
    archived_date text not null,
    byte_count integer not null,
    superseded_by text,
    is_sidechain integer not null,
    facts text not null
);
create index if not exists versions_by_date on versions (archived_date);
create table if not exists paths (
    path_id integer primary key,
    path text not null unique,
    relative text not null,
    source text not null,
    author text,
    size integer not null,
    modified_ns integer not null,
    first_seen_us integer not null,
    gone_us integer
);
create table if not exists path_versions (
    path_id integer not null,
    version_id integer not null,
    primary key (version_id, path_id)
) without rowid;
create index if not exists path_versions_by_path on path_versions (path_id);
create table if not exists bad_pieces (
    version_id integer not null,
    line_number integer not null,
    byte_offset integer not null,
    byte_count integer not null,
    reason text not null,
    is_object integer not null,
    record_type text,
    primary key (version_id, line_number, byte_offset)
) without rowid;
create table if not exists loose_counts (
    version_id integer not null,
    stamp text,
    record_type text not null,
    record_subtype text,
    disposition text not null,
    cli_version text,
    object_count integer not null
);
create index if not exists loose_counts_by_version on loose_counts (version_id);
create table if not exists doomed_objects (content_hash text primary key) without rowid;
create table if not exists archive_days (day text primary key) without rowid;
"""


@dataclass(frozen=True)
class KnownPath:
    """What the index knows of a path: where it is and as what it was last read."""

    path_id: int
    relative: str
    source: str
    author: str | None
    size: int
    modified_ns: int
    is_gone: bool

    def is_unchanged(self, file: TranscriptFile) -> bool:
        return (self.size, self.modified_ns) == (file.size, file.modified_ns)

    def is_described_as(self, file: TranscriptFile) -> bool:
        return not self.is_gone and (self.relative, self.source, self.author) == (
            file.relative,
            file.source,
            file.author,
        )


def open_index(archive_dir: Path) -> sqlite3.Connection:
    """Open or create the index; raises ArchiveError where it is lost, damaged or cannot be written."""
    path = archive_dir / "index.sqlite"
    if not path.exists() and has_objects(archive_dir):
        raise ArchiveError(
            f"The archive {archive_dir} holds objects but its index.sqlite is gone. Restore it from a "
            "backup; or move the folder `objects` aside, and the transcripts on disk are archived anew."
        )
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        try:
            db.execute("pragma journal_mode = wal")
            db.execute("pragma synchronous = full")
            db.execute("pragma temp_store = memory")
            db.execute("pragma cache_size = -65536")
            # What is removed is overwritten: a deletion must leave nothing to be read in free pages.
            db.execute("pragma secure_delete = on")
            _drop_outdated_lineage(db, path)
            db.executescript(INDEX_SCHEMA + LINEAGE_SCHEMA + SKIPPED_SCHEMA + DECISIONS_SCHEMA)
        except BaseException:
            db.close()
            raise
    except OSError as error:
        raise write_failure(archive_dir, error) from error
    except sqlite3.OperationalError as error:
        raise write_failure(archive_dir, error) from error
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"{path} is damaged ({error}). Restore it from a backup of the archive folder; or move the "
            "archive aside, and the transcripts still on disk are archived anew."
        ) from error
    return db


def _drop_outdated_lineage(db: sqlite3.Connection, path: Path) -> None:
    """Drop the lineage of an index that another version of this program made; a rescan must follow.

    A kill leaves the old index, or an empty lineage whose sessions are still remembered (`is_unscanned`).
    """
    version = int(db.execute("pragma user_version").fetchone()[0])
    if version > INDEX_VERSION:
        raise ArchiveError(
            f"{path} was written by a newer sessionmart (index version {version}). Upgrade this checkout."
        )
    if version == INDEX_VERSION:
        return
    db.execute("begin immediate")
    is_old = db.execute("select 1 from sqlite_master where name = 'versions'").fetchone() is not None
    if is_old:
        remember_sessions(db)
        for table in (*LINEAGE_TABLES, "missing_parents"):
            db.execute(f"drop table if exists {table}")
        db.execute(
            "update settings set value = ? || value where name = 'scan_rules'",
            (f"index {version}: ",),
        )
    db.execute(f"pragma user_version = {INDEX_VERSION}")
    db.execute("commit")


def is_unscanned(db: sqlite3.Connection) -> bool:
    """Whether the lineage was dropped and a rescan has not built it anew: nothing may be asked of it."""
    row = db.execute("select 1 from sqlite_master where name = 'previous_sessions'")
    return row.fetchone() is not None


def known_path(db: sqlite3.Connection, path: Path) -> KnownPath | None:
    row = db.execute(
        "select path_id, relative, source, author, size, modified_ns, gone_us is not null from paths"
        " where path = ?",
        (str(path),),
    ).fetchone()
    if row is None:
        return None
    path_id, relative, source, author, size, modified_ns, is_gone = row
    return KnownPath(path_id, relative, source, author, size, modified_ns, bool(is_gone))


def save_path(db: sqlite3.Connection, file: TranscriptFile, *, now: datetime) -> int:
    """Enter or refresh a path as it was read; returns its id."""
    row = db.execute(
        "insert into paths (path, relative, source, author, size, modified_ns, first_seen_us)"
        " values (?, ?, ?, ?, ?, ?, ?) on conflict (path) do update set relative = excluded.relative,"
        " source = excluded.source, author = excluded.author, size = excluded.size,"
        " modified_ns = excluded.modified_ns, gone_us = null returning path_id",
        (
            str(file.path),
            file.relative,
            file.source,
            file.author,
            file.size,
            file.modified_ns,
            to_microseconds(now),
        ),
    ).fetchone()
    return int(row[0])


def mark_gone(db: sqlite3.Connection, *, now: datetime) -> int:
    """Note the paths that no longer exist on disk; returns how many were there at the last run.

    A path outside today's folders that is still there is not gone.
    """
    gone = [
        (to_microseconds(now), path_id)
        for path_id, path in db.execute("select path_id, path from paths where gone_us is null")
        if not os.path.lexists(path)
    ]
    db.executemany("update paths set gone_us = ? where path_id = ?", gone)
    return len(gone)


def versions_of_path(db: sqlite3.Connection, path_id: int) -> dict[str, tuple[int, int]]:
    """Live versions of a path: content hash → (version id, size in bytes)."""
    rows = db.execute(
        "select content_hash, version_id, byte_count from path_versions join versions using (version_id)"
        " where path_id = ?",
        (path_id,),
    )
    return {content_hash: (version_id, size) for content_hash, version_id, size in rows}


def live_version(db: sqlite3.Connection, content_hash: str) -> int | None:
    row = db.execute(
        "select version_id from versions where content_hash = ? and superseded_by is null",
        (content_hash,),
    ).fetchone()
    return None if row is None else int(row[0])


def save_version(
    db: sqlite3.Connection, content_hash: str, *, source: str, byte_count: int, at: datetime
) -> int:
    """Enter a version, or bring back one that was superseded; its scan is saved by `save_scan`."""
    db.execute("delete from doomed_objects where content_hash = ?", (content_hash,))
    row = db.execute(
        "insert into versions (content_hash, source, archived_us, archived_date, byte_count,"
        " is_sidechain, facts) values (?, ?, ?, ?, ?, 0, '') on conflict (content_hash) do update set"
        " source = excluded.source, archived_us = excluded.archived_us,"
        " archived_date = excluded.archived_date, superseded_by = null returning version_id",
        (content_hash, source, to_microseconds(at), at.date().isoformat(), byte_count),
    ).fetchone()
    return int(row[0])


def save_scan(db: sqlite3.Connection, version_id: int, source: str, scanned: ScannedFile) -> None:
    """Keep what a look at the version found, and enter it into the lineage."""
    _drop_scan(db, version_id)
    db.execute(
        "update versions set is_sidechain = ?, facts = ? where version_id = ?",
        (scanned.is_sidechain, json.dumps(_facts(scanned)), version_id),
    )
    db.executemany(
        "insert into bad_pieces values (?, ?, ?, ?, ?, ?, ?)",
        [(version_id, *piece) for piece in scanned.bad_pieces],
    )
    db.executemany(
        "insert into loose_counts values (?, ?, ?, ?, ?, ?, ?)",
        [(version_id, *count) for count in scanned.loose_counts],
    )
    add_version(db, version_id, source, scanned)


def supersede(
    db: sqlite3.Connection, *, path_id: int, version_id: int, content_hash: str, successor: str
) -> bool:
    """Take a version off a path that a longer one extends; returns whether no path holds it any more."""
    db.execute("delete from path_versions where version_id = ? and path_id = ?", (version_id, path_id))
    held = db.execute("select 1 from path_versions where version_id = ? limit 1", (version_id,)).fetchone()
    if held is not None:
        return False
    db.execute("update versions set superseded_by = ? where version_id = ?", (successor, version_id))
    _drop_scan(db, version_id)
    drop_version(db, version_id)
    db.execute("insert or ignore into doomed_objects values (?)", (content_hash,))
    return True


def _drop_scan(db: sqlite3.Connection, version_id: int) -> None:
    db.execute("delete from bad_pieces where version_id = ?", (version_id,))
    db.execute("delete from loose_counts where version_id = ?", (version_id,))


def _facts(scanned: ScannedFile) -> dict[str, Any]:
    """The counters of raw_files as JSON; reasons are counted from the bad pieces themselves."""
    facts = asdict(scanned.counts)
    del facts["reasons"]
    return facts | {
        "set_aside": scanned.set_aside_count,
        "first_cli_version": scanned.first_cli_version,
        "last_cli_version": scanned.last_cli_version,
        "earliest_us": to_microseconds(scanned.earliest_at),
        "latest_us": to_microseconds(scanned.latest_at),
    }


def read_setting(db: sqlite3.Connection, name: str) -> str | None:
    with closing(db.execute("select value from settings where name = ?", (name,))) as rows:
        row = rows.fetchone()
    return None if row is None else str(row[0])


def write_setting(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("insert or replace into settings values (?, ?)", (name, value))
