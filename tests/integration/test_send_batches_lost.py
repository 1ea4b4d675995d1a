"""Batches whose creation broke off: found again by their ids, or given up, and never made twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.asking.label_request import LabelRequest
from classifiers.asking.message_params import message_params
from classifiers.ledger.ledger import Ledger
from classifiers.send import (
    Client,
    ClientOptions,
    SendingStoppedError,
    SendLimits,
    collect_batch,
    open_client,
    reconcile_batches,
)
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_faults import Fault
from tests.fakes.claude_api_process import ROOT, RemoteFake
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.label_requests import WORK_MODE, label_request, label_requests
from tests.fakes.sending import AMPLE, NOW, a_ledger, states, submitted

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


def lost_batch(
    requests: Sequence[LabelRequest], client: Client, ledger: Ledger, fake: FakeClaude, fault: Fault
) -> str:
    """Submit one batch whose creation breaks off; its key."""
    fake.faults.queue("batch_create", fault)
    with pytest.raises(SendingStoppedError):
        submitted(requests, client, ledger)
    (batch,) = ledger.open_batches()
    return batch.batch_key


@pytest.mark.parametrize(
    "fault", [Fault("drop_before"), Fault("drop_after"), Fault("garbage"), Fault("status", 500)]
)
def test_creation_whose_end_is_not_known_is_ambiguous_and_never_repeated(
    fault: Fault, fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    key = lost_batch(label_requests(1), client, ledger, fake, fault)
    assert ledger.batch(key).state == "ambiguous"
    assert states(ledger) == {"in_batch": 4}
    assert ledger.spent("run-1") > 0
    assert fake.account.calls["batch_create"] == 1


@pytest.mark.parametrize("fault", [Fault("drop_after"), Fault("garbage")])
def test_lost_batch_is_found_by_its_ids_and_collected(
    fault: Fault, fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    key = lost_batch(label_requests(2), client, ledger, fake, fault)
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == (key,)
    assert ledger.batch(key).state == "ended"
    assert collect_batch(client, ledger, key).answered == 8
    assert set(fake.account.paid.values()) == {1}


def test_lost_batch_is_not_given_up_while_a_suspect_is_processing(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    fake.service.settings = replace(fake.service.settings, looks_in_progress=1)
    key = lost_batch(label_requests(1), client, ledger, fake, Fault("drop_after"))
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == ()
    assert ledger.batch(key).state == "ambiguous"
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == (key,)
    assert ledger.batch(key).state == "ended"


def test_batch_that_was_never_created_becomes_void_after_a_while(
    fake: FakeClaude, client: Client, ledger: Ledger
) -> None:
    key = lost_batch(label_requests(1), client, ledger, fake, Fault("drop_before"))
    assert reconcile_batches(client, ledger, clock=lambda: NOW + timedelta(minutes=5)) == ()
    assert ledger.batch(key).state == "ambiguous"
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == (key,)
    assert (ledger.batch(key).state, states(ledger)) == ("void", {})
    assert ledger.spent("run-1") == Decimal(0)
    assert len(submitted(label_requests(1), client, ledger)) == 1


def somebody_elses_batch(client: Client, size: int) -> None:
    item = message_params(label_request("session-99", WORK_MODE), is_batch=True)
    client.api.messages.batches.create(
        requests=[{"custom_id": f"theirs-{number}", "params": item} for number in range(size)]  # type: ignore[typeddict-item]
    )


def test_batch_of_somebody_else_is_not_adopted(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    key = lost_batch(label_requests(1), client, ledger, fake, Fault("drop_before"))
    somebody_elses_batch(client, 4)
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == (key,)
    assert ledger.batch(key).state == "void"


def test_lost_batch_is_found_among_many_of_its_size(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    """More than a page of the listing."""
    key = lost_batch(label_requests(1), client, ledger, fake, Fault("drop_after"))
    for _ in range(120):
        somebody_elses_batch(client, 4)
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == (key,)
    assert ledger.batch(key).state == "ended"


def test_unread_suspect_is_not_given_up(fake: FakeClaude, client: Client, ledger: Ledger) -> None:
    """Its results broke off before one of our ids came, or one of theirs: nothing is proved."""
    key = lost_batch([label_request("session-0")], client, ledger, fake, Fault("drop_after"))
    fake.faults.queue("batch_results", Fault("cut_off"))
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == ()
    assert ledger.batch(key).state == "ambiguous"
    assert reconcile_batches(client, ledger, clock=lambda: LATER) == (key,)


def test_sender_killed_while_a_batch_is_created_leaves_one_that_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API has it, the sender died before it knew: the next run adopts it and asks nothing again."""
    sender = (
        "import sys\n"
        "from pathlib import Path\n"
        "from classifiers.send import *\n"
        "from tests.fakes.label_requests import label_requests\n"
        "from tests.fakes.sending import AMPLE, a_ledger\n"
        "with a_ledger(Path(sys.argv[1])) as ledger, open_client(ClientOptions()) as client:\n"
        "    with ledger.sending('run-1', AMPLE):\n"
        "        submit_batches(label_requests(2), client=client, ledger=ledger, run_id='run-1',\n"
        "                       limits=SendLimits())\n"
    )
    settings = FakeSettings(min_cached_tokens=100, looks_in_progress=0)
    with RemoteFake(tmp_path, settings=settings) as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
        fake.queue("batch_create", Fault("slow", seconds=60.0))
        process = subprocess.Popen([sys.executable, "-c", sender, str(tmp_path)], cwd=ROOT, env=os.environ)
        while "batch_create" not in fake.state["calls"]:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        with a_ledger(tmp_path) as ledger, open_client(ClientOptions()) as client:
            with ledger.sending("run-2", AMPLE) as recovery:
                assert recovery.ambiguous_batches == 1
            (batch,) = ledger.open_batches()
            assert reconcile_batches(client, ledger, clock=lambda: datetime.now(UTC)) == (batch.batch_key,)
            assert collect_batch(client, ledger, batch.batch_key).answered == 8
        assert set(fake.state["paid"].values()) == {1}
