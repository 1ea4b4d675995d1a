"""The records of a rollout: which types and payloads there are, what becomes of each, what names one.

A line is `{timestamp, type, payload}`; type and payload's type together are its kind. `KNOWN` is the one
list: a kind is read into rows, or counted, or unknown (drift).
"""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson

from orchestration.ingest.json_values import mapping_of, parse_time, string_of

Kind = tuple[str, str | None]

_COUNTED_TYPES = (
    "world_state", "inter_agent_communication", "inter_agent_communication_metadata", "security_risk_score",
)  # fmt: skip
KNOWN_TYPES = frozenset(
    {"session_meta", "turn_context", "response_item", "event_msg", "compacted", "token_usage_record"}
    | set(_COUNTED_TYPES)
)

_READ_EVENTS = (
    "task_started", "turn_started", "task_complete", "turn_complete", "turn_aborted",
    "user_message", "agent_message", "agent_reasoning", "agent_reasoning_raw_content", "token_count",
    "exec_command_end", "patch_apply_end", "mcp_tool_call_end", "web_search_end",
    "dynamic_tool_call_response", "collab_agent_spawn_end", "view_image_tool_call",
    "entered_review_mode", "exited_review_mode", "context_compacted",
    "error", "stream_error", "thread_settings_applied",
)  # fmt: skip
"""Events whose content may end in rows."""

_COUNTED_EVENTS = (
    "agent_message_delta", "agent_reasoning_delta", "agent_reasoning_section_break", "background_event",
    "collab_agent_spawn_begin", "collab_agent_interaction_begin", "collab_agent_interaction_end",
    "collab_waiting_begin", "collab_waiting_end", "collab_close_begin", "collab_close_end",
    "collab_resume_begin", "collab_resume_end", "deprecation_notice", "dynamic_tool_call_request",
    "elicitation_request", "exec_approval_request", "exec_command_begin", "exec_command_output_delta",
    "apply_patch_approval_request", "guardian_assessment", "guardian_warning", "hook_started",
    "hook_completed", "image_generation_begin", "image_generation_end", "item_started", "item_completed",
    "mcp_startup_complete", "mcp_startup_update", "mcp_tool_call_begin", "model_reroute", "patch_apply_begin",
    "patch_apply_updated", "plan_delta", "plan_update", "raw_response_item", "request_permissions",
    "request_user_input", "session_configured", "shutdown_complete", "skills_update_available",
    "terminal_interaction", "thread_name_updated", "thread_rolled_back", "thread_goal_updated", "turn_diff",
    "undo_completed", "undo_started", "warning", "web_search_begin",
)  # fmt: skip
"""Events that repeat what another record says, tick, or carry a state that no measure reads."""

ITEM: Kind = ("event_msg", "item_completed")
"""Counted, unless it is where a person's words stand (`words_in_item`)."""

TITLE: Kind = ("event_msg", "thread_name_updated")
"""Counted, and read for the title of its thread."""

_READ_ITEMS = (
    "message", "reasoning", "local_shell_call", "function_call", "function_call_output", "custom_tool_call",
    "custom_tool_call_output", "tool_search_call", "tool_search_output", "web_search_call",
    "image_generation_call",
)  # fmt: skip
_COUNTED_ITEMS = ("ghost_snapshot", "compaction", "compaction_summary", "context_compaction")

READ: frozenset[Kind] = frozenset(
    {("session_meta", None), ("turn_context", None), ("compacted", None), ("token_usage_record", None)}
    | {("event_msg", name) for name in _READ_EVENTS}
    | {("response_item", name) for name in _READ_ITEMS}
)
COUNTED: frozenset[Kind] = frozenset(
    {(name, None) for name in _COUNTED_TYPES}
    | {("event_msg", name) for name in _COUNTED_EVENTS}
    | {("response_item", name) for name in _COUNTED_ITEMS}
)
KNOWN = READ | COUNTED

TURN_STARTS = frozenset({"task_started", "turn_started"})
TURN_STOPS = frozenset({"task_complete", "turn_complete", "turn_aborted"})

_NAMES_OF_OWN = ("call_id", "turn_id")


def kind_of(record: dict[str, Any]) -> Kind:
    """Type and payload type of a record, as raw_record_counts names them."""
    kind, payload = record.get("type"), record.get("payload")
    if not isinstance(kind, str):
        return "", None
    inner = (
        payload.get("type") if isinstance(payload, dict) and kind in ("event_msg", "response_item") else None
    )
    return kind, inner if isinstance(inner, str) else None


def words_in_item(record: dict[str, Any]) -> dict[str, Any] | None:
    """A person's words that a finished item holds, as a `user_message` has them; None where it holds none.

    Threads with a paginated history (0.148 and later) have them there alone.
    """
    if kind_of(record) != ITEM:
        return None
    item = mapping_of(record["payload"].get("item"))
    content = item.get("content")
    if item.get("type") != "UserMessage" or not isinstance(content, list):
        return None
    parts = [part for part in content if isinstance(part, dict)]
    words = [text for part in parts if (text := string_of(part.get("text"))) is not None]
    images = [part for part in parts if "image" in str(part.get("type"))]
    return {"type": "user_message", "message": "\n".join(words), "images": images}


def time_of(record: dict[str, Any]) -> datetime | None:
    """The time that the record was written, in UTC."""
    return parse_time(record.get("timestamp"))


def name_of(record: dict[str, Any], thread_id: str) -> str:
    """What makes a record the same one in another copy of its thread: a hash, because ids are shown.

    Records carry no id. A call's and a turn's records are named by them, because copies of a rollout may
    have other words struck out; every other record by all it says.
    """
    kind, subtype = kind_of(record)
    payload = record.get("payload")
    said: object = payload
    for key in _NAMES_OF_OWN:
        own = string_of(mapping_of(payload).get(key))
        if own and kind != "turn_context":
            said = {key: own}
            break
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        text = orjson.dumps([thread_id, record.get("timestamp"), kind, subtype, said], option=option)
    except orjson.JSONEncodeError:  # deeper than orjson writes, or a number beyond 64 bits
        text = repr((thread_id, record.get("timestamp"), kind, subtype, said)).encode()
    return blake2b(text, digest_size=16).hexdigest()


def born_at(identifier: str | None) -> datetime | None:
    """When an id was made, where it is a UUID of version 7; Codex's threads and turns have such ids."""
    try:
        made = UUID(identifier) if identifier else None
    except ValueError:
        return None
    if made is None or made.version != 7:
        return None
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def is_uuid(identifier: str) -> bool:
    """Whether an id is unique by itself; early versions counted turns from zero in each session."""
    try:
        return UUID(identifier).int > 0
    except ValueError:
        return False
