"""Takes file versions out of the archive for good, and remembers which files on disk are not taken in.

Belongs here: the statements on the index that remove versions with their sessions, paths and ids, and the
list of passed-over files. Not here: whose a file is (people), who was deleted (tombstones).
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestration.ingest.archive.decisions import remove_decisions
from orchestration.ingest.archive.lineage import refresh_sessions
from orchestration.ingest.archive.objects import ArchiveError, read_object
from orchestration.ingest.scanned_file import ContentSigns
from orchestration.ingest.sources.source import Source, TranscriptFile

SKIPPED_SCHEMA = """
create table if not exists passed_over_files (
    path_key text primary key,
    size integer not null,
    modified_ns integer not null
) without rowid;
"""


class DeletedPeople(Protocol):
    """Whose files the archive must not take in: those of people who were deleted."""

    def path_key(self, path: Path) -> str:
        """A name for a path that says nothing to whoever has not the key."""
        ...

    def is_named_by(self, file: TranscriptFile) -> bool:
        """Whether the path alone says so; the file is then not even opened."""
        ...

    def is_in(self, file: TranscriptFile, content: bytes) -> bool:
        """Whether path or content say so."""
        ...

    def has_session(self, stamp: str) -> bool:
        """Whether a session was deleted with its person."""
        ...


@dataclass(frozen=True)
class ArchivedFile:
    """One live version with the signs of whose it is; `signs` is None where its object cannot be read."""

    version_id: int
    content_hash: str
    byte_count: int
    authors: frozenset[str]
    relatives: frozenset[str]
    signs: ContentSigns | None


@dataclass(frozen=True)
class Removal:
    """What is to leave the archive, by content and by stamped session id, so that it can be done again.

    `leaves`: hashed records at which summaries of these versions alone point.
    """

    content_hashes: tuple[str, ...]
    stamps: tuple[str, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class ArchivedExtent:
    """What of a removal is in the archive.

    `dates`: of the sessions that lose files, and those on which the versions were archived.
    """

    sessions: frozenset[str]
    live_versions: frozenset[str]
    paths: frozenset[str]
    dates: frozenset[str]


def archived_files(
    db: sqlite3.Connection, archive_dir: Path, sources: Mapping[str, Source]
) -> Iterator[ArchivedFile]:
    """Every live version, read once; an object that is gone or damaged is told by its path alone."""
    rows = db.execute(
        "select version_id, content_hash, source, byte_count from versions where superseded_by is null"
        " order by version_id"
    ).fetchall()
    for version_id, content_hash, source, byte_count in rows:
        paths = db.execute(
            "select author, relative from paths join path_versions using (path_id) where version_id = ?",
            (version_id,),
        ).fetchall()
        try:
            signs = sources[source].signs(read_object(archive_dir, content_hash))
        except ArchiveError:
            signs = None
        yield ArchivedFile(
            version_id,
            content_hash,
            byte_count,
            frozenset(author for author, _ in paths if author),
            frozenset(relative for _, relative in paths),
            signs,
        )


def whole_sessions(db: sqlite3.Connection, version_ids: Iterable[int]) -> tuple[set[int], set[str]]:
    """The versions with all others that hold records of their sessions, and these sessions' stamps."""
    found = json.dumps(sorted(version_ids))
    lineages = json.dumps(_lineages_of(db, found))
    stamps = db.execute(
        "select stamp from stamps where lineage_id in (select value from json_each(?))", (lineages,)
    ).fetchall()
    versions = db.execute(
        "select distinct version_id from version_stamps join stamps using (stamp_id)"
        " where lineage_id in (select value from json_each(?))"
        " union select value from json_each(?)",
        (lineages, found),
    ).fetchall()
    return {each for (each,) in versions}, {stamp for (stamp,) in stamps}


def hashes_of(db: sqlite3.Connection, version_ids: Iterable[int]) -> set[str]:
    """Contents of the versions and of all shorter ones that grew into them (rows without an object)."""
    found: set[str] = set()
    rows = db.execute(
        "select content_hash from versions where version_id in (select value from json_each(?))",
        (json.dumps(sorted(version_ids)),),
    )
    wanted = {each for (each,) in rows}
    while wanted:
        found |= wanted
        rows = db.execute(
            "select content_hash from versions where superseded_by in (select value from json_each(?))",
            (json.dumps(sorted(wanted)),),
        )
        wanted = {each for (each,) in rows} - found
    return found


def extent_of(db: sqlite3.Connection, removal: Removal) -> ArchivedExtent:
    """What of a removal the archive still holds, and the dates that lose something by it."""
    ids = _version_ids(db, removal)
    versions, stamps = json.dumps(ids), json.dumps(removal.stamps)

    def column(query: str, *values: str) -> frozenset[str]:
        return frozenset(value for (value,) in db.execute(query, values))

    return ArchivedExtent(
        sessions=column(
            "select session_id from sessions where lineage_id in (select lineage_id from stamps"
            " where stamp in (select value from json_each(?)))",
            stamps,
        ),
        live_versions=column(
            "select content_hash from versions where superseded_by is null"
            " and version_id in (select value from json_each(?))",
            versions,
        ),
        paths=column(
            "select path from paths join path_versions using (path_id)"
            " where version_id in (select value from json_each(?))",
            versions,
        ),
        dates=column(
            "select session_date from sessions where lineage_id in (select value from json_each(?1))"
            " union select archived_date from versions where version_id in (select value from json_each(?2))",
            json.dumps(_lineages_of(db, versions)),
            versions,
        ),
    )


def remove_from_index(db: sqlite3.Connection, removal: Removal) -> None:
    """Take versions, paths, sessions and ids out of the index, and doom the objects; done twice is once.

    A session of others that shared a file with a removed one keeps what its other files hold.
    """
    ids = _version_ids(db, removal)
    versions, stamps = json.dumps(ids), json.dumps(removal.stamps)
    touched = _lineages_of(db, versions)
    paths = db.execute(
        "select path_id from path_versions where version_id in (select value from json_each(?))", (versions,)
    ).fetchall()
    db.execute(
        "insert or ignore into doomed_objects select content_hash from versions"
        " where version_id in (select value from json_each(?))",
        (versions,),
    )
    for table in ("bad_pieces", "loose_counts", "version_stamps", "path_versions", "versions"):
        db.execute(
            f"delete from {table} where version_id in (select value from json_each(?))",  # noqa: S608
            (versions,),
        )
    db.executemany(
        "delete from paths where path_id = ?1 and not exists"
        " (select 1 from path_versions where path_id = ?1)",
        paths,
    )
    gone = db.execute(
        "select stamp_id from stamps where stamp in (select value from json_each(?1)) or"
        " (lineage_id in (select value from json_each(?2)) and not exists"
        " (select 1 from version_stamps where version_stamps.stamp_id = stamps.stamp_id))",
        (stamps, json.dumps(touched)),
    ).fetchall()
    for table in ("record_keys", "parents", "version_stamps", "stamps"):
        db.executemany(f"delete from {table} where stamp_id = ?", gone)  # noqa: S608 - our own names
    db.executemany(
        "delete from missing_leaves where id = ?", [(bytes.fromhex(leaf),) for leaf in removal.leaves]
    )
    remove_decisions(db, removal.stamps)
    refresh_sessions(db, touched)


def wipe(db: sqlite3.Connection) -> None:
    """Leave no removed row in the free pages of the index, nor in its write-ahead log."""
    db.execute("vacuum")
    db.execute("pragma wal_checkpoint(truncate)").fetchall()


def is_passed_over(db: sqlite3.Connection, path_key: str, file: TranscriptFile) -> bool:
    """Whether this state of the file was looked at and left out before."""
    row = db.execute("select size, modified_ns from passed_over_files where path_key = ?", (path_key,))
    return bool(row.fetchone() == (file.size, file.modified_ns))


def pass_over(db: sqlite3.Connection, path_key: str, file: TranscriptFile) -> None:
    """Remember a file that is left out, so that it is not read again until it changes."""
    db.execute(
        "insert or replace into passed_over_files values (?, ?, ?)", (path_key, file.size, file.modified_ns)
    )


def _version_ids(db: sqlite3.Connection, removal: Removal) -> list[int]:
    rows = db.execute(
        "select version_id from versions where content_hash in (select value from json_each(?))"
        " order by version_id",
        (json.dumps(removal.content_hashes),),
    )
    return [version_id for (version_id,) in rows]


def _lineages_of(db: sqlite3.Connection, version_ids: str) -> list[int]:
    """Lineages with records in these versions (a JSON list of ids)."""
    rows = db.execute(
        "select distinct lineage_id from version_stamps join stamps using (stamp_id)"
        " where version_id in (select value from json_each(?)) order by lineage_id",
        (version_ids,),
    )
    return [lineage_id for (lineage_id,) in rows]
