"""The turns of one session, counted from its plain records: when each began and stopped, and what happened.

Written from the format and the definitions of the measures, sharing no code with the package. A turn runs
from what sets the waiting agent working to where it stops: it has finished, asked, been interrupted, or the
session ends. Texts of a person that come while a tool runs steer it and end nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.plain_records import At, PlainSession, Record

REFUSED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action",
    "User rejected tool use",
    "User chose to stay in plan mode",
)
REASON = "the user said:"
RUN_LONG = {"Bash", "PowerShell", "WebFetch", "WebSearch", "Monitor", "TaskOutput", "AgentOutputTool", "Workflow"}
SHELLS = {"Bash", "PowerShell"}
SPAWN = {"Task", "Agent"}
AT_ONCE, IDLE, PAIR = timedelta(seconds=10), timedelta(minutes=10), timedelta(seconds=5)
STOPS = {"end_turn", "stop_sequence", "max_tokens", "refusal"}
HARNESS = ("<local-command-stdout>", "<local-command-stderr>", "<bash-stdout>", "<bash-stderr>", "Caveat: ",
           "<local-command-caveat>", "Stop hook feedback", "Operation stopped by hook",
           "This session is being continued from a previous conversation")  # fmt: skip
LEAD = re.compile(r"\s*<(ide_opened_file|ide_selection|ide_diagnostics|system-reminder)>.*?</\1>\s*", re.S)

Span = tuple[datetime, datetime]


@dataclass(eq=False)
class PlainCall:
    """One tool call of the main conversation or of a sub-agent, with its result where it has one."""

    call_id: str
    name: str
    at: datetime
    agent: str | None
    answered_at: datetime | None = None
    text: str = ""
    is_error: bool = False
    outcome: Any = None
    turn: "PlainTurn | None" = None

    @property
    def is_refused(self) -> bool:
        """Whether a person said no."""
        text = re.sub(r"^(?:\s*(?:<tool_use_error>|Error:))*\s*", "", self.text)
        return self.outcome == "User rejected tool use" or (self.is_error and text.startswith(REFUSED))

    @property
    def is_told_to_stop(self) -> bool:
        return self.is_refused and not self.has_reason

    @property
    def has_reason(self) -> bool:
        return REASON in self.text or "stay in plan mode" in self.text

    @property
    def is_asking(self) -> bool:
        return self.name in ("AskUserQuestion", "ExitPlanMode")


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


def said_by(record: Record) -> tuple[str, str]:
    """Who speaks in a user record that is no tool result, and their words."""
    content = record["message"].get("content")
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    text = "\n".join(block.get("text", "") for block in blocks if block.get("type") == "text")
    return said_in(record, text, any(block.get("type") == "image" for block in blocks))


def said_in(record: Record, text: str, has_image: bool) -> tuple[str, str]:
    """The same for a text that another record holds; what a record states goes before what it looks like."""
    origin = (record.get("origin") or {}).get("kind")
    head = text.lstrip()
    if origin == "task-notification" or head.startswith("<task-notification>"):
        return "notice", ""
    if origin not in (None, "human"):
        return "machine", ""
    if record.get("isCompactSummary") or record.get("isMeta") or record.get("isVisibleInTranscriptOnly"):
        return "harness", ""
    if record.get("promptSource") == "system":
        return "machine", ""
    if head.startswith("[Request interrupted") and origin is None:
        return "interrupt", ""
    if head.startswith(("<command-name>", "<command-message>")):
        is_clear = re.search(r"<command-name>\s*/?clear\s*</command-name>", head) is not None
        return ("harness" if is_clear else "command"), re.sub(r"<[^>]*>", " ", head)
    if head.startswith("<bash-input>"):
        return "shell", head
    if head.startswith(HARNESS):
        return "harness", ""
    while lead := LEAD.match(text):
        text = text[lead.end() :]
    if not text.strip():
        return ("prompt", "") if has_image else ("harness", "")
    if text.startswith("Implement the following plan:") or record.get("planContent"):
        return "plan", text
    return "prompt", re.sub(r"<system-reminder>.*?</system-reminder>", "", text, flags=re.S).strip()


class Reading:
    """One pass over the main conversation of a session (or of one branch of it)."""

    def __init__(self, session: PlainSession) -> None:
        self.records = [at for at in session.records if at.record.get("type") in TYPES]
        self.main = [at for at in self.records if at.record.get("isSidechain") is not True]
        self.calls, self.results = _calls(self.records)
        self.turns: list[PlainTurn] = []
        self.acts: list[tuple[At, str]] = []
        self.denials = sum(call.is_refused for call in self.calls.values())
        self.interrupts = 0
        self.durations = 0
        self._mode: str | None = None
        self._waiting_to_open: tuple[At, bool] | None = None
        self._refused_at: datetime | None = None
        self._of_response: dict[str, PlainTurn] = {}
        self._agents = _Agents(self.records, self.calls, self.results)
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
            self._finish(self.turns[-1], by_person=False, is_last=True)
        self.interrupts = sum(turn.interrupts for turn in self.turns)
        return self

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

    def _finish(self, turn: PlainTurn, *, by_person: bool, is_last: bool = False) -> None:
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
                turn.spans += self._agents.worked(turn.stopped_at, at, turn.out.values())
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
        """A text that a person queued while the agent waits, and that no later prompt repeats, opens a turn."""
        attached = at.record.get("attachment") or {}
        if at.record.get("operation") == "enqueue":
            content, about = at.record.get("content"), at.record
        elif attached.get("type") == "queued_command" and attached.get("commandMode") in (None, "prompt", "bash"):
            content, about = attached.get("prompt"), {**attached}
        else:
            return
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        text = "\n".join(block.get("text", "") for block in blocks if block.get("type") == "text")
        kind, words = said_in(about, text, any(block.get("type") == "image" for block in blocks))
        if kind not in ("prompt", "plan"):
            return
        later = [said for other, said in self._prompts if other.time >= at.time and said[0] in ("prompt", "command")]
        if any(words.strip() == one.strip() or f"\n{words.strip()}\n" in f"\n{one}\n" for _, one in later[:3]):
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
        is_answered = any((answers or {}).values()) or call.text.startswith(("User has answered", "Your questions"))
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


def _calls(records: Iterable[At]) -> tuple[dict[str, PlainCall], dict[int, list[PlainCall]]]:
    """Every call by its id, and by the record that brings its result."""
    calls: dict[str, PlainCall] = {}
    results: dict[int, list[PlainCall]] = {}
    for at in records:
        content = (at.record.get("message") or {}).get("content")
        agent = at.record.get("agentId") if at.record.get("isSidechain") is True else None
        for block in content if isinstance(content, list) else ():
            if block.get("type") == "tool_use":
                calls.setdefault(block["id"], PlainCall(block["id"], block["name"], at.time, agent))
    for at in records:
        content = (at.record.get("message") or {}).get("content")
        for block in content if isinstance(content, list) else ():
            if block.get("type") != "tool_result":
                continue
            own = results.setdefault(id(at.record), [])
            call = calls.get(block["tool_use_id"])
            if call is None or call.answered_at is not None:
                continue
            inner = block.get("content")
            parts = inner if isinstance(inner, list) else [{"text": str(inner)}]
            call.text = "".join(part.get("text", "") for part in parts)
            call.answered_at, call.is_error = at.time, block.get("is_error") is True
            call.outcome = at.record.get("toolUseResult")
            own.append(call)
    return calls, results


class _Agents:
    """What sub-agents did between the records of the main conversation."""

    def __init__(
        self, records: list[At], calls: dict[str, PlainCall], results: dict[int, list[PlainCall]]
    ) -> None:
        self._calls, self._results = calls, results
        self._own: dict[str, list[At]] = {}
        for at in records:
            if at.record.get("isSidechain") is True and at.record["type"] in ("user", "assistant"):
                for key in (at.record.get("agentId"), at.record.get("spawnedBy")):
                    if key:
                        self._own.setdefault(key, []).append(at)

    def worked(self, start: datetime, end: datetime, out: Iterable[PlainCall]) -> list[Span]:
        """Which of a stretch between two records was work, while these calls were out."""
        waiting = list(out)
        if not waiting:
            return [(start, end)] if end - start <= IDLE else []
        if end - start <= AT_ONCE:
            return [(start, end)]
        return _merged([span for call in waiting for span in self._ran(call, start, end, depth=0)])

    def _ran(self, call: PlainCall, start: datetime, end: datetime, *, depth: int) -> list[Span]:
        spawned = call.outcome.get("agentId") if isinstance(call.outcome, dict) else None
        if call.name in SPAWN or spawned:
            own = self._own.get(spawned or "") or self._own.get(call.call_id)
            if own and call.answered_at is not None and depth < 5:
                spans = self._of_agent(own, call, depth)
                if spans is not None:
                    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
            return [(start, end)]
        is_long = call.name in RUN_LONG or call.name.startswith("mcp__")
        is_over = call.name in SHELLS and end - start > IDLE
        return [(start, end)] if is_long and not is_over else []

    def _of_agent(self, own: list[At], spawn: PlainCall, depth: int) -> list[Span] | None:
        assert spawn.answered_at is not None
        inside = [at for at in own if spawn.at <= at.time <= spawn.answered_at]
        if not inside:
            return None
        out: dict[str, PlainCall] = {}
        spans: list[Span] = []
        before = spawn.at
        for at in [*inside, None]:
            now = at.time if at is not None else spawn.answered_at
            answered = self._results.get(id(at.record), []) if at is not None else []
            if not any(call.is_refused for call in answered):
                spans += self._between(before, now, out, depth)
            before = now
            for call in answered:
                out.pop(call.call_id, None)
            content = at.record["message"].get("content") if at is not None else None
            for block in content if isinstance(content, list) else ():
                made = self._calls.get(block.get("id", "")) if block.get("type") == "tool_use" else None
                if made is not None and made.answered_at is not None:
                    out[made.call_id] = made
        return _merged(spans)

    def _between(self, start: datetime, end: datetime, out: dict[str, PlainCall], depth: int) -> list[Span]:
        if end <= start:
            return []
        if not out:
            return [(start, end)] if end - start <= IDLE else []
        if end - start <= AT_ONCE:
            return [(start, end)]
        return _merged([s for call in out.values() for s in self._ran(call, start, end, depth=depth + 1)])


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
