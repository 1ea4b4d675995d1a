"""Events of a session as rows: marks of the turns, git, tests, compactions, errors, mode changes.

Ids come from record ids (or from what the event is about), never from positions in the output. A pull
request that several calls or records tell of is opened once.
"""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.pull_requests import mcp_pull_request_kind, request_of_mcp
from orchestration.ingest.rows import EventEvidence, EventKind, Owner, RawEvent
from orchestration.ingest.shell_events import ToolEvent, read_shell_events
from orchestration.ingest.sources.claude_code.refusals import MACHINE_REFUSALS
from orchestration.ingest.sources.claude_code.responses import Call, Work
from orchestration.ingest.sources.claude_code.scan import is_vendor_id
from orchestration.ingest.sources.claude_code.timeline import Entry, Timeline
from orchestration.ingest.sources.claude_code.tools import SHELL_TOOLS
from orchestration.ingest.sources.claude_code.turn import Mark
from orchestration.ingest.sources.claude_code.turns import TurnReader
from orchestration.ingest.sources.claude_code.who_speaks import read_utterance

_SYSTEM_EVENTS: dict[str, EventKind] = {
    "compact_boundary": "compaction",
    "microcompact_boundary": "microcompaction",
    "api_error": "api_retry",
}
_EFFORTS = {"ultra_effort_enter": "ultra", "ultra_effort_exit": None}
_NAME = re.compile(r"[\w.-]{1,40}")
_DID_NOT_RUN = MACHINE_REFUSALS | {"denied_by_user", "collateral"}


def plan_hash(plan: Any) -> str | None:
    """A key for a plan's text, the same in the session that made it and in the one that carries it out."""
    if not isinstance(plan, str) or not plan.strip():
        return None
    return blake2b(plan.strip().encode(), digest_size=16).hexdigest()


def denials_in_sub_agents(work: Work) -> list[Mark]:
    """A person's refusals of calls of sub-agents: inside the turn to which the sub-agent belongs."""
    return [
        Mark("denial", call.result_entry, call, call.entry.turn_id)
        for call in work.calls.values()
        if call.result is not None
        and call.result_entry is not None
        and call.result_entry.is_sidechain
        and call.result.error_kind == "denied_by_user"
    ]


def read_events(
    timeline: Timeline, work: Work, readers: list[TurnReader], marks: list[Mark], owner: Owner
) -> list[RawEvent]:
    """All events of a session, sorted by time and id; ids are unique within it."""
    reader = _EventReader(owner, work)
    reader.read_marks(marks)
    for turn_reader in readers:
        reader.read_mode_changes(turn_reader)
    for call in sorted(work.calls.values(), key=lambda call: (call.entry.at, call.entry.place)):
        reader.read_call(call)
    for entry in timeline.entries:
        reader.read_entry(entry)
    return sorted(reader.events, key=lambda event: (event.occurred_at, event.event_id))


class _EventReader:
    def __init__(self, owner: Owner, work: Work) -> None:
        self.owner = owner
        self.work = work
        self.events: list[RawEvent] = []
        self.numbers: Counter[tuple[str, str]] = Counter()

    def _add(
        self,
        kind: EventKind,
        entry: Entry,
        evidence: EventEvidence,
        *,
        call_key: str | None = None,
        **columns: Any,
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

    def read_marks(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
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

    def read_mode_changes(self, reader: TurnReader) -> None:
        for entry, mode in reader.mode_changes:
            self._add("mode_change", entry, "record", detail=mode)

    def read_call(self, call: Call) -> None:
        """What a shell call or an MCP call did in git and on its forge."""
        if call.result is None or call.result_entry is None or call.result.error_kind in _DID_NOT_RUN:
            return
        found = _shell_events(call) if call.name in SHELL_TOOLS else _mcp_events(call)
        for event in found:
            if event.kind == "pull_request_opened" and event.is_success and self._is_known(event):
                continue
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

    def _is_known(self, event: ToolEvent) -> bool:
        return self._opened(event.pull_request_repository, event.pull_request_number) is not None

    def _opened(self, repository: str | None, number: int | None) -> int | None:
        """Where the event stands that opened this pull request; a repository that is not stated fits any."""
        for at, event in enumerate(self.events if number is not None else ()):
            if event.event_kind == "pull_request_opened" and event.pull_request_number == number:
                known = event.pull_request_repository
                if known is None or repository is None or known.lower() == repository.lower():
                    return at
        return None

    def read_entry(self, entry: Entry) -> None:
        """Events that are records of their own."""
        record = entry.record
        if entry.type == "system":
            kind = _SYSTEM_EVENTS.get(str(record.get("subtype")))
            if kind:
                self._add(kind, entry, "record", detail=_trigger(record))
            elif record.get("subtype") == "local_command" and "/clear<" in str(record.get("content")):
                self._add("cleared", entry, "record")
        elif entry.type == "assistant" and record.get("isApiErrorMessage") is True:
            self._add("api_error", entry, "record", detail=_error_name(record.get("error")))
        elif entry.type == "attachment":
            self._read_attachment(entry)
        elif entry.type == "pr-link":
            self._read_link(entry)
        elif entry.type == "user" and not entry.is_sidechain:
            said = read_utterance(record)
            if said.speaker == "command" and said.command_name == "clear":
                self._add("cleared", entry, "record")

    def _read_attachment(self, entry: Entry) -> None:
        attachment = entry.record.get("attachment")
        kind = attachment.get("type") if isinstance(attachment, dict) else None
        if not isinstance(attachment, dict) or not isinstance(kind, str):
            return
        if kind in _EFFORTS:
            self._add("effort_change", entry, "record", detail=_EFFORTS[kind])
        elif kind == "hook_cancelled":
            call = self.work.call_before(string_of(attachment.get("toolUseID")) or "", entry.at)
            event = string_of(attachment.get("hookEvent"))
            self._add(
                "hook_cancelled", entry, "record",
                tool_use_id=call.tool_use_id if call else None,
                occurrence=call.occurrence if call else None,
                detail=event[:40] if event else None,
            )  # fmt: skip

    def _read_link(self, entry: Entry) -> None:
        """A pull request that the harness linked: opened by a call that is read already, or by none."""
        repository = string_of(entry.record.get("prRepository"))
        number = count_of(entry.record.get("prNumber"))
        if number is None or self._opened(repository, number) is not None:
            return
        for at, event in enumerate(self.events):
            is_unnamed = event.event_kind == "pull_request_opened" and event.pull_request_number is None
            if is_unnamed and event.is_success is not False and event.occurred_at <= entry.at:
                self.events[at] = event._replace(
                    pull_request_number=number, pull_request_repository=repository, is_success=True
                )
                return
        self._add(
            "pull_request_opened",
            entry,
            "pr_link",
            is_success=True,
            pull_request_number=number,
            pull_request_repository=repository,
        )


def _shell_events(call: Call) -> Iterable[ToolEvent]:
    command = call.input.get("command")
    if not isinstance(command, str) or call.result is None:
        return ()
    output = call.result.text
    if isinstance(call.detail, dict) and isinstance(call.detail.get("stderr"), str):
        output = f"{output}\n{call.detail['stderr']}"
    return read_shell_events(command, output, call.result.exit_code, call.detail)


def _mcp_events(call: Call) -> Iterable[ToolEvent]:
    kind = mcp_pull_request_kind(call.name)
    if kind is None or call.result is None:
        return
    named = request_of_mcp(call.input, call.result.text)
    yield ToolEvent(
        kind,
        "tool_result",
        call.result.error_kind is None,
        pull_request_number=named.number,
        pull_request_repository=named.repository,
    )


def _error_name(error: Any) -> str | None:
    """The kind of an error, such as rate_limit; never a message, which may quote anything."""
    return error if isinstance(error, str) and _NAME.fullmatch(error) else None


def _trigger(record: dict[str, Any]) -> str | None:
    for key in ("compactMetadata", "microcompactMetadata"):
        metadata = record.get(key)
        if isinstance(metadata, dict) and isinstance(metadata.get("trigger"), str):
            return str(metadata["trigger"])[:40]
    error = record.get("error")
    status = error.get("status") if isinstance(error, dict) else None
    return str(status) if isinstance(status, int) else None
