"""An independent count of the lines that edits changed, sub-agents included, from plain records.

Written from the format, sharing no code with the package. Patches first; where a result states none
(sub-agents that only progress records hold) a created file counts by its content and an edit by the
difference of its texts; a sub-agent's own sum counts where none of its calls are there.
"""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any

Record = dict[str, Any]
Lines = dict[str, tuple[int, int]]


def lines_of_calls(records: Mapping[str, Record]) -> Lines:
    """Lines added and removed by tool use id; a call whose lines nobody can say is left out."""
    calls: dict[str, Record] = {}
    acting: set[str] = set()
    for record, block in _blocks(records, "tool_use"):
        calls.setdefault(block["id"], block)
        if record.get("isSidechain") and record.get("agentId"):
            acting.add(record["agentId"])
    found: Lines = {}
    for record, block in _blocks(records, "tool_result"):
        call_id, result = block["tool_use_id"], record.get("toolUseResult")
        if block.get("is_error") or result == "User rejected tool use" or call_id in found:
            continue
        lines = _patched(result)
        if lines is None and call_id in calls:
            lines = _asked(calls[call_id], _text(block))
        if lines is None and isinstance(result, dict) and result.get("agentId") not in acting:
            stats = result.get("toolStats") or {}
            lines = (stats["linesAdded"], stats["linesRemoved"]) if "linesAdded" in stats else None
        if lines is not None:
            found[call_id] = lines
    return found


def _blocks(records: Mapping[str, Record], kind: str) -> Iterator[tuple[Record, Record]]:
    for record in records.values():
        content = record["message"].get("content")
        for block in content if isinstance(content, list) else []:
            if isinstance(block, dict) and block.get("type") == kind:
                yield record, block


def _text(block: Record) -> str:
    content = block.get("content")
    return "".join(part.get("text", "") for part in content) if isinstance(content, list) else str(content)


def _patched(result: Any) -> tuple[int, int] | None:
    if not isinstance(result, dict) or "filePath" not in result or "structuredPatch" not in result:
        return None
    if result.get("type") == "create" and not result["structuredPatch"]:
        return (len(result["content"].removesuffix("\n").split("\n")) if result["content"] else 0), 0
    lines = [line for hunk in result["structuredPatch"] for line in hunk["lines"]]
    return sum(line[:1] == "+" for line in lines), sum(line[:1] == "-" for line in lines)


def _asked(call: Record, text: str) -> tuple[int, int] | None:
    given = call["input"]
    if call["name"] == "Write" and text.startswith("File created successfully"):
        return len(given["content"].removesuffix("\n").split("\n")) if given["content"] else 0, 0
    if call["name"] != "Edit":
        return None
    old, new = given["old_string"].split("\n"), given["new_string"].split("\n")
    signs = [line[0] for line in unified_diff(old, new, n=0, lineterm="")][2:]
    return signs.count("+"), signs.count("-")
