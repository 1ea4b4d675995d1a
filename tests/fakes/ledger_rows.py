"""Rows of the ledger written by hand, with messages as the API sends them: for tests of what reads them."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from classifiers.asking.label_request import RequestKind
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import LedgerRequest, SkippedUnit
from classifiers.ledger.prices import TokenUsage

ASKED_AT = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
INPUT = "input now"
USAGE = TokenUsage(10, 20, 300, 5)


def message(answer: dict[str, Any], *, stop_reason: str = "end_turn") -> dict[str, Any]:
    """The API's message with an answer in the shared output schema; a list of dicts is the items."""
    evidence = answer.get("evidence_record_ids", [])
    scalars = {name: value for name, value in answer.items() if not isinstance(value, list)}
    items = [item for value in answer.values() if isinstance(value, list) for item in value]
    output = {
        "evidence_record_ids": evidence,
        "items": [{"fields": _fields(item)} for item in items if isinstance(item, dict)],
        "fields": _fields(scalars),
    }
    return {"stop_reason": stop_reason, "content": [{"type": "text", "text": json.dumps(output)}]}


def asked(
    classifier: Classifier, *, minute: int = 0, kind: RequestKind = "label", **values: Any
) -> LedgerRequest:
    """A request that is under way in a batch, asked at a minute, unless `values` say otherwise."""
    given: dict[str, Any] = {
        "kind": kind,
        "classifier": classifier.name,
        "step": classifier.steps[-1].name,
        "unit_kind": classifier.unit_kind,
        "unit_id": "s1",
        "session_id": "s1",
        "session_date": DAY,
        "rendering": classifier.rendering,
        "fingerprint": f"{classifier.name}-v{classifier.version}-{classifier.rendering}-0",
        "replicate": 0,
        "attempt": 0,
        "part": None,
        "input_hash": INPUT,
        "coverage": 0.75,
        "record_ids": {},
        "model": "claude-haiku-5-5",
        "effort": "low",
        "run_id": "run-1",
        "state": "in_batch",
        "batch_key": "batch-1",
        "batch_id": "msgbatch_1",
        "reserved_usd": Decimal("0.5"),
        "cost_usd": None,
        "usage": None,
        "api_request_id": None,
        "message": None,
        "error_type": None,
        "http_status": None,
        "created_at": ASKED_AT + timedelta(minutes=minute),
        "settled_at": None,
    } | values
    parts = ("unit_id", "fingerprint", "step", "part", "replicate", "attempt")
    return LedgerRequest(request_id="/".join(str(given[name]) for name in parts), **given)


def answered(
    classifier: Classifier,
    answer: dict[str, Any] | None = None,
    *,
    minute: int = 0,
    cost_usd: str = "0.000000123",
    **values: Any,
) -> LedgerRequest:
    """A request whose message came a second after it was asked; `message` may be given instead."""
    given = {
        "state": "answered",
        "message": message(answer) if answer is not None else None,
        "cost_usd": Decimal(cost_usd),
        "usage": USAGE,
        "settled_at": ASKED_AT + timedelta(minutes=minute, seconds=1),
    } | values
    return asked(classifier, minute=minute, **given)


def unanswered(classifier: Classifier, state: str, *, minute: int = 0, **values: Any) -> LedgerRequest:
    """A request that failed, or whose fate is not known, as the ledger settles them."""
    given = {
        "state": state,
        "cost_usd": Decimal(0) if state == "failed" else None,
        "error_type": "overloaded_error",
        "settled_at": ASKED_AT + timedelta(minutes=minute, seconds=1),
    } | values
    return asked(classifier, minute=minute, **given)


def skipped(classifier: Classifier, *, minute: int = 0, **values: Any) -> SkippedUnit:
    """A unit that a budget did not allow."""
    row = asked(classifier)
    names = (
        "kind", "unit_kind", "unit_id", "classifier", "fingerprint", "replicate", "session_id",
        "session_date", "rendering", "model", "input_hash", "coverage", "run_id",
    )  # fmt: skip
    given: dict[str, Any] = {name: getattr(row, name) for name in names}
    given |= {"bound_usd": Decimal("0.5"), "skipped_at": ASKED_AT + timedelta(minutes=minute)}
    return SkippedUnit(**(given | values))


def _fields(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]
