"""What a date is made of, read from the archive's index: sessions with their files, and file scans.

Only reads. The values here are what the parser gets, and all it gets, so their hash says whether a
date must be parsed again.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Any

from orchestration.ingest.archive.decisions import decisions_of
from orchestration.ingest.archive.lineage import from_microseconds
from orchestration.ingest.rows import RawFile, RawQuarantinedLine, RawRecordCount
from orchestration.ingest.sources.source import FileVersion, SessionInput


@dataclass(frozen=True)
class FileScan:
    """The rows of one file version, for the date it was archived.

    `file.parser_version` is left empty and `path_id` unkeyed: who lands the rows puts both in.
    `without_session` counts objects of no session, and of sessions that no record anywhere dates.
    """

    file: RawFile
    quarantined: tuple[RawQuarantinedLine, ...]
    without_session: tuple[RawRecordCount, ...]


@dataclass(frozen=True)
class DayInput:
    """A date: its sessions sorted by id, and the scans of what was archived on it."""

    day: date
    sessions: tuple[SessionInput, ...]
    scans: tuple[FileScan, ...]


def read_dates(db: sqlite3.Connection) -> list[date]:
    rows = db.execute(
        "select session_date as day from sessions union"
        " select archived_date from versions where superseded_by is null order by day"
    )
    return [date.fromisoformat(day) for (day,) in rows]


def read_day(db: sqlite3.Connection, day: date) -> DayInput:
    return DayInput(day, _read_sessions(db, day), _read_scans(db, day))


def _read_sessions(db: sqlite3.Connection, day: date) -> tuple[SessionInput, ...]:
    stamps, version_ids = defaultdict[int, set[str]](set), defaultdict[int, Counter[int]](Counter)
    for lineage_id, stamp, version_id in db.execute(
        "select lineage_id, stamp, version_id from sessions join stamps using (lineage_id)"
        " join version_stamps using (stamp_id) where session_date = ?",
        (day.isoformat(),),
    ):
        stamps[lineage_id].add(stamp)
        version_ids[lineage_id][version_id] += 1
    versions = _read_versions(db, {each for ids in version_ids.values() for each in ids})
    stamp_counts = _stamp_counts(db, versions)
    contested = _contested_ids(db, day)
    sessions = []
    for session_id, source, lineage_id in db.execute(
        "select session_id, source, lineage_id from sessions where session_date = ?"
        " order by session_id, source",
        (day.isoformat(),),
    ):
        files = sorted(
            (versions[each] for each in version_ids[lineage_id]), key=lambda file: file.content_hash
        )
        # A log holds thousands of sessions: each has its share.
        size = sum(
            versions[each].byte_count * own // stamp_counts[each]
            for each, own in version_ids[lineage_id].items()
        )
        session_stamps = tuple(sorted(stamps[lineage_id]))
        borne_elsewhere = tuple(sorted(contested[lineage_id]))
        sessions.append(
            SessionInput(
                session_id,
                session_stamps,
                day,
                source,
                tuple(files),
                size,
                contested=borne_elsewhere,
                decisions=decisions_of(db, source, session_stamps),
            )
        )
    return tuple(sessions)


def _stamp_counts(db: sqlite3.Connection, version_ids: Iterable[int]) -> dict[int, int]:
    """How many session ids are stamped in each version."""
    rows = db.execute(
        "select version_id, count(*) from version_stamps"
        " where version_id in (select value from json_each(?)) group by version_id",
        (json.dumps(sorted(version_ids)),),
    )
    return dict(rows.fetchall())


def _contested_ids(db: sqlite3.Connection, day: date) -> defaultdict[int, set[str]]:
    """By lineage of the day: ids that unlike records of several sessions bear.

    Nearly every archive has none: the cross joins begin with those few. Left to itself, SQLite begins with
    the sessions of the day and looks at every record of the archive, seven milliseconds a day.
    """
    found = defaultdict[int, set[str]](set)
    rows = db.execute(
        "select distinct own.lineage_id, record_keys.id from contested_ids cross join record_keys using (id)"
        " cross join stamps as own using (stamp_id) cross join sessions using (lineage_id)"
        " where session_date = ?"
        " and exists (select 1 from record_keys as elsewhere join stamps as other using (stamp_id)"
        " where elsewhere.id = record_keys.id and other.lineage_id <> own.lineage_id)",
        (day.isoformat(),),
    )
    for lineage_id, contested in rows:
        found[lineage_id].add(contested.hex())
    return found


def _read_versions(db: sqlite3.Connection, version_ids: Iterable[int]) -> dict[int, FileVersion]:
    """The versions by id, each at the smallest of its authors and paths."""
    versions: dict[int, FileVersion] = {}
    for version_id, content_hash, source, author, relative, is_sidechain, archived_us, size in db.execute(
        "select version_id, content_hash, versions.source, author, relative, is_sidechain, archived_us,"
        " byte_count from versions join path_versions using (version_id) join paths using (path_id)"
        " where version_id in (select value from json_each(?))"
        " order by version_id, author is null, author, relative, path",
        (json.dumps(sorted(version_ids)),),
    ):
        if version_id not in versions:
            versions[version_id] = FileVersion(
                content_hash,
                blake2b(relative.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest(),
                PurePosixPath(relative).name,
                source,
                author,
                bool(is_sidechain),
                from_microseconds(archived_us),
                size,
            )
    return versions


def _read_scans(db: sqlite3.Connection, day: date) -> tuple[FileScan, ...]:
    rows = db.execute(
        "select version_id, facts from versions where archived_date = ? and superseded_by is null",
        (day.isoformat(),),
    ).fetchall()
    versions = _read_versions(db, [version_id for version_id, _ in rows])
    scans = [
        FileScan(
            _file_row(versions[version_id], json.loads(facts)),
            _quarantined(db, version_id, versions[version_id]),
            _without_session(db, version_id, versions[version_id]),
        )
        for version_id, facts in rows
    ]
    return tuple(sorted(scans, key=lambda scan: scan.file.content_hash))


def _file_row(version: FileVersion, facts: dict[str, Any]) -> RawFile:
    def time_of(name: str) -> datetime | None:
        return None if facts[name] is None else from_microseconds(facts[name])

    return RawFile(
        content_hash=version.content_hash,
        path_id=version.path_id,
        file_name=version.file_name,
        source=version.source,
        byte_count=version.byte_count,
        line_count=facts["lines"],
        blank_line_count=facts["blank_lines"],
        comment_line_count=facts["comment_lines"],
        object_count=facts["objects"],
        glued_object_count=facts["glued_objects"],
        bad_piece_count=facts["bad_pieces"],
        set_aside_object_count=facts["set_aside"],
        surrogate_count=facts["surrogates"],
        has_final_newline=facts["has_final_newline"],
        is_sidechain=version.is_sidechain,
        first_cli_version=facts["first_cli_version"],
        last_cli_version=facts["last_cli_version"],
        parser_version="",
        earliest_at=time_of("earliest_us"),
        latest_at=time_of("latest_us"),
        archived_at=version.archived_at,
    )


def _quarantined(
    db: sqlite3.Connection, version_id: int, version: FileVersion
) -> tuple[RawQuarantinedLine, ...]:
    rows = db.execute(
        "select line_number, byte_offset, byte_count, reason, is_object, record_type from bad_pieces"
        " where version_id = ? order by line_number, byte_offset",
        (version_id,),
    )
    return tuple(
        RawQuarantinedLine(
            content_hash=version.content_hash,
            path_id=version.path_id,
            file_name=version.file_name,
            source=version.source,
            line_number=line_number,
            byte_offset=byte_offset,
            byte_count=byte_count,
            reason=reason,
            is_object=bool(is_object),
            record_type=record_type,
            archived_at=version.archived_at,
        )
        for line_number, byte_offset, byte_count, reason, is_object, record_type in rows
    )


def _without_session(
    db: sqlite3.Connection, version_id: int, version: FileVersion
) -> tuple[RawRecordCount, ...]:
    counted = Counter[tuple[str, str | None, Any, str | None]]()
    for *kind, count in db.execute(
        "select record_type, record_subtype, disposition, cli_version, object_count from loose_counts"
        " where version_id = ?1 and (loose_counts.stamp is null or not exists (select 1 from stamps"
        " join sessions using (lineage_id) where stamps.source = ?2 and stamps.stamp = loose_counts.stamp))",
        (version_id, version.source),
    ):
        record_type, record_subtype, disposition, cli_version = kind
        counted[record_type, record_subtype, disposition, cli_version] += count
    rows = [
        RawRecordCount(version.content_hash, version.source, None, *kind, object_count=count)
        for kind, count in counted.items()
    ]
    return tuple(sorted(rows, key=lambda row: tuple("" if part is None else str(part) for part in row)))
