"""The files of one Codex session → its rows.

Applies the scan's rule (what is set aside), takes the files apart into threads, finds the owner, assembles.
"""

from collections.abc import Iterable
from datetime import timedelta

from orchestration.ingest.json_values import string_of
from orchestration.ingest.owner import home_names, owner_of, project_of, root_of
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.redaction import redact
from orchestration.ingest.redaction.kept_text import KeptText
from orchestration.ingest.scanned_file import plausible_times
from orchestration.ingest.sources.codex.assemble import AssembleOptions, assemble_session
from orchestration.ingest.sources.codex.scan import set_aside_reason
from orchestration.ingest.sources.codex.threads import FileRecords, Threads, read_threads
from orchestration.ingest.sources.source import ParseContext, SessionFile, SessionInput, SessionTables
from orchestration.ingest.written_lines import line_keys_of


def parse_session(
    session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
) -> SessionTables:
    """Rows of one session by raw table; empty where none of its objects may be read."""
    told = read_threads(_read_file(file, context) for file in files)
    if told.first_at is None:
        return {}
    cwds = _cwds(told)
    redactor = redact.redactor_for(home_names(cwds, context))
    return assemble_session(
        told,
        owner=owner_of(session, cwds[0] if cwds else None, context),
        aliases=session.stamps,
        kept=KeptText(redactor, cut_bytes=context.text_cut_bytes),
        options=AssembleOptions(
            archived_at=max(version.archived_at for version in session.files),
            closing_lag=timedelta(hours=context.closing_lag_hours),
            line_keys=line_keys_of(context.pseudonyms),
            project_name=project_of(cwds[0] if cwds else None, context).name,
            project_root=root_of(cwds[0] if cwds else None),
        ),
    )


def _read_file(file: SessionFile, context: ParseContext) -> FileRecords:
    """The records of a file that may be read, in file order."""
    version = file.version
    earliest, latest = plausible_times(context.start_date, version.archived_at)
    records = [
        piece.record
        for piece in read_lines(file.content, LineCounts())
        if piece.record is not None
        and set_aside_reason(piece.record, earliest=earliest, latest=latest) is None
    ]
    return FileRecords(version.content_hash, version.source, records)


def _cwds(told: Threads) -> list[str]:
    """Working directories in the order they were used, those of the main conversation first."""
    found: dict[str, None] = {}
    for thread in told.threads:
        stated = (thread.meta.cwd, *(string_of(entry.payload.get("cwd")) for entry in thread.entries
                                     if entry.kind == "turn_context"))  # fmt: skip
        found.update(dict.fromkeys(cwd for cwd in stated if cwd))
    return list(found)
