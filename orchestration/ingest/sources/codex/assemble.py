"""Threads of a session → its rows. The only place that sees all readers' results together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from orchestration.ingest.redaction.kept_text import KeptText
from orchestration.ingest.rows import Owner, RawRedaction, RawSession, RawSessionAlias, row_of
from orchestration.ingest.session_title import kept_title
from orchestration.ingest.sources.codex.events import event_rows
from orchestration.ingest.sources.codex.file_lines import written_rows
from orchestration.ingest.sources.codex.surfaces import surface_of
from orchestration.ingest.sources.codex.thread_meta import AGENT
from orchestration.ingest.sources.codex.thread_reader import ReadThread, read_all
from orchestration.ingest.sources.codex.threads import Threads
from orchestration.ingest.sources.codex.tool_call import CallId
from orchestration.ingest.sources.codex.turn_rows import turn_rows
from orchestration.ingest.sources.codex.work_rows import (
    harness_text_row,
    human_act_row,
    response_row,
    tool_call_row,
)
from orchestration.ingest.sources.source import SessionTables
from orchestration.ingest.time_spans import union_seconds
from orchestration.ingest.written_lines import LineKeys


@dataclass(frozen=True)
class AssembleOptions:
    """What assembling depends on besides the records."""

    archived_at: datetime
    closing_lag: timedelta
    line_keys: LineKeys
    project_name: str | None = None
    project_root: str | None = None


def assemble_session(
    told: Threads, *, owner: Owner, aliases: Iterable[str], kept: KeptText, options: AssembleOptions
) -> SessionTables:
    """All rows of a session; deterministic in its threads, whatever order the files came in."""
    threads = read_all(told.threads, archived_at=options.archived_at, closing_lag=options.closing_lag)
    call_ids = _call_ids(threads)
    told_threads = {thread.meta.thread_id for thread in told.threads}
    tables: dict[str, list[tuple[Any, ...]]] = {
        "raw_responses": _sorted(
            (response_row(said, thread, owner, kept) for thread in threads for said in thread.responses),
            "responded_at",
            "response_id",
        ),
        "raw_tool_calls": _sorted(
            (
                tool_call_row(call, call_ids[id(call)], thread, owner, kept, told_threads=told_threads)
                for thread in threads
                for call in thread.calls
            ),
            "called_at",
            "tool_use_id",
            "occurrence",
        ),
        "raw_written_lines": _sorted(
            written_rows(threads, call_ids, owner, options.line_keys),
            "written_at",
            "tool_use_id",
            "occurrence",
            "file_key",
            "line_hash",
        ),
        "raw_human_acts": _sorted(
            (
                human_act_row(act, call_ids.get(id(act.call)), owner, kept)
                for thread in threads
                for act in thread.turn_reader.talk.acts
            ),
            "acted_at",
            "act_id",
        ),
        "raw_harness_texts": _sorted(
            (
                harness_text_row(said, thread, owner, kept)
                for thread in threads
                for said in thread.turn_reader.talk.harness_texts
            ),
            "written_at",
            "harness_text_id",
        ),
        "raw_events": list(event_rows(threads, call_ids, owner)),
        "raw_turns": list(turn_rows(threads, owner)),
        "raw_session_aliases": [
            RawSessionAlias(alias, owner.session_id, owner.source)
            for alias in sorted(aliases)
            if alias != owner.session_id
        ],
        "raw_sessions": [
            _session_row(
                told,
                threads,
                owner,
                project_name=options.project_name,
                project_root=kept.place(root) if (root := options.project_root) else None,
                title=kept_title(_title(told), kept),
            )
        ],
        "raw_record_counts": list(told.count_rows(owner.session_id)),
    }
    tables["raw_redactions"] = [
        RawRedaction(owner.session_id, owner.source, kind, number)
        for kind, number in sorted(kept.redactions.items())
    ]
    return {name: rows for name, rows in tables.items() if rows}


def _sorted(rows: Iterable[tuple[Any, ...]], *names: str) -> list[tuple[Any, ...]]:
    return sorted(rows, key=attrgetter(*names))


def _call_ids(threads: list[ReadThread]) -> dict[int, CallId]:
    """The key of each call's row: a gateway may give an id twice."""
    seen = Counter[str]()
    ids: dict[int, CallId] = {}
    for thread in threads:
        for call in thread.calls:
            seen[call.call_id] += 1
            ids[id(call)] = CallId(call.call_id, seen[call.call_id])
    return ids


def _title(told: Threads) -> str | None:
    """The latest title of a thread in which a person types."""
    titles = [thread.title for thread in told.threads if thread.title and not thread.meta.is_sidechain]
    return max(titles)[1] if titles else None


def _session_row(
    told: Threads,
    threads: list[ReadThread],
    owner: Owner,
    *,
    project_name: str | None,
    project_root: str | None,
    title: str | None,
) -> RawSession:
    assert told.first_at is not None  # the archive knows no session without a time
    assert told.last_at is not None
    metas = [thread.meta for thread in told.threads]
    main = [meta for meta in metas if not meta.is_sidechain] or metas
    spawned = {call.spawned_thread for thread in threads for call in thread.calls if call.spawned_thread}
    agents = spawned | {meta.thread_id for meta in metas if meta.is_sidechain}
    versions = [meta.cli_version for meta in main if meta.cli_version]
    turns = [turn for thread in threads for turn in thread.turns]
    row: RawSession = row_of(
        RawSession,
        owner,
        agent=AGENT,
        project_name=project_name,
        project_root=project_root,
        title=title,
        started_at=told.first_at,
        ended_at=told.last_at,
        cli_version=versions[-1] if versions else None,
        first_cli_version=versions[0] if versions else None,
        entrypoint=main[0].entrypoint,
        surface=surface_of(
            main[0].entrypoint, has_acts=any(thread.turn_reader.talk.acts for thread in threads)
        ),
        file_count=len({key[0] for _, key, _ in told.places} | {key[0] for key in told.fixed}),
        branch_count=sum(not meta.is_sidechain for meta in metas) or 1,
        record_count=len(told.places) + sum(n for key, n in told.fixed.items() if key[4] == "counted"),
        subagent_count=len(agents),
        turn_duration_record_count=sum(turn.reported_seconds is not None for turn in turns),
        active_seconds=union_seconds([span for turn in turns for span in turn.active]),
        is_cleared_start=False,
        is_warmup_only=False,
        has_late_records=any(
            later.place > earlier.place and later.at < earlier.at
            for thread in told.threads
            for earlier, later in zip(thread.entries, thread.entries[1:], strict=False)
        ),
    )
    return row
