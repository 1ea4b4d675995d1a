"""The turns of one thread, and the marks of oversight on them.

A turn is the agent's own: from its record of a start to that of a stop. Threads without such records
(early versions, slices) are cut at the prompts. What is said while a turn runs steers it.
"""

from datetime import datetime, timedelta

from orchestration.ingest.json_values import count_of, mapping_of, string_of
from orchestration.ingest.rows import TurnEnd
from orchestration.ingest.sources.codex.harness_texts import text_parts
from orchestration.ingest.sources.codex.records import TURN_STARTS, TURN_STOPS, is_uuid
from orchestration.ingest.sources.codex.talk import TalkReader
from orchestration.ingest.sources.codex.threads import Entry, Thread
from orchestration.ingest.sources.codex.tool_call import Call
from orchestration.ingest.sources.codex.turn import Mark, Turn

_ABORTED: dict[str, TurnEnd] = {"review_ended": "completed", "budget_limited": "error"}
"""Why a turn was given up; every other reason is a person: interrupted, or replaced by a new request."""

_WORK = frozenset(
    {
        "reasoning", "agent_reasoning", "agent_message", "function_call", "custom_tool_call",
        "local_shell_call", "web_search_call", "tool_search_call", "image_generation_call",
    }
)  # fmt: skip


class TurnReader:
    """Reads one thread's records in order; `turns`, `marks`, `compactions` and `talk` are the result."""

    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.turns: list[Turn] = []
        self.talk = TalkReader(thread)
        self.marks: list[Mark] = []
        self.compactions: list[Entry] = []
        self.mode_changes: list[tuple[Entry, str]] = []
        self.turn: Turn | None = None
        self._mode: str | None = None
        self._tier: str | None = None
        self._compacted: Entry | None = None
        self._running: dict[int, Call] = {}
        self._ids: set[str] = set()
        self._has_starts = any(entry.kind in TURN_STARTS for entry in thread.entries)

    def before(self, entry: Entry) -> None:
        """Open the turn that a record begins or shows to be running; to be called before it is read."""
        kind = entry.kind
        if kind in TURN_STARTS:
            self._start(entry)
        elif not self._has_starts and self.talk.is_said(entry) and not self._running:
            self._open(entry, entry.record_id)
        elif self.turn is None and (kind in _WORK or _is_agents_message(entry)):
            if not self.turns:
                self._open(entry, entry.record_id)
            elif self._has_starts:  # told late: it is the last turn's
                entry.turn_id = self.turns[-1].turn_id
        if self.turn is not None:
            entry.turn_id = self.turn.turn_id

    def after(self, entry: Entry, made: Call | None, ended: Call | None) -> None:
        """Read a record, with the call that it made or ended."""
        if self.turn is not None:
            self.turn.advance(entry.at, self._running.values(), ended)
        self._note_calls(entry, made, ended)
        kind, payload = entry.kind, entry.payload
        if kind in TURN_STOPS:
            self._stop(entry)
        elif kind == "turn_context":
            self._read_context(entry)
        elif kind == "thread_settings_applied":
            self._tier = string_of(mapping_of(payload.get("thread_settings")).get("service_tier"))
        elif kind in ("compacted", "context_compacted"):
            self._compact(entry)
        elif self.turn is not None:
            self._read_work(self.turn, entry)
        self.talk.read(entry, self.turn, self._mode)

    def finish(self, *, archived_at: datetime, closing_lag: timedelta) -> None:
        """Settle how the turns without a stop ended, and which ended in a question."""
        for number, turn in enumerate(self.turns):
            following = self.turns[number + 1] if number + 1 < len(self.turns) else None
            if turn.end_reason is None:
                is_open = following is None and archived_at - turn.ended_at < closing_lag
                turn.end_reason = "open" if is_open else self._end_unstated(turn)
            is_answered = following is not None and following.opening_act is not None
            if turn.end_reason == "completed" and turn.asks and is_answered:
                turn.end_reason = "question"

    # --- where a turn begins and ends ---------------------------------------------------------

    def _start(self, entry: Entry) -> None:
        stated = string_of(entry.payload.get("turn_id"))
        if stated is None:
            turn_id = entry.record_id
        else:
            turn_id = stated if is_uuid(stated) else f"{self.thread.meta.thread_id}:{stated}"
        if turn_id in self._ids:
            entry.fate = "counted"  # the start of a turn told again
            return
        self._open(entry, turn_id)

    def _open(self, entry: Entry, turn_id: str) -> None:
        self._ids.add(turn_id)
        self._running.clear()
        self.turn = Turn(
            turn_id, entry, entry.at, entry.at, entry.at, permission_mode=self._mode, speed=self._tier
        )
        if self.turn.is_sidechain:
            self.turn.opened_by = "agent"
        self.turns.append(self.turn)
        self.talk.begin(self.turn)

    def _stop(self, entry: Entry) -> None:
        turn, payload = self.turn, entry.payload
        self.turn = None
        self.talk.stop()
        if turn is None:
            entry.fate = "counted"
            return
        milliseconds = count_of(payload.get("duration_ms"))
        turn.reported_seconds = None if milliseconds is None else milliseconds / 1000
        if entry.kind == "turn_aborted":
            reason = string_of(payload.get("reason")) or "interrupted"
            turn.end_reason = _ABORTED.get(reason, "interrupted")
            if turn.end_reason == "interrupted":
                self.marks.append(Mark("interrupt", entry, turn.turn_id))
        else:
            turn.last_text = turn.last_text or string_of(payload.get("last_agent_message")) or ""
            turn.end_reason = "error" if turn.has_error_last else "completed"

    def _end_unstated(self, turn: Turn) -> TurnEnd:
        if turn.has_error_last:
            return "error"
        is_done = not self._has_starts and turn.has_agent_work and bool(turn.last_text)
        return "completed" if is_done else "session_end"

    # --- what a turn holds --------------------------------------------------------------------

    def _note_calls(self, entry: Entry, made: Call | None, ended: Call | None) -> None:
        if made is not None and made.result_entry is None:
            self._running[id(made)] = made
        if ended is None:
            return
        self._running.pop(id(ended), None)
        if ended.error_kind == "denied_by_user":
            self.marks.append(Mark("denial", entry, ended.turn_id, ended))
        self.talk.answer(entry, ended)

    def _read_work(self, turn: Turn, entry: Entry) -> None:
        if entry.kind == "error":
            turn.has_error_last = True
        elif entry.kind in _WORK or _is_agents_message(entry):
            turn.has_agent_work, turn.has_error_last = True, False
            if _is_agents_message(entry):
                turn.last_text = _agents_text(entry) or turn.last_text
            elif entry.kind.endswith("_call"):
                turn.last_text = ""

    def _read_context(self, entry: Entry) -> None:
        mode = _mode_in(entry)
        if mode is not None and mode != self._mode:
            if self._mode is not None:
                self.mode_changes.append((entry, mode))
            self._mode = mode
        if self.turn is not None:
            self.turn.permission_mode = self._mode
            self.turn.model = self.turn.model or string_of(entry.payload.get("model"))

    def _compact(self, entry: Entry) -> None:
        """A compaction is told by a line and by an event after it."""
        if entry.kind == "context_compacted" and self._compacted is not None:
            entry.fate, self._compacted = "counted", None
            return
        self._compacted = entry if entry.kind == "compacted" else None
        if self.turn is not None:
            self.turn.compactions += 1
        self.compactions.append(entry)


def _is_agents_message(entry: Entry) -> bool:
    return entry.kind == "agent_message" or (
        entry.kind == "message" and entry.payload.get("role") == "assistant"
    )


def _agents_text(entry: Entry) -> str:
    if entry.kind == "agent_message":
        return string_of(entry.payload.get("message")) or ""
    return "\n".join(text_parts(entry.payload.get("content")))


def _mode_in(entry: Entry) -> str | None:
    """The approval policy, as the agent names it; where a model answers the requests, that it does."""
    policy = entry.payload.get("approval_policy")
    reviewer = string_of(entry.payload.get("approvals_reviewer"))
    if isinstance(policy, dict):
        policy = next(iter(policy), None)
    if not isinstance(policy, str) or not policy:
        return None
    return "auto_review" if policy != "never" and reviewer not in (None, "user") else policy[:60]
