"""Who let a tool call run, and how long it waited for that: as telemetry measured it.

The values that pass between a source that reads telemetry, the archive that keeps them and the parser.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Decision = Literal["accept", "reject"]

SAME_MOMENT = timedelta(seconds=5)
"""An event and the end of a span that say the same are emitted together; exporters batch by seconds."""


@dataclass(frozen=True, order=True)
class Measurement:
    """One log event or span that says what was decided on a call; `wait_seconds` comes from spans only."""

    session_id: str
    tool_use_id: str
    decided_at: datetime
    decision: Decision
    decided_by: str | None
    wait_seconds: float | None


@dataclass(frozen=True)
class ToolDecision:
    """What was decided on one call of a session."""

    tool_use_id: str
    decided_at: datetime
    decision: Decision
    decided_by: str | None
    wait_seconds: float | None


@dataclass
class Measured:
    """What one look at telemetry gives; `unusable_count`: decisions that name no call or say neither."""

    measurements: list[Measurement] = field(default_factory=list)
    unusable_count: int = 0


def joined(measurements: Iterable[Measurement]) -> tuple[ToolDecision, ...]:
    """The decisions of one session: an event and a span of one moment are one decision."""
    rows = sorted(measurements, key=lambda one: (one.tool_use_id, one.decided_at, one.wait_seconds is None))
    decisions: list[ToolDecision] = []
    for row in rows:
        last = decisions[-1] if decisions else None
        if (
            last is not None
            and (last.tool_use_id, last.decision) == (row.tool_use_id, row.decision)
            and row.decided_at - last.decided_at <= SAME_MOMENT
            and (last.wait_seconds is None or row.wait_seconds is None)
        ):
            decisions[-1] = ToolDecision(
                last.tool_use_id,
                last.decided_at,
                last.decision,
                last.decided_by or row.decided_by,
                row.wait_seconds if last.wait_seconds is None else last.wait_seconds,
            )
        else:
            decisions.append(
                ToolDecision(row.tool_use_id, row.decided_at, row.decision, row.decided_by, row.wait_seconds)
            )
    return tuple(decisions)
