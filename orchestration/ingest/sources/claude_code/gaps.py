"""Which stretches between two records were work (METHODS D4), in the main conversation and in sub-agents.

A gap is work only where something may have been running: a tool that can run long, or a sub-agent whose
own records show it at work. Any other long gap is a wait for a person, or a sleeping machine.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from orchestration.ingest.sources.claude_code.responses import Call, Work
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.tools import AGENT_TOOLS, SHELL_TOOLS, can_run_long

Span = tuple[datetime, datetime]

IDLE_GAP = timedelta(minutes=10)
"""A longer gap in which nothing runs is idle time: laptops sleep. A foreground command ends after ten
minutes as well, so a longer wait for one was no running command."""

APPROVAL_GAP = timedelta(seconds=10)
"""A tool that cannot run long answers at once: a longer wait for it is a wait for a person."""


class Gaps:
    """What was work between the records of one session; sub-agents are read when a gap asks for them."""

    def __init__(self, entries: Iterable[Entry], work: Work) -> None:
        self._work = work
        self._of_agent: dict[str, list[Entry]] = defaultdict(list)
        self._of_call: dict[str, list[Entry]] = defaultdict(list)
        self._known: dict[str, list[Span] | None] = {}
        for entry in entries:
            if entry.is_sidechain and entry.type in ("assistant", "user"):
                if entry.agent_id:
                    self._of_agent[entry.agent_id].append(entry)
                if isinstance(call_id := entry.record.get("parentToolUseID"), str):
                    self._of_call[call_id].append(entry)

    def worked(self, start: datetime, end: datetime, waiting_for: Iterable[Call]) -> list[Span]:
        """The parts of a stretch that were work, while these calls had no result yet."""
        calls, gap = list(waiting_for), end - start
        if gap <= timedelta(0):
            return []
        if not calls:
            return [(start, end)] if gap <= IDLE_GAP else []
        if gap <= APPROVAL_GAP:
            return [(start, end)]
        return union([span for call in calls for span in self._run(call, start, end)])

    def _run(self, call: Call, start: datetime, end: datetime) -> list[Span]:
        """When a call may have been running within a stretch."""
        is_agent = call.name in AGENT_TOOLS or (call.result and call.result.spawned_agent_id) is not None
        spans = self._agent_spans(call) if is_agent else None
        if spans is not None:
            return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
        if not (is_agent or can_run_long(call.name)):
            return []
        decided_at = call.decision.decided_at if call.decision else start
        if call.result_entry is not None and decided_at <= call.result_entry.at:
            # Telemetry says when it was let run: what came before was the wait for that.
            start = max(start, decided_at)
        is_over = call.name in SHELL_TOOLS and end - start > IDLE_GAP
        return [] if is_over or start >= end else [(start, end)]

    def _agent_spans(self, call: Call) -> list[Span] | None:
        """When the sub-agent of a call worked; None where the transcript holds nothing of it."""
        key = call.tool_use_id
        if key not in self._known:
            self._known[key] = None  # an agent that seems to have spawned itself ends here
            self._known[key] = self._read_agent(call)
        return self._known[key]

    def _read_agent(self, call: Call) -> list[Span] | None:
        if call.result_entry is None:
            return None
        agent_id = call.result.spawned_agent_id if call.result else None
        start, end = call.entry.at, call.result_entry.at
        entries = self._of_agent.get(agent_id or "") or self._of_call.get(call.tool_use_id) or []
        entries = [entry for entry in entries if start <= entry.at <= end]
        if not entries:
            return None
        spans: list[Span] = []
        waiting_for: dict[str, Call] = {}
        before = start
        for entry in entries:
            answered = self._work.results.get(id(entry), [])
            if not any(one.result and one.result.error_kind == "denied_by_user" for one in answered):
                spans += self.worked(before, entry.at, waiting_for.values())
            before = entry.at
            for one in answered:
                waiting_for.pop(one.tool_use_id, None)
            for one in self._called_at(entry):
                waiting_for[one.tool_use_id] = one
        return union([*spans, *self.worked(before, end, waiting_for.values())])

    def _called_at(self, entry: Entry) -> Iterable[Call]:
        """Calls that an entry makes and that have a result: only those are waited for."""
        content = entry.record["message"].get("content") if entry.type == "assistant" else None
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and isinstance(call_id := block.get("id"), str):
                call = self._work.calls.get(call_id)
                if call is not None and call.result is not None:
                    yield call


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that do not overlap, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
