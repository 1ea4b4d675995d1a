"""Asking in batches against the fake API: nothing is lost and nothing is paid twice, whatever breaks off."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import anthropic
import pytest

from classifiers.ledger.ledger import Budget, Ledger, LedgerRequest
from classifiers.send import (
    BatchesUnavailableError,
    Client,
    ClientOptions,
    SendingStoppedError,
    SendLimits,
    collect_batch,
    open_client,
    poll_batches,
)
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_faults import Fault
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.label_requests import label_requests
from tests.fakes.sending import NOW, SESSIONS, a_ledger, states, submitted

LIMITS = SendLimits()
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def fake() -> Iterator[FakeClaude]:
    settings = FakeSettings(min_cached_tokens=100, looks_in_progress=0)
    with FakeClaude(settings=settings, clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def client(fake: FakeClaude, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
    with open_client(ClientOptions(base_url=fake.url, timeout_seconds=20, max_retries=1)) as opened:
        yield opened


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


def rows(ledger: Ledger) -> list[LedgerRequest]:
    return list(ledger.requests_of(SESSIONS))


def test_batch_is_submitted_polled_and_collected_and_its_price_is_the_bill(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    fake.service.settings = replace(fake.service.settings, looks_in_progress=2)
    (key,) = submitted(label_requests(3), client, ledger)
    assert states(ledger) == {"in_batch": 12}
    assert [poll_batches(client, ledger) for _ in range(3)] == [(), (), (key,)]
    report = collect_batch(client, ledger, key)
    assert (report.is_complete, report.answered, report.failed, report.dropped) == (True, 12, 0, 0)
    assert states(ledger) == {"answered": 12}
    assert ledger.open_batches() == []
    assert set(fake.account.paid.values()) == {1}
    assert 0 <= ledger.spent("run-1") - fake.account.usd < Decimal("0.0000001")


def test_answers_belong_to_their_requests_whatever_order_they_come_in(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    requests = label_requests(5)
    (key,) = submitted(requests, client, ledger)
    poll_batches(client, ledger)
    batch_id = str(ledger.batch(key).batch_id)
    order = [line[15:63].decode() for line in fake.service.batches.results(batch_id)]
    asked = [request.request_id for request in requests]
    assert sorted(order) == sorted(asked)
    assert order != asked
    collect_batch(client, ledger, key)
    results = fake.service.batches.get(batch_id).results
    assert {row.request_id: row.message for row in rows(ledger)} == {
        request_id: result["message"] for request_id, result in results.items()
    }


def test_batches_are_split_by_count_and_documents_stay_together(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    mixed = sorted(label_requests(4), key=lambda request: request.classifier)
    keys = submitted(mixed, client, ledger, limits=replace(LIMITS, batch_requests=8))
    assert [ledger.batch(key).request_count for key in keys] == [8, 8]
    for key in keys:
        items = fake.service.batches.get(str(ledger.batch(key).batch_id)).items
        documents = [item["params"]["messages"][0]["content"][0]["text"] for item in items]
        assert documents == sorted(documents)
        assert len(set(documents)) == 2


def test_batches_are_split_by_bytes(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    keys = submitted(label_requests(4), client, ledger, limits=replace(LIMITS, batch_bytes=100_000))
    assert len(keys) > 1
    assert sum(ledger.batch(key).request_count for key in keys) == 16


def test_request_that_alone_is_larger_than_a_batch_goes_alone(client: Client, ledger: Ledger) -> None:
    keys = submitted(label_requests(1), client, ledger, limits=replace(LIMITS, batch_bytes=1))
    assert [ledger.batch(key).request_count for key in keys] == [1, 1, 1, 1]


def test_prefix_in_a_batch_is_kept_for_an_hour(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    submitted(label_requests(1), client, ledger)
    poll_batches(client, ledger)
    usages = [charge.usage for charge in fake.account.charges]
    assert {usage.ttl for usage in usages} == {"1h"}
    assert [usage.cache_creation_input_tokens > 0 for usage in usages] == [True, False, False, False]


def test_a_reservation_is_never_smaller_than_the_price(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    """Also where no item finds its prefix in the cache."""
    fake.service.settings = replace(fake.service.settings, batch_hit_share=0.0)
    (key,) = submitted(label_requests(3), client, ledger)
    poll_batches(client, ledger)
    collect_batch(client, ledger, key)
    assert all(row.cost_usd is not None and row.cost_usd <= row.reserved_usd for row in rows(ledger))


def test_what_the_budget_does_not_hold_is_skipped(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    budget = Budget(Decimal("0.05"), None)
    (key,) = submitted(label_requests(5), client, ledger, budget=budget)
    skipped = list(ledger.skipped_of(SESSIONS))
    assert skipped
    assert ledger.batch(key).request_count + len(skipped) == 20
    assert ledger.spent("run-1") <= budget.run_usd


def test_without_a_budget_no_batch_is_made(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    assert submitted(label_requests(1), client, ledger, budget=Budget(Decimal(0), None)) == ()
    assert fake.account.calls["batch_create"] == 0


def test_once_the_budget_is_used_up_no_more_documents_are_counted(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    limits = replace(LIMITS, batch_requests=4)
    submitted(label_requests(5), client, ledger, limits=limits, budget=Budget(Decimal(0), None))
    assert fake.account.calls["count_tokens"] == 1 + 4  # the first document, and its questions
    assert len(list(ledger.skipped_of(SESSIONS))) == 20


def test_client_without_batches_is_refused(ledger: Ledger) -> None:
    client = Client(ClientOptions(kind="vertex"), cast(anthropic.Anthropic, None))
    with pytest.raises(BatchesUnavailableError, match="one by one"):
        submitted(label_requests(1), client, ledger)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", 401), "authentication_error"),
        (Fault("status", 413), "request_too_large"),
        (Fault("status", 429), "rate_limit_error"),
        (Fault("status", 529), "overloaded_error"),
    ],
)
def test_refused_batch_costs_nothing_and_can_be_asked_again(
    fault: Fault, kind: str, fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    fake.faults.queue("batch_create", fault)
    with pytest.raises(SendingStoppedError, match=rf"submitting a batch: {kind}, once"):
        submitted(label_requests(1), client, ledger)
    assert fake.account.calls["batch_create"] == 1
    assert states(ledger) == {}
    assert ledger.spent("run-1") == Decimal(0)
    assert len(submitted(label_requests(1), client, ledger)) == 1


def test_unreachable_api_makes_no_batch(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeClaude() as gone:
        address = gone.url
    with (
        open_client(ClientOptions(base_url=address, max_retries=0)) as nowhere,
        pytest.raises(SendingStoppedError, match="not_connected"),
    ):
        submitted(label_requests(1), nowhere, ledger)
    assert (states(ledger), ledger.open_batches()) == ({}, [])


@pytest.mark.parametrize("status", [0, 500], ids=["cleanly", "in the middle of a line"])
def test_results_cut_off_half_way_are_read_to_the_end_next_time(
    status: int, fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    (key,) = submitted(label_requests(3), client, ledger)
    poll_batches(client, ledger)
    fake.faults.queue("batch_results", Fault("cut_off", status))
    first = collect_batch(client, ledger, key)
    assert (first.is_complete, first.answered) == (False, 6)
    assert states(ledger) == {"answered": 6, "in_batch": 6}
    assert [batch.batch_key for batch in ledger.open_batches()] == [key]
    second = collect_batch(client, ledger, key)
    assert (second.is_complete, second.answered, second.dropped) == (True, 6, 6)
    assert states(ledger) == {"answered": 12}
    assert 0 <= ledger.spent("run-1") - fake.account.usd < Decimal("0.0000001")


def test_collecting_twice_is_collecting_once(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    (key,) = submitted(label_requests(1), client, ledger)
    poll_batches(client, ledger)
    collect_batch(client, ledger, key)
    before = rows(ledger)
    assert collect_batch(client, ledger, key).answered == 0
    assert rows(ledger) == before
    assert fake.account.calls["batch_results"] == 1


@pytest.mark.parametrize(
    ("fault", "error_type"),
    [
        (Fault("expired"), "expired"),
        (Fault("canceled"), "canceled"),
        (Fault("errored", error_type="overloaded_error"), "overloaded_error"),
    ],
)
def test_item_that_was_not_processed_is_a_failed_request_that_costs_nothing(
    fault: Fault, error_type: str, fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    fake.faults.queue("batch_item", None, fault)
    (key,) = submitted(label_requests(1), client, ledger)
    poll_batches(client, ledger)
    report = collect_batch(client, ledger, key)
    assert (report.answered, report.failed) == (3, 1)
    (failed,) = (row for row in rows(ledger) if row.state == "failed")
    assert (failed.error_type, failed.cost_usd) == (error_type, Decimal(0))
    assert 0 <= ledger.spent("run-1") - fake.account.usd < Decimal("0.0000001")


def test_item_that_the_api_does_not_accept_is_a_failed_request(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    fake.service.settings = replace(fake.service.settings, context_window_tokens=10)
    (key,) = submitted(label_requests(1), client, ledger)
    poll_batches(client, ledger)
    assert collect_batch(client, ledger, key).failed == 4
    assert {row.error_type for row in rows(ledger)} == {"invalid_request_error"}


def test_missing_result_keeps_its_batch_open_until_results_are_no_longer_kept(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    fake.faults.queue("batch_item", Fault("lost"))
    (key,) = submitted(label_requests(1), client, ledger)
    poll_batches(client, ledger)
    assert not collect_batch(client, ledger, key).is_complete
    assert states(ledger) == {"answered": 3, "in_batch": 1}
    fake.service.batches.archive(str(ledger.batch(key).batch_id))
    assert collect_batch(client, ledger, key).is_complete
    (failed,) = (row for row in rows(ledger) if row.state == "failed")
    assert failed.error_type == "no_result"


def test_results_of_a_forgotten_session_are_dropped(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    (key,) = submitted(label_requests(2), client, ledger)
    ledger.forget_sessions(["session-0"])
    poll_batches(client, ledger)
    report = collect_batch(client, ledger, key)
    assert (report.is_complete, report.answered, report.dropped) == (True, 4, 4)
    assert {row.session_id for row in rows(ledger)} == {"session-1"}


def test_unknown_batch_does_not_keep_the_others_from_being_looked_at(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    keys = submitted(label_requests(2), client, ledger, limits=replace(LIMITS, batch_requests=4))
    unknown = str(ledger.open_batches()[0].batch_id)
    del fake.service.batches.by_id[unknown]
    with pytest.raises(SendingStoppedError, match=rf"looking at batch {unknown}: not_found_error"):
        poll_batches(client, ledger)
    assert sorted(ledger.batch(key).state for key in keys) == ["created", "ended"]
