"""Requests as a plan would make them, invented, and what a sender tells the ledger about them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from classifiers.asking.envelope import Effort, Envelope
from classifiers.asking.label_request import LabelRequest
from classifiers.ledger.ledger import Ledger
from classifiers.ledger.prices import TokenUsage

MODEL = "claude-haiku-5-5"
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def asked(
    unit: str,
    *,
    session: str = "session-1",
    classifier: str = "outcome",
    attempt: int = 0,
    replicate: int = 0,
    part: int | None = None,
    document: str = "a document",
    question: str = "a question",
    record_ids: dict[str, str] | None = None,
    effort: Effort | None = "low",
    max_output_tokens: int = 200,
) -> LabelRequest:
    """One question of one classifier on one unit."""
    return LabelRequest(
        kind="label",
        classifier=classifier,
        step="answer",
        unit_kind="session",
        unit_id=unit,
        session_id=session,
        session_date=date(2026, 3, 2),
        rendering="whole",
        fingerprint=f"{classifier}-v1-whole-0",
        replicate=replicate,
        attempt=attempt,
        input_hash=f"hash of {unit}",
        coverage=0.75,
        part=part,
        envelope=Envelope(MODEL, effort, max_output_tokens),
        document=document,
        question=question,
        record_ids={"h1": "record-1", "a1": "record-2"} if record_ids is None else record_ids,
    )


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def give_answer(ledger: Ledger, request: LabelRequest, *, cost_usd: str = "0.1", text: str = "said") -> bool:
    """What a sender writes when a message comes."""
    return ledger.answered(
        request.request_id,
        message={"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"},
        usage=TokenUsage(10, 20, 30, 40),
        cost_usd=Decimal(cost_usd),
        api_request_id="req_1",
    )


def grant(ledger: Ledger, *requests: LabelRequest, bound_usd: str = "0.5", run_id: str = "run-1") -> None:
    """Reserve requests that the budget is known to hold."""
    granted = ledger.reserve([(request, Decimal(bound_usd)) for request in requests], run_id=run_id).granted
    assert granted == tuple(request.request_id for request in requests)
