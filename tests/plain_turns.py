"""The turns of one session, counted from its plain records: when each began and stopped, and what happened.

Written from the format and the definitions of the measures, sharing no code with the package. A turn runs
from what sets the waiting agent working to where it stops: it has finished, asked, been interrupted, or the
session ends. Texts of a person that come while a tool runs steer it and end nothing.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.plain_calls import PlainCall, Span, Work, calls_of
from tests.plain_records import At, PlainSession, Record
from tests.plain_speech import said_by, said_in

PAIR = timedelta(seconds=5)
"""An interrupt mark so soon after a refusal is a part of it."""

STOPS = {"end_turn", "stop_sequence", "max_tokens", "refusal"}


@dataclass(eq=False)
class PlainTurn:
    """One turn of the main conversation."""

    opened_at: datetime
    stopped_at: datetime
    mode: str | None
    is_of_person: bool = True
    net: float = 0.0
    reported: float | None = None
    has_work: bool = False
    interrupts: int = 0
    questions: int = 0
    calls: int = 0
    agent_calls: int = 0
    model: str | None = None
    speed: str | None = None
    version: str | None = None
    end: str | None = None
    is_over: bool = False
    spans: list[Span] = field(default_factory=list)
    out: dict[str, PlainCall] = field(default_factory=dict)
    asked: PlainCall | None = None
    text: str = ""
    ends_in_text: bool = False
    has_stopped: bool = False
    has_failed: bool = False

    @property
    def wall_seconds(self) -> float:
        return (self.stopped_at - self.opened_at).total_seconds()

    @property
    def net_seconds(self) -> float:
        net = sum((end - start).total_seconds() for start, end in self.spans)
        return net if self.reported is None else min(net, self.reported)

    @property
    def text_asks(self) -> bool:
        """Whether the last paragraph of what the agent said last has a line that ends in a question mark."""
        lines = re.split(r"\n\n", self.text.strip())[-1].split("\n")
        return any(re.search(r"[?？][*_`)\" ]*$", line.strip()) for line in lines)


class Reading:
    """One pass over the main conversation of a session (or of one branch of it)."""

    def __init__(self, session: PlainSession) -> None:
        self.records = [at for at in session.records if at.record.get("type") in TYPES]
        self.main = [at for at in self.records if at.record.get("isSidechain") is not True]
        self.calls, self.results = calls_of(self.records)
        self.turns: list[PlainTurn] = []
        self.acts: list[tuple[At, str]] = []
        self.durations = 0
        self._mode: str | None = None
        self._waiting_to_open: tuple[At, bool] | None = None
        self._refused_at: datetime | None = None
        self._of_response: dict[str, PlainTurn] = {}
        self._work = Work(self.records, self.calls, self.results)
        self._idle = True
        self._prompts = [(at, said_by(at.record)) for at in self.main if self._is_said(at)]

    def _is_said(self, at: At) -> bool:
        return at.record["type"] == "user" and id(at.record) not in self.results

    def read(self) -> "Reading":
        for at in self.main:
            self._note_mode(at.record)
            kind = at.record["type"]
            if kind == "assistant":
                self._hear_agent(at)
            elif kind == "user":
                self._hear_user(at)
            elif kind == "system":
                self._hear_system(at)
            else:
                self._hear_queue(at)
        if self.turns:
            self._finish(self.turns[-1], by_person=False)
        self._give_calls_of_agents()
        return self

    def _give_calls_of_agents(self) -> None:
        """A sub-agent's calls are of the turn that spawned it, else of the one that ran then."""
        spawns: dict[str, PlainCall] = {}
        for call in self.calls.values():
            spawned = call.outcome.get("agentId") if isinstance(call.outcome, dict) else None
            if call.turn is not None:
                spawns[call.call_id] = call
                if isinstance(spawned, str):
                    spawns[spawned] = call
        for at in self.records:
            content = (
                (at.record.get("message") or {}).get("content") if at.record.get("isSidechain") else None
            )
            for block in content if isinstance(content, list) else ():
                call = self.calls[block["id"]] if block.get("type") == "tool_use" else None
                if call is None or call.turn is not None:
                    continue
                spawn = spawns.get(at.record.get("agentId") or "") or spawns.get(
                    at.record.get("spawnedBy") or ""
                )
                turn = spawn.turn if spawn is not None else None
                if turn is None:
                    turn = next((one for one in reversed(self.turns) if one.opened_at <= at.time), None)
                if turn is not None:
                    call.turn = turn
                    turn.agent_calls += 1

    # --- what is said --------------------------------------------------------------------------

    def _note_mode(self, record: Record) -> None:
        attached = record.get("attachment") or {}
        kind = attached.get("type") if not attached.get("isSubAgent") else None
        if record.get("permissionMode"):
            self._mode = record["permissionMode"]
        elif kind in ("auto_mode", "plan_mode", "plan_mode_reentry"):
            self._mode = str(kind).split("_")[0]
        elif kind in ("auto_mode_exit", "plan_mode_exit") and self._mode == str(kind).split("_")[0]:
            self._mode = None

    @property
    def _turn(self) -> PlainTurn | None:
        return self.turns[-1] if self.turns else None

    def _is_busy(self) -> bool:
        turn = self._turn
        return turn is not None and not turn.is_over and bool(turn.out) and turn.asked is None

    def _open(self, at: At, *, by_person: bool) -> PlainTurn:
        if self._turn is not None:
            self._finish(self._turn, by_person=by_person)
        self._waiting_to_open = self._refused_at = None
        self.turns.append(PlainTurn(at.time, at.time, self._mode, is_of_person=by_person))
        return self.turns[-1]

    def _finish(self, turn: PlainTurn, *, by_person: bool) -> None:
        if turn.end is None:
            if turn.asked is not None:
                turn.end = "question" if turn.asked.name == "AskUserQuestion" else "plan"
            elif turn.has_failed:
                turn.end = "error"
            elif not turn.has_work or (not turn.has_stopped and (turn.out or not turn.ends_in_text)):
                turn.end = "cut"
            else:
                turn.end = "question" if by_person and turn.text_asks else "done"
                turn.questions += turn.end == "question"
        if turn.asked is not None and turn.end in ("question", "plan"):
            stop = max(turn.opened_at, turn.asked.at)
            turn.stopped_at = stop
            turn.spans = [(start, min(end, stop)) for start, end in turn.spans if start < stop]

    def _go_on(self, turn: PlainTurn, at: datetime, *, is_wait: bool = False) -> None:
        if at > turn.stopped_at:
            if not is_wait:
                turn.spans += self._work.worked(turn.stopped_at, at, turn.out.values())
            turn.stopped_at = at

    def _hear_agent(self, at: At) -> None:
        message = at.record["message"]
        self._idle = message.get("stop_reason") in STOPS or message.get("model") == "<synthetic>"
        turn = self._turn
        if message.get("model") == "<synthetic>":
            if turn is not None and at.record.get("isApiErrorMessage") is True:
                turn.has_failed = True
                self._go_on(turn, at.time)
            return
        key = str(at.record.get("requestId") or message.get("id"))
        early = self._of_response.get(key)
        if early is not None and (early is not turn or early.is_over or self._waiting_to_open):
            self._give_calls(message, early)
            return
        if turn is None or turn.is_over or self._waiting_to_open is not None:
            opening, by_person = self._waiting_to_open or (at, False)
            turn = self._open(opening, by_person=by_person)
        self._of_response[key] = turn
        self._go_on(turn, at.time)
        turn.has_work, turn.has_failed, turn.has_stopped = True, False, False
        turn.model = turn.model or message.get("model")
        turn.speed = turn.speed or (message.get("usage") or {}).get("speed")
        turn.version = at.record.get("version") or turn.version
        self._refused_at = None
        self._give_calls(message, turn)
        for block in message.get("content") or ():
            if block.get("type") == "text" and block["text"].strip():
                turn.text, turn.ends_in_text = block["text"], True
            elif block.get("type") == "tool_use":
                turn.ends_in_text = False
                call = self.calls[block["id"]]
                if call.answered_at is not None:
                    turn.out[call.call_id] = call
                if call.is_asking:
                    turn.asked = call

    def _give_calls(self, message: Record, turn: PlainTurn) -> None:
        for block in message.get("content") or ():
            call = self.calls.get(block.get("id")) if block.get("type") == "tool_use" else None
            if call is not None and call.turn is None:
                call.turn = turn
                turn.calls += 1
                turn.questions += call.name == "AskUserQuestion"

    def _hear_user(self, at: At) -> None:
        calls = self.results.get(id(at.record))
        if calls is not None:
            for call in calls:
                self._hear_result(at, call)
            return
        kind, _ = said_by(at.record)
        if kind == "interrupt":
            self._idle = True
            self._hear_interrupt(at)
        elif kind in ("notice", "machine"):
            self._idle = False
            if not self._is_busy():
                self._waiting_to_open = (at, False)
        elif kind in ("command", "shell"):
            self.acts.append((at, kind))
            if not self._is_busy():
                self._waiting_to_open = (at, True)
        elif kind in ("prompt", "plan"):
            self._idle = False
            if kind == "prompt" and self._is_busy():
                self.acts.append((at, "steering"))
            else:
                self.acts.append((at, kind))
                self._open(at, by_person=True)

    def _hear_system(self, at: At) -> None:
        subtype, turn = at.record.get("subtype"), self._turn
        if subtype == "turn_duration":
            self._idle = True
            self.durations += 1
        if subtype == "local_command" and str(at.record.get("content")).lstrip().startswith("<command-"):
            if "<command-name>/clear<" not in str(at.record.get("content")):
                self.acts.append((at, "command"))
                if not self._is_busy():
                    self._waiting_to_open = (at, True)
        elif turn is not None and subtype == "turn_duration" and not turn.is_over:
            duration = at.record.get("durationMs")
            turn.reported = None if duration is None else duration / 1000
            turn.is_over = turn.has_stopped = True
        elif turn is not None and subtype == "stop_hook_summary":
            turn.has_stopped = True

    def _hear_queue(self, at: At) -> None:
        """A text that is queued while the agent waits, and that no later prompt repeats, opens a turn."""
        attached = at.record.get("attachment") or {}
        if at.record.get("operation") == "enqueue":
            content, about = at.record.get("content"), at.record
        elif attached.get("type") == "queued_command" and attached.get("commandMode") in (
            None,
            "prompt",
            "bash",
        ):
            content, about = attached.get("prompt"), {**attached}
        else:
            return
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        text = "\n".join(block.get("text", "") for block in blocks if block.get("type") == "text")
        kind, words = said_in(about, text, any(block.get("type") == "image" for block in blocks))
        if kind not in ("prompt", "plan"):
            return
        later = [
            said
            for other, said in self._prompts
            if other.time >= at.time and said[0] in ("prompt", "command")
        ]
        if any(
            words.strip() == one.strip() or f"\n{words.strip()}\n" in f"\n{one}\n" for _, one in later[:3]
        ):
            return
        if any(one[1] == f"queued:{words}" for one in self.acts):
            return
        self.acts.append((at, f"queued:{words}"))
        turn = self._turn
        if self._idle or turn is None or turn.is_over:
            self._waiting_to_open = (at, True)

    # --- what comes back -----------------------------------------------------------------------

    def _hear_result(self, at: At, call: PlainCall) -> None:
        turn = self._turn
        self._idle = call.is_told_to_stop
        if turn is not None and turn.asked is call:
            self._hear_verdict(at, call, turn)
            return
        if turn is not None and not turn.is_over:
            self._go_on(turn, at.time, is_wait=call.is_refused)
            turn.out.pop(call.call_id, None)
        if call.is_refused:
            self._refused_at = None if call.has_reason else at.time
            if call.is_told_to_stop and turn is not None and not turn.is_over:
                turn.end, turn.is_over = "interrupted", True
            if call.has_reason:
                self.acts.append((at, "reason"))

    def _hear_verdict(self, at: At, call: PlainCall, turn: PlainTurn) -> None:
        turn.out.pop(call.call_id, None)
        is_plan = call.name == "ExitPlanMode"
        answers = call.outcome.get("answers") if isinstance(call.outcome, dict) else None
        is_answered = any((answers or {}).values()) or call.text.startswith(
            ("User has answered", "Your questions")
        )
        is_silent = "No response after" in call.text[:200]
        if not call.is_error and (is_plan or (is_answered and not is_silent)):
            if is_plan and self._mode == "plan":
                self._mode = None
            self.acts.append((at, "verdict" if is_plan else "answer"))
            self._open(at, by_person=True)
        elif call.is_refused and call.has_reason:
            self.acts.append((at, "verdict"))
            self._open(at, by_person=True)
        elif call.is_refused:
            self._refused_at = at.time
            turn.is_over = True
        else:
            turn.asked = None
            self._go_on(turn, at.time, is_wait=not call.is_error)

    def _hear_interrupt(self, at: At) -> None:
        turn = self._turn
        if self._refused_at is not None and at.time - self._refused_at <= PAIR:
            self._refused_at = None
            if turn is not None and not turn.is_over:
                turn.end, turn.is_over = "interrupted", True
            return
        if turn is not None:
            turn.interrupts += 1
            if not turn.is_over and turn.asked is None:
                self._go_on(turn, at.time)
                turn.end = "interrupted"
            turn.is_over = True


TYPES = {"user", "assistant", "system", "queue-operation", "attachment", "permission-mode"}
