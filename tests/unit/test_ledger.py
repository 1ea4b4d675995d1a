"""Requests in the ledger: in one state at a time, and nothing answered is ever changed."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.ledger.ledger import (
    Budget,
    Ledger,
    LedgerRequest,
    LedgerStateError,
    Recovery,
    RequestHeldError,
)
from classifiers.ledger.prices import TokenUsage
from tests.fakes.invented_requests import NOW, SetClock, asked, give_answer, grant

ONE_DOLLAR = Budget(Decimal(1), None)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: SetClock) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite", clock=clock) as opened:
        yield opened


@pytest.fixture
def sender(ledger: Ledger) -> Iterator[Ledger]:
    """The ledger while run-1 sends, with one dollar."""
    with ledger.sending("run-1", ONE_DOLLAR):
        yield ledger


def only(ledger: Ledger) -> LedgerRequest:
    (found,) = ledger.requests_of(["session-1"])
    return found


def test_reserved_request_holds_everything_but_the_text(sender: Ledger) -> None:
    request = asked("u1", part=2, replicate=1, document="the transcript itself")
    grant(sender, request)
    assert only(sender) == LedgerRequest(
        request_id=request.request_id,
        kind="label",
        classifier="outcome",
        step="answer",
        unit_kind="session",
        unit_id="u1",
        session_id="session-1",
        session_date=request.session_date,
        rendering="whole",
        fingerprint="outcome-v1-whole-0",
        replicate=1,
        attempt=0,
        part=2,
        input_hash="hash of u1",
        coverage=0.75,
        record_ids={"h1": "record-1", "a1": "record-2"},
        model="claude-haiku-5-5",
        effort="low",
        run_id="run-1",
        state="reserved",
        batch_key=None,
        batch_id=None,
        reserved_usd=Decimal("0.5"),
        cost_usd=None,
        usage=None,
        api_request_id=None,
        message=None,
        error_type=None,
        http_status=None,
        created_at=NOW,
        settled_at=None,
    )


def test_answer_settles_the_reservation_at_its_cost(sender: Ledger) -> None:
    request = asked("u1")
    grant(sender, request)
    sender.sent(request.request_id)
    assert only(sender).state == "in_flight"
    assert give_answer(sender, request, cost_usd="0.123", text="größer")
    row = only(sender)
    assert (row.state, row.cost_usd, row.usage) == (
        "answered",
        Decimal("0.123"),
        TokenUsage(10, 20, 30, 40),
    )
    assert row.message == {"content": [{"type": "text", "text": "größer"}], "stop_reason": "end_turn"}
    assert (row.api_request_id, row.settled_at) == ("req_1", NOW)
    assert sender.spent("run-1") == Decimal("0.123")


def test_failure_frees_the_reservation(sender: Ledger) -> None:
    request = asked("u1")
    grant(sender, request)
    sender.sent(request.request_id)
    assert sender.failed(
        request.request_id, error_type="overloaded_error", http_status=529, api_request_id="r"
    )
    row = only(sender)
    assert (row.state, row.error_type, row.http_status, row.cost_usd) == (
        "failed", "overloaded_error", 529, Decimal(0),
    )  # fmt: skip
    assert sender.spent("run-1") == 0


def test_lost_connection_stays_charged_at_the_bound_until_an_answer_comes(sender: Ledger) -> None:
    request = asked("u1")
    grant(sender, request)
    sender.sent(request.request_id)
    for _ in range(2):
        sender.left_ambiguous(request.request_id, error_type="APITimeoutError")
    assert (only(sender).state, only(sender).error_type) == ("ambiguous", "APITimeoutError")
    assert sender.spent("run-1") == Decimal("0.5")
    assert give_answer(sender, request)
    assert (only(sender).state, only(sender).error_type) == ("answered", None)
    assert sender.spent("run-1") == Decimal("0.1")


def test_second_result_changes_nothing(sender: Ledger) -> None:
    request = asked("u1")
    grant(sender, request)
    sender.sent(request.request_id)
    give_answer(sender, request, text="first")
    before = only(sender)
    assert not give_answer(sender, request, text="second", cost_usd="0.9")
    assert not sender.failed(request.request_id, error_type="x", http_status=500, api_request_id=None)
    sender.left_ambiguous(request.request_id, error_type="x")
    assert only(sender) == before


def test_result_of_a_request_that_is_not_there_is_dropped(sender: Ledger) -> None:
    request = asked("never reserved")
    assert not give_answer(sender, request)
    assert not sender.failed(request.request_id, error_type="x", http_status=None, api_request_id=None)
    sender.left_ambiguous(request.request_id, error_type="x")
    assert not list(sender.heads())


def test_nothing_is_sent_that_is_not_reserved(sender: Ledger) -> None:
    request = asked("u1")
    with pytest.raises(LedgerStateError, match="reserve it first"):
        sender.sent(request.request_id)
    grant(sender, request)
    sender.sent(request.request_id)
    with pytest.raises(LedgerStateError, match="not reserved"):
        sender.sent(request.request_id)


def test_result_of_a_request_that_was_not_sent_is_a_mistake(sender: Ledger) -> None:
    request = asked("u1")
    grant(sender, request)
    with pytest.raises(LedgerStateError, match="Call sent before sending"):
        give_answer(sender, request)
    with pytest.raises(LedgerStateError, match="is reserved"):
        sender.failed(request.request_id, error_type="x", http_status=None, api_request_id=None)


def test_withdrawn_request_is_gone_and_its_money_free(sender: Ledger) -> None:
    kept, withdrawn = asked("u1"), asked("u2")
    grant(sender, kept, withdrawn)
    sender.withdraw([withdrawn.request_id, "not there"])
    assert [head.unit_id for head in sender.heads()] == ["u1"]
    assert sender.spent("run-1") == Decimal("0.5")


def test_what_was_sent_cannot_be_withdrawn(sender: Ledger) -> None:
    first, second = asked("u1"), asked("u2")
    grant(sender, first, second)
    sender.sent(second.request_id)
    with pytest.raises(LedgerStateError, match="only what was never sent"):
        sender.withdraw([first.request_id, second.request_id])
    assert len(list(sender.heads())) == 2, "one transaction: neither is gone"


@pytest.mark.parametrize("state", ["reserved", "in_flight", "answered"])
def test_request_that_is_held_cannot_be_reserved_again(sender: Ledger, state: str) -> None:
    held = asked("u1")
    grant(sender, held, bound_usd="0.1")
    if state != "reserved":
        sender.sent(held.request_id)
    if state == "answered":
        give_answer(sender, held)
    with pytest.raises(RequestHeldError, match=f"is {state} already"):
        sender.reserve([(asked("u2"), Decimal("0.1")), (held, Decimal("0.1"))], run_id="run-1")
    assert [head.unit_id for head in sender.heads()] == ["u1"], "nothing was granted"
    assert sender.spent("run-1") == Decimal("0.1")


def test_same_request_twice_in_one_call_is_a_mistake(sender: Ledger) -> None:
    with pytest.raises(RequestHeldError):
        grant(sender, asked("u1"), asked("u1"))


def test_failed_request_may_be_asked_again_under_its_id(sender: Ledger) -> None:
    request = asked("u1")
    for _ in range(2):
        grant(sender, request)
        sender.sent(request.request_id)
        sender.failed(request.request_id, error_type="api_error", http_status=500, api_request_id=None)
    grant(sender, request, bound_usd="0.7")
    assert (only(sender).state, only(sender).error_type) == ("reserved", None)
    assert sender.spent("run-1") == Decimal("0.7")


def test_reserving_needs_a_sender(ledger: Ledger) -> None:
    with pytest.raises(LedgerStateError, match="sending"):
        grant(ledger, asked("u1"))
    with pytest.raises(LedgerStateError, match="sending"):
        ledger.refuse(asked("u1"), run_id="run-1", error_type="unsendable")
    with ledger.sending("run-1", ONE_DOLLAR), pytest.raises(LedgerStateError, match="has no budget"):
        grant(ledger, asked("u1"), run_id="another run")


def test_sender_that_stops_leaves_nothing_half_done(ledger: Ledger) -> None:
    sent, reserved, batched = asked("u1"), asked("u2"), asked("u3")
    with ledger.sending("run-1", ONE_DOLLAR):
        grant(ledger, sent, reserved, batched, bound_usd="0.2")
        ledger.sent(sent.request_id)
        batch_key = ledger.intend_batch([batched.request_id], run_id="run-1")
    assert {head.unit_id: head.state for head in ledger.heads()} == {"u1": "ambiguous", "u3": "in_batch"}
    assert ledger.batch(batch_key).state == "ambiguous"
    assert ledger.spent("run-1") == Decimal("0.4")
    with ledger.sending("run-1", ONE_DOLLAR) as recovery:
        assert recovery == Recovery(0, 0, 0)


def test_states_are_counted_for_all_and_by_run(sender: Ledger) -> None:
    grant(sender, asked("u1"), asked("u2"))
    sender.sent(asked("u2").request_id)
    expected = {"reserved": 1, "in_flight": 1, "in_batch": 0, "ambiguous": 0, "answered": 0, "failed": 0}
    assert sender.state_counts() == sender.state_counts("run-1") == expected
    assert set(sender.state_counts("another run").values()) == {0}
