"""What a model said, response by response, with the tokens that each used.

Rollouts name no response. One is what the model says between two results: its thoughts, texts and calls
up to the `token_count` that raises the thread's total, or up to a result of one of its own calls. Newer
versions also write what each response used (`token_usage_record`); that counts for a compaction, which the
total leaves out, and where there is no total.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.sources.codex.harness_texts import text_parts
from orchestration.ingest.sources.codex.records import TURN_STARTS, TURN_STOPS
from orchestration.ingest.sources.codex.threads import Entry, Thread
from orchestration.ingest.sources.codex.tokens import Usage, UsageMeter, total_before, total_in, usage_of
from orchestration.ingest.sources.codex.tool_call import Call


@dataclass(slots=True)
class Response:
    """One model response; `usage` is None where no total was stated after it."""

    response_id: str
    entry: Entry
    ended_at: datetime
    model: str | None
    service_tier: str | None
    lines: int = 0
    texts: list[str] = field(default_factory=list)
    thinking_chars: int = 0
    calls: list[Call] = field(default_factory=list)
    usage: Usage | None = None
    turn_id: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it is told but its tokens: a compaction's summary, a lost response."""
        is_told = bool(self.texts or self.calls or self.thinking_chars)
        return not is_told and self.entry.kind in ("token_count", "token_usage_record")

    @property
    def web_search_count(self) -> int | None:
        return sum(call.name == "web_search" for call in self.calls) or None


class ResponseReader:
    """Reads the responses of one thread, in the order they began."""

    def __init__(self, thread: Thread) -> None:
        self.responses: list[Response] = []
        counted = [entry.payload for entry in thread.entries if entry.kind == "token_count"]
        self._meter = UsageMeter(_inherited(thread), counted)
        self._has_totals = any(total_in(payload) is not None for payload in counted)
        self._compactions = {
            string_of(entry.payload.get("compaction_response_id"))
            for entry in thread.entries
            if entry.kind == "compacted"
        } - {None}
        self._recorded_ids: set[str | None] = set()
        self._open: Response | None = None
        self._unmetered: deque[Response] = deque()
        self._model: str | None = None
        self._tier: str | None = None
        self._told = Counter[str]()
        self._has_thoughts = any(entry.kind == "reasoning" for entry in thread.entries)

    def read(self, entry: Entry, made: Call | None, answered: Call | None) -> Response | None:
        """Read one record with the call that it made or answered; the response it is a line of."""
        kind, payload = entry.kind, entry.payload
        if kind == "turn_context":
            self._model = string_of(payload.get("model")) or self._model
        elif kind == "thread_settings_applied":
            settings = mapping_of(payload.get("thread_settings"))
            self._model = string_of(settings.get("model")) or self._model
            self._tier = string_of(settings.get("service_tier"))
        elif kind in TURN_STARTS or kind in TURN_STOPS:
            self._close()
            self._unmetered.clear()
            self._told.clear()
        elif kind == "user_message" or (kind == "message" and payload.get("role") != "assistant"):
            self._close()
        elif kind == "token_count":
            return self._metered(entry, self._meter.advance(entry.payload))
        elif kind == "token_usage_record":
            return self._recorded(entry)
        elif made is not None:
            return self._called(entry, made)
        elif answered is not None and self._open is not None and answered in self._open.calls:
            self._close()
        elif kind in ("reasoning", "agent_reasoning", "agent_reasoning_raw_content"):
            return self._thinks(entry)
        elif kind == "agent_message" or (kind == "message" and payload.get("role") == "assistant"):
            return self._says(entry)
        return None

    def _close(self) -> None:
        self._open = None

    def _line(self, entry: Entry) -> Response:
        response = self._open
        if response is None:
            response = Response(entry.record_id, entry, entry.at, self._model, self._tier)
            response.turn_id = entry.turn_id
            self.responses.append(response)
            self._unmetered.append(response)
            self._open = response
        response.lines += 1
        response.ended_at = max(response.ended_at, entry.at)
        return response

    def _recorded(self, entry: Entry) -> Response | None:
        """What one response used, by its id: told again by the total, unless there is none."""
        response_id = string_of(entry.payload.get("response_id"))
        is_new = response_id is None or response_id not in self._recorded_ids
        self._recorded_ids.add(response_id)
        usage = usage_of(mapping_of(entry.payload.get("usage"))) if is_new else None
        if usage is None or response_id not in self._compactions:
            return self._metered(entry, None if self._has_totals else usage)
        response = Response(entry.record_id, entry, entry.at, self._model, self._tier, lines=1)
        response.turn_id, response.usage = entry.turn_id, usage
        self.responses.append(response)
        return response

    def _metered(self, entry: Entry, usage: Usage | None) -> Response | None:
        if usage is None:
            entry.fate = "counted"
            return None
        response = self._unmetered.popleft() if self._unmetered else self._line(entry)
        if response.entry is entry:
            self._unmetered.clear()
        response.usage = usage
        if response is self._open:
            self._close()
        return response

    def _called(self, entry: Entry, call: Call) -> Response | None:
        if call.entry.kind.endswith("_end"):
            # A script made it while it ran: nobody's line, but the running response's call.
            response = self.responses[-1] if self.responses else None
        else:
            response = self._line(entry)
        if response is not None:
            response.calls.append(call)
            call.response_id = response.response_id
        return response

    def _thinks(self, entry: Entry) -> Response | None:
        payload = entry.payload
        if entry.kind != "reasoning":
            if self._has_thoughts:  # the event repeats an item
                entry.fate = "counted"
                return None
            response = self._line(entry)
            response.thinking_chars += len(string_of(payload.get("text")) or "")
            return response
        response = self._line(entry)
        thoughts = [*text_parts(payload.get("summary")), *text_parts(payload.get("content"))]
        response.thinking_chars += sum(map(len, thoughts))
        return response

    def _says(self, entry: Entry) -> Response | None:
        """The same text comes as an event and as an item: whichever is first is the line."""
        text = _text_of(entry)
        other = "message" if entry.kind == "agent_message" else "agent_message"
        if self._told[f"{other}:{text}"]:
            self._told[f"{other}:{text}"] -= 1
            entry.fate = "counted"
            return None
        self._told[f"{entry.kind}:{text}"] += 1
        response = self._line(entry)
        if text:
            response.texts.append(text)
        return response


_SAID = frozenset({"reasoning", "agent_message"})


def _inherited(thread: Thread) -> Mapping[str, Any] | None:
    """The total with which a thread began: its parent's, where it was forked and goes on from it.

    The copy of the parent's turns says so. A fork of a paginated history has no copy: there the first total
    says it, whole where the thread had said nothing yet, else less what its own response used.
    """
    if thread.inherited_usage is not None or not thread.meta.parents:
        return thread.inherited_usage
    has_spoken = False
    for entry in thread.entries:
        is_agents = entry.kind == "message" and entry.payload.get("role") == "assistant"
        has_spoken = has_spoken or is_agents or entry.kind in _SAID or entry.kind.endswith("_call")
        if entry.kind == "token_count" and (total := total_in(entry.payload)) is not None:
            return total_before(entry.payload) if has_spoken else total
    return None


def _text_of(entry: Entry) -> str:
    if entry.kind == "agent_message":
        return string_of(entry.payload.get("message")) or ""
    return "\n".join(text_parts(entry.payload.get("content")))


def output_tokens_of(responses: list[Response]) -> int | None:
    """Output tokens that are known of some responses; None where of none."""
    known: list[Any] = [response.usage.output_tokens for response in responses if response.usage is not None]
    counts = [count for count in known if count is not None]
    return sum(counts) if counts else None
