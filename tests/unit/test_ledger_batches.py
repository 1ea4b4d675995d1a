"""Batches in the ledger: intended first, created once, void only if never created, collected completely."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.ledger.ledger import Budget, Ledger, LedgerBatch, LedgerStateError
from tests.fakes.invented_requests import NOW, SetClock, asked, give_answer, grant

FIRST, SECOND = asked("u1"), asked("u2", session="session-2")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: SetClock) -> Iterator[Ledger]:
    """The ledger while run-1 sends, with one dollar, half of it reserved for each of two requests."""
    with (
        Ledger.open(tmp_path / "ledger.sqlite", clock=clock) as opened,
        opened.sending("run-1", Budget(Decimal(1), None)),
    ):
        grant(opened, FIRST, SECOND)
        yield opened


def intend(ledger: Ledger) -> str:
    return ledger.intend_batch([FIRST.request_id, SECOND.request_id], run_id="run-1")


def states(ledger: Ledger) -> dict[str, str]:
    return {head.unit_id: head.state for head in ledger.heads()}


def test_batch_is_intended_before_the_api_knows_it(ledger: Ledger) -> None:
    batch_key = intend(ledger)
    assert ledger.open_batches() == [
        LedgerBatch(batch_key, None, "run-1", "intended", 2, NOW, ended_at=None, collected_at=None)
    ]
    assert states(ledger) == {"u1": "in_batch", "u2": "in_batch"}
    assert set(ledger.batch_request_ids(batch_key)) == {FIRST.request_id, SECOND.request_id}
    assert ledger.batch_days(batch_key) == (FIRST.session_date,)
    assert ledger.spent("run-1") == Decimal(1)


def test_batch_goes_from_created_to_collected(ledger: Ledger, clock: SetClock) -> None:
    batch_key = intend(ledger)
    ledger.batch_created(batch_key, "msgbatch_1")
    (row,) = ledger.requests_of(["session-1"])
    assert (row.batch_key, row.batch_id) == (batch_key, "msgbatch_1")
    clock.at = NOW + timedelta(hours=3)
    ledger.batch_ended(batch_key)
    give_answer(ledger, FIRST)
    give_answer(ledger, SECOND)
    clock.at = NOW + timedelta(hours=4)
    ledger.batch_collected(batch_key)
    assert ledger.batch(batch_key) == LedgerBatch(
        batch_key, "msgbatch_1", "run-1", "collected", 2,
        NOW, NOW + timedelta(hours=3), NOW + timedelta(hours=4),
    )  # fmt: skip
    assert ledger.open_batches() == []
    assert states(ledger) == {"u1": "answered", "u2": "answered"}
    assert ledger.spent("run-1") == Decimal("0.2")


def test_every_step_may_be_told_twice(ledger: Ledger, clock: SetClock) -> None:
    batch_key = intend(ledger)
    for tell in (
        lambda: ledger.batch_created(batch_key, "msgbatch_1"),
        lambda: ledger.batch_ended(batch_key),
        lambda: ledger.batch_collected(batch_key),
    ):
        tell()
        before = ledger.batch(batch_key)
        clock.at += timedelta(hours=1)
        tell()
        assert ledger.batch(batch_key) == before
    ledger.batch_ended(batch_key)
    assert ledger.batch(batch_key).state == "collected"


def test_collecting_again_after_it_was_cut_off_keeps_what_was_there(ledger: Ledger) -> None:
    batch_key = intend(ledger)
    ledger.batch_created(batch_key, "msgbatch_1")
    ledger.batch_ended(batch_key)
    assert give_answer(ledger, FIRST, text="first")
    assert not give_answer(ledger, FIRST, text="again")
    assert give_answer(ledger, SECOND)
    ledger.batch_collected(batch_key)
    (row,) = ledger.requests_of(["session-1"])
    assert row.message is not None
    assert row.message["content"][0]["text"] == "first"


def test_request_without_a_result_failed_at_no_cost(ledger: Ledger) -> None:
    batch_key = intend(ledger)
    ledger.batch_created(batch_key, "msgbatch_1")
    ledger.batch_ended(batch_key)
    give_answer(ledger, FIRST)
    ledger.batch_collected(batch_key)
    (row,) = ledger.requests_of(["session-2"])
    assert (row.state, row.error_type, row.cost_usd) == ("failed", "no_result", Decimal(0))
    assert ledger.spent("run-1") == Decimal("0.1")


def test_errored_item_fails_and_frees_its_money(ledger: Ledger) -> None:
    batch_key = intend(ledger)
    ledger.batch_created(batch_key, "msgbatch_1")
    assert ledger.failed(FIRST.request_id, error_type="expired", http_status=None, api_request_id=None)
    assert states(ledger) == {"u1": "failed", "u2": "in_batch"}
    assert ledger.spent("run-1") == Decimal("0.5")


def test_ambiguous_batch_stays_charged_and_is_adopted(ledger: Ledger) -> None:
    batch_key = intend(ledger)
    ledger.batch_ambiguous(batch_key)
    ledger.batch_ambiguous(batch_key)
    assert [batch.state for batch in ledger.open_batches()] == ["ambiguous"]
    assert ledger.spent("run-1") == Decimal(1)
    ledger.batch_created(batch_key, "msgbatch_1")
    assert ledger.batch(batch_key).state == "created"


@pytest.mark.parametrize("is_ambiguous", [True, False])
def test_void_batch_frees_its_requests_to_be_asked_again(ledger: Ledger, is_ambiguous: bool) -> None:
    batch_key = intend(ledger)
    if is_ambiguous:
        ledger.batch_ambiguous(batch_key)
    ledger.batch_void(batch_key)
    assert states(ledger) == {}
    assert ledger.spent("run-1") == 0
    assert ledger.open_batches() == []
    grant(ledger, FIRST, SECOND)
    again = intend(ledger)
    assert again != batch_key, "a batch of its own, though of the same requests"
    assert ledger.batch(batch_key).state == "void"


def test_key_derives_from_the_requests_in_any_order(ledger: Ledger, tmp_path: Path) -> None:
    with (
        Ledger.open(tmp_path / "another.sqlite", clock=SetClock()) as another,
        another.sending("run-1", Budget(Decimal(1), None)),
    ):
        grant(another, FIRST, SECOND)
        key = another.intend_batch([SECOND.request_id, FIRST.request_id], run_id="run-1")
    assert key == intend(ledger)


def test_batch_that_the_api_has_cannot_become_void(ledger: Ledger) -> None:
    batch_key = intend(ledger)
    ledger.batch_created(batch_key, "msgbatch_1")
    for change in (ledger.batch_void, ledger.batch_ambiguous):
        with pytest.raises(LedgerStateError, match="is created and cannot become"):
            change(batch_key)
    assert states(ledger) == {"u1": "in_batch", "u2": "in_batch"}


def test_batch_is_collected_only_after_it_ended(ledger: Ledger) -> None:
    batch_key = intend(ledger)
    with pytest.raises(LedgerStateError, match="is intended and cannot become ended"):
        ledger.batch_ended(batch_key)
    ledger.batch_created(batch_key, "msgbatch_1")
    with pytest.raises(LedgerStateError, match="is created and cannot become collected"):
        ledger.batch_collected(batch_key)


def test_one_batch_of_the_api_is_one_batch_here(ledger: Ledger) -> None:
    first = ledger.intend_batch([FIRST.request_id], run_id="run-1")
    second = ledger.intend_batch([SECOND.request_id], run_id="run-1")
    ledger.batch_created(first, "msgbatch_1")
    with pytest.raises(LedgerStateError, match="it cannot be two"):
        ledger.batch_created(second, "msgbatch_1")
    with pytest.raises(LedgerStateError, match="is created and cannot become created"):
        ledger.batch_created(first, "msgbatch_2")


def test_batch_holds_reserved_requests_only(ledger: Ledger) -> None:
    ledger.sent(SECOND.request_id)
    with pytest.raises(LedgerStateError, match="cannot go into a batch"):
        intend(ledger)
    assert states(ledger) == {"u1": "reserved", "u2": "in_flight"}
    assert ledger.open_batches() == []
    with pytest.raises(LedgerStateError, match="at least one"):
        ledger.intend_batch([], run_id="run-1")


def test_unknown_batch_is_an_error_that_says_where_keys_are(ledger: Ledger) -> None:
    for read in (ledger.batch, ledger.batch_request_ids, ledger.batch_ended):
        with pytest.raises(LedgerStateError, match="open_batches"):
            read("no such key")
