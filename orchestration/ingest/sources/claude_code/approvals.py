"""Who let a tool call run: measured by telemetry, inferred from the transcript, or unknown.

The three are kept apart: what is inferred never fills what could have been measured. A granted permission
leaves no trace in a transcript; only refusals do, and modes in which nobody is asked.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from orchestration.ingest.rows import Approval, ApprovalBasis
from orchestration.ingest.sources.claude_code.responses import Call
from orchestration.ingest.tool_decisions import ToolDecision

CLOCK_SLACK = timedelta(seconds=1)
"""Events and records of one process differ by less."""

REFUSALS = {
    "denied_by_user": "user",
    "denied_by_rule": "rule",
    "denied_by_classifier": "classifier",
    "denied_by_hook": "hook",
    "no_surface": "nobody",
}
"""Refusals that a transcript records, by who refused."""

UNASKED_MODES = frozenset({"bypassPermissions"})
"""Modes in which every call runs unasked."""


class CallApproval(NamedTuple):
    """Columns of raw_tool_calls on what was decided on a call."""

    approval: Approval | None
    approval_basis: ApprovalBasis
    approved_by: str | None
    approval_wait_seconds: float | None


UNKNOWN = CallApproval(None, "unknown", None, None)


def settle_decisions(calls: Iterable[Call], decisions: Iterable[ToolDecision]) -> None:
    """Give each call the decision on it: of several under one id the last while the call was out."""
    by_id: dict[str, list[ToolDecision]] = {}
    for decision in decisions:
        by_id.setdefault(decision.tool_use_id, []).append(decision)
    for call in calls:
        own = by_id.get(call.tool_use_id, [])
        call.decision = own[0] if len(own) == 1 else _decided_while_out(call, own)


def _decided_while_out(call: Call, decisions: list[ToolDecision]) -> ToolDecision | None:
    start = call.entry.at - CLOCK_SLACK
    end = call.result_entry.at + CLOCK_SLACK if call.result_entry else None
    inside = [one for one in decisions if start <= one.decided_at and (end is None or one.decided_at <= end)]
    return inside[-1] if inside else None


def approval_of(call: Call, modes: Mapping[str | None, str | None]) -> CallApproval:
    """What is known of the decision on a call; `modes` are the permission modes of turns."""
    measured = call.decision
    if measured is not None:
        return CallApproval(measured.decision, "measured", measured.decided_by, measured.wait_seconds)
    kind = call.result.error_kind if call.result else None
    if kind in REFUSALS:
        return CallApproval("reject", "inferred", REFUSALS[kind], None)
    ran = call.result is not None and kind not in ("interrupted", "collateral")
    if ran and modes.get(call.entry.turn_id) in UNASKED_MODES:
        return CallApproval("accept", "inferred", "permission_mode", None)
    return UNKNOWN
