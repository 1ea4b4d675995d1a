"""One session's timeline → the rows of every raw table.

The last step of parsing: responses, calls, acts and turns become rows with their keys, their owner
and redacted text. What a record means was settled before (`who_speaks`, `responses`, `turns`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from orchestration.ingest.events import read_events
from orchestration.ingest.human_acts import Act, Talk, read_talk
from orchestration.ingest.responses import Call, Response, Work, input_text, input_word_count, read_work
from orchestration.ingest.rows import (
    Owner,
    RawHumanAct,
    RawRedaction,
    RawResponse,
    RawSession,
    RawSessionAlias,
    RawToolCall,
    RawTurn,
)
from orchestration.ingest.session_facts import SessionFacts, read_facts
from orchestration.ingest.timeline import Entry, Timeline, in_branch
from orchestration.ingest.tool_results import FILE_TOOLS, byte_count, cut_text
from orchestration.ingest.turns import Turn, TurnReader


class TextRedactor(Protocol):
    """What replaces secrets and personal data in a text and counts what it replaced."""

    def redact(self, text: str, counts: Counter[str]) -> str: ...


@dataclass(frozen=True)
class AssembleOptions:
    """What assembling depends on besides the records."""

    redactor: TextRedactor
    text_cut_bytes: int
    closing_lag: timedelta


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
        self.redactions: Counter[str] = Counter()
        self.work: Work = read_work(timeline.entries)
        self.talk: Talk = read_talk(timeline.entries, self.work)
        self.readers: list[TurnReader] = []
        for branch in range(timeline.branch_count):
            reader = TurnReader(self.work, self.talk)
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
        self.facts: SessionFacts = read_facts(timeline, self.work, self.turns)
        self._give_turns_to_agents()

    def _give_turns_to_agents(self) -> None:
        """A sub-agent's records belong to the turn that spawned it, else to the turn running then."""
        spawned = {
            call.result.spawned_agent_id: call.entry.turn_id
            for call in self.work.calls.values()
            if call.result is not None and call.result.spawned_agent_id and not call.entry.is_sidechain
        }
        for entry in self.timeline.entries:
            if entry.is_sidechain and entry.turn_id is None:
                parent = self.work.calls.get(str(entry.record.get("parentToolUseID")))
                entry.turn_id = (
                    spawned.get(entry.agent_id)
                    or (parent.entry.turn_id if parent else None)
                    or self._turn_at(entry.at)
                )

    def _turn_at(self, at: datetime) -> str | None:
        for turn in reversed(self.turns):
            if turn.started_at <= at:
                return turn.turn_id if at <= turn.ended_at else None
        return None

    def _text(self, text: str) -> str:
        return self.options.redactor.redact(text, self.redactions)

    def _cut(self, text: str) -> str:
        if "PRIVATE KEY" in text:  # a key block must not be cut in two before it is found
            text = self._text(text)
        return self._text(cut_text(text, self.options.text_cut_bytes))

    def rows(self, aliases: list[str]) -> SessionRows:
        owner = self.owner
        tables: dict[str, list[tuple[Any, ...]]] = {
            "raw_responses": [
                self._response(response)
                for response in sorted(
                    self.work.responses.values(), key=lambda r: (r.entry.at, r.entry.place, r.message_id)
                )
            ],
            "raw_tool_calls": [
                self._tool_call(call)
                for call in sorted(
                    self.work.calls.values(), key=lambda c: (c.entry.at, c.entry.place, c.tool_use_id)
                )
            ],
            "raw_human_acts": [
                self._human_act(act)
                for act in sorted(self.talk.acts.values(), key=lambda a: (a.entry.at, a.entry.place))
            ],
            "raw_events": read_events(self.timeline, self.work, self.readers, owner),
            "raw_turns": self._turn_rows(),
            "raw_session_aliases": [
                RawSessionAlias(alias, owner.session_id, owner.source)
                for alias in aliases
                if alias != owner.session_id
            ],
            "raw_record_counts": list(self.timeline.count_rows(owner.session_id)),
            "raw_sessions": [self._session()],
        }
        tables["raw_redactions"] = [
            RawRedaction(owner.session_id, owner.source, kind, number)
            for kind, number in sorted(self.redactions.items())
        ]
        return SessionRows({name: rows for name, rows in tables.items() if rows})

    def _session(self) -> RawSession:
        facts = self.facts
        return RawSession(
            *self.owner[:1],
            source=self.owner.source,
            user_id=self.owner.user_id,
            project_id=self.owner.project_id,
            **facts._asdict(),
        )

    def _response(self, response: Response) -> RawResponse:
        entry, usage = response.entry, response.usage
        message = entry.record["message"]
        text = "\n".join(response.texts)
        creation = usage.get("cache_creation")
        server = usage.get("server_tool_use")
        return RawResponse(
            message_id=response.message_id,
            session_id=self.owner.session_id,
            turn_id=entry.turn_id,
            user_id=self.owner.user_id,
            project_id=self.owner.project_id,
            source=self.owner.source,
            agent_id=entry.agent_id,
            record_id=entry.record_id,
            request_id=_string(entry.record.get("requestId")),
            record_origin=entry.origin,
            model=_string(message.get("model")),
            responded_at=entry.at,
            ended_at=response.ended_at,
            text=self._text(text) if text else None,
            text_word_count=len(text.split()),
            text_char_count=len(text),
            thinking_char_count=response.thinking_chars,
            tool_use_count=response.tool_uses,
            line_count=response.lines,
            input_tokens=_count(usage.get("input_tokens")),
            cache_creation_input_tokens=_count(usage.get("cache_creation_input_tokens")),
            cache_creation_1h_input_tokens=_count(
                creation.get("ephemeral_1h_input_tokens") if isinstance(creation, dict) else None
            ),
            cache_read_input_tokens=_count(usage.get("cache_read_input_tokens")),
            output_tokens=_count(usage.get("output_tokens")),
            web_search_request_count=_count(
                server.get("web_search_requests") if isinstance(server, dict) else None
            ),
            stop_reason=response.stop_reason,
            service_tier=_string(usage.get("service_tier")),
            speed=_string(usage.get("speed")),
            cli_version=_string(entry.record.get("version")),
            is_usage_final=response.stop_reason is not None,
            is_synthetic=response.is_synthetic,
            is_api_error=response.is_api_error,
            is_sidechain=entry.is_sidechain,
        )

    def _tool_call(self, call: Call) -> RawToolCall:
        entry, result = call.entry, call.result
        asked = input_text(call) if call.has_call else None
        path = call.input.get("file_path") or call.input.get("notebook_path")
        path = path if isinstance(path, str) else None
        name = path.replace("\\", "/").rsplit("/", 1)[-1] if path else ""
        skill = call.input.get("skill") if call.name == "Skill" else None
        agent_type = call.input.get("subagent_type") or (result.subagent_type if result else None)
        return RawToolCall(
            tool_use_id=call.tool_use_id,
            session_id=self.owner.session_id,
            turn_id=entry.turn_id,
            user_id=self.owner.user_id,
            project_id=self.owner.project_id,
            source=self.owner.source,
            message_id=call.message_id,
            agent_id=entry.agent_id,
            record_id=entry.record_id,
            result_record_id=call.result_entry.record_id if call.result_entry else None,
            record_origin=entry.origin,
            tool_name=call.name[:120],
            mcp_server=_mcp_server(call.name),
            called_at=entry.at,
            resulted_at=call.result_entry.at if call.result_entry else None,
            input_text=self._cut(asked) if asked else None,
            input_byte_count=byte_count(asked) if asked is not None else None,
            result_text=self._cut(result.text) if result and result.text else None,
            result_byte_count=byte_count(result.text) if result else None,
            error_kind=result.error_kind if result else None,
            exit_code=result.exit_code if result else None,
            file_path=self._text(path) if path else None,
            file_extension=name.rsplit(".", 1)[1].lower()[:20] if "." in name[1:] else None,
            lines_added=result.lines_added if result and call.name in FILE_TOOLS else None,
            lines_removed=result.lines_removed if result and call.name in FILE_TOOLS else None,
            spawned_agent_id=result.spawned_agent_id if result else None,
            subagent_type=agent_type[:120] if isinstance(agent_type, str) else None,
            skill_name=skill[:120] if isinstance(skill, str) else None,
            is_error=result is not None and result.error_kind in ("exit_code", "other", "denied_by_rule"),
            is_new_file=result.is_new_file if result else None,
            is_user_modified=result.is_user_modified if result else None,
            is_background=bool(result and result.is_background),
            is_interrupted=bool(result and result.is_interrupted),
            is_sidechain=entry.is_sidechain,
            has_call=call.has_call,
            has_result=result is not None,
        )

    def _human_act(self, act: Act) -> RawHumanAct:
        text = act.text
        return RawHumanAct(
            act_id=act.act_id,
            session_id=self.owner.session_id,
            turn_id=act.entry.turn_id,
            user_id=self.owner.user_id,
            project_id=self.owner.project_id,
            source=self.owner.source,
            record_id=_string(act.entry.record.get("uuid")),
            act_kind=act.kind,
            acted_at=act.entry.at,
            text=self._text(text) if text else text,
            word_count=len(text.split()) if text is not None else None,
            char_count=len(text) if text is not None else None,
            command_name=act.command_name[:120] if act.command_name else None,
            tool_use_id=act.tool_use_id,
            queue_outcome=act.queue_outcome,
            permission_mode=act.permission_mode,
            is_typed=act.is_typed,
            is_mid_run=act.is_mid_run,
            has_image=act.has_image,
        )

    def _turn_rows(self) -> list[tuple[Any, ...]]:
        """Turn rows with the sums of what belongs to each."""
        calls, responses = defaultdict(list), defaultdict(list)
        for call in self.work.calls.values():
            calls[call.entry.turn_id].append(call)
        for response in self.work.responses.values():
            if not response.is_synthetic:
                responses[response.entry.turn_id].append(response)
        marks = Counter((mark.turn_id, mark.kind) for reader in self.readers for mark in reader.marks)
        steering = Counter(
            act.entry.turn_id for act in self.talk.acts.values() if act.is_mid_run and act.kind == "steering"
        )
        return [
            self._turn(number, turn, calls[turn.turn_id], responses[turn.turn_id], marks, steering)
            for number, turn in enumerate(self.turns, start=1)
        ]

    def _turn(
        self,
        number: int,
        turn: Turn,
        calls: list[Call],
        responses: list[Response],
        marks: Counter[tuple[str | None, Any]],
        steering: Counter[str | None],
    ) -> RawTurn:
        tokens = [_count(response.usage.get("output_tokens")) for response in responses]
        known = [token for token in tokens if token is not None]
        root = [response for response in responses if not response.entry.is_sidechain]
        questions = sum(call.name == "AskUserQuestion" and not call.entry.is_sidechain for call in calls)
        if turn.end_reason == "question" and turn.waiting is None:
            questions += 1
        return RawTurn(
            turn_id=turn.turn_id,
            session_id=self.owner.session_id,
            user_id=self.owner.user_id,
            project_id=self.owner.project_id,
            source=self.owner.source,
            opening_act_id=turn.opening_act.act_id if turn.opening_act else None,
            opened_by=turn.opened_by,
            turn_number=number,
            started_at=turn.started_at,
            ended_at=max(turn.started_at, turn.ended_at),
            end_reason=turn.end_reason or "completed",
            wall_seconds=turn.wall_seconds,
            net_seconds=turn.net_seconds,
            reported_seconds=turn.reported_seconds,
            response_count=len(responses),
            tool_call_count=len(calls),
            root_tool_call_count=sum(not call.entry.is_sidechain for call in calls),
            tool_error_count=sum(
                call.result is not None and call.result.error_kind in ("exit_code", "other", "denied_by_rule")
                for call in calls
            ),
            steering_count=steering[turn.turn_id],
            interrupt_count=marks[(turn.turn_id, "interrupt")],
            denial_count=marks[(turn.turn_id, "denial")],
            clarification_count=questions,
            compaction_count=turn.compactions,
            agent_word_count=sum(len(text.split()) for response in root for text in response.texts),
            tool_input_word_count=sum(
                input_word_count(call) for call in calls if not call.entry.is_sidechain
            ),
            output_tokens=sum(known) if known else None,
            permission_mode=turn.permission_mode,
            model=turn.model,
            speed=turn.speed,
            cli_version=turn.version,
            is_usage_final=all(response.stop_reason for response in responses) if responses else None,
            is_background=turn.opened_by == "background_notification",
            has_agent_work=turn.has_agent_work,
        )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    """A token count, or None where there is none or it makes no sense."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _mcp_server(tool_name: str) -> str | None:
    parts = tool_name.split("__")
    return parts[1][:120] if len(parts) >= 3 and parts[0] == "mcp" else None
