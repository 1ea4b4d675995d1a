"""Claude Code's OpenTelemetry: which of its events and spans say what was decided on a tool call.

The event `tool_decision` names the call; the span `tool.blocked_on_user` measures the wait, and names the
call itself or through the `tool` span above it. Nothing of either is emitted in headless runs.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from orchestration.ingest.json_values import string_of
from orchestration.ingest.otlp import Attributes, LogRecord, Span, read_otlp
from orchestration.ingest.tool_decisions import Decision, Measured, Measurement

_PREFIX = "claude_code."
_DECISION_EVENT = "tool_decision"
_BLOCKED_SPAN = "tool.blocked_on_user"
_DECISIONS: dict[Any, Decision] = {"accept": "accept", "reject": "reject"}


def decisions_in(contents: Iterable[bytes]) -> Measured:
    """Decisions in telemetry files; they are read together, for a span may end in a later file."""
    found, spans, blocked = Measured(), dict[str, Span](), list[Span]()
    for content in contents:
        for record in read_otlp(content):
            name = record.name.removeprefix(_PREFIX)
            if isinstance(record, LogRecord):
                if name == _DECISION_EVENT:
                    _add(found, record.attributes, record.at, wait=None)
            elif name == _BLOCKED_SPAN:
                blocked.append(record)
            elif record.span_id:
                spans[record.span_id] = record
    for span in blocked:
        above = spans.get(span.parent_id)
        attributes = (above.attributes if above else {}) | span.attributes
        _add(found, attributes, span.end, wait=_wait_of(span))
    found.measurements.sort(key=lambda one: (one.session_id, one.tool_use_id, one.decided_at))
    return found


def _add(found: Measured, attributes: Attributes, at: datetime | None, *, wait: float | None) -> None:
    session_id = string_of(attributes.get("session.id"))
    tool_use_id = string_of(attributes.get("tool_use_id"))
    decision = _DECISIONS.get(attributes.get("decision"))
    if not session_id or not tool_use_id or decision is None or at is None:
        found.unusable_count += 1
        return
    source = string_of(attributes.get("source"))
    found.measurements.append(Measurement(session_id, tool_use_id, at, decision, source, wait))


def _wait_of(span: Span) -> float | None:
    stated = span.attributes.get("duration_ms")
    if isinstance(stated, int | float) and not isinstance(stated, bool) and stated >= 0:
        return float(stated) / 1000
    if span.start is None or span.end is None or span.end < span.start:
        return None
    return (span.end - span.start).total_seconds()
