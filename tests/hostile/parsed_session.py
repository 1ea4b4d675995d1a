"""Files of one session → its rows, in memory, by the functions that parse a real date."""

from collections.abc import Mapping
from datetime import timedelta

from classifiers.session_record import SessionRecord
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.redaction.redact import Redactor
from orchestration.ingest.rows import Owner, RawSession
from orchestration.ingest.sources.claude_code.assemble import AssembleOptions, assemble_session
from orchestration.ingest.sources.claude_code.timeline import FileRecords, build_timeline
from tests.transcripts import START

_OPTIONS = AssembleOptions(Redactor(), 8_000, timedelta(hours=72))


def parsed_session(files: Mapping[str, bytes]) -> SessionRecord:
    """The rows that a run would land for the session; every object of the files is read."""
    records = [_file(name, content) for name, content in sorted(files.items())]
    tables = assemble_session(
        build_timeline(records, session_id="s1"),
        owner=Owner("s1", None, None, "claude_code"),
        aliases=("s1",),
        archived_at=START + timedelta(days=30),
        options=_OPTIONS,
    ).tables
    (session,) = (RawSession._make(values) for values in tables["raw_sessions"])
    return SessionRecord(
        session_id=session.session_id,
        source=session.source,
        ended_at=session.ended_at,
        turns=tuple(tables.get("raw_turns", ())),  # type: ignore[arg-type]
        acts=tuple(tables.get("raw_human_acts", ())),  # type: ignore[arg-type]
        calls=tuple(tables.get("raw_tool_calls", ())),  # type: ignore[arg-type]
        events=tuple(tables.get("raw_events", ())),  # type: ignore[arg-type]
        responses=tuple(tables.get("raw_responses", ())),  # type: ignore[arg-type]
        harness_texts=tuple(tables.get("raw_harness_texts", ())),  # type: ignore[arg-type]
    )


def _file(name: str, content: bytes) -> FileRecords:
    counts = LineCounts()
    pieces = list(read_lines(content, counts))
    assert all(piece.record is not None for piece in pieces), f"a line of {name} was set aside"
    records = [(piece.byte_offset, piece.record) for piece in pieces if piece.record is not None]
    return FileRecords(
        content_hash=name, source="claude_code", is_sidechain=name.startswith("agent-"), records=records
    )
