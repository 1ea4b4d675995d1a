"""An independent count of transcripts with plain `json`, written from the format, not from the parser.

Shares no code with the package: what it counts is what the rows must add up to.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.plain_lines import lines_of_calls
from tests.plain_waits import Span, waits_of

Record = dict[str, Any]
TOKEN_KEYS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
DENIED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action",
    "User rejected tool use",
    "User chose to stay in plan mode",
)


@dataclass
class PlainCount:
    """What a folder of transcripts holds, each record counted once however often it was copied."""

    objects: int = 0
    blank_lines: int = 0
    comment_lines: int = 0
    objects_of_file: Counter[str] = field(default_factory=Counter)
    usage: dict[str, Record] = field(default_factory=dict)
    session_of_message: dict[str, str] = field(default_factory=dict)
    model_of_message: dict[str, str] = field(default_factory=dict)
    day_of_message: dict[str, str] = field(default_factory=dict)
    tool_calls: set[str] = field(default_factory=set)
    denied_calls: set[str] = field(default_factory=set)
    interrupts: set[str] = field(default_factory=set)
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    session_of_call: dict[str, str] = field(default_factory=dict)
    prompts_with_mode: set[str] = field(default_factory=set)
    records_of_harness: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    waits: dict[str, list[Span]] = field(default_factory=dict)

    def total(self, key: str) -> int:
        return sum(usage.get(key) or 0 for usage in self.usage.values())

    def tokens_by_stamp(self) -> dict[str, Counter[str]]:
        """The four token sums by the session id stamped on a message's first record."""
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for message_id, usage in self.usage.items():
            for key in TOKEN_KEYS:
                sums[self.session_of_message[message_id]][key] += usage.get(key) or 0
        return sums

    def lines_by_stamp(self) -> dict[str, tuple[int, int]]:
        """Lines added and removed by the session id stamped on the call's first record."""
        sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for call_id, (added, removed) in self.lines.items():
            before = sums[self.session_of_call[call_id]]
            sums[self.session_of_call[call_id]] = (before[0] + added, before[1] + removed)
        return sums


def objects_of(path: Path, count: PlainCount) -> Iterator[Record]:
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
            count.objects_of_file[path.name] += 1
            yield value
            while at < len(text) and text[at].isspace():
                at += 1


def _lines(path: Path) -> list[str]:
    # splitlines() would also split at U+2028 and the like, which are data inside JSON strings.
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    return lines[:-1] if lines and lines[-1] == "" else lines


def count_folder(files: list[Path]) -> PlainCount:
    """Counts over all files together; a record that several files hold counts once."""
    count = PlainCount()
    records: dict[str, Record] = {}
    progress: list[Record] = []
    for path in files:
        for record in objects_of(path, count):
            kind = record.get("type")
            if kind in ("assistant", "user") and record.get("uuid"):
                records.setdefault(record["uuid"], record)
            elif kind == "progress" and record["data"].get("type") == "agent_progress":
                progress.append(record)
    known_messages = {record["message"]["id"] for record in records.values() if record["type"] == "assistant"}
    for record in progress:
        message = record["data"].get("message") or {}
        is_speech = message.get("type") in ("assistant", "user") and message.get("uuid") not in records
        if is_speech and (message.get("message") or {}).get("id") not in known_messages:
            more = {
                "isSidechain": True,
                "sessionId": record["sessionId"],
                "agentId": record["data"]["agentId"],
            }
            records[message["uuid"]] = {**message, **more}
    for uuid, record in records.items():
        if record["type"] == "assistant":
            _count_response(count, record)
        else:
            _count_user(count, uuid, record, records)
    _count_agents(count, records)
    count.lines = lines_of_calls(records)
    count.waits = waits_of(records)
    return count


def _count_response(count: PlainCount, record: Record) -> None:
    message = record["message"]
    for block in message["content"] if isinstance(message["content"], list) else []:
        if block.get("type") == "tool_use":
            count.tool_calls.add(block["id"])
            count.session_of_call.setdefault(block["id"], record["sessionId"])
    if message.get("model") == "<synthetic>":
        return
    usage = message.get("usage") or {}
    kept = count.usage.setdefault(message["id"], usage)
    count.session_of_message.setdefault(message["id"], record["sessionId"])
    count.model_of_message[message["id"]] = message["model"]
    day = record["timestamp"][:10]
    count.day_of_message[message["id"]] = min(day, count.day_of_message.get(message["id"], day))
    if (usage.get("output_tokens") or 0) >= (kept.get("output_tokens") or 0):
        count.usage[message["id"]] = usage


def _count_user(count: PlainCount, uuid: str, record: Record, records: dict[str, Record]) -> None:
    content = record["message"]["content"]
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
    results = [block for block in blocks if block.get("type") == "tool_result"]
    for block in results:
        if _is_denied(record.get("toolUseResult"), block):
            count.denied_calls.add(block["tool_use_id"])
    first = blocks[0].get("text", "") if blocks else ""
    is_marked = record.get("isMeta") is True or record.get("isCompactSummary") is True
    if is_marked and not results and any((block.get("text") or "").strip() for block in blocks):
        count.records_of_harness.add(uuid)
    if results or record.get("isSidechain"):
        return
    if record.get("permissionMode") and not first.startswith("<task-notification>"):
        count.prompts_with_mode.add(uuid)
    if first.startswith("[Request interrupted by user"):
        parent = records.get(record.get("parentUuid") or "", {})
        told_to_stop = "STOP what you are doing" in json.dumps(parent.get("message", {}).get("content", ""))
        rejected = parent.get("toolUseResult") == "User rejected tool use"
        if not (told_to_stop or rejected):
            count.interrupts.add(uuid)


def _is_denied(outcome: Any, block: Record) -> bool:
    content = block.get("content")
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content)
    text = str(content).replace("<tool_use_error>", "").lstrip()
    return outcome == "User rejected tool use" or (block.get("is_error") is True and text.startswith(DENIED))


def _count_agents(count: PlainCount, records: dict[str, Record]) -> None:
    """Sub-agents by id, wherever one is named; neither warm-ups nor the harness's own summary writer."""
    warm: set[str] = set()
    for record in records.values():
        agent = record.get("agentId") if record.get("isSidechain") else None
        if agent:
            count.agents.add(agent)
            if record["message"].get("content") == "Warmup":
                warm.add(agent)
        result = record.get("toolUseResult")
        if isinstance(result, dict) and isinstance(result.get("agentId"), str):
            count.agents.add(result["agentId"])
    count.agents = {agent for agent in count.agents - warm if not agent.startswith("acompact")}
