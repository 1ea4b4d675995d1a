"""Decisions on tool calls that telemetry measured, kept in the archive's index.

A collector rotates its files away, so what they say of a call is kept: ids, times and words of a closed
kind, no text. Belongs here: the two tables and the statements on them.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.ingest.archive.lineage import from_microseconds, to_microseconds
from orchestration.ingest.sources import SOURCES
from orchestration.ingest.tool_decisions import Measurement, ToolDecision, joined

DECISIONS_SCHEMA = """
create table if not exists telemetry_files (
    path text primary key,
    size integer not null,
    modified_ns integer not null
) without rowid;
create table if not exists tool_decisions (
    source text not null,
    stamp text not null,
    tool_use_id text not null,
    decided_us integer not null,
    decision text not null,
    decided_by text,
    wait_seconds real,
    is_span integer not null,
    primary key (source, stamp, tool_use_id, decided_us, is_span)
) without rowid;
"""


@dataclass
class TelemetryReport:
    """What one look at telemetry did."""

    file_count: int = 0
    decision_count: int = 0
    unusable_count: int = 0
    unreadable: list[tuple[Path, str]] = field(default_factory=list)


def telemetry_files(patterns: Sequence[str], report: TelemetryReport) -> list[Path]:
    """JSON files of folders, globs and single files, sorted; what is missing is reported."""
    found: set[Path] = set()
    for pattern in patterns:
        place = Path(pattern).expanduser().absolute()
        if place.is_dir():
            found |= {path for path in place.rglob("*.json*") if path.is_file()}
        elif place.is_file():
            found.add(place)
        else:
            matches = set(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
            if not matches:
                reason = "no such file or folder; check the setting `telemetry`"
                report.unreadable.append((place, reason))
            found |= {path for path in matches if path.is_file()}
    return sorted(found)


def take_telemetry(
    db: sqlite3.Connection,
    files: Iterable[Path],
    report: TelemetryReport,
    *,
    is_left_out: Callable[[str], bool],
) -> None:
    """Read new and changed files and keep their decisions; sessions that are left out are passed over."""
    contents: list[bytes] = []
    for path in files:
        try:
            status = path.stat()
            state = (str(path), status.st_size, status.st_mtime_ns)
            known = db.execute(
                "select 1 from telemetry_files where (path, size, modified_ns) = (?, ?, ?)", state
            )
            if known.fetchone() is None:
                contents.append(path.read_bytes())
                db.execute("insert or replace into telemetry_files values (?, ?, ?)", state)
        except OSError as error:
            report.unreadable.append((path, (error.strerror or type(error).__name__).lower()))
    report.file_count += len(contents)
    for name, source in sorted(SOURCES.items()):
        measured = source.decisions(contents)
        report.unusable_count += measured.unusable_count
        kept = [one for one in measured.measurements if not is_left_out(one.session_id)]
        report.decision_count += len(kept)
        db.executemany(
            "insert or ignore into tool_decisions values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    name,
                    one.session_id,
                    one.tool_use_id,
                    to_microseconds(one.decided_at),
                    one.decision,
                    one.decided_by,
                    one.wait_seconds,
                    one.wait_seconds is not None,
                )
                for one in kept
            ],
        )


def decisions_of(db: sqlite3.Connection, source: str, stamps: Iterable[str]) -> tuple[ToolDecision, ...]:
    """The decisions on calls of the session with these stamps."""
    rows = db.execute(
        "select stamp, tool_use_id, decided_us, decision, decided_by, wait_seconds from tool_decisions"
        " where source = ? and stamp in (select value from json_each(?))",
        (source, json.dumps(sorted(stamps))),
    )
    return joined(
        Measurement(stamp, tool_use_id, from_microseconds(decided_us), decision, decided_by, wait_seconds)
        for stamp, tool_use_id, decided_us, decision, decided_by, wait_seconds in rows
    )


def remove_decisions(db: sqlite3.Connection, stamps: Iterable[str]) -> None:
    """Remove what is kept of sessions that leave the archive."""
    db.execute(
        "delete from tool_decisions where stamp in (select value from json_each(?))",
        (json.dumps(list(stamps)),),
    )
