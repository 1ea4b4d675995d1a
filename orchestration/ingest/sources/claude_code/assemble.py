"""One session's timeline → the rows of every raw table.

The last step of parsing: responses, calls, acts and turns become rows with their keys, their owner
and redacted text. What a record means was settled before (`who_speaks`, `responses`, `turns`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orchestration.ingest.redaction.kept_text import KeptText, TextRedactor
from orchestration.ingest.rows import (
    Owner,
    RawHarnessText,
    RawRedaction,
    RawSession,
    RawSessionAlias,
    RawWrittenLine,
)
from orchestration.ingest.session_title import kept_title
from orchestration.ingest.sources.claude_code.approvals import approval_of, settle_decisions
from orchestration.ingest.sources.claude_code.events import denials_in_sub_agents, read_events
from orchestration.ingest.sources.claude_code.file_lines import written_rows
from orchestration.ingest.sources.claude_code.gaps import Gaps
from orchestration.ingest.sources.claude_code.harness_texts import harness_text_row, harness_texts_of
from orchestration.ingest.sources.claude_code.human_acts import Talk, read_talk
from orchestration.ingest.sources.claude_code.queued_acts import add_queued_acts
from orchestration.ingest.sources.claude_code.responses import Call, Work, read_work
from orchestration.ingest.sources.claude_code.session_facts import AGENT, SessionFacts, read_facts
from orchestration.ingest.sources.claude_code.session_lines import settle_lines
from orchestration.ingest.sources.claude_code.timeline import Timeline, in_branch
from orchestration.ingest.sources.claude_code.turn import Mark, Turn
from orchestration.ingest.sources.claude_code.turn_rows import turn_rows
from orchestration.ingest.sources.claude_code.turns import TurnReader
from orchestration.ingest.sources.claude_code.work_rows import (
    human_act_row,
    response_row,
    side_usage_rows,
    tool_call_row,
)
from orchestration.ingest.tool_decisions import ToolDecision
from orchestration.ingest.written_lines import LineKeys


@dataclass(frozen=True)
class AssembleOptions:
    """What assembling depends on besides the records."""

    redactor: TextRedactor
    text_cut_bytes: int
    closing_lag: timedelta
    project_name: str | None = None
    project_root: str | None = None
    decisions: tuple[ToolDecision, ...] = ()
    line_keys: LineKeys | None = None


@dataclass
class SessionRows:
    """Rows of one session, by raw table."""

    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)


def assemble_session(
    timeline: Timeline,
    *,
    owner: Owner,
    aliases: Iterable[str],
    archived_at: datetime,
    options: AssembleOptions,
) -> SessionRows:
    """All rows of a session; deterministic in the timeline, whatever order its files came in."""
    return _Assembler(timeline, owner, archived_at, options).rows(sorted(aliases))


class _Assembler:
    def __init__(
        self, timeline: Timeline, owner: Owner, archived_at: datetime, options: AssembleOptions
    ) -> None:
        self.timeline = timeline
        self.owner = owner
        self.options = options
        self.kept = KeptText(options.redactor, cut_bytes=options.text_cut_bytes)
        self.work: Work = read_work(timeline.entries)
        settle_lines(self.work.calls.values())
        settle_decisions(self.work.calls.values(), options.decisions)
        self.talk: Talk = read_talk(timeline.entries, self.work)
        add_queued_acts(timeline.entries, self.talk, self.work)
        gaps = Gaps(timeline.entries, self.work)
        self.readers: list[TurnReader] = []
        for branch in range(timeline.branch_count):
            reader = TurnReader(self.work, self.talk, gaps)
            reader.read(
                in_branch(timeline.entries, branch),
                archived_at=archived_at,
                closing_lag=options.closing_lag,
            )
            self.readers.append(reader)
        self.turns: list[Turn] = sorted(
            (turn for reader in self.readers for turn in reader.turns),
            key=lambda turn: (turn.started_at, turn.opening.place),
        )
        self.facts: SessionFacts = read_facts(timeline, self.work, self.talk.acts, self.turns)
        self._give_turns_to_agents()
        self.marks: list[Mark] = [mark for reader in self.readers for mark in reader.marks]
        self.marks += denials_in_sub_agents(self.work)
        self._note_drift()

    def _give_turns_to_agents(self) -> None:
        """A sub-agent's records belong to the turn that spawned it, else to the turn running then."""
        spawned: dict[str | None, str | None] = {
            call.result.spawned_agent_id: call.entry.turn_id
            for call in self.work.calls.values()
            if call.result is not None and call.result.spawned_agent_id and not call.entry.is_sidechain
        }
        for entry in self.timeline.entries:
            if entry.is_sidechain and entry.turn_id is None:
                parent = self.work.call_before(str(entry.record.get("parentToolUseID")), entry.at)
                entry.turn_id = (
                    spawned.get(entry.agent_id)
                    or (parent.entry.turn_id if parent else None)
                    or _turn_at(self.turns, entry.at)
                )

    def _note_drift(self) -> None:
        drift = self.timeline.drift
        for entry in self.timeline.entries:
            drift.read(entry.record, entry.type)
        for call in self.work.calls.values():
            if call.result is not None and call.result.unknown_refusal and call.result_entry is not None:
                version = call.result_entry.record.get("version")
                drift.note("refusal_text", call.result.unknown_refusal, version, call.result_entry.record)

    def rows(self, aliases: list[str]) -> SessionRows:
        owner = self.owner
        modes: dict[str | None, str | None] = {turn.turn_id: turn.permission_mode for turn in self.turns}
        responses = sorted(self.work.responses, key=lambda r: (r.entry.at, r.entry.place, r.response_id))
        calls = sorted(self.work.calls.values(), key=lambda c: (c.entry.at, c.entry.place, c.key))
        tables: dict[str, list[tuple[Any, ...]]] = {
            "raw_responses": [response_row(response, owner, self.kept) for response in responses],
            "raw_side_usages": [row for response in responses for row in side_usage_rows(response, owner)],
            "raw_tool_calls": [
                tool_call_row(call, owner, self.kept, approval_of(call, modes)) for call in calls
            ],
            "raw_written_lines": list(self._written_lines(calls)),
            "raw_human_acts": [
                human_act_row(act, owner, self.kept)
                for act in sorted(self.talk.acts.values(), key=lambda a: (a.entry.at, a.entry.place))
            ],
            "raw_harness_texts": list(self._harness_texts()),
            "raw_events": list(read_events(self.timeline, self.work, self.readers, self.marks, owner)),
            "raw_turns": list(turn_rows(self.turns, self.marks, self.work, self.talk, owner)),
            "raw_session_aliases": [
                RawSessionAlias(alias, owner.session_id, owner.source)
                for alias in aliases
                if alias != owner.session_id
            ],
            "raw_record_counts": list(self.timeline.count_rows(owner.session_id)),
            "raw_drift": list(self.timeline.drift.rows(owner.session_id, owner.source)),
            "raw_sessions": [self._session()],
        }
        tables["raw_redactions"] = [
            RawRedaction(owner.session_id, owner.source, kind, number)
            for kind, number in sorted(self.kept.redactions.items())
        ]
        return SessionRows({name: rows for name, rows in tables.items() if rows})

    def _written_lines(self, calls: Sequence[Call]) -> Iterator[RawWrittenLine]:
        """None where nobody compares them with commits: cases of classifiers have no key."""
        if self.options.line_keys is not None:
            yield from written_rows(calls, self.owner, self.options.line_keys)

    def _harness_texts(self) -> Iterator[RawHarnessText]:
        for entry in self.timeline.entries:
            for found in harness_texts_of(entry, self.talk.utterances.get(id(entry))):
                # By time alone: it may come before the first response of its turn, or long after the last.
                own = self.readers[entry.branch].turns
                turn_id = entry.turn_id if entry.is_sidechain else _turn_at(own, entry.at)
                yield harness_text_row(found, entry, self.owner, self.kept, turn_id=turn_id)

    def _session(self) -> RawSession:
        facts = self.facts
        return RawSession(
            *self.owner[:1],
            agent=AGENT,
            source=self.owner.source,
            user_id=self.owner.user_id,
            project_id=self.owner.project_id,
            project_name=self.options.project_name,
            project_root=self.kept.place(root) if (root := self.options.project_root) else None,
            title=kept_title(self.timeline.title, self.kept),
            **facts._asdict(),
        )


def _turn_at(turns: Sequence[Turn], at: datetime) -> str | None:
    """The turn of these (in time order) that was running then."""
    for turn in reversed(turns):
        if turn.started_at <= at:
            return turn.turn_id if at <= turn.ended_at else None
    return None
