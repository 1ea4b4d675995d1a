"""Makes OpenTelemetry files as a collector's file exporter writes them: one OTLP/JSON request per line.

By hand, from the list of attributes that Claude Code documents; nothing is copied from a real export.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(at: datetime) -> str:
    """A time as OTLP/JSON writes it."""
    since = at - EPOCH
    return str((since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000)


def attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", bool: "boolValue", float: "doubleValue", int: "intValue"}
    return [
        {"key": key, "value": {kinds[type(value)]: str(value) if type(value) is int else value}}
        for key, value in values.items()
    ]


def request(kind: str, records: list[dict[str, Any]], **resource: Any) -> bytes:
    """One line: `kind` is Logs (of logRecords) or Spans (of spans)."""
    inner = "logRecords" if kind == "Logs" else "spans"
    of_resource = {"attributes": attributes({"service.name": "claude-code", **resource})}
    scope = {"scope": {"name": "com.anthropic.claude_code.events"}, inner: records}
    return orjson.dumps({f"resource{kind}": [{"resource": of_resource, f"scope{kind}": [scope]}]}) + b"\n"


def event(name: str, at: datetime, **values: Any) -> dict[str, Any]:
    """A log record; `session_id` stands for the attribute session.id."""
    own = {"event.name": name, **_dotted(values)}
    return {
        "timeUnixNano": nanoseconds(at),
        "body": {"stringValue": f"claude_code.{name}"},
        "attributes": attributes(own),
    }


def span(
    name: str, start: datetime, end: datetime, *, span_id: str, parent: str = "", **values: Any
) -> dict[str, Any]:
    """A span; its ids are made of these texts."""
    return {
        "traceId": "0" * 31 + "1",
        "spanId": span_id,
        "parentSpanId": parent,
        "name": f"claude_code.{name}",
        "startTimeUnixNano": nanoseconds(start),
        "endTimeUnixNano": nanoseconds(end),
        "attributes": attributes(_dotted(values)),
    }


def _dotted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"session.id" if key == "session_id" else key: value for key, value in values.items()}
