"""A sender that is killed: it asks what the ledger does not hold, one by one or in batches, until it is.

Run in a process of its own by `benchmarks.kills`. Nothing here tidies up for a kill, which is the point:
what it left half done is for the next one to settle.
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger.ledger import Budget, Head, Ledger
from classifiers.send import (
    Client,
    ClientOptions,
    SendLimits,
    ask_now,
    collect_batch,
    open_client,
    poll_batches,
    reconcile_batches,
    submit_batches,
)
from tests.fakes.label_requests import ASKED, label_request

Way = Literal["synchronous", "batch"]

CONCURRENCY = 8
BATCH_REQUESTS = 6
VOID_AFTER = timedelta(seconds=3)
"""Much longer than the fake takes for a request that has reached it."""

LIMITS = SendLimits(
    concurrency=CONCURRENCY,
    requests_per_minute=1_000_000,
    breaker_failures=1_000,
    batch_requests=BATCH_REQUESTS,
)
WORDS = 200
UNDER_WAY_OR_HELD = frozenset({"reserved", "in_flight", "in_batch", "answered"})


@dataclass(frozen=True)
class Errand:
    """What one sender is to do: label the first `session_count` sessions, within a budget."""

    way: Way
    ledger_path: Path
    url: str
    run_id: str
    session_count: int
    run_usd: Decimal
    month_usd: Decimal


def run(errand: Errand, begun: Connection) -> None:
    """Do the errand as far as the budget goes; says when it begins, and when it begins to send."""
    os.environ["ANTHROPIC_API_KEY"] = "a key for nobody"
    options = ClientOptions(base_url=errand.url, max_retries=0)
    begun.send("begun")
    with open_ledger(errand.ledger_path) as ledger, open_client(options) as client:
        budget = Budget(errand.run_usd, errand.month_usd)
        with ledger.sending(errand.run_id, budget):
            begun.send("sending")
            if errand.way == "synchronous":
                asyncio.run(
                    ask_now(
                        to_ask(ledger, errand.session_count),
                        client=client,
                        ledger=ledger,
                        run_id=errand.run_id,
                        limits=LIMITS,
                    )
                )
            else:
                _ask_in_batches(errand, ledger, client)


def open_ledger(path: Path) -> AbstractContextManager[Ledger]:
    """The ledger, by the clock of the day."""
    return Ledger.open(path, clock=lambda: datetime.now(UTC))


def wanted(session_count: int) -> Iterable[tuple[str, int]]:
    """Every label to have: a unit, and the number of the classifier."""
    return ((f"session-{number}", index) for number in range(session_count) for index in range(len(ASKED)))


def request_for(unit_id: str, index: int, attempt: int) -> LabelRequest:
    return label_request(unit_id, ASKED[index], attempt=attempt, words=WORDS)


def to_ask(ledger: Ledger, session_count: int) -> list[LabelRequest]:
    """The requests that a plan would make: what is not held, in its next attempt."""
    held: dict[tuple[str, str], list[Head]] = defaultdict(list)
    for head in ledger.heads():
        held[head.unit_id, head.classifier].append(head)
    return [
        request_for(unit_id, index, len(rows))
        for unit_id, index in wanted(session_count)
        if not is_held(rows := held[unit_id, ASKED[index].name])
    ]


def is_held(rows: Sequence[Head]) -> bool:
    """Whether one of a label's requests is answered or under way."""
    return any(row.state in UNDER_WAY_OR_HELD for row in rows)


def _ask_in_batches(errand: Errand, ledger: Ledger, client: Client) -> None:
    """Settle, look, collect, submit, until nothing is open and nothing more can be submitted."""
    while True:
        reconcile_batches(client, ledger, void_after=VOID_AFTER)
        poll_batches(client, ledger)
        for batch in ledger.open_batches():
            if batch.state == "ended":
                collect_batch(client, ledger, batch.batch_key)
        submitted = submit_batches(
            to_ask(ledger, errand.session_count),
            client=client,
            ledger=ledger,
            run_id=errand.run_id,
            limits=LIMITS,
        )
        if not submitted and not ledger.open_batches():
            return
        time.sleep(0.01)
