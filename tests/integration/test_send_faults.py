"""Faults of the API and of the way to it, one by one: each ends in a state of the ledger or a clear stop."""

import traceback
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.classifier import Classifier
from classifiers.label_rows.read_response import InvalidAnswerError, read_message, typed_answer
from classifiers.ledger.ledger import Ledger, LedgerRequest
from classifiers.send import (
    SendingStoppedError,
    SendLimits,
)
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_faults import Fault, FaultKind
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.label_requests import (
    ASKED,
    ENVELOPE,
    PLANTED_TEXT,
    WORK_MODE,
    label_request,
    label_requests,
)
from tests.fakes.sending import SESSIONS, Ask, a_ledger, asking

LIMITS = SendLimits(concurrency=1, requests_per_minute=60_000, breaker_failures=3)
SOON = 0.001
"""Seconds of a `retry-after`, so that tests do not wait."""


@pytest.fixture
def fake() -> Iterator[FakeClaude]:
    with FakeClaude(settings=FakeSettings(min_cached_tokens=100)) as running:
        yield running


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


@pytest.fixture
def ask(fake: FakeClaude, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask in a run of its own, with two retries after a status that allows them."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
    return asking(fake, ledger, LIMITS)


def the_row(ledger: Ledger) -> LedgerRequest:
    (row,) = ledger.requests_of(SESSIONS)
    return row


@pytest.mark.parametrize("status", [429, 500, 529])
def test_passing_error_is_retried_and_paid_once(
    status: int, fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    fake.faults.queue("messages", *[Fault("status", status, seconds=SOON)] * 2)
    ask([label_request("session-0")])
    assert the_row(ledger).state == "answered"
    assert fake.account.calls["messages"] == 3
    assert list(fake.account.paid.values()) == [1]


@pytest.mark.parametrize(
    ("status", "error_type", "call_count"),
    [
        (400, "invalid_request_error", 1),
        (401, "authentication_error", 1),
        (403, "permission_error", 1),
        (404, "not_found_error", 1),
        (413, "request_too_large", 1),
        (429, "rate_limit_error", 3),
        (500, "api_error", 3),
        (529, "overloaded_error", 3),
    ],
)
def test_lasting_error_is_a_failed_request_that_costs_nothing(
    status: int,
    error_type: str,
    call_count: int,
    fake: FakeClaude,
    ledger: Ledger,
    ask: Ask,
) -> None:
    fake.faults.always("messages", Fault("status", status, seconds=SOON))
    ask([label_request("session-0")])
    row = the_row(ledger)
    assert (row.state, row.error_type, row.http_status) == ("failed", error_type, status)
    assert ledger.spent("run-1") == Decimal(0)
    assert fake.account.calls["messages"] == call_count


def test_wait_that_is_longer_than_our_patience_is_not_waited(
    fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    fake.faults.queue("messages", Fault("status", 429, seconds=100_000.0))
    ask([label_request("session-0")])
    assert (the_row(ledger).state, the_row(ledger).error_type) == ("failed", "rate_limit_error")
    assert fake.account.calls["messages"] == 1


@pytest.mark.parametrize(
    ("fault", "error_type", "charge_count"),
    [
        (Fault("drop_before"), "connection_lost", 0),
        (Fault("drop_after"), "connection_lost", 1),
        (Fault("garbage"), "unreadable_response", 1),
    ],
)
def test_call_whose_end_is_not_known_stays_charged_and_is_not_repeated(
    fault: Fault,
    error_type: str,
    charge_count: int,
    fake: FakeClaude,
    ledger: Ledger,
    ask: Ask,
) -> None:
    """The SDK alone would repeat it, and pay a second time under one reservation."""
    fake.faults.queue("messages", fault)
    ask([label_request("session-0")])
    row = the_row(ledger)
    assert (row.state, row.error_type) == ("ambiguous", error_type)
    assert ledger.spent("run-1") == row.reserved_usd >= fake.account.usd
    assert (fake.account.calls["messages"], len(fake.account.charges)) == (1, charge_count)


def test_call_that_takes_too_long_stays_charged(fake: FakeClaude, ledger: Ledger, ask: Ask) -> None:
    fake.faults.queue("messages", Fault("slow", seconds=5.0))
    ask([label_request("session-0")], timeout=0.5)
    assert (the_row(ledger).state, the_row(ledger).error_type) == ("ambiguous", "timeout")
    assert fake.account.calls["messages"] == 1


def test_unreachable_api_costs_nothing(ledger: Ledger, ask: Ask) -> None:
    with FakeClaude() as gone:
        address = gone.url
    ask([label_request("session-0")], base_url=address)
    assert (the_row(ledger).state, the_row(ledger).error_type) == ("failed", "not_connected")
    assert ledger.spent("run-1") == Decimal(0)


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("refusal", "refused", "refusal"),
        ("max_tokens", "truncated", "max_tokens"),
        ("context_exceeded", "truncated", "model_context_window_exceeded"),
        ("invalid_json", "invalid", "not_json"),
        ("thinking_first", "ok", None),
    ],
)
def test_message_that_is_no_answer_is_kept_and_paid(
    kind: FaultKind, status: str, reason: str | None, fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    fake.faults.queue("messages", Fault(kind))
    ask([label_request("session-0")])
    row = the_row(ledger)
    assert row.state == "answered"
    assert row.message is not None
    read = read_message(row.message)
    assert (read.status, read.reason) == (status, reason)
    assert row.cost_usd is not None
    assert 0 <= row.cost_usd - fake.account.usd < Decimal("0.00000001")


@pytest.mark.parametrize("classifier", ASKED, ids=lambda one: one.name)
@pytest.mark.parametrize("kind", ["wrong_enum", "missing_field"])
def test_answer_beside_its_schema_is_invalid(
    kind: FaultKind, classifier: Classifier, fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    fake.faults.queue("messages", Fault(kind))
    ask([label_request("session-0", classifier)])
    message = the_row(ledger).message
    assert message is not None
    answer = read_message(message).answer
    assert answer is not None
    with pytest.raises(InvalidAnswerError):
        typed_answer(classifier.answer_type, classifier.list_field, answer)


def test_answer_longer_than_its_bound_is_truncated(ledger: Ledger, ask: Ask) -> None:
    ask([label_request("session-0", envelope=replace(ENVELOPE, max_output_tokens=5))])
    row = the_row(ledger)
    assert row.message is not None
    assert read_message(row.message).reason == "max_tokens"
    assert row.usage is not None
    assert row.usage.output_tokens == 5


def test_prompt_beyond_the_context_window_is_a_failed_request(
    fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    fake.service.settings = replace(fake.service.settings, context_window_tokens=1_000)
    ask([label_request("session-0")])
    assert (the_row(ledger).state, the_row(ledger).error_type) == ("failed", "invalid_request_error")


@pytest.mark.parametrize("fault", [Fault("status", 400), Fault("drop_after"), Fault("garbage")])
def test_no_error_repeats_what_was_sent(fault: Fault, fake: FakeClaude, ask: Ask) -> None:
    fake.faults.always("messages", fault)
    with pytest.raises(SendingStoppedError) as raised:
        ask([label_request(f"session-{number}", WORK_MODE) for number in range(5)])
    assert PLANTED_TEXT not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__cause__ is None


def test_uncounted_tokens_are_bounded_by_bytes(fake: FakeClaude, ledger: Ledger, ask: Ask) -> None:
    fake.faults.always("count_tokens", Fault("status", 400))
    ask(label_requests(1))
    rows = list(ledger.requests_of(SESSIONS))
    assert {row.state for row in rows} == {"answered"}
    assert all(row.cost_usd is not None and row.cost_usd <= row.reserved_usd for row in rows)
