"""The main conversation of one branch → turns: from the act that sets the agent working to its stop.

Steering, permission waits and denials with feedback are inside a turn; a question, a plan put up for
approval, an interrupt and a STOP denial end it (METHODS D3). Interrupts and denials become marks that
`events.py` turns into events: a denial and the interrupt record that follows it count once.
"""

from datetime import datetime, timedelta

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.rows import TurnEnd, TurnOpener
from orchestration.ingest.sources.claude_code.gaps import Gaps
from orchestration.ingest.sources.claude_code.human_acts import Act, Talk
from orchestration.ingest.sources.claude_code.permission_modes import stated_mode
from orchestration.ingest.sources.claude_code.refusals import FAILURES
from orchestration.ingest.sources.claude_code.responses import Call, Work, tool_name_of
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.turn import Mark, MarkKind, Turn
from orchestration.ingest.sources.claude_code.who_speaks import Utterance, text_of

PAIR_GAP = timedelta(seconds=5)
"""The interrupt record of a STOP denial follows it within milliseconds in every case seen."""

BACKGROUND_OPENERS: frozenset[TurnOpener] = frozenset({"background_notification", "machine_message"})
NO_HUMAN_OPENERS: frozenset[TurnOpener] = BACKGROUND_OPENERS | {"unknown"}
"""What sets the agent working without a human act."""


class TurnReader:
    """Walks the entries of one branch in time order; `turns` and `marks` are the result."""

    def __init__(self, work: Work, talk: Talk, gaps: Gaps) -> None:
        self.work = work
        self.gaps = gaps
        self.talk = talk
        self.turns: list[Turn] = []
        self.marks: list[Mark] = []
        self.mode_changes: list[tuple[Entry, str | None]] = []
        self.mode: str | None = None
        self._turn: Turn | None = None
        self._pending: tuple[TurnOpener, Entry, Act | None] | None = None
        self._denied_at: datetime | None = None
        self._response_turn: dict[int, Turn] = {}

    def read(self, entries: list[Entry], *, archived_at: datetime, closing_lag: timedelta) -> None:
        """Read all entries; the last turn is open while the session is younger than `closing_lag`."""
        for entry in entries:
            self._read_entry(entry)
            if entry.turn_id is None and self._is_inside(entry):
                entry.turn_id = self._turn.turn_id if self._turn else None
        if self._turn is not None:
            is_young = archived_at - self._turn.ended_at < closing_lag
            self._finish(self._turn, next_is_human=False, last="open" if is_young else "session_end")

    def _is_inside(self, entry: Entry) -> bool:
        """Whether an entry belongs to the current turn: not what a human does while the agent waits."""
        if self._turn is None or (self._pending is not None and self._pending[1] is entry):
            return False
        return not self._turn.is_ended or entry.type == "assistant" or id(entry) in self.work.results

    def _read_entry(self, entry: Entry) -> None:
        self._note_mode(entry)
        if entry.type == "assistant":
            self._read_assistant(entry)
        elif entry.type == "user":
            calls = self.work.results.get(id(entry))
            said = self.talk.utterances.get(id(entry))
            if calls:
                for call in calls:
                    self._read_result(entry, call)
            elif said:
                self._read_utterance(entry, said)
        elif entry.type == "system":
            self._read_system(entry)
        elif (act := self.talk.acts.get(id(entry))) and not (act.is_mid_run and self._is_working()):
            # Queued while the agent waited: it sets the agent working without a record of its own.
            self._pending = ("command" if act.kind == "command" else "prompt", entry, act)

    def _is_working(self) -> bool:
        return self._turn is not None and not self._turn.is_ended

    def _note_mode(self, entry: Entry) -> None:
        stated = stated_mode(entry.record)
        if stated is None or stated.is_left != (stated.mode == self.mode):
            return
        mode = None if stated.is_left else stated.mode
        if self.mode is not None:
            self.mode_changes.append((entry, mode))
        self.mode = mode

    # --- what the agent does -------------------------------------------------------------------

    def _read_assistant(self, entry: Entry) -> None:
        message = entry.record["message"]
        response = id(self.work.response_of.get(id(entry)))
        if message.get("model") == "<synthetic>":
            if self._turn is not None and entry.record.get("isApiErrorMessage") is True:
                self._turn.has_error_last = True
                self._turn.advance(entry.at)
            return
        late = self._response_turn.get(response)
        if late is not None and (late is not self._turn or late.is_ended or self._pending):
            # A line of a response already read, out of order: it belongs where the response is.
            entry.turn_id = late.turn_id
            return
        if self._turn is None or self._turn.is_ended or self._pending is not None:
            self._open_from_pending(entry)
        turn = self._turn
        assert turn is not None  # opened above
        self._response_turn[response] = turn
        turn.advance(entry.at)
        turn.has_agent_work, turn.has_error_last, turn.has_stopped = True, False, False
        self._denied_at = None
        turn.model = turn.model or string_of(message.get("model"))
        usage = message.get("usage")
        turn.speed = turn.speed or (string_of(usage.get("speed")) if isinstance(usage, dict) else None)
        turn.version = string_of(entry.record.get("version")) or turn.version
        self._read_blocks(turn, entry, message.get("content"))

    def _read_blocks(self, turn: Turn, entry: Entry, content: object) -> None:
        text = text_of(content)[0]
        if text.strip():
            turn.last_text, turn.ends_in_text = text, True
        for block in content if isinstance(content, list) else ():
            if (
                isinstance(block, dict)
                and block.get("type") == "tool_use"
                and isinstance(block.get("id"), str)
            ):
                name = tool_name_of(block)
                turn.ends_in_text = False
                call = self.work.call_on(entry, block["id"])
                key = call.key if call is not None else block["id"]
                if call is not None and call.result is not None:
                    turn.outstanding[key] = call
                if name == "AskUserQuestion":
                    turn.waiting = ("question", key, entry.at)
                elif name == "ExitPlanMode":
                    turn.waiting = ("plan_approval", key, entry.at)

    def _open_from_pending(self, entry: Entry) -> None:
        opener, opening, act = self._pending or ("unknown", entry, None)
        if act is not None and act.kind == "steering":
            act.kind, act.is_mid_run = "prompt", False
        self._open(opener, opening, act)

    def _open(self, opener: TurnOpener, opening: Entry, act: Act | None) -> None:
        if self._turn is not None:
            self._finish(self._turn, next_is_human=opener not in NO_HUMAN_OPENERS)
        self._pending = None
        self._denied_at = None
        self._turn = Turn(
            turn_id=opening.record_id,
            opened_by=opener,
            opening=opening,
            opening_act=act,
            started_at=opening.at,
            ended_at=opening.at,
            previous_at=opening.at,
            gaps=self.gaps,
            permission_mode=self.mode,
            version=string_of(opening.record.get("version")),
        )
        self.turns.append(self._turn)
        opening.turn_id = self._turn.turn_id

    # --- what comes back -----------------------------------------------------------------------

    def _read_result(self, entry: Entry, call: Call) -> None:
        result, turn = call.result, self._turn
        assert result is not None  # it is in work.results
        owner = turn
        if turn is not None and turn.waiting is not None and turn.waiting[1] == call.key:
            self._read_verdict(entry, call, turn)
            return
        if turn is not None and not turn.is_ended:
            turn.advance(entry.at, is_wait=result.error_kind == "denied_by_user")
            turn.outstanding.pop(call.key, None)
        if result.error_kind != "denied_by_user":
            return
        self.marks.append(Mark("denial", entry, call, owner.turn_id if owner else None))
        self._denied_at = None if result.feedback else entry.at
        if result.stops_agent and turn is not None and not turn.is_ended:
            turn.end_reason, turn.is_ended = "interrupted", True

    def _read_verdict(self, entry: Entry, call: Call, turn: Turn) -> None:
        """The answer to a question or a plan: the turn ended where it was put."""
        result, act = call.result, self.talk.acts.get(id(entry))
        assert result is not None  # it is in work.results
        turn.outstanding.pop(call.key, None)
        is_plan = call.name == "ExitPlanMode"
        if act is None and result.error_kind in FAILURES | {None, "collateral"}:
            # Nobody answered: a time-out, a refused input. The agent goes on in the same turn.
            turn.waiting = None
            turn.advance(entry.at, is_wait=result.error_kind is None)
            return
        if act is not None:
            if is_plan and act.kind == "plan_accepted" and self.mode == "plan":
                self.mode = None  # what it becomes is not recorded here
            openers: dict[str, TurnOpener] = {
                "plan_accepted": "plan_accepted",
                "plan_rejected": "plan_rejected",
            }
            if act.kind == "denial_feedback":
                self.marks.append(Mark("denial", entry, call, turn.turn_id, "question_declined"))
            self._open(openers.get(act.kind, "answer"), entry, act)
            return
        kind: MarkKind = "plan_stopped" if is_plan and result.error_kind == "denied_by_user" else "denial"
        if result.error_kind == "denied_by_user":
            self.marks.append(Mark(kind, entry, call, turn.turn_id))
            self._denied_at = entry.at
        turn.is_ended = True

    def _read_utterance(self, entry: Entry, said: Utterance) -> None:
        if said.speaker == "interrupt":
            self._read_interrupt(entry)
        elif said.speaker in ("notification", "machine_message"):
            if not self._is_busy():
                is_notice = said.speaker == "notification"
                self._pending = ("background_notification" if is_notice else "machine_message", entry, None)
        elif (act := self.talk.acts.get(id(entry))) is not None:
            self._read_act(entry, act)

    def _read_act(self, entry: Entry, act: Act) -> None:
        if act.kind in ("command", "shell_command"):
            if not self._is_busy():
                self._pending = ("command", entry, act)
        elif act.kind == "prompt" and self._is_busy():
            act.kind, act.is_mid_run = "steering", True
        else:
            self._open("plan_implementation" if act.kind == "plan_implementation" else "prompt", entry, act)

    def _is_busy(self) -> bool:
        """Whether a tool is running, its result still to come: what is said meanwhile is mid-run."""
        turn = self._turn
        return turn is not None and not turn.is_ended and bool(turn.outstanding) and turn.waiting is None

    def _read_interrupt(self, entry: Entry) -> None:
        turn = self._turn
        if self._denied_at is not None and entry.at - self._denied_at <= PAIR_GAP:
            self._denied_at = None
            if turn is not None and not turn.is_ended:  # a host that interrupts with the refusal
                turn.end_reason, turn.is_ended = "interrupted", True
            return
        self.marks.append(Mark("interrupt", entry, None, turn.turn_id if turn else None))
        if turn is not None and not turn.is_ended:
            if turn.waiting is None:
                turn.advance(entry.at)
                turn.end_reason = "interrupted"
            turn.is_ended = True

    def _read_system(self, entry: Entry) -> None:
        subtype = entry.record.get("subtype")
        turn = self._turn
        if subtype == "local_command" and (act := self.talk.acts.get(id(entry))) is not None:
            self._read_act(entry, act)
        elif turn is None:
            return
        elif subtype == "turn_duration" and not turn.is_ended:
            duration = count_of(entry.record.get("durationMs"))
            turn.reported_seconds = duration / 1000 if duration is not None else None
            turn.is_ended = turn.has_stopped = True
        elif subtype == "stop_hook_summary":
            turn.has_stopped = True  # hooks run where the agent stops
        elif subtype == "compact_boundary" and not turn.is_ended:
            turn.compactions += 1

    # --- where it stops ------------------------------------------------------------------------

    def _finish(self, turn: Turn, *, next_is_human: bool, last: TurnEnd | None = None) -> None:
        """Settle how a turn ended, once what follows it is known (`last` where nothing does)."""
        if turn.end_reason is None:
            turn.end_reason = self._end_of(turn, next_is_human=next_is_human, last=last)
        if turn.waiting is not None and turn.end_reason in ("question", "plan_approval"):
            turn.cut(turn.waiting[2])

    def _end_of(self, turn: Turn, *, next_is_human: bool, last: TurnEnd | None) -> TurnEnd:
        if turn.waiting is not None:
            return turn.waiting[0]
        if turn.has_error_last:
            return "error"
        if not turn.has_agent_work:
            return last or "session_end"
        if not turn.has_stopped and (turn.outstanding or not turn.ends_in_text):
            return last or "session_end"
        if next_is_human and turn.asks:
            return "question"
        return "completed"
