"""Tool calls of plain records, and which stretches of time were work while they were out.

Written from the format, sharing no code with the package. A gap before a result is work where something may
have been running: a tool that can run long, or a sub-agent whose own records show it at work.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.plain_records import At

if TYPE_CHECKING:
    from tests.plain_turns import PlainTurn

REFUSED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action",
    "User rejected tool use",
    "User chose to stay in plan mode",
)
REASON = "the user said:"
RUN_LONG = {
    "Bash",
    "PowerShell",
    "WebFetch",
    "WebSearch",
    "Monitor",
    "TaskOutput",
    "AgentOutputTool",
    "Workflow",
}
SHELLS = {"Bash", "PowerShell"}
SPAWN = {"Task", "Agent"}
AT_ONCE, IDLE = timedelta(seconds=10), timedelta(minutes=10)
Span = tuple[datetime, datetime]


@dataclass(eq=False)
class PlainCall:
    """One tool call of the main conversation or of a sub-agent, with its result where it has one."""

    call_id: str
    name: str
    at: datetime
    agent: str | None
    answered_at: datetime | None = None
    text: str = ""
    is_error: bool = False
    outcome: Any = None
    turn: "PlainTurn | None" = None

    @property
    def is_refused(self) -> bool:
        """Whether a person said no."""
        text = re.sub(r"^(?:\s*(?:<tool_use_error>|Error:))*\s*", "", self.text)
        return self.outcome == "User rejected tool use" or (self.is_error and text.startswith(REFUSED))

    @property
    def is_told_to_stop(self) -> bool:
        return self.is_refused and not self.has_reason

    @property
    def has_reason(self) -> bool:
        return REASON in self.text or "stay in plan mode" in self.text

    @property
    def is_asking(self) -> bool:
        return self.name in ("AskUserQuestion", "ExitPlanMode")


def calls_of(records: Iterable[At]) -> tuple[dict[str, PlainCall], dict[int, list[PlainCall]]]:
    """Every call by its id, and by the record that brings its result."""
    calls: dict[str, PlainCall] = {}
    results: dict[int, list[PlainCall]] = {}
    for at in records:
        content = (at.record.get("message") or {}).get("content")
        agent = at.record.get("agentId") if at.record.get("isSidechain") is True else None
        for block in content if isinstance(content, list) else ():
            if block.get("type") == "tool_use":
                calls.setdefault(block["id"], PlainCall(block["id"], block["name"], at.time, agent))
    for at in records:
        content = (at.record.get("message") or {}).get("content")
        for block in content if isinstance(content, list) else ():
            if block.get("type") != "tool_result":
                continue
            own = results.setdefault(id(at.record), [])
            call = calls.get(block["tool_use_id"])
            if call is None or call.answered_at is not None:
                continue
            inner = block.get("content")
            parts = inner if isinstance(inner, list) else [{"text": str(inner)}]
            call.text = "".join(part.get("text", "") for part in parts)
            call.answered_at, call.is_error = at.time, block.get("is_error") is True
            call.outcome = at.record.get("toolUseResult")
            own.append(call)
    return calls, results


class Work:
    """What sub-agents did between the records of the main conversation."""

    def __init__(
        self, records: list[At], calls: dict[str, PlainCall], results: dict[int, list[PlainCall]]
    ) -> None:
        self._calls, self._results = calls, results
        self._own: dict[str, list[At]] = {}
        for at in records:
            if at.record.get("isSidechain") is True and at.record["type"] in ("user", "assistant"):
                for key in (at.record.get("agentId"), at.record.get("spawnedBy")):
                    if key:
                        self._own.setdefault(key, []).append(at)

    def worked(self, start: datetime, end: datetime, out: Iterable[PlainCall]) -> list[Span]:
        """Which of a stretch between two records was work, while these calls were out."""
        waiting = list(out)
        if not waiting:
            return [(start, end)] if end - start <= IDLE else []
        if end - start <= AT_ONCE:
            return [(start, end)]
        return merged([span for call in waiting for span in self._ran(call, start, end, depth=0)])

    def _ran(self, call: PlainCall, start: datetime, end: datetime, *, depth: int) -> list[Span]:
        spawned = call.outcome.get("agentId") if isinstance(call.outcome, dict) else None
        if call.name in SPAWN or spawned:
            own = self._own.get(spawned or "") or self._own.get(call.call_id)
            if own and call.answered_at is not None and depth < 5:
                spans = self._of_agent(own, call, depth)
                if spans is not None:
                    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
            return [(start, end)]
        is_long = call.name in RUN_LONG or call.name.startswith("mcp__")
        is_over = call.name in SHELLS and end - start > IDLE
        return [(start, end)] if is_long and not is_over else []

    def _of_agent(self, own: list[At], spawn: PlainCall, depth: int) -> list[Span] | None:
        assert spawn.answered_at is not None
        inside = [at for at in own if spawn.at <= at.time <= spawn.answered_at]
        if not inside:
            return None
        out: dict[str, PlainCall] = {}
        spans: list[Span] = []
        before = spawn.at
        for at in [*inside, None]:
            now = at.time if at is not None else spawn.answered_at
            answered = self._results.get(id(at.record), []) if at is not None else []
            if not any(call.is_refused for call in answered):
                spans += self._between(before, now, out, depth)
            before = now
            for call in answered:
                out.pop(call.call_id, None)
            content = at.record["message"].get("content") if at is not None else None
            for block in content if isinstance(content, list) else ():
                made = self._calls.get(block.get("id", "")) if block.get("type") == "tool_use" else None
                if made is not None and made.answered_at is not None:
                    out[made.call_id] = made
        return merged(spans)

    def _between(self, start: datetime, end: datetime, out: dict[str, PlainCall], depth: int) -> list[Span]:
        if end <= start:
            return []
        if not out:
            return [(start, end)] if end - start <= IDLE else []
        if end - start <= AT_ONCE:
            return [(start, end)]
        return merged([s for call in out.values() for s in self._ran(call, start, end, depth=depth + 1)])


def merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
