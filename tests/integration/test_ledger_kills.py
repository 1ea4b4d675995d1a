"""Processes killed with SIGKILL while they write the ledger, or send: nothing lost, nothing hidden."""

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.kills import WAYS, kill_senders
from classifiers.ledger.ledger import Ledger, LedgerBusyError
from tests.fakes.killed_ledger import BOUND_USD, BUDGET
from tests.fakes.killed_sender import Way

CHECKOUT = Path(__file__).parents[2]


def start_writer(path: Path, run_id: str) -> subprocess.Popen[str]:
    """A writer that has begun to write."""
    command = [sys.executable, "-m", "tests.fakes.killed_ledger", str(path), run_id]
    return subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen[str]) -> list[str]:
    """What the writer had been told is kept, up to the kill."""
    process.kill()
    with process:
        assert process.stdout is not None
        return process.stdout.read().split()


def now() -> datetime:
    return datetime.now(UTC)


def test_ledger_keeps_what_it_said_it_keeps_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    moments = random.Random(20261121)  # noqa: S311 - moments of a test
    kept: set[str] = set()
    for number in range(8):
        run_id = f"run-{number}"
        process = start_writer(path, run_id)
        assert process.stdout is not None
        kept.add(process.stdout.readline().strip())
        time.sleep(moments.uniform(0, 0.1))
        kept.update(set(kill(process)) - {"spent"})
        with Ledger.open(path, clock=now) as ledger:
            left = ledger.state_counts(run_id)
            assert ledger.spent(run_id) <= BUDGET.run_usd
            with ledger.sending("afterwards", BUDGET) as recovery:
                assert recovery.ambiguous == left["in_flight"]
            settled = ledger.state_counts(run_id)
            assert settled["ambiguous"] == left["in_flight"] + left["ambiguous"]
            assert (settled["in_flight"], settled["reserved"]) == (0, 0)
            assert settled["answered"] == left["answered"]
            charged = settled["ambiguous"] + settled["in_batch"]
            answered = [
                row for row in ledger.requests_of(["session-1"]) if row.run_id == run_id and row.message
            ]
            assert ledger.spent(run_id) == charged * BOUND_USD + sum(row.cost_usd or 0 for row in answered)
    with Ledger.open(path, clock=now) as ledger:
        answered_ids = {head.request_id for head in ledger.heads() if head.state == "answered"}
        assert kept <= answered_ids
        assert {batch.state for batch in ledger.open_batches()} == {"ambiguous"}


def test_readers_work_while_another_process_sends_and_its_death_frees_the_sender(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    process = start_writer(path, "run-1")
    assert process.stdout is not None
    answered = process.stdout.readline().strip()
    try:
        with Ledger.open(path, clock=now) as ledger:
            assert answered in {head.request_id for head in ledger.heads() if head.state == "answered"}
            with pytest.raises(LedgerBusyError, match="end it"):
                ledger.sending("run-2", BUDGET).__enter__()
    finally:
        kill(process)
    with Ledger.open(path, clock=now) as ledger, ledger.sending("run-2", BUDGET):
        assert ledger.run_ids() == ("run-1", "run-2")


@pytest.mark.parametrize("way", WAYS)
def test_killed_senders_lose_nothing_pay_nothing_twice_and_keep_their_budgets(
    tmp_path: Path, way: Way
) -> None:
    """The short form of `python -m benchmarks.kills`, whose claims it checks."""
    verdicts = kill_senders(way, tmp_path / way, kills=4, seed=1)
    assert verdicts.broken == ()
    assert verdicts.figures["kills"] == "4"
