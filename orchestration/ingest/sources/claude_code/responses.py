"""Assistant lines → model responses and their tool calls.

One response is all lines of one `message.id`. Its usage is that of the line with most output tokens
(the last one: the first line of newer versions is a streaming placeholder), final only if some line
has a stop reason. A call is paired with its result by `tool_use_id` alone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.tool_results import SHELL_TOOLS, ToolResult, read_result


@dataclass(slots=True)
class Response:
    """All lines of one message.id, in time order."""

    message_id: str
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
    """One tool call, with its result where the transcript holds one."""

    tool_use_id: str
    entry: Entry
    name: str
    input: dict[str, Any]
    message_id: str | None
    result: ToolResult | None = None
    result_entry: Entry | None = None
    detail: Any = None
    has_call: bool = True


@dataclass(slots=True)
class Work:
    """What the agent did in one session: responses by message id, calls by tool use id."""

    responses: dict[str, Response] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    results: dict[int, list[Call]] = field(default_factory=dict)
    """Calls answered by an entry, by the entry's identity in memory."""


def read_work(entries: list[Entry]) -> Work:
    """Responses and calls of a timeline; results are paired whichever comes first."""
    work = Work()
    answers: list[tuple[Entry, dict[str, Any]]] = []
    for entry in entries:
        if entry.type == "assistant":
            _add_line(work, entry)
        elif entry.type == "user":
            content = entry.record["message"].get("content")
            if isinstance(content, list):
                answers += [
                    (entry, block)
                    for block in content
                    if isinstance(block, dict) and block.get("type") == "tool_result"
                ]
    for entry, block in answers:
        _add_result(work, entry, block)
    return work


def _add_line(work: Work, entry: Entry) -> None:
    message = entry.record["message"]
    stated_id = message.get("id")
    message_id = stated_id if isinstance(stated_id, str) and stated_id else entry.record_id
    response = work.responses.get(message_id)
    if response is None:
        response = work.responses[message_id] = Response(message_id, entry, entry.at)
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
            _add_block(work, response, entry, block)


def _keep_usage(response: Response, usage: Any) -> None:
    if not isinstance(usage, dict):
        return
    tokens = count_of(usage.get("output_tokens"))
    rank = tokens if tokens is not None else -1
    if rank >= response.usage_rank:
        response.usage, response.usage_rank = usage, rank


def _add_block(work: Work, response: Response, entry: Entry, block: dict[str, Any]) -> None:
    kind = block.get("type")
    if kind == "text":
        if isinstance(block.get("text"), str):
            response.texts.append(block["text"])
    elif kind == "thinking":
        thought = block.get("thinking")
        response.thinking_chars += len(thought) if isinstance(thought, str) else 0
    elif kind == "tool_use" and isinstance(block.get("id"), str) and block["id"] not in work.calls:
        response.tool_uses += 1
        given = block.get("input")
        work.calls[block["id"]] = Call(
            tool_use_id=block["id"],
            entry=entry,
            name=tool_name_of(block),
            input=given if isinstance(given, dict) else {},
            message_id=response.message_id,
        )


def tool_name_of(block: dict[str, Any]) -> str:
    """The tool that a `tool_use` block calls; names can be corrupt, and are kept as they are."""
    return string_of(block.get("name")) or "unknown"


def _add_result(work: Work, entry: Entry, block: dict[str, Any]) -> None:
    tool_use_id = block.get("tool_use_id")
    if not isinstance(tool_use_id, str):
        return
    call = work.calls.get(tool_use_id)
    if call is None:
        call = work.calls[tool_use_id] = Call(tool_use_id, entry, "unknown", {}, None, has_call=False)
    if call.result is None:
        detail = entry.record.get("toolUseResult")
        call.result, call.result_entry, call.detail = (
            read_result(call.name, block, entry.record),
            entry,
            detail,
        )
        work.results.setdefault(id(entry), []).append(call)


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
