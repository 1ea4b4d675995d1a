"""One tool result read: how it ended, and what of its text is kept.

Reads the `tool_result` block and the record's `toolUseResult` (object on success, string on error,
list for MCP tools, absent in a third of sub-agent files). Knows tools, nothing of turns.
"""

import re
from typing import Any, NamedTuple

from orchestration.ingest.json_values import string_of
from orchestration.ingest.rows import ToolErrorKind
from orchestration.ingest.sources.claude_code.refusals import Refusal, read_refusal, refusal_words
from orchestration.ingest.sources.claude_code.texts import NOBODY_REFUSED
from orchestration.ingest.sources.claude_code.tools import FILE_TOOLS, SHELL_TOOLS
from orchestration.ingest.sources.claude_code.who_speaks import text_of, without_reminders

_EXIT_CODE = re.compile(r"\A(?:Error: )?Exit code (-?\d{1,9})(?!\d)")
_ERROR_TAG = re.compile(r"\A\s*<tool_use_error>\s*")


class ToolResult(NamedTuple):
    """How a call ended. `stops_agent`: the denial told the agent to stop and wait.

    `feedback`: what the person said with a denial. `unknown_refusal`: the word by which a failure looks like
    a refusal that no row of the table tells.
    """

    text: str
    error_kind: ToolErrorKind | None
    feedback: str | None
    unknown_refusal: str | None
    exit_code: int | None
    is_user_modified: bool | None
    is_interrupted: bool
    is_background: bool
    stops_agent: bool
    spawned_agent_id: str | None
    subagent_type: str | None


def read_result(tool_name: str, block: dict[str, Any], record: dict[str, Any]) -> ToolResult:
    """Read one `tool_result` block with its record's `toolUseResult` and what the record states of it."""
    text = without_reminders(text_of(block.get("content"))[0])
    detail, denial_kind = record.get("toolUseResult"), record.get("toolDenialKind")
    fields = detail if isinstance(detail, dict) else {}
    is_failed = block.get("is_error") is True or detail == "User rejected tool use" or bool(denial_kind)
    refusal = _refusal(text, detail, denial_kind) if is_failed else None
    kind = (refusal.error_kind if refusal else _failure(text)) if is_failed else None
    agent_id, modified = fields.get("agentId"), fields.get("userModified")
    is_denied = kind == "denied_by_user"
    feedback = (refusal.words if refusal else None) or string_of(record.get("userFeedback"))
    return ToolResult(
        text=text,
        error_kind=kind,
        feedback=feedback if is_denied else None,
        unknown_refusal=refusal_words(text) if kind == "other" else None,
        exit_code=_exit_code(tool_name, text, kind, fields),
        is_user_modified=modified if tool_name in FILE_TOOLS and isinstance(modified, bool) else None,
        is_interrupted=fields.get("interrupted") is True or kind == "interrupted",
        is_background=fields.get("isAsync") is True or bool(fields.get("backgroundTaskId")),
        stops_agent=is_denied and refusal is not None and refusal.stops and feedback is None,
        spawned_agent_id=agent_id if isinstance(agent_id, str) else None,
        subagent_type=fields.get("agentType") if isinstance(fields.get("agentType"), str) else None,
    )


def _refusal(text: str, detail: Any, denial_kind: Any) -> Refusal | None:
    """What the block's text tells; a refusal in the record's own words says more than an interruption.

    A host that went away while it was asked has refused nothing, whatever the text makes of it.
    """
    told = read_refusal(text, denial_kind)
    if detail == NOBODY_REFUSED and told is not None and told.error_kind == "denied_by_user":
        return Refusal("no_surface")
    if isinstance(detail, str) and (told is None or told.error_kind == "interrupted"):
        told = read_refusal(detail, denial_kind) or told
    return told


def _failure(text: str) -> ToolErrorKind:
    return "exit_code" if _EXIT_CODE.match(_ERROR_TAG.sub("", text[:400])) else "other"


def _exit_code(tool_name: str, text: str, kind: str | None, fields: dict[str, Any]) -> int | None:
    """The command's exit code: stated on failure; on success the shell returned 0."""
    if kind == "exit_code":
        match = _EXIT_CODE.match(_ERROR_TAG.sub("", text[:400]))
        return int(match.group(1)) if match else None
    if tool_name not in SHELL_TOOLS or kind is not None or "stdout" not in fields:
        return None
    # An interpreted return code ("No matches found") is a non-zero status that was no failure.
    unsettled = fields.get("interrupted") or fields.get("backgroundTaskId")
    return None if unsettled or fields.get("returnCodeInterpretation") else 0
