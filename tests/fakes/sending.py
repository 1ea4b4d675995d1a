"""A ledger for tests of sending: its clock stands still, its budget is ample."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger.ledger import Budget, Ledger
from classifiers.send import (
    Client,
    ClientOptions,
    SendLimits,
    SendReport,
    ask_now,
    open_client,
    submit_batches,
)
from tests.fakes.claude_api import FakeClaude

USUAL = SendLimits()
AMPLE = Budget(Decimal(1_000), Decimal(1_000))
NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
SESSIONS = [f"session-{number}" for number in range(100)]


@contextmanager
def a_ledger(folder: Path) -> Iterator[Ledger]:
    """The ledger in a folder."""
    with Ledger.open(folder / "ledger.sqlite", clock=lambda: NOW) as ledger:
        yield ledger


def states(ledger: Ledger) -> dict[str, int]:
    """Requests by state, without the states that none is in."""
    return {state: count for state, count in ledger.state_counts().items() if count}


Ask = Callable[..., SendReport]


def asking(fake: FakeClaude, ledger: Ledger, usual: SendLimits) -> Ask:
    """Asks a fake in a run of its own, with two retries after a status that allows them."""

    def asked(
        requests: Sequence[LabelRequest],
        *,
        limits: SendLimits = usual,
        timeout: float = 20.0,
        base_url: str | None = None,
    ) -> SendReport:
        options = ClientOptions(base_url=base_url or fake.url, timeout_seconds=timeout, max_retries=2)
        with open_client(options) as client, ledger.sending("run-1", AMPLE):
            return asyncio.run(ask_now(requests, client=client, ledger=ledger, run_id="run-1", limits=limits))

    return asked


def submitted(
    requests: Sequence[LabelRequest],
    client: Client,
    ledger: Ledger,
    *,
    limits: SendLimits = USUAL,
    budget: Budget = AMPLE,
    run_id: str = "run-1",
) -> tuple[str, ...]:
    """Keys of the batches that the requests were submitted as, in a run of their own."""
    with ledger.sending(run_id, budget):
        return submit_batches(requests, client=client, ledger=ledger, run_id=run_id, limits=limits)
