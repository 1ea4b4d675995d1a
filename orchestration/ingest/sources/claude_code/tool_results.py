"""One tool result read: how it ended, and what of its text is kept.

Reads the `tool_result` block and the record's `toolUseResult` (object on success, string on error,
list for MCP tools, absent in a third of sub-agent files). Knows tools, nothing of turns.
"""

import re
from typing import Any, NamedTuple

from orchestration.ingest.rows import ToolErrorKind
from orchestration.ingest.sources.claude_code.tool_kinds import FILE_TOOLS
from orchestration.ingest.sources.claude_code.who_speaks import text_of, without_reminders

_EXIT_CODE = re.compile(r"\A(?:Error: )?Exit code (-?\d{1,9})(?!\d)")
_ERROR_TAG = re.compile(r"\A\s*<tool_use_error>\s*")
_DENIED_STARTS = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action",
    "User rejected tool use",
    "User chose to stay in plan mode",
)
_GOES_ON = ("the user said:", "User chose to stay in plan mode")
"""Denials that tell the agent what to do next; every other one tells it to stop and wait."""
_COLLATERAL_STARTS = ("Sibling tool call errored", "Cancelled: parallel tool call")
_INTERRUPTED_START = "[Request interrupted by user"


class ToolResult(NamedTuple):
    """How a call ended. `stops_agent`: the denial told the agent to stop and wait."""

    text: str
    error_kind: ToolErrorKind | None
    exit_code: int | None
    is_user_modified: bool | None
    is_interrupted: bool
    is_background: bool
    stops_agent: bool
    spawned_agent_id: str | None
    subagent_type: str | None


def read_result(tool_name: str, block: dict[str, Any], detail: Any) -> ToolResult:
    """Read one `tool_result` block with its record's `toolUseResult` (`detail`)."""
    text = without_reminders(text_of(block.get("content"))[0])
    fields = detail if isinstance(detail, dict) else {}
    kind = (
        _error_kind(text, detail)
        if block.get("is_error") is True or detail == "User rejected tool use"
        else None
    )
    agent_id, modified = fields.get("agentId"), fields.get("userModified")
    return ToolResult(
        text=text,
        error_kind=kind,
        exit_code=_exit_code(tool_name, text, kind, fields),
        is_user_modified=modified if tool_name in FILE_TOOLS and isinstance(modified, bool) else None,
        is_interrupted=fields.get("interrupted") is True or kind == "interrupted",
        is_background=fields.get("isAsync") is True or bool(fields.get("backgroundTaskId")),
        stops_agent=kind == "denied_by_user" and not any(mark in text for mark in _GOES_ON),
        spawned_agent_id=agent_id if isinstance(agent_id, str) else None,
        subagent_type=fields.get("agentType") if isinstance(fields.get("agentType"), str) else None,
    )


def _error_kind(text: str, detail: Any) -> ToolErrorKind:
    head = _ERROR_TAG.sub("", text[:400])
    if detail == "User rejected tool use" or head.startswith(_DENIED_STARTS):
        return "denied_by_user"
    if head.startswith(_INTERRUPTED_START):
        return "interrupted"
    if head.startswith(_COLLATERAL_STARTS):
        return "collateral"
    if head.startswith("Permission to use ") and "denied" in head:
        return "denied_by_rule"
    return "exit_code" if _EXIT_CODE.match(head) else "other"


def _exit_code(tool_name: str, text: str, kind: str | None, fields: dict[str, Any]) -> int | None:
    """The command's exit code: stated on failure; on success the shell returned 0."""
    if kind == "exit_code":
        match = _EXIT_CODE.match(_ERROR_TAG.sub("", text[:400]))
        return int(match.group(1)) if match else None
    if tool_name != "Bash" or kind is not None or "stdout" not in fields:
        return None
    # An interpreted return code ("No matches found") is a non-zero status that was no failure.
    unsettled = fields.get("interrupted") or fields.get("backgroundTaskId")
    return None if unsettled or fields.get("returnCodeInterpretation") else 0
