"""Money in the ledger: run and month as budgets, what is beyond them, what a run goes on with."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.ledger.ledger import (
    Budget,
    Ledger,
    LedgerRequest,
    RequestHeldError,
)
from tests.fakes.invented_requests import NOW, SetClock, asked, give_answer, grant

APRIL = datetime(2026, 4, 1, 0, 0, 1, tzinfo=UTC)
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


def reserve(ledger: Ledger, *bounds: tuple[str, str], run_id: str = "run-1") -> list[str]:
    """Units that were granted, of units and their bounds."""
    by_id = {asked(unit).request_id: unit for unit, _ in bounds}
    granted = ledger.reserve([(asked(unit), Decimal(bound)) for unit, bound in bounds], run_id=run_id).granted
    return [by_id[request_id] for request_id in granted]


def test_requests_are_granted_in_order_while_the_run_has_money(sender: Ledger) -> None:
    assert reserve(sender, ("a", "0.6"), ("b", "0.5"), ("c", "0.4"), ("d", "0.000000001")) == ["a", "c"]
    assert sender.spent("run-1") == Decimal(1)


def test_month_is_a_budget_over_all_runs(ledger: Ledger, clock: SetClock) -> None:
    for run_id, expected in (("run-1", ["a"]), ("run-2", [])):
        with ledger.sending(run_id, Budget(Decimal(1), Decimal("0.9"))):
            assert reserve(ledger, ("a" if run_id == "run-1" else "b", "0.6"), run_id=run_id) == expected
            if expected:
                ledger.sent(asked("a").request_id)
                give_answer(ledger, asked("a"), cost_usd="0.4")
    assert ledger.month_spent(NOW) == Decimal("0.4")
    clock.at = APRIL
    assert ledger.month_spent(APRIL) == 0
    with ledger.sending("run-2", Budget(Decimal(1), Decimal("0.9"))):
        assert reserve(ledger, ("c", "0.9"), run_id="run-2") == ["c"]
        assert ledger.month_spent(NOW) == Decimal("0.4")


def test_money_is_kept_to_the_nano_dollar_and_rounded_up(sender: Ledger) -> None:
    grant(sender, asked("u1"), bound_usd="0.0000000001")
    assert sender.spent("run-1") == Decimal("0.000000001")


@pytest.mark.parametrize("amount", ["-0.1", "NaN", "Infinity"])
def test_amount_that_is_no_money_is_refused(sender: Ledger, amount: str) -> None:
    with pytest.raises(ValueError, match="no amount of money"):
        grant(sender, asked("u1"), bound_usd=amount)
    assert not list(sender.heads())


def test_ambiguous_request_asked_again_under_its_id_stays_charged(sender: Ledger) -> None:
    request = asked("u1")
    grant(sender, request, bound_usd="0.3")
    sender.sent(request.request_id)
    sender.left_ambiguous(request.request_id, error_type="x")
    grant(sender, request, bound_usd="0.4")
    assert sender.spent("run-1") == Decimal("0.7")
    sender.sent(request.request_id)
    give_answer(sender, request, cost_usd="0.1")
    assert sender.spent("run-1") == sender.month_spent(NOW) == Decimal("0.4")


def test_skipped_unit_says_what_it_would_need_until_it_is_granted(ledger: Ledger) -> None:
    with ledger.sending("run-1", ONE_DOLLAR):
        assert reserve(ledger, ("u1", "1.5")) == []
        assert ledger.is_spent("run-1")
    (skipped,) = ledger.skipped_of(["session-1"])
    assert (skipped.unit_id, skipped.run_id, skipped.bound_usd) == ("u1", "run-1", Decimal("1.5"))
    assert (skipped.classifier, skipped.input_hash, skipped.coverage) == ("outcome", "hash of u1", 0.75)
    assert ledger.skipped_count("run-1") == 1
    with ledger.sending("run-2", Budget(Decimal(2), None)):
        assert reserve(ledger, ("u1", "1.5"), run_id="run-2") == ["u1"]
        assert not ledger.is_spent("run-2")
    assert not list(ledger.skipped_of(["session-1"]))


def test_run_is_spent_when_it_has_no_money_left(sender: Ledger) -> None:
    assert not sender.is_spent("run-1")
    grant(sender, asked("u1"), bound_usd="1")
    assert sender.is_spent("run-1")


def test_refused_request_is_a_failed_row_without_cost(sender: Ledger) -> None:
    sender.refuse(asked("u1"), run_id="run-1", error_type="unsendable")
    row = only(sender)
    assert (row.state, row.error_type, row.cost_usd, row.settled_at) == (
        "failed", "unsendable", Decimal(0), NOW,
    )  # fmt: skip
    assert sender.spent("run-1") == 0
    grant(sender, asked("u2"))
    with pytest.raises(RequestHeldError):
        sender.refuse(asked("u2"), run_id="run-1", error_type="unsendable")


def test_run_that_goes_on_has_spent_what_it_spent_and_takes_the_new_budget(ledger: Ledger) -> None:
    with ledger.sending("run-1", ONE_DOLLAR):
        grant(ledger, asked("u1"), bound_usd="0.8")
        ledger.sent(asked("u1").request_id)
        give_answer(ledger, asked("u1"), cost_usd="0.8")
    with ledger.sending("run-1", Budget(Decimal("1.1"), None)):
        assert reserve(ledger, ("u2", "0.4"), ("u3", "0.3")) == ["u3"]
    assert ledger.run_ids() == ("run-1",)


def test_clock_must_know_its_zone(ledger: Ledger, clock: SetClock) -> None:
    clock.at = datetime(2026, 3, 1)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(ValueError, match="aware"), ledger.sending("run-1", ONE_DOLLAR):
        pass
