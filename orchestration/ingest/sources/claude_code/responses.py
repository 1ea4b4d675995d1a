"""Assistant lines → model responses and their tool calls.

A response's usage is that of the line with most output tokens (the last one: the first line of newer
versions is a streaming placeholder), final only if some line has a stop reason. Which lines are one
response is decided in `response_lines`, which result answers which call in `call_results`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.sources.claude_code.call_results import answered_call
from orchestration.ingest.sources.claude_code.lines_changed import NOTHING_KNOWN, LinesChanged
from orchestration.ingest.sources.claude_code.response_lines import LineGrouper, Lines
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.tool_results import ToolResult, read_result
from orchestration.ingest.sources.claude_code.tools import SHELL_TOOLS
from orchestration.ingest.tool_decisions import ToolDecision


@dataclass(slots=True)
class Response:
    """All lines of one response, in time order."""

    named: Lines
    entry: Entry
    ended_at: datetime
    lines: int = 0
    texts: list[str] = field(default_factory=list)
    thinking_chars: int = 0
    tool_uses: int = 0
    usage: dict[str, Any] = field(default_factory=dict)
    usage_rank: int = -2
    stop_reason: str | None = None

    @property
    def response_id(self) -> str:
        return self.named.response_id

    @property
    def is_synthetic(self) -> bool:
        return bool(self.entry.record["message"].get("model") == "<synthetic>")

    @property
    def is_usage_final(self) -> bool:
        return self.stop_reason is not None and count_of(self.usage.get("output_tokens")) is not None

    @property
    def is_api_error(self) -> bool:
        return self.entry.record.get("isApiErrorMessage") is True


@dataclass(slots=True)
class Call:
    """One tool call, with its result where the transcript holds one.

    `occurrence`: the how-manyth call of its id in the session, from 1.
    """

    tool_use_id: str
    entry: Entry
    name: str
    input: dict[str, Any]
    response: Response | None
    result: ToolResult | None = None
    result_entry: Entry | None = None
    detail: Any = None
    has_call: bool = True
    lines: LinesChanged = NOTHING_KNOWN
    has_unknown_lines: bool = False
    decision: ToolDecision | None = None
    occurrence: int = 1

    @property
    def key(self) -> str:
        """Unique in the session: the tool id, with the occurrence where the id came before."""
        return self.tool_use_id if self.occurrence == 1 else f"{self.tool_use_id}#{self.occurrence}"


@dataclass(slots=True)
class Work:
    """What the agent did in one session: responses, and calls by their key."""

    responses: list[Response] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    results: dict[int, list[Call]] = field(default_factory=dict)
    """Calls answered by an entry, by the entry's identity in memory."""
    response_of: dict[int, Response] = field(default_factory=dict)
    """The response that a line belongs to, by the entry's identity in memory."""
    calls_of: dict[str, list[Call]] = field(default_factory=dict)
    """All calls of one tool id, in time order."""

    def call_on(self, entry: Entry, tool_use_id: str) -> Call | None:
        """The call of this id that an assistant line makes."""
        response = self.response_of.get(id(entry))
        made = [call for call in self.calls_of.get(tool_use_id, ()) if call.response is response]
        return next((call for call in made if call.entry is entry), made[-1] if made else None)

    def call_before(self, tool_use_id: str, at: datetime) -> Call | None:
        """The last call of this id at or before a time, else its first."""
        same = self.calls_of.get(tool_use_id, ())
        return next((call for call in reversed(same) if call.entry.at <= at), same[0] if same else None)


def read_work(entries: list[Entry]) -> Work:
    """Responses and calls of a timeline; results are paired whichever comes first."""
    return _WorkReader().read(entries)


class _WorkReader:
    def __init__(self) -> None:
        self.work = Work()
        self.grouper = LineGrouper()
        self.response_of_lines: dict[int, Response] = {}

    def read(self, entries: list[Entry]) -> Work:
        answers: list[tuple[Entry, dict[str, Any]]] = []
        for entry in entries:
            if entry.type == "assistant":
                self._add_line(entry)
            elif entry.type == "user":
                results = _result_blocks(entry.record["message"].get("content"))
                self.grouper.add_user_record(entry, results)
                answers += [(entry, block) for block in results]
        self.grouper.name_all()
        late = [answer for answer in answers if not self._pair(*answer, is_late=False)]
        for entry, block in late:
            if not self._pair(entry, block, is_late=True):
                self._add_lone_result(entry, block)
        return self.work

    def _add_line(self, entry: Entry) -> None:
        message = entry.record["message"]
        named = self.grouper.add_line(entry)
        response = self.response_of_lines.get(id(named))
        if response is None:
            response = self.response_of_lines[id(named)] = Response(named, entry, entry.at)
            self.work.responses.append(response)
        self.work.response_of[id(entry)] = response
        response.lines += 1
        response.ended_at = max(response.ended_at, entry.at)
        _keep_usage(response, message.get("usage"))
        stop_reason = message.get("stop_reason")
        if isinstance(stop_reason, str):
            response.stop_reason = stop_reason
        content = message.get("content")
        if isinstance(content, str):
            response.texts.append(content)
            return
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict):
                self._add_block(response, entry, block)

    def _add_block(self, response: Response, entry: Entry, block: dict[str, Any]) -> None:
        kind = block.get("type")
        if kind == "text":
            if isinstance(block.get("text"), str):
                response.texts.append(block["text"])
        elif kind == "thinking":
            thought = block.get("thinking")
            response.thinking_chars += len(thought) if isinstance(thought, str) else 0
        elif kind == "tool_use" and isinstance(block.get("id"), str):
            given = block.get("input")
            call = Call(
                tool_use_id=block["id"],
                entry=entry,
                name=tool_name_of(block),
                input=given if isinstance(given, dict) else {},
                response=response,
            )
            if self._add_call(call):
                response.tool_uses += 1

    def _add_call(self, call: Call) -> bool:
        """Keep a call, unless its response made it already: a line may be in the files twice."""
        same = self.work.calls_of.setdefault(call.tool_use_id, [])
        if any(one.response is call.response and _is_same_call(one, call) for one in same):
            return False
        same.append(call)
        call.occurrence = len(same)
        self.work.calls[call.key] = call
        return True

    def _pair(self, entry: Entry, block: dict[str, Any], *, is_late: bool) -> bool:
        """Whether a result found its call, or needs none."""
        tool_use_id = block.get("tool_use_id")
        if not isinstance(tool_use_id, str):
            return True
        call = answered_call(self.work.calls_of.get(tool_use_id, ()), entry, is_late=is_late)
        if call is None:
            return False
        self._answer(call, entry, block)
        return True

    def _answer(self, call: Call, entry: Entry, block: dict[str, Any]) -> None:
        detail = entry.record.get("toolUseResult")
        call.result, call.result_entry, call.detail = (
            read_result(call.name, block, entry.record),
            entry,
            detail,
        )
        self.work.results.setdefault(id(entry), []).append(call)

    def _add_lone_result(self, entry: Entry, block: dict[str, Any]) -> None:
        """A result whose call is not in the transcript; of a call that has one it is a copy."""
        if block["tool_use_id"] not in self.work.calls_of:
            call = Call(block["tool_use_id"], entry, "unknown", {}, None, has_call=False)
            self._add_call(call)
            self._answer(call, entry, block)


def _is_same_call(one: Call, other: Call) -> bool:
    return one.name == other.name and one.input == other.input


def _result_blocks(content: object) -> list[dict[str, Any]]:
    return [
        block
        for block in (content if isinstance(content, list) else ())
        if isinstance(block, dict) and block.get("type") == "tool_result"
    ]


def _keep_usage(response: Response, usage: Any) -> None:
    if not isinstance(usage, dict):
        return
    tokens = count_of(usage.get("output_tokens"))
    rank = tokens if tokens is not None else -1
    if rank >= response.usage_rank:
        response.usage, response.usage_rank = usage, rank


def tool_name_of(block: dict[str, Any]) -> str:
    """The tool that a `tool_use` block calls; names can be corrupt, and are kept as they are."""
    return string_of(block.get("name")) or "unknown"


def input_text(call: Call) -> str:
    """What the agent asked of the tool: the command of a shell call, else the input as JSON."""
    if call.name in SHELL_TOOLS and isinstance(call.input.get("command"), str):
        return str(call.input["command"])
    try:
        return orjson.dumps(call.input).decode()
    except (TypeError, orjson.JSONEncodeError):
        return ""


def input_word_count(call: Call) -> int:
    """Words of the strings that the agent wrote into the tool's input."""
    return sum(len(value.split()) for value in call.input.values() if isinstance(value, str))
