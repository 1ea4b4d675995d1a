"""What a message or an answer holds, as blocks of the Messages API, whichever API's shape a log has.

Gateways log the Messages API, chat completions (`tool_calls`, the role `tool`) and responses
(`function_call` items): all become messages with blocks. Knows shapes, nothing of logs and rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from orchestration.ingest.field_mapping import decoded
from orchestration.ingest.json_values import count_of, mapping_of, string_of

Block = dict[str, Any]

TEXTS = frozenset({"text", "input_text", "output_text"})
THOUGHTS = frozenset({"thinking", "redacted_thinking", "reasoning"})
CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
RESULT_SUFFIX = "tool_result"
"""`tool_result`, and the results of the tools that the API runs itself: `web_search_tool_result`, …"""

KNOWN_BLOCKS = (
    TEXTS
    | THOUGHTS
    | CALLS
    | {"tool_result", "mcp_tool_result", "web_search_tool_result", "web_fetch_tool_result"}
    | {"code_execution_tool_result", "bash_code_execution_tool_result", "tool_search_tool_result"}
    | {"text_editor_code_execution_tool_result", "image", "image_url", "input_image", "document", "file"}
    | {"input_file", "search_result", "container_upload", "tool_reference", "refusal"}
)
KNOWN_STOP_REASONS = frozenset(
    {
        "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "compaction",
        "model_context_window_exceeded", "stop", "length", "tool_calls", "content_filter", "function_call",
        "completed", "incomplete",
    }
)  # fmt: skip
_SYSTEM_ROLES = frozenset({"system", "developer"})


class Message(NamedTuple):
    """What one side said in one go; neighbours of one role are one message, as the API reads them."""

    role: str
    blocks: tuple[Block, ...]


class Conversation(NamedTuple):
    """A request's messages, and the system prompt where a message holds it."""

    messages: tuple[Message, ...]
    system: str


@dataclass(frozen=True)
class Answer:
    """A model's answer. Token counts are None where the log states none."""

    response_id: str | None
    model: str | None
    blocks: tuple[Block, ...]
    stop_reason: str | None
    usage: dict[str, Any] = field(default_factory=dict)


def is_result(block: Block) -> bool:
    """Whether a block is the result of a tool call."""
    return (string_of(block.get("type")) or "").endswith(RESULT_SUFFIX)


def text_of(content: Any) -> str:
    """The text of a content: a string, a block, or a list of them."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        text = content.get("text") if content.get("type") in TEXTS else content.get("content")
        return text_of(text) if isinstance(text, (str, list, dict)) else ""
    return "\n".join(filter(None, map(text_of, content))) if isinstance(content, list) else ""


def texts_in(blocks: Iterable[Block]) -> str:
    """The words of some blocks, without calls, results and thoughts."""
    return "\n".join(text for block in blocks if block.get("type") in TEXTS and (text := text_of(block)))


def conversation_of(value: Any) -> Conversation | None:
    """The messages of a request; None where the value holds none that can be read."""
    value = decoded(value)
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    said: list[tuple[str, list[Block]]] = []
    system: list[str] = []
    for item in value:
        role, blocks = _said_in(item)
        if role in _SYSTEM_ROLES:
            system.append(text_of(blocks))
        elif said and said[-1][0] == role:
            said[-1][1].extend(blocks)
        else:
            said.append((role, blocks))
    return Conversation(tuple(Message(role, tuple(blocks)) for role, blocks in said), "\n".join(system))


def answer_of(value: Any) -> Answer | None:
    """A model's answer; None where the value is none."""
    value = decoded(value)
    if isinstance(value, str):
        return Answer(None, None, ({"type": "text", "text": value},), None)
    if isinstance(value, list):
        value = {"content": value}
    if not isinstance(value, dict):
        return None
    stop = string_of(value.get("stop_reason"))
    if isinstance(value.get("choices"), list):
        choice = next((each for each in value["choices"] if isinstance(each, dict)), {})
        _, blocks = _said_in(mapping_of(choice.get("message")))
        stop = string_of(choice.get("finish_reason"))
    elif isinstance(value.get("output"), list):
        conversation = conversation_of(value["output"])
        blocks = (
            [block for message in conversation.messages for block in message.blocks] if conversation else []
        )
        stop = string_of(value.get("status"))
    elif "content" in value or "tool_calls" in value:
        _, blocks = _said_in(value)
    else:
        return None
    return Answer(
        string_of(value.get("id")),
        string_of(value.get("model")),
        tuple(blocks),
        stop,
        mapping_of(value.get("usage")),
    )


def _said_in(item: dict[str, Any]) -> tuple[str, list[Block]]:
    """The role of a message or item, and its blocks."""
    kind, role = string_of(item.get("type")), string_of(item.get("role"))
    if kind == "function_call":
        return "assistant", [_call(item.get("call_id"), item.get("name"), item.get("arguments"))]
    if kind == "function_call_output":
        return "user", [_result(item.get("call_id"), item.get("output"))]
    if kind == "reasoning":
        return "assistant", [{"type": "reasoning", "text": text_of(item.get("summary"))}]
    if role == "tool":
        return "user", [_result(item.get("tool_call_id"), item.get("content"))]
    blocks = list(_blocks_of(item.get("content")))
    calls = item.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = mapping_of(mapping_of(call).get("function"))
        blocks.append(_call(mapping_of(call).get("id"), function.get("name"), function.get("arguments")))
    return role or "user", blocks


def _blocks_of(content: Any) -> Iterator[Block]:
    content = decoded(content) if isinstance(content, str) and content.startswith('[{"') else content
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, str) and block:
            yield {"type": "text", "text": block}
        elif isinstance(block, dict):
            yield block


def _call(call_id: Any, name: Any, arguments: Any) -> Block:
    return {"type": "tool_use", "id": call_id, "name": name, "input": decoded(arguments)}


def _result(call_id: Any, content: Any) -> Block:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content}


class Usage(NamedTuple):
    """Tokens of one answer. `input_tokens` are those neither read from a cache nor written to one."""

    input_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_creation_5m_input_tokens: int | None
    cache_creation_1h_input_tokens: int | None
    cache_read_input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


def usage_of(value: dict[str, Any]) -> Usage:
    """Token counts as the Messages API states them, or as chat completions and Langfuse do.

    The latter two count what was read from a cache, or written to one, within the input. An input that is
    smaller than both cannot hold them: there a gateway has left the counts as the Messages API states them.
    """
    if "input_tokens" in value and (
        "cache_read_input_tokens" in value or "cache_creation_input_tokens" in value
    ):
        cache = mapping_of(value.get("cache_creation"))
        return Usage(
            count_of(value.get("input_tokens")),
            count_of(value.get("cache_creation_input_tokens")),
            count_of(cache.get("ephemeral_5m_input_tokens")),
            count_of(cache.get("ephemeral_1h_input_tokens")),
            count_of(value.get("cache_read_input_tokens")),
            count_of(value.get("output_tokens")),
            None,
        )
    whole, output = (
        _first(value, "input_tokens", "prompt_tokens", "input"),
        _first(value, "output_tokens", "completion_tokens", "output"),
    )
    details = mapping_of(value.get("prompt_tokens_details") or value.get("input_tokens_details"))
    produced = mapping_of(value.get("completion_tokens_details") or value.get("output_tokens_details"))
    read = _first(details, "cached_tokens")
    read = read if read is not None else _first(value, "input_cached_tokens", "cache_read_input_tokens")
    written = _first(details, "cache_creation_tokens")
    written = written if written is not None else _first(value, "cache_creation_input_tokens")
    kept = mapping_of(details.get("cache_creation_token_details"))
    cached = (read or 0) + (written or 0)
    return Usage(
        whole if whole is None or whole < cached else whole - cached,
        written,
        count_of(kept.get("ephemeral_5m_input_tokens")),
        count_of(kept.get("ephemeral_1h_input_tokens")),
        read,
        output,
        _first(produced, "reasoning_tokens"),
    )


def _first(value: dict[str, Any], *names: str) -> int | None:
    return next((count for name in names if (count := count_of(value.get(name))) is not None), None)


def as_json(value: Any) -> str:
    """A value as JSON text with sorted keys; a text that is no JSON stays as it is."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except (TypeError, orjson.JSONEncodeError):
        return ""
