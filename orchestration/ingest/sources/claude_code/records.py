"""What Claude Code transcripts are known to hold: record types and what becomes of each, and all below them.

`KNOWN_TYPES` is the one list: a record is read into rows, or counted by type, or unknown. What a list here
does not have is drift (`drift`). A new type of the agent is added here and, where it carries a measure, read
in `assemble.py`.
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
        "agent-setting",
        "relocated",
        "ended",
        "isolation-latch",
        "atis-latch",
        "worktree-state",
        "cost-state",
        "attribution-snapshot",
        "content-replacement",
        "saved_hook_context",
    }
)
"""Known types that carry state, titles (read in `titles`) or ticks: counted, never rows of their own."""

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
        "model_refusal_fallback",
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
        "web_fetch_tool_result",
        "mcp_tool_use",
        "mcp_tool_result",
        "tool_reference",
        "search_result",
    }
)
"""Blocks of a message's content, and those inside a tool result."""

KNOWN_ATTACHMENTS = frozenset(
    {
        "agent_listing_delta",
        "agent_mention",
        "async_hook_response",
        "auto_mode",
        "auto_mode_exit",
        "command_permissions",
        "compact_file_reference",
        "date",
        "date_change",
        "deferred_tools_delta",
        "deferred_tools_record",
        "diagnostics",
        "directory",
        "edited_text_file",
        "environment",
        "file",
        "goal_status",
        "hook_additional_context",
        "hook_blocking_error",
        "hook_cancelled",
        "hook_error_during_execution",
        "hook_non_blocking_error",
        "hook_permission_decision",
        "hook_stopped_continuation",
        "hook_success",
        "hook_system_message",
        "instructions",
        "invoked_skills",
        "language",
        "max_turns_reached",
        "mcp_instructions_delta",
        "model",
        "nested_memory",
        "opened_file_in_ide",
        "output_style",
        "output_style_instructions",
        "peer_mention",
        "plan_file_reference",
        "plan_mode",
        "plan_mode_exit",
        "plan_mode_reentry",
        "prompt_snapshot",
        "queued_command",
        "read_truncation_notice",
        "relevant_memories",
        "remote_session_change",
        "selected_lines_in_ide",
        "session_context",
        "silent_turn_reminder",
        "skill_listing",
        "structured_output",
        "task_reminder",
        "task_status",
        "team_context",
        "teammate_mailbox",
        "thinking_stripped",
        "todo_reminder",
        "total_tokens_reminder",
        "ultra_effort_enter",
        "ultra_effort_exit",
    }
)

KNOWN_PROGRESS = frozenset(
    {
        "agent_progress",
        "bash_progress",
        "hook_progress",
        "mcp_progress",
        "powershell_progress",
        "query_update",
        "search_results_received",
        "waiting_for_task",
    }
)
KNOWN_QUEUE_OPERATIONS = frozenset({"enqueue", "dequeue", "remove", "popAll"})

KNOWN_ORIGINS = frozenset(
    {"human", "channel", "task-notification", "peer", "coordinator", "auto-continuation", "cron", "loop"}
)
"""Values of `origin.kind`; all but the first two are no person's, and neither is an unknown one."""

KNOWN_PROMPT_SOURCES = frozenset({"typed", "queued", "system", "sdk"})
KNOWN_COMMAND_MODES = frozenset({"prompt", "bash", "task-notification"})
KNOWN_PERMISSION_MODES = frozenset({"default", "acceptEdits", "bypassPermissions", "auto", "plan", "dontAsk"})
KNOWN_STOP_REASONS = frozenset(
    {"end_turn", "tool_use", "stop_sequence", "max_tokens", "pause_turn", "refusal"}
    | {"model_context_window_exceeded"}
)
KNOWN_ENTRYPOINTS = frozenset(
    {
        "cli",
        "claude-desktop",
        "remote",
        "remote_mobile",
        "remote_desktop",
        "remote_web",
        "claude-vscode",
        "claude-jetbrains",
        "claude-code-github-action",
        "sdk-cli",
        "sdk-ts",
        "sdk-py",
        "mcp",
    }
)
"""How a session was started; `surfaces` says what each of them means."""


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
