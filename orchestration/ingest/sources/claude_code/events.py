"""Events of a session as rows: marks of the turns, git, tests, compactions, errors, mode changes.

Ids come from record ids (or from what the event is about), never from positions in the output.
"""

from collections import Counter
from hashlib import blake2b
from typing import Any

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.rows import EventKind, Owner, RawEvent
from orchestration.ingest.shell_events import read_shell_events
from orchestration.ingest.sources.claude_code.responses import Call, Work
from orchestration.ingest.sources.claude_code.scan import is_vendor_id
from orchestration.ingest.sources.claude_code.timeline import Entry, Timeline
from orchestration.ingest.sources.claude_code.turns import TurnReader
from orchestration.ingest.sources.claude_code.who_speaks import read_utterance

_SYSTEM_EVENTS: dict[str, EventKind] = {
    "compact_boundary": "compaction",
    "microcompact_boundary": "microcompaction",
    "api_error": "api_retry",
}


def plan_hash(plan: Any) -> str | None:
    """A key for a plan's text, the same in the session that made it and in the one that carries it out."""
    if not isinstance(plan, str) or not plan.strip():
        return None
    return blake2b(plan.strip().encode(), digest_size=16).hexdigest()


def read_events(timeline: Timeline, work: Work, readers: list[TurnReader], owner: Owner) -> list[RawEvent]:
    """All events of a session, sorted by time and id; ids are unique within it."""
    reader = _EventReader(owner)
    for turn_reader in readers:
        reader.read_marks(turn_reader)
    for call in work.calls.values():
        reader.read_call(call)
    opened = {
        (event.pull_request_repository, event.pull_request_number)
        for event in reader.events
        if event.event_kind == "pull_request_opened"
    }
    for entry in timeline.entries:
        reader.read_entry(entry, opened)
    return sorted(reader.events, key=lambda event: (event.occurred_at, event.event_id))


class _EventReader:
    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.events: list[RawEvent] = []
        self.numbers: Counter[tuple[str, str]] = Counter()

    def _add(
        self, kind: EventKind, entry: Entry, evidence: str, *, call_key: str | None = None, **columns: Any
    ) -> None:
        subject = self._named(call_key) or entry.record_id
        number = self.numbers[(kind, subject)]
        self.numbers[(kind, subject)] += 1
        values: dict[str, Any] = dict.fromkeys(RawEvent._fields)
        values |= {
            "event_id": f"{kind}:{subject}:{number}",
            **self.owner._asdict(),
            "turn_id": entry.turn_id,
            "agent_id": entry.agent_id,
            "record_id": string_of(entry.record.get("uuid")),
            "event_kind": kind,
            "occurred_at": entry.at,
            "evidence": evidence,
            "is_sidechain": entry.is_sidechain,
        }
        self.events.append(RawEvent(**(values | columns)))

    def _named(self, tool_use_id: str | None) -> str | None:
        """The call's id, with the session's where models number calls from zero in each session."""
        if tool_use_id is None or is_vendor_id(tool_use_id):
            return tool_use_id
        return f"{self.owner.session_id}:{tool_use_id}"

    def read_marks(self, reader: TurnReader) -> None:
        for mark in reader.marks:
            call = mark.call
            self._add(
                mark.kind,
                mark.entry,
                "record",
                turn_id=mark.turn_id,
                call_key=call.key if call else None,
                tool_use_id=call.tool_use_id if call else None,
                occurrence=call.occurrence if call else None,
                detail=mark.detail or (call.name[:120] if call else None),
                plan_hash=plan_hash(call.input.get("plan")) if call and mark.kind == "plan_stopped" else None,
            )
        for entry, mode in reader.mode_changes:
            self._add("mode_change", entry, "record", detail=mode)

    def read_call(self, call: Call) -> None:
        if call.name not in ("Bash", "PowerShell") or call.result is None or call.result_entry is None:
            return
        command = call.input.get("command")
        if not isinstance(command, str) or call.result.error_kind in (
            "denied_by_user",
            "denied_by_rule",
            "collateral",
        ):
            return
        detail = call.detail
        output = call.result.text
        if isinstance(detail, dict) and isinstance(detail.get("stderr"), str):
            output = f"{output}\n{detail['stderr']}"
        for event in read_shell_events(command, output, call.result.exit_code, detail):
            self._add(
                event.kind,
                call.result_entry,
                event.evidence,
                turn_id=call.entry.turn_id,
                agent_id=call.entry.agent_id,
                call_key=call.key,
                tool_use_id=call.tool_use_id,
                occurrence=call.occurrence,
                detail=event.detail,
                commit_sha=event.commit_sha,
                pull_request_number=event.pull_request_number,
                pull_request_repository=event.pull_request_repository,
                exit_code=call.result.exit_code,
                tests_passed=event.tests_passed,
                tests_failed=event.tests_failed,
                is_success=event.is_success,
            )

    def read_entry(self, entry: Entry, opened: set[tuple[str | None, int | None]]) -> None:
        """Events that are records of their own."""
        record = entry.record
        if entry.type == "system":
            kind = _SYSTEM_EVENTS.get(str(record.get("subtype")))
            if kind:
                self._add(kind, entry, "record", detail=_trigger(record))
            elif record.get("subtype") == "local_command" and "/clear<" in str(record.get("content")):
                self._add("cleared", entry, "record")
        elif entry.type == "assistant" and record.get("isApiErrorMessage") is True:
            error = record.get("error")
            self._add("api_error", entry, "record", detail=error[:120] if isinstance(error, str) else None)
        elif entry.type == "pr-link":
            pull = (string_of(record.get("prRepository")), count_of(record.get("prNumber")))
            if pull not in opened and pull[1] is not None:
                opened.add(pull)
                self._add(
                    "pull_request_opened",
                    entry,
                    "pr_link",
                    is_success=True,
                    pull_request_number=pull[1],
                    pull_request_repository=pull[0],
                )
        elif entry.type == "user" and not entry.is_sidechain:
            said = read_utterance(record)
            if said.speaker == "command" and said.command_name == "clear":
                self._add("cleared", entry, "record")


def _trigger(record: dict[str, Any]) -> str | None:
    for key in ("compactMetadata", "microcompactMetadata"):
        metadata = record.get(key)
        if isinstance(metadata, dict) and isinstance(metadata.get("trigger"), str):
            return str(metadata["trigger"])[:40]
    error = record.get("error")
    status = error.get("status") if isinstance(error, dict) else None
    return str(status) if isinstance(status, int) else None
