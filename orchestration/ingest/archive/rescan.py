"""Looking at every archived version again, where the rules of a scan changed, and what became of sessions.

Belongs here: when a rescan is due, doing it whole or not at all, and counting the sessions that it split
or merged, so that a summary can say why figures moved. Not here: what a scan finds (the sources), what
connects sessions (lineage).
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime

from orchestration.ingest.archive import index as archive_index
from orchestration.ingest.archive.lineage import clear_lineage, from_microseconds, remember_sessions
from orchestration.ingest.archive.transactions import transaction, whole_or_not
from orchestration.ingest.read_lines import LineCounts
from orchestration.ingest.scanned_file import LineageKeys, ScannedFile, plausible_times
from orchestration.ingest.sources.source import Source

_CHANGE = "lineage_change"


@dataclass(frozen=True)
class LineageChange:
    """What the last rescan made of the sessions that were known before it.

    `split_count` of the earlier sessions are now several; `merged_count` of the present ones were several.
    """

    rules_before: str
    rules_after: str
    session_count_before: int
    session_count_after: int
    split_count: int
    merged_count: int


def is_rescan_due(db: sqlite3.Connection, start_date: date, sources: Mapping[str, Source]) -> bool:
    """Whether the versions were scanned by other rules, or with another first date, than today's."""
    return archive_index.read_setting(db, "scan_rules") != scan_rules(start_date, sources)


def scan_rules(start_date: date, sources: Mapping[str, Source]) -> str:
    """One name for everything besides the bytes that a scan depends on."""
    versions = {name: source.version for name, source in sorted(sources.items())}
    return f"{versions} {start_date.isoformat()}"


def rescan(
    db: sqlite3.Connection,
    read: Callable[[str], bytes],
    start_date: date,
    sources: Mapping[str, Source],
) -> None:
    """Look at every archived version again, also those gone from disk; all of them or none."""
    with transaction(db), whole_or_not(db, "rescan"):
        remember_sessions(db)
        clear_lineage(db)
        rows = db.execute(
            "select version_id, content_hash, source, archived_us from versions"
            " where superseded_by is null order by version_id"
        ).fetchall()
        for version_id, content_hash, source, archived_us in rows:
            archived_at = from_microseconds(archived_us)
            scanned, _ = scan_version(
                sources[source], read(content_hash), start_date=start_date, at=archived_at
            )
            archive_index.save_scan(db, version_id, source, scanned)
        _note_change(db, scan_rules(start_date, sources))
        archive_index.write_setting(db, "scan_rules", scan_rules(start_date, sources))


def scan_version(
    source: Source, content: bytes, *, start_date: date, at: datetime
) -> tuple[ScannedFile, Exception | None]:
    """A look at a version archived `at`. A file whose scan raises holds nothing, and stops nobody."""
    earliest, latest = plausible_times(start_date, at)
    try:
        return source.scan(content, earliest=earliest, latest=latest), None
    except (OSError, MemoryError):
        raise  # the machine's trouble, not the file's
    except Exception as error:
        keys = LineageKeys(frozenset(), frozenset(), frozenset())
        return ScannedFile(LineCounts(), False, None, None, None, None, (), (), {}, keys), error


def read_lineage_change(db: sqlite3.Connection) -> LineageChange | None:
    """What the last rescan changed; None where nothing was known before it."""
    value = archive_index.read_setting(db, _CHANGE)
    return None if value is None else LineageChange(**json.loads(value))


def _note_change(db: sqlite3.Connection, rules: str) -> None:
    """Count what became of the remembered sessions, and forget them."""
    before = archive_index.read_setting(db, "scan_rules")
    now_of, before_of = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    with closing(
        db.execute(
            "select previous_sessions.session_id, sessions.session_id from previous_sessions"
            " join stamps using (source, stamp) join sessions using (lineage_id)"
        )
    ) as pairs:
        for was, is_now in pairs:
            now_of[was].add(is_now)
            before_of[is_now].add(was)
    (count_before,) = db.execute("select count(distinct session_id) from previous_sessions").fetchone()
    (count_after,) = db.execute("select count(*) from sessions").fetchone()
    db.execute("drop table previous_sessions")
    if not count_before:
        return
    change = LineageChange(
        before or "",
        rules,
        count_before,
        count_after,
        split_count=sum(len(each) > 1 for each in now_of.values()),
        merged_count=sum(len(each) > 1 for each in before_of.values()),
    )
    archive_index.write_setting(db, _CHANGE, json.dumps(asdict(change)))
