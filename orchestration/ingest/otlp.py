"""OpenTelemetry's OTLP/JSON, as a collector's file exporter writes it: log records and spans with attributes.

Knows the encoding, nothing of any agent: `resourceLogs` and `resourceSpans`, one export request per line.
Attributes of resource and scope belong to everything below them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.read_lines import LineCounts, read_lines

Attributes = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class LogRecord:
    """One log record; `name` is its event name, or else its body."""

    name: str
    at: datetime | None
    attributes: Attributes


@dataclass(frozen=True)
class Span:
    """One span; ids are as they are written, in hexadecimal or base64."""

    name: str
    span_id: str
    parent_id: str
    start: datetime | None
    end: datetime | None
    attributes: Attributes


def read_otlp(content: bytes) -> Iterator[LogRecord | Span]:
    """Log records and spans of one file, in order; what is neither is passed over."""
    for piece in read_lines(content, LineCounts()):
        request = mapping_of(piece.record)
        for attributes, record in _inner(request, "resourceLogs", "scopeLogs", "logRecords"):
            yield _log_record(record, attributes)
        for attributes, span in _inner(request, "resourceSpans", "scopeSpans", "spans"):
            yield _span(span, attributes)


def _inner(
    request: dict[str, Any], outer: str, middle: str, inner: str
) -> Iterator[tuple[Attributes, dict[str, Any]]]:
    for resource in map(mapping_of, _list(request.get(outer))):
        of_resource = _attributes(mapping_of(resource.get("resource")))
        for scope in map(mapping_of, _list(resource.get(middle))):
            above = of_resource | _attributes(mapping_of(scope.get("scope")))
            for record in map(mapping_of, _list(scope.get(inner))):
                yield above | _attributes(record), record


def _log_record(record: dict[str, Any], attributes: Attributes) -> LogRecord:
    body = _value(mapping_of(record.get("body")))
    name = attributes.get("event.name") or record.get("eventName") or body
    at = _time(record.get("timeUnixNano")) or _time(record.get("observedTimeUnixNano"))
    return LogRecord(string_of(name) or "", at, attributes)


def _span(span: dict[str, Any], attributes: Attributes) -> Span:
    return Span(
        string_of(span.get("name")) or "",
        string_of(span.get("spanId")) or "",
        string_of(span.get("parentSpanId")) or "",
        _time(span.get("startTimeUnixNano")),
        _time(span.get("endTimeUnixNano")),
        attributes,
    )


def _attributes(holder: dict[str, Any]) -> Attributes:
    pairs = ((string_of(pair.get("key")), pair) for pair in map(mapping_of, _list(holder.get("attributes"))))
    return {key: _value(mapping_of(pair.get("value"))) for key, pair in pairs if key}


def _value(holder: dict[str, Any]) -> Any:
    """A plain value; whole numbers are written as text in OTLP/JSON."""
    for kind in ("stringValue", "boolValue", "doubleValue"):
        if kind in holder:
            return holder[kind]
    whole = holder.get("intValue")
    return int(whole) if isinstance(whole, str) and whole.lstrip("-").isdigit() else whole


def _time(nanoseconds: Any) -> datetime | None:
    text = str(nanoseconds) if isinstance(nanoseconds, str | int) else ""
    if not text.isdigit() or int(text) == 0:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(text) // 1000)
    except OverflowError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
