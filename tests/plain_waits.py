"""An independent list of the waits before tools that answer at once, from plain records.

Written from the format, sharing no code with the package. A wait is a stretch of more than ten seconds
between two records of a session in which everything that the main conversation waits for is such a
tool, or a sub-agent that itself waits for nothing else. Stretches that others' records cut are judged
part by part, so that this finds no more waits than there are.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

Record = dict[str, Any]
Span = tuple[datetime, datetime]
RUN_LONG = {"Bash", "PowerShell", "WebFetch", "WebSearch", "Monitor", "TaskOutput", "Workflow"}
SPAWN = {"Task", "Agent"}
AT_ONCE_SECONDS = 10


class _Call(NamedTuple):
    name: str
    start: datetime
    end: datetime
    spawned: str | None


def waits_of(records: Mapping[str, Record]) -> dict[str, list[Span]]:
    """The waits of each stamped session, in order."""
    by_session: dict[str, list[Record]] = defaultdict(list)
    for record in records.values():
        by_session[record["sessionId"]].append(record)
    return {stamp: _waits(own) for stamp, own in by_session.items()}


def _waits(records: list[Record]) -> list[Span]:
    calls = _calls(records)
    times = sorted({_at(record) for record in records})
    found = []
    for start, end in pairwise(times):
        is_long = (end - start).total_seconds() > AT_ONCE_SECONDS
        if is_long and _only_waits(calls, None, start, end, depth=0):
            found.append((start, end))
    return found


def _only_waits(
    calls: dict[str | None, list[_Call]], agent: str | None, start: datetime, end: datetime, *, depth: int
) -> bool:
    """Whether an agent had calls out throughout the stretch, and none of them can have been running."""
    out = [call for call in calls.get(agent, []) if call.start <= start and call.end >= end]
    return bool(out) and all(_is_wait(calls, call, start, end, depth=depth) for call in out)


def _is_wait(
    calls: dict[str | None, list[_Call]], call: _Call, start: datetime, end: datetime, *, depth: int
) -> bool:
    if call.name in SPAWN or call.spawned:
        return (
            depth < 5
            and call.spawned in calls
            and _only_waits(calls, call.spawned, start, end, depth=depth + 1)
        )
    return call.name not in RUN_LONG and not call.name.startswith("mcp__")


def _calls(records: list[Record]) -> dict[str | None, list[_Call]]:
    """Calls with a result by the agent that made them; None is the main conversation."""
    made: dict[str, tuple[str | None, str, datetime]] = {}
    calls: dict[str | None, list[_Call]] = defaultdict(list)
    answered: set[str] = set()
    for record in sorted(records, key=_at):
        content = record["message"].get("content")
        for block in content if isinstance(content, list) else []:
            kind = block.get("type") if isinstance(block, dict) else None
            if kind == "tool_use":
                agent = record.get("agentId") if record.get("isSidechain") else None
                made.setdefault(block["id"], (agent, block["name"], _at(record)))
            elif (
                kind == "tool_result"
                and block["tool_use_id"] in made
                and block["tool_use_id"] not in answered
            ):
                answered.add(block["tool_use_id"])
                agent, name, at = made[block["tool_use_id"]]
                result = record.get("toolUseResult")
                spawned = result.get("agentId") if isinstance(result, dict) else None
                calls[agent].append(_Call(name, at, _at(record), spawned))
    return calls


def _at(record: Record) -> datetime:
    return datetime.fromisoformat(record["timestamp"])
