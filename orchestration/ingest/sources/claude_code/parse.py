"""The files of one Claude Code session → its rows.

Applies the scan's two rules (what is set aside, which session an object belongs to), merges the files
into one timeline, finds the owner, assembles.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from orchestration.ingest.owner import home_names, owner_of, project_of, root_of
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.redaction import redact
from orchestration.ingest.rows import RawRecordCount
from orchestration.ingest.scanned_file import plausible_times
from orchestration.ingest.sources.claude_code.assemble import AssembleOptions, assemble_session
from orchestration.ingest.sources.claude_code.records import object_kind, time_of
from orchestration.ingest.sources.claude_code.scan import assign_stamps, set_aside_reason
from orchestration.ingest.sources.claude_code.timeline import FileRecords, Timeline, build_timeline
from orchestration.ingest.sources.source import ParseContext, SessionFile, SessionInput, SessionTables
from orchestration.ingest.written_lines import line_keys_of


def parse_session(
    session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
) -> SessionTables:
    """Rows of one session by raw table; empty where none of its objects may be read."""
    stamps = frozenset(session.stamps)
    read = [_read_file(file, stamps, context) for file in files]
    timeline = build_timeline(read, session_id=session.session_id, contested=session.contested)
    if timeline.first_at is None:
        return {}
    first = next((entry.record for entry in timeline.entries if entry.record.get("cwd")), {})
    options = AssembleOptions(
        redactor=redact.redactor_for(home_names(_cwds(timeline), context)),
        text_cut_bytes=context.text_cut_bytes,
        closing_lag=timedelta(hours=context.closing_lag_hours),
        line_keys=line_keys_of(context.pseudonyms),
        decisions=session.decisions,
        project_name=project_of(first.get("cwd"), context).name,
        project_root=root_of(first.get("cwd")),
    )
    return assemble_session(
        timeline,
        owner=owner_of(session, first.get("cwd"), context),
        aliases=session.stamps,
        archived_at=max(version.archived_at for version in session.files),
        options=options,
    ).tables


def count_session(
    session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
) -> list[RawRecordCount]:
    """The session's objects by file, type and CLI version, where its parser raised."""
    counted = Counter[tuple[str, str, str, str | None, str | None]]()
    for file in files:
        version: str | None = None
        for _, record in _read_file(file, frozenset(session.stamps), context).records:
            stated = record.get("version")
            version = stated if isinstance(stated, str) else version
            counted[(file.version.content_hash, session.source, *object_kind(record), version)] += 1
    return [
        RawRecordCount(content_hash, source, session.session_id, kind, subtype, "set_aside", version, number)
        for (content_hash, source, kind, subtype, version), number in sorted(
            counted.items(), key=lambda item: tuple(map(str, item[0]))
        )
    ]


def _read_file(file: SessionFile, stamps: frozenset[str], context: ParseContext) -> FileRecords:
    """The records of a file that may be read and belong to the session, with their byte offsets."""
    version = file.version
    earliest, latest = plausible_times(context.start_date, version.archived_at)
    numbered: list[tuple[int, dict[str, Any]]] = []
    for piece in read_lines(file.content, LineCounts()):
        record = piece.record
        if record is None:
            continue
        at = time_of(record)
        if set_aside_reason(record, at, earliest=earliest, latest=latest) is None:
            numbered.append((piece.byte_offset, record))
    belongs = assign_stamps([record for _, record in numbered])
    return FileRecords(
        content_hash=version.content_hash,
        source=version.source,
        is_sidechain=version.is_sidechain,
        records=[item for item, stamp in zip(numbered, belongs, strict=True) if stamp in stamps],
    )


def _cwds(timeline: Timeline) -> set[str]:
    return {cwd for entry in timeline.entries if isinstance(cwd := entry.record.get("cwd"), str)}
