"""Events of a session as rows: interrupts, denials, git, tests, compactions, errors, mode changes.

Ids come from record ids (or from the call an event is about), never from positions in the output.
"""

from collections import Counter
from typing import Any

from orchestration.ingest.json_values import count_of, mapping_of, string_of
from orchestration.ingest.rows import EventEvidence, EventKind, Owner, RawEvent, row_of
from orchestration.ingest.shell_events import read_shell_events
from orchestration.ingest.sources.codex.thread_reader import ReadThread
from orchestration.ingest.sources.codex.threads import Entry
from orchestration.ingest.sources.codex.tool_call import Call, CallId

_NOT_RUN = ("denied_by_user", "denied_by_rule", "interrupted")


def event_rows(threads: list[ReadThread], call_ids: dict[int, CallId], owner: Owner) -> list[RawEvent]:
    """All events of a session, by time and id; `call_ids` names each call as its row does."""
    writer = _EventWriter(owner, call_ids)
    for thread in threads:
        writer.write_thread(thread)
    return sorted(writer.events, key=lambda event: (event.occurred_at, event.event_id))


class _EventWriter:
    def __init__(self, owner: Owner, call_ids: dict[int, CallId]) -> None:
        self.owner = owner
        self.call_ids = call_ids
        self.events: list[RawEvent] = []
        self.numbers: Counter[tuple[str, str]] = Counter()

    def write_thread(self, thread: ReadThread) -> None:
        """The events of one thread."""
        reader = thread.turn_reader
        for mark in reader.marks:
            call = mark.call
            detail = call.name[:120] if call else None
            self._add(mark.kind, mark.entry, thread, "record", call=call, detail=detail)
        for entry in reader.compactions:
            self._add("compaction", entry, thread, "record")
        for entry, mode in reader.mode_changes:
            self._add("mode_change", entry, thread, "record", detail=mode)
        for entry in thread.failures:
            kind: EventKind = "api_error" if entry.kind == "error" else "api_retry"
            self._add(kind, entry, thread, "record", detail=_error_name(entry))
        for call in thread.calls:
            self._write_call(call, thread)

    def _write_call(self, call: Call, thread: ReadThread) -> None:
        if call.command is None or call.result_entry is None or call.error_kind in _NOT_RUN:
            return
        code = call.exit_code
        for event in read_shell_events(call.command, call.result_text, code, None):
            self._add(
                event.kind,
                call.result_entry,
                thread,
                event.evidence,
                call=call,
                turn_id=thread.turn_of(call.turn_id),
                detail=event.detail,
                commit_sha=event.commit_sha,
                pull_request_number=event.pull_request_number,
                pull_request_repository=event.pull_request_repository,
                exit_code=code,
                tests_passed=event.tests_passed,
                tests_failed=event.tests_failed,
                is_success=event.is_success,
            )

    def _add(
        self,
        kind: EventKind,
        entry: Entry,
        thread: ReadThread,
        evidence: EventEvidence,
        *,
        call: Call | None = None,
        **columns: Any,
    ) -> None:
        call_id = self.call_ids[id(call)] if call is not None else None
        subject = f"{entry.record_id}:{call_id.text}" if call_id else entry.record_id
        number = self.numbers[(kind, subject)]
        self.numbers[(kind, subject)] += 1
        values = {
            "event_id": f"{kind}:{subject}:{number}",
            "turn_id": thread.turn_of(entry.turn_id),
            "agent_id": thread.thread.agent_id,
            "record_id": entry.record_id,
            "tool_use_id": call_id.tool_use_id if call_id else None,
            "occurrence": call_id.occurrence if call_id else None,
            "event_kind": kind,
            "occurred_at": entry.at,
            "evidence": evidence,
            "is_sidechain": thread.is_sidechain,
        }
        self.events.append(row_of(RawEvent, self.owner, **(values | columns)))


def _error_name(entry: Entry) -> str | None:
    """The kind of an error, never its message, which may quote anything."""
    info = entry.payload.get("codex_error_info")
    if isinstance(info, dict):
        status = count_of(mapping_of(next(iter(info.values()), None)).get("http_status_code"))
        info = str(status) if status is not None else next(iter(info), None)
    return (string_of(info) or "")[:40] or None
