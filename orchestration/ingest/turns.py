"""The main conversation of one branch → turns: from the act that sets the agent working to its stop.

Steering, permission waits and denials with feedback are inside a turn; a question, a plan put up for
approval, an interrupt and a STOP denial end it (METHODS D3). Interrupts and denials become marks that
`assemble.py` turns into events: a denial and the interrupt record that follows it count once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from orchestration.ingest.human_acts import Act, Talk
from orchestration.ingest.responses import Call, Work
from orchestration.ingest.rows import TurnEnd, TurnOpener
from orchestration.ingest.timeline import Entry
from orchestration.ingest.tool_results import INSTANT_TOOLS
from orchestration.ingest.who_speaks import Utterance, text_of

IDLE_GAP = timedelta(minutes=10)
"""A longer gap without a running tool is idle time (D4): laptops sleep."""

SHELL_TOOLS = frozenset({"Bash", "PowerShell"})
"""A foreground command is ended after ten minutes: a longer wait for it is no running tool either."""

APPROVAL_GAP = timedelta(seconds=10)
"""A file tool answers at once: a longer wait for it is a wait for the human's approval."""

PAIR_GAP = timedelta(seconds=5)
"""The interrupt record of a STOP denial follows it within milliseconds in every case seen."""

MarkKind = Literal["interrupt", "denial", "plan_stopped"]


@dataclass(slots=True)
class Mark:
    """An interrupt or denial at an entry, with the call it hit, if any."""

    kind: MarkKind
    entry: Entry
    call: Call | None
    turn_id: str | None
    detail: str | None = None


@dataclass(slots=True)
class Turn:
    """One turn while it is read; `active` are the stretches of work between idle gaps and waits."""

    turn_id: str
    opened_by: TurnOpener
    opening: Entry
    opening_act: Act | None
    started_at: datetime
    ended_at: datetime
    previous_at: datetime
    active: list[tuple[datetime, datetime]] = field(default_factory=list)
    end_reason: TurnEnd | None = None
    reported_seconds: float | None = None
    last_text: str = ""
    ends_in_text: bool = False
    waiting: tuple[TurnEnd, str, datetime] | None = None
    outstanding: dict[str, str] = field(default_factory=dict)
    has_agent_work: bool = False
    has_error_last: bool = False
    has_stopped: bool = False
    is_ended: bool = False
    permission_mode: str | None = None
    model: str | None = None
    speed: str | None = None
    version: str | None = None
    compactions: int = 0

    @property
    def net_seconds(self) -> float:
        """Without idle gaps and waits; the harness's own figure leaves out every approval wait."""
        net = sum((end - start).total_seconds() for start, end in self.active)
        return net if self.reported_seconds is None else min(net, self.reported_seconds)

    @property
    def wall_seconds(self) -> float:
        return max(0.0, (self.ended_at - self.started_at).total_seconds())


class TurnReader:
    """Walks the entries of one branch in time order; `turns` and `marks` are the result."""

    def __init__(self, work: Work, talk: Talk) -> None:
        self.work = work
        self.talk = talk
        self.turns: list[Turn] = []
        self.marks: list[Mark] = []
        self.mode_changes: list[tuple[Entry, str]] = []
        self.mode: str | None = None
        self._turn: Turn | None = None
        self._pending: tuple[TurnOpener, Entry, Act | None] | None = None
        self._stopped_at: datetime | None = None
        self._message_turn: dict[str, Turn] = {}

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
        elif (act := self.talk.acts.get(id(entry))) is not None and not self._is_working():
            # Queued after the agent stopped: it sets the agent working without a record of its own.
            self._pending = ("prompt", entry, act)

    def _is_working(self) -> bool:
        return self._turn is not None and not self._turn.is_ended

    def _note_mode(self, entry: Entry) -> None:
        mode = entry.record.get("permissionMode")
        if isinstance(mode, str) and mode and mode != self.mode:
            if self.mode is not None:
                self.mode_changes.append((entry, mode))
            self.mode = mode

    # --- what the agent does -------------------------------------------------------------------

    def _read_assistant(self, entry: Entry) -> None:
        message = entry.record["message"]
        message_id = message.get("id")
        if message.get("model") == "<synthetic>":
            if self._turn is not None and entry.record.get("isApiErrorMessage") is True:
                self._turn.has_error_last = True
                self._advance(self._turn, entry.at)
            return
        late = self._message_turn.get(message_id) if isinstance(message_id, str) else None
        if late is not None and (late is not self._turn or late.is_ended or self._pending):
            # A line of a response already read, out of order: it belongs where the response is.
            entry.turn_id = late.turn_id
            return
        if self._turn is None or self._turn.is_ended or self._pending is not None:
            self._open_from_pending(entry)
        turn = self._turn
        assert turn is not None  # opened above
        if isinstance(message_id, str):
            self._message_turn[message_id] = turn
        self._advance(turn, entry.at)
        turn.has_agent_work, turn.has_error_last, turn.has_stopped = True, False, False
        turn.model = turn.model or message.get("model")
        usage = message.get("usage")
        turn.speed = turn.speed or (usage.get("speed") if isinstance(usage, dict) else None)
        turn.version = entry.record.get("version") or turn.version
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
                name = str(block.get("name"))
                turn.ends_in_text = False
                call = self.work.calls.get(block["id"])
                if call is not None and call.result is not None:
                    turn.outstanding[block["id"]] = name
                if name == "AskUserQuestion":
                    turn.waiting = ("question", block["id"], entry.at)
                elif name == "ExitPlanMode":
                    turn.waiting = ("plan_approval", block["id"], entry.at)

    def _open_from_pending(self, entry: Entry) -> None:
        opener, opening, act = self._pending or ("unknown", entry, None)
        if act is not None and act.kind == "steering":
            act.kind, act.is_mid_run = "prompt", False
        self._open(opener, opening, act)

    def _open(self, opener: TurnOpener, opening: Entry, act: Act | None) -> None:
        if self._turn is not None:
            self._finish(self._turn, next_is_human=opener not in ("background_notification", "unknown"))
        self._pending = None
        self._stopped_at = None
        self._turn = Turn(
            turn_id=opening.record_id,
            opened_by=opener,
            opening=opening,
            opening_act=act,
            started_at=opening.at,
            ended_at=opening.at,
            previous_at=opening.at,
            permission_mode=self.mode,
            version=opening.record.get("version"),
        )
        self.turns.append(self._turn)
        opening.turn_id = self._turn.turn_id

    def _advance(self, turn: Turn, at: datetime, *, is_wait: bool = False) -> None:
        """Time goes on to `at`: the stretch since the last entry was work, or idle, or a wait."""
        gap = at - turn.previous_at
        if gap <= timedelta(0):
            return
        names = set(turn.outstanding.values())
        is_idle = is_wait or (gap > IDLE_GAP and names <= INSTANT_TOOLS | SHELL_TOOLS)
        if not is_idle and not (names and gap > APPROVAL_GAP and names <= INSTANT_TOOLS):
            if turn.active and turn.active[-1][1] == turn.previous_at:
                turn.active[-1] = (turn.active[-1][0], at)
            else:
                turn.active.append((turn.previous_at, at))
        turn.previous_at = turn.ended_at = at

    # --- what comes back -----------------------------------------------------------------------

    def _read_result(self, entry: Entry, call: Call) -> None:
        result, turn = call.result, self._turn
        assert result is not None  # it is in work.results
        owner = turn
        if turn is not None and turn.waiting is not None and turn.waiting[1] == call.tool_use_id:
            self._read_verdict(entry, call, turn)
            return
        if turn is not None and not turn.is_ended:
            self._advance(turn, entry.at, is_wait=result.error_kind == "denied_by_user")
            turn.outstanding.pop(call.tool_use_id, None)
        if result.error_kind != "denied_by_user":
            return
        self.marks.append(Mark("denial", entry, call, owner.turn_id if owner else None))
        if result.stops_agent:
            self._stopped_at = entry.at
            if turn is not None and not turn.is_ended:
                turn.end_reason, turn.is_ended = "interrupted", True

    def _read_verdict(self, entry: Entry, call: Call, turn: Turn) -> None:
        """The answer to a question or a plan: the turn ended where it was put."""
        result, act = call.result, self.talk.acts.get(id(entry))
        assert result is not None and turn.waiting is not None
        turn.outstanding.pop(call.tool_use_id, None)
        is_plan = call.name == "ExitPlanMode"
        if act is None and result.error_kind in (None, "other", "exit_code", "collateral", "denied_by_rule"):
            # Nobody answered: a time-out, a refused input. The agent goes on in the same turn.
            turn.waiting = None
            self._advance(turn, entry.at)
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
            self._stopped_at = entry.at
        turn.is_ended = True

    def _read_utterance(self, entry: Entry, said: Utterance) -> None:
        if said.speaker == "interrupt":
            self._read_interrupt(entry)
        elif said.speaker == "notification":
            if not self._is_busy():
                self._pending = ("background_notification", entry, None)
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
        if self._stopped_at is not None and entry.at - self._stopped_at <= PAIR_GAP:
            self._stopped_at = None
            return
        turn = self._turn
        self.marks.append(Mark("interrupt", entry, None, turn.turn_id if turn else None))
        if turn is not None and not turn.is_ended:
            if turn.waiting is None:
                self._advance(turn, entry.at)
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
            duration = entry.record.get("durationMs")
            turn.reported_seconds = duration / 1000 if isinstance(duration, int | float) else None
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
            self._cut(turn, turn.waiting[2])

    def _end_of(self, turn: Turn, *, next_is_human: bool, last: TurnEnd | None) -> TurnEnd:
        if turn.waiting is not None:
            return turn.waiting[0]
        if turn.has_error_last:
            return "error"
        if not turn.has_agent_work:
            return last or "session_end"
        if not turn.has_stopped and (turn.outstanding or not turn.ends_in_text):
            return last or "session_end"
        if next_is_human and _asks(turn.last_text):
            return "question"
        return "completed"

    @staticmethod
    def _cut(turn: Turn, at: datetime) -> None:
        """The turn ended at `at`: later entries were the wait for the human."""
        turn.ended_at = max(turn.started_at, at)
        turn.active = [(start, min(end, at)) for start, end in turn.active if start < at]


def _asks(text: str) -> bool:
    """Whether a closing text asks something: its last paragraph holds a line that ends in "?"."""
    paragraph = text.strip().rsplit("\n\n", 1)[-1]
    return any(line.strip().rstrip('*_`)" ').endswith(("?", "？")) for line in paragraph.splitlines())
