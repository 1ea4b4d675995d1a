"""An independent count of transcripts with plain `json`, written from the format, not from the parser.

Shares no code with the package: what it counts is what the rows must add up to.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class PlainCount:
    """What a folder of transcripts holds, each record counted once however often it was copied."""

    objects: int = 0
    blank_lines: int = 0
    comment_lines: int = 0
    usage: dict[str, dict[str, int]] = field(default_factory=dict)
    tool_calls: set[str] = field(default_factory=set)
    interrupts: set[str] = field(default_factory=set)
    patches: dict[str, tuple[int, int]] = field(default_factory=dict)
    prompts_with_mode: set[str] = field(default_factory=set)

    def total(self, key: str) -> int:
        return sum(usage.get(key) or 0 for usage in self.usage.values())


def objects_of(path: Path, count: PlainCount) -> Iterator[dict[str, Any]]:
    """Every JSON object of a file; several may be glued on one line."""
    decoder = json.JSONDecoder()
    for line in _lines(path):
        text = line.strip()
        if not text:
            count.blank_lines += 1
            continue
        if text.startswith(("//", "#")):
            count.comment_lines += 1
            continue
        at = 0
        while at < len(text):
            try:
                value, at = decoder.raw_decode(text, at)
            except ValueError:
                break
            count.objects += 1
            yield value
            while at < len(text) and text[at].isspace():
                at += 1


def _lines(path: Path) -> list[str]:
    # splitlines() would also split at U+2028 and the like, which are data inside JSON strings.
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    return lines[:-1] if lines and lines[-1] == "" else lines


def count_folder(files: list[Path]) -> PlainCount:
    count = PlainCount()
    records: dict[str, dict[str, Any]] = {}
    progress: list[dict[str, Any]] = []
    for path in files:
        for record in objects_of(path, count):
            if record.get("type") in ("assistant", "user") and record.get("uuid"):
                records.setdefault(record["uuid"], record)
            elif record.get("type") == "progress" and record["data"].get("type") == "agent_progress":
                progress.append(record)
    known_messages = {record["message"]["id"] for record in records.values() if record["type"] == "assistant"}
    for record in progress:
        message = record["data"].get("message") or {}
        is_speech = message.get("type") in ("assistant", "user") and message.get("uuid") not in records
        if is_speech and (message.get("message") or {}).get("id") not in known_messages:
            records[message["uuid"]] = {**message, "isSidechain": True}
    for uuid, record in records.items():
        if record["type"] == "assistant":
            _count_response(count, record)
        else:
            _count_user(count, uuid, record, records)
    return count


def _count_response(count: PlainCount, record: dict[str, Any]) -> None:
    message = record["message"]
    for block in message["content"] if isinstance(message["content"], list) else []:
        if block.get("type") == "tool_use":
            count.tool_calls.add(block["id"])
    if message.get("model") == "<synthetic>":
        return
    usage = message.get("usage") or {}
    kept = count.usage.setdefault(message["id"], usage)
    if (usage.get("output_tokens") or 0) >= (kept.get("output_tokens") or 0):
        count.usage[message["id"]] = usage


def _count_user(
    count: PlainCount, uuid: str, record: dict[str, Any], records: dict[str, dict[str, Any]]
) -> None:
    content = record["message"]["content"]
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
    results = [block for block in blocks if block.get("type") == "tool_result"]
    for block in results:
        count.patches[block["tool_use_id"]] = _patch_lines(record.get("toolUseResult"), block)
    first = blocks[0].get("text", "") if blocks else ""
    if not results and first.startswith("[Request interrupted by user") and not record.get("isSidechain"):
        parent = records.get(record.get("parentUuid") or "", {})
        told_to_stop = "STOP what you are doing" in json.dumps(parent.get("message", {}).get("content", ""))
        rejected = parent.get("toolUseResult") == "User rejected tool use"
        if not (told_to_stop or rejected):
            count.interrupts.add(uuid)


def _patch_lines(result: Any, block: dict[str, Any]) -> tuple[int, int]:
    if not isinstance(result, dict) or block.get("is_error"):
        return 0, 0
    if result.get("type") == "create" and not result.get("structuredPatch") and "filePath" in result:
        return len(result["content"].splitlines()), 0
    lines = [line for hunk in result.get("structuredPatch") or [] for line in hunk["lines"]]
    return sum(line[:1] == "+" for line in lines), sum(line[:1] == "-" for line in lines)
