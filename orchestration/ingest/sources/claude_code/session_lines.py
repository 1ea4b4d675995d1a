"""The lines of every tool call of a session: by the call itself, or by what its sub-agent sums up.

A sub-agent's own sum counts only where none of its calls are in the transcript; otherwise its lines
would count twice.
"""

from collections.abc import Iterable

from orchestration.ingest.json_values import count_of
from orchestration.ingest.sources.claude_code.lines_changed import (
    NOTHING_KNOWN,
    LinesChanged,
    lines_of_input,
    lines_of_result,
)
from orchestration.ingest.sources.claude_code.responses import Call
from orchestration.ingest.sources.claude_code.tools import AGENT_TOOLS, FILE_TOOLS, READ_ONLY_AGENTS

_SEEING_TOOLS = FILE_TOOLS | {"Read", "NotebookRead"}


def settle_lines(calls: Iterable[Call]) -> None:
    """Set `lines` and `has_unknown_lines` of all calls of a session."""
    in_order = sorted(calls, key=_answered_at)
    present = _agents_present(in_order)
    seen: set[str] = set()
    for call in in_order:
        path = _path(call)
        call.lines = _lines_of(call, present, was_seen=path in seen)
        call.has_unknown_lines = call.lines.known_by is None and _may_have_changed(call, present)
        if call.result is not None and call.result.error_kind is None and call.name in _SEEING_TOOLS:
            seen.add(path)


def _answered_at(call: Call) -> tuple[object, ...]:
    last = call.result_entry or call.entry
    return (last.at, last.place, call.tool_use_id)


def _path(call: Call) -> str:
    path = call.input.get("file_path") or call.input.get("notebook_path")
    return path.replace("\\", "/") if isinstance(path, str) else ""


def _agents_present(calls: list[Call]) -> set[str]:
    """Sub-agents of which the transcript holds calls: their ids, and the ids of the calls they serve."""
    inner = [call.entry for call in calls if call.entry.is_sidechain]
    ids = {entry.agent_id for entry in inner} | {entry.record.get("parentToolUseID") for entry in inner}
    return {found for found in ids if isinstance(found, str)}


def _is_present(call: Call, present: set[str]) -> bool:
    agent_id = call.result.spawned_agent_id if call.result else None
    return call.tool_use_id in present or (agent_id is not None and agent_id in present)


def _lines_of(call: Call, present: set[str], *, was_seen: bool) -> LinesChanged:
    result = call.result
    if result is None or result.error_kind is not None:
        return NOTHING_KNOWN
    if result.spawned_agent_id is not None or call.name in AGENT_TOOLS:
        return NOTHING_KNOWN if _is_present(call, present) else _lines_of_stats(call)
    if call.has_call and call.name not in FILE_TOOLS:
        return NOTHING_KNOWN
    stated = lines_of_result(call.detail)
    if stated is not None or not call.has_call:
        return stated or NOTHING_KNOWN
    return lines_of_input(
        call.name, call.input, result_text=result.text, detail=call.detail, was_seen=was_seen
    )


def _lines_of_stats(call: Call) -> LinesChanged:
    stats = call.detail.get("toolStats") if isinstance(call.detail, dict) else None
    if not isinstance(stats, dict):
        return NOTHING_KNOWN
    added, removed = count_of(stats.get("linesAdded")), count_of(stats.get("linesRemoved"))
    return NOTHING_KNOWN if added is None or removed is None else LinesChanged(added, removed, "tool_stats")


def _may_have_changed(call: Call, present: set[str]) -> bool:
    """Whether a call whose lines are not known may have changed files.

    One that failed or was denied did not; one without a result may have, as may a sub-agent of which
    nothing but its result is there.
    """
    result = call.result
    if result is not None and result.error_kind is not None:
        return False
    if call.name in FILE_TOOLS:
        return True
    if call.name not in AGENT_TOOLS or result is None or _is_present(call, present):
        return False
    kind = call.input.get("subagent_type") or result.subagent_type
    detail = call.detail if isinstance(call.detail, dict) else {}
    return kind not in READ_ONLY_AGENTS and detail.get("totalToolUseCount") != 0
