"""When asking stops: the breaker, the canary, a cancelled run, a killed one, and what the next one sends."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.ledger.ledger import Ledger
from classifiers.send import (
    Client,
    ClientOptions,
    SendingStoppedError,
    SendLimits,
    ask_now,
    open_client,
)
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_faults import Fault
from tests.fakes.claude_api_process import ROOT, RemoteFake
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.label_requests import (
    ASKED,
    label_request,
    label_requests,
)
from tests.fakes.sending import AMPLE, SESSIONS, Ask, a_ledger, asking, states

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


def test_breaker_stops_after_failures_of_one_kind_and_says_what_to_do(
    fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    fake.faults.always("messages", Fault("status", 403))
    with pytest.raises(SendingStoppedError, match=r"permission_error, 3 times in a row.*model or key"):
        ask(label_requests(5))
    assert fake.account.calls["messages"] == 3
    assert states(ledger) == {"failed": 3}


def test_breaker_counts_one_kind_and_starts_again_after_an_answer(
    fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    refused, broken = Fault("status", 403), Fault("drop_before")
    fake.faults.queue("messages", refused, refused, broken, refused, refused, None, refused, refused)
    ask(label_requests(5))
    assert states(ledger) == {"answered": 13, "failed": 6, "ambiguous": 1}


def test_questions_on_one_bad_document_do_not_stop_the_others(
    fake: FakeClaude, ledger: Ledger, ask: Ask
) -> None:
    """Four questions on a session that is too long fail alike, and are one failure."""
    fake.service.settings = replace(fake.service.settings, context_window_tokens=20_000)
    long = [label_request("session-9", classifier, words=10_000) for classifier in ASKED]
    ask([*long, *label_requests(2)])
    assert states(ledger) == {"failed": 4, "answered": 8}


def test_answers_that_are_cut_off_on_every_document_stop_the_run(fake: FakeClaude, ask: Ask) -> None:
    fake.faults.always("messages", Fault("max_tokens"))
    with pytest.raises(SendingStoppedError, match=r"truncated, 3 times.*bound on output tokens"):
        ask([label_request(f"session-{number}") for number in range(5)])
    assert len(fake.account.charges) == 3


@pytest.mark.parametrize("fault", [Fault("status", 401), Fault("invalid_json"), Fault("drop_before")])
def test_failed_canary_is_all_that_is_sent(fault: Fault, fake: FakeClaude, ask: Ask) -> None:
    fake.faults.queue("messages", fault)
    with pytest.raises(SendingStoppedError, match="once"):
        ask(label_requests(5), limits=replace(LIMITS, concurrency=8, has_canary=True))
    assert fake.account.calls["messages"] == 1


def test_refused_canary_stops_nothing(fake: FakeClaude, ledger: Ledger, ask: Ask) -> None:
    fake.faults.queue("messages", Fault("refusal"))
    ask(label_requests(2), limits=replace(LIMITS, has_canary=True))
    assert states(ledger) == {"answered": 8}


def test_second_run_sends_only_what_is_missing(fake: FakeClaude, ledger: Ledger, ask: Ask) -> None:
    """Answered ones are held; failed and ambiguous ones may be asked again, as the plan decides."""
    requests = label_requests(3)
    fake.faults.queue("messages", None, Fault("status", 400), Fault("drop_after"))
    ask(requests)
    open_ids = {row.request_id for row in ledger.requests_of(SESSIONS) if row.state != "answered"}
    assert len(open_ids) == 2
    ask([request for request in requests if request.request_id in open_ids])
    assert states(ledger) == {"answered": 12}
    assert sorted(fake.account.paid.values()) == [1] * 11 + [2]  # what was lost after processing


def test_cancelled_calls_are_ambiguous_and_the_rest_is_not_sent(
    fake: FakeClaude, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.service.settings = replace(fake.service.settings, latency_seconds=3.0)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")

    async def cancelled(client: Client) -> None:
        asking = asyncio.ensure_future(
            ask_now(label_requests(5), client=client, ledger=ledger, run_id="run-1", limits=three)
        )
        while fake.account.calls["messages"] < 3:
            await asyncio.sleep(0.01)
        asking.cancel()
        await asking

    three = replace(LIMITS, concurrency=3)
    with (
        open_client(ClientOptions(base_url=fake.url)) as client,
        ledger.sending("run-1", AMPLE),
        pytest.raises(asyncio.CancelledError),
    ):
        asyncio.run(cancelled(client))
    assert states(ledger) == {"ambiguous": 3}
    assert {row.error_type for row in ledger.requests_of(SESSIONS)} == {"interrupted"}


def test_killed_sender_leaves_its_calls_ambiguous_and_charged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three calls are under way when the process is killed: they are what may be paid twice, and shown."""
    sender = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from classifiers.send import *\n"
        "from tests.fakes.label_requests import label_requests\n"
        "from tests.fakes.sending import AMPLE, a_ledger\n"
        "limits = SendLimits(concurrency=3, requests_per_minute=60_000)\n"
        "with a_ledger(Path(sys.argv[1])) as ledger, open_client(ClientOptions()) as client:\n"
        "    with ledger.sending('run-1', AMPLE):\n"
        "        asyncio.run(ask_now(label_requests(9), client=client, ledger=ledger, run_id='run-1',\n"
        "                            limits=limits))\n"
    )
    with RemoteFake(tmp_path, settings=FakeSettings(min_cached_tokens=100)) as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
        fake.queue("messages", *[None] * 6)
        fake.always("messages", Fault("slow", seconds=60.0))
        process = subprocess.Popen([sys.executable, "-c", sender, str(tmp_path)], cwd=ROOT)
        while fake.state["message_count"] != 9:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        with a_ledger(tmp_path) as ledger:
            before = ledger.spent("run-1")
            with ledger.sending("run-2", AMPLE) as recovery:
                assert recovery.ambiguous == 3
            assert states(ledger) == {"answered": 6, "ambiguous": 3}
            assert ledger.spent("run-1") == before >= Decimal(fake.state["usd"])
