"""The record types of Claude Code transcripts: known ones and what becomes of each.

`KNOWN_TYPES` is the one list: a record is read into rows, or counted by type, or unknown (drift). A
new type of the agent is added here and, where it carries a measure, read in `assemble.py`.
"""

from datetime import datetime
from typing import Any

from orchestration.ingest.json_values import parse_time

READ_TYPES = frozenset({"assistant", "user", "system", "queue-operation", "attachment", "pr-link"})
"""Types whose records may end in rows."""

MESSAGE_TYPES = frozenset({"assistant", "user"})

COUNTED_TYPES = frozenset(
    {
        "progress",
        "file-history-snapshot",
        "file-history-delta",
        "last-prompt",
        "permission-mode",
        "ai-title",
        "mode",
        "bridge-session",
        "summary",
        "custom-title",
        "agent-name",
        "agent-color",
        "tag",
    }
)
"""Known types that carry state, titles or ticks: counted, never rows of their own."""

STATE_TYPES = frozenset({"permission-mode"})
"""Counted types that the timeline still carries: they hold state and no time of their own."""

KNOWN_TYPES = READ_TYPES | COUNTED_TYPES

KNOWN_SYSTEM_SUBTYPES = frozenset(
    {
        "stop_hook_summary",
        "turn_duration",
        "away_summary",
        "compact_boundary",
        "microcompact_boundary",
        "api_error",
        "local_command",
        "bridge_status",
        "informational",
    }
)

KNOWN_BLOCKS = frozenset(
    {
        "text",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "tool_result",
        "image",
        "document",
        "server_tool_use",
        "web_search_tool_result",
    }
)


def object_kind(record: dict[str, Any]) -> tuple[str, str | None]:
    """Type and subtype of a record, as raw_record_counts names them."""
    kind = record.get("type")
    if not isinstance(kind, str):
        return "", None
    if kind == "system":
        subtype = record.get("subtype")
    elif kind == "queue-operation":
        subtype = record.get("operation")
    elif kind in ("attachment", "progress"):
        inner = record.get("attachment" if kind == "attachment" else "data")
        subtype = inner.get("type") if isinstance(inner, dict) else None
    else:
        subtype = None
    return kind, subtype if isinstance(subtype, str) else None


def is_known(record_type: str, record_subtype: str | None) -> bool:
    """Whether this kind of record was known when the parser was written."""
    if record_type == "system":
        return record_subtype in KNOWN_SYSTEM_SUBTYPES
    return record_type in KNOWN_TYPES


def time_of(record: dict[str, Any]) -> datetime | None:
    """The record's own time in UTC, or None where it has none that can be read."""
    return parse_time(record.get("timestamp"))
