"""Asking one by one against the fake API: what is sent, in which order, and what the ledger then knows."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.asking.envelope import Envelope
from classifiers.asking.label_request import LabelRequest
from classifiers.label_rows.read_response import read_message, typed_answer
from classifiers.ledger.ledger import Budget, Ledger, LedgerRequest
from classifiers.ledger.prices import UnknownModelError
from classifiers.send import (
    Client,
    ClientOptions,
    ClientUnavailableError,
    SendLimits,
    SendReport,
    ask_now,
    count_tokens,
    open_client,
)
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.label_requests import ASKED, ENVELOPE, PLANTED_TEXT, label_request, label_requests
from tests.fakes.sending import AMPLE, SESSIONS, a_ledger

FAST = SendLimits(concurrency=4, requests_per_minute=60_000)


@pytest.fixture
def fake() -> Iterator[FakeClaude]:
    with FakeClaude(settings=FakeSettings(min_cached_tokens=100)) as running:
        yield running


@pytest.fixture
def client(fake: FakeClaude, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
    with open_client(ClientOptions(base_url=fake.url, timeout_seconds=20, max_retries=0)) as opened:
        yield opened


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


def asked(
    requests: Sequence[LabelRequest],
    client: Client,
    ledger: Ledger,
    *,
    limits: SendLimits = FAST,
    budget: Budget = AMPLE,
    run_id: str = "run-1",
) -> SendReport:
    with ledger.sending(run_id, budget):
        return asyncio.run(ask_now(requests, client=client, ledger=ledger, run_id=run_id, limits=limits))


def rows(ledger: Ledger) -> dict[str, LedgerRequest]:
    return {row.request_id: row for row in ledger.requests_of(SESSIONS)}


def test_every_request_is_answered_and_its_price_is_the_bill(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    requests = label_requests(5)
    report = asked(requests, client, ledger)
    assert (report.asked, report.answered, report.failed, report.skipped) == (20, 20, 0, 0)
    assert report.cost_usd == fake.account.usd
    assert ledger.spent("run-1") >= report.cost_usd  # each is rounded up to a nano-dollar
    assert ledger.spent("run-1") - report.cost_usd < Decimal("0.0000001")
    assert set(fake.account.paid.values()) == {1}
    assert all(row.state == "answered" and row.api_request_id for row in rows(ledger).values())


def test_kept_messages_read_as_typed_answers(client: Client, ledger: Ledger) -> None:
    requests = label_requests(1)
    asked(requests, client, ledger)
    kept = rows(ledger)
    for request, classifier in zip(requests, ASKED, strict=True):
        message = kept[request.request_id].message
        assert message is not None
        read = read_message(message)
        assert read.answer is not None
        assert typed_answer(classifier.answer_type, classifier.list_field, read.answer)


def test_first_question_of_a_document_writes_the_cache_and_the_others_read_it(
    client: Client, ledger: Ledger, fake: FakeClaude
) -> None:
    """Four at a time, two documents of four questions: without the wait, several would write."""
    fake.service.settings = replace(fake.service.settings, latency_seconds=0.05)
    asked(label_requests(2), client, ledger)
    usages = [row.usage for row in rows(ledger).values()]
    written = [usage for usage in usages if usage is not None and usage.cache_creation_input_tokens]
    read = [usage for usage in usages if usage is not None and usage.cache_read_input_tokens]
    assert (len(written), len(read)) == (2, 6)


def test_calls_under_way_never_exceed_the_concurrency(client: Client, ledger: Ledger) -> None:
    limits = replace(FAST, concurrency=2)
    seen: list[int] = []

    def look(_done: int, _total: int) -> None:
        seen.append(ledger.state_counts()["in_flight"])

    with ledger.sending("run-1", AMPLE):
        asyncio.run(
            ask_now(
                label_requests(4), client=client, ledger=ledger, run_id="run-1", limits=limits, advance=look
            )
        )
    assert len(seen) == 16
    assert max(seen) <= 2


def test_a_reservation_is_never_smaller_than_the_price(client: Client, ledger: Ledger) -> None:
    asked(label_requests(3), client, ledger)
    assert all(row.cost_usd is not None and row.cost_usd <= row.reserved_usd for row in rows(ledger).values())


def test_documents_and_questions_are_counted_once_each(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    asked(label_requests(3), client, ledger, limits=replace(FAST, concurrency=1))
    assert fake.account.calls["count_tokens"] == 3 + len(ASKED)


def test_token_count_is_no_smaller_than_what_is_charged(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    request = label_request("session-0")
    counted = count_tokens(client, request)
    asked([request], client, ledger)
    usage = fake.account.charges[0].usage
    assert counted >= usage.input_tokens + usage.cache_creation_input_tokens


def test_budget_is_not_exceeded_and_what_it_does_not_hold_is_skipped(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    requests = label_requests(4)
    budget = Budget(Decimal("0.10"), None)
    report = asked(requests, client, ledger, budget=budget)
    assert report.answered > 0
    assert report.skipped > 0
    assert report.answered + report.skipped == len(requests)
    assert ledger.spent("run-1") <= budget.run_usd
    assert fake.account.usd <= budget.run_usd
    assert len(list(ledger.skipped_of(SESSIONS))) == report.skipped


def test_without_a_budget_nothing_but_counts_leaves(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    report = asked(label_requests(2), client, ledger, budget=Budget(Decimal(0), None))
    assert report.skipped == 8
    assert fake.account.calls["messages"] == 0


def test_no_request_is_sent_outside_of_sending(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    with pytest.raises(Exception, match=r"ledger\.sending"):
        asyncio.run(ask_now(label_requests(1), client=client, ledger=ledger, run_id="run-1", limits=FAST))
    assert fake.account.calls["messages"] == 0


def test_unknown_model_is_refused_before_anything_leaves(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    requests = [
        label_request("session-0"),
        label_request("session-1", envelope=Envelope("nobody", None, 100)),
    ]
    with pytest.raises(UnknownModelError, match="nobody"):
        asked(requests, client, ledger)
    assert fake.account.calls.total() == 0
    assert rows(ledger) == {}


def test_request_without_a_document_sends_its_question_alone(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    request = replace(label_request("session-0"), document="", record_ids={})
    report = asked([request], client, ledger)
    assert report.answered == 1
    assert fake.account.charges[0].usage.cache_creation_input_tokens == 0


def test_a_model_that_thinks_first_is_read(client: Client, ledger: Ledger) -> None:
    request = label_request("session-0", envelope=replace(ENVELOPE, model="claude-haiku-5-5"))
    asked([request], client, ledger)
    message = rows(ledger)[request.request_id].message
    assert message is not None
    assert [block["type"] for block in message["content"]] == ["thinking", "text"]
    assert read_message(message).status == "ok"


def test_missing_key_says_what_to_do(fake: FakeClaude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with (
        pytest.raises(ClientUnavailableError, match="export ANTHROPIC_API_KEY"),
        open_client(ClientOptions(base_url=fake.url)),
    ):
        pass


@pytest.mark.parametrize(("kind", "package"), [("bedrock", "boto3"), ("vertex", "google.auth")])
def test_client_without_its_package_says_what_to_install(
    kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # tests of an object store bring one of them
    with (
        pytest.raises(ClientUnavailableError, match=rf"anthropic\[{kind}\]"),
        open_client(ClientOptions(kind=kind)),  # type: ignore[arg-type]
    ):
        pass


def test_nothing_of_a_request_is_logged(
    fake: FakeClaude, ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK logs whole requests at debug level, which an environment variable can turn on."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
    caplog.set_level(logging.DEBUG)
    for name in ("anthropic", "httpx2", "httpcore2"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    with open_client(ClientOptions(base_url=fake.url)) as client:
        report = asked(label_requests(1), client, ledger)
    assert report.answered == 4
    assert PLANTED_TEXT not in caplog.text
    assert "planted-key" not in caplog.text


def test_importing_the_sender_does_not_import_the_sdk() -> None:
    """It takes seconds, and most runs send nothing."""
    statement = "import sys, classifiers.send; sys.exit('anthropic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", statement], check=False).returncode == 0
