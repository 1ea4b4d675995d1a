"""Senders killed at random moments, one after the other, on one ledger and one fake API.

Belongs here: starting and killing them, and noting what each left. Not here: what must hold in the end
(kill_claims), what a sender does (tests.fakes.killed_sender).
"""

import multiprocessing
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from random import Random

from classifiers.ledger.ledger import Ledger
from tests.fakes.claude_api_faults import Fault
from tests.fakes.claude_api_process import RemoteFake
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.killed_sender import Errand, Way, open_ledger, run, to_ask

LOOK_EVERY = 20
"""After so many senders one is left alone, and the moments are drawn from how long it took."""

FROM_ITS_START = 0.15
"""Share of the kills whose moment is counted from the process's start, not from where it begins to send."""

NEW_SESSIONS = 4
"""Work that each sender finds beside what the ones before it left."""

RUN_BUDGETS = (Decimal("0.12"), Decimal("0.25"), Decimal(1), Decimal(1))
"""Dollars; the smaller ones end some runs early."""

AMPLE_USD = Decimal(1000)
MONTH_LEFT_USD = Decimal("0.03")
"""What one sender has left in the end: two reservations, or the price of a dozen answers."""

CREATING_SECONDS = 0.03
"""How long the fake takes to say that it created a batch: time to be killed in."""

FAKE = FakeSettings(min_cached_tokens=100, latency_seconds=0.03, looks_in_progress=2)
PRELOADED = ["tests.fakes.killed_sender", "anthropic", "anthropic.resources.messages", "httpx2", "aiolimiter"]
CONTEXT = multiprocessing.get_context("forkserver")


@dataclass
class Seen:
    """What was seen of the ledger and the fake's bill while senders came and went. Money in dollars."""

    way: Way
    kills: int = 0
    processes: int = 0
    in_flight_at_kills: list[set[str]] = field(default_factory=list)
    """Requests under way at each kill, without those of earlier kills that nobody had settled yet."""

    batches_at_kills: Counter[str] = field(default_factory=Counter)
    batches_in_doubt: set[str] = field(default_factory=set)
    answers: dict[str, bytes] = field(default_factory=dict)
    """Hash of every answer that was ever in the ledger, by request."""

    over_budget: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    skipped_beyond_budget: int = 0
    sessions: int = 0


class KillCampaign:
    """One way of sending. `fake` outlives the senders; the ledger lies in `folder`."""

    def __init__(self, way: Way, folder: Path, fake: RemoteFake, *, seed: int) -> None:
        self.path = folder / f"{way}.sqlite"
        self.fake = fake
        self.random = Random(f"{way} {seed}")  # noqa: S311 - moments of a benchmark
        self.seen = Seen(way)
        self.began_at, self.ended_at = 0.0, 0.0
        CONTEXT.set_forkserver_preload(PRELOADED)

    def kill(self, kills: int) -> None:
        """Start senders until so many were killed; those that end before are not counted.

        Moments are uniform over the time that a sender with the same work takes when nobody kills it,
        so that they fall into its work on a slow or busy machine too.
        """
        longest = 0.0
        while self.seen.kills < kills:
            if self.seen.processes % LOOK_EVERY == 0:
                self._send(AMPLE_USD)
                longest = self._undisturbed_seconds()
            self.seen.sessions += NEW_SESSIONS
            self._send(self.random.choice(RUN_BUDGETS), seconds=self.random.uniform(0, longest))

    def _undisturbed_seconds(self) -> float:
        """How long a sender takes from where it begins to send, with new work and nothing else."""
        self.seen.sessions += NEW_SESSIONS
        self._send(AMPLE_USD)
        return self.ended_at - self.began_at

    def exceed_the_month(self) -> None:
        """Let one sender go on until the month's budget ends it: what is left is skipped, and a row."""
        self.finish()
        self.seen.sessions += NEW_SESSIONS * 3
        with open_ledger(self.path) as ledger:
            cap = sum((ledger.spent(run_id) for run_id in ledger.run_ids()), MONTH_LEFT_USD)
        run_id = self._send(AMPLE_USD, month_usd=cap)
        with open_ledger(self.path) as ledger:
            self.seen.skipped_beyond_budget = ledger.skipped_count(run_id)
        if Decimal(self.fake.state["usd"]) > cap:
            self.seen.over_budget.append(f"{run_id}: the month's bill")

    def finish(self) -> None:
        """Let senders go on undisturbed until every label is held; a batch in doubt takes seconds."""
        for _ in range(3):
            self._send(AMPLE_USD)
            with open_ledger(self.path) as ledger:
                if not ledger.open_batches() and not to_ask(ledger, self.seen.sessions):
                    return

    def _send(self, run_usd: Decimal, *, month_usd: Decimal = AMPLE_USD, seconds: float | None = None) -> str:
        """One sender, killed after so many seconds unless it has ended; returns its run's id."""
        seen = self.seen
        seen.processes += 1
        run_id = f"run-{seen.processes}"
        errand = Errand(seen.way, self.path, self.fake.url, run_id, seen.sessions, run_usd, month_usd)
        billed = self._bill()
        ours, its = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=run, args=(errand, its))
        process.start()
        its.close()
        ours.recv()
        if seconds is None or self.random.random() > FROM_ITS_START:
            with suppress(EOFError):  # it ended before: looked at below
                ours.recv()
        self.began_at = time.monotonic()
        process.join(seconds)
        process.kill()
        process.join()
        self.ended_at = time.monotonic()
        is_killed = process.exitcode == -signal.SIGKILL
        if process.exitcode and not is_killed:
            seen.failures.append(f"{run_id} ended with status {process.exitcode}")
        for open_one in (process, ours):
            open_one.close()
        with open_ledger(self.path) as ledger:
            self._look(ledger, is_killed=is_killed)
            within = run_id not in ledger.run_ids() or ledger.spent(run_id) <= run_usd
        if not within or self._bill() - billed > run_usd:
            seen.over_budget.append(run_id)
        return run_id

    def _bill(self) -> Decimal:
        """The fake's bill of messages, when it has finished what reached it; a batch's comes later."""
        if self.seen.way == "batch":
            return Decimal(0)
        while True:
            before = self.fake.state
            time.sleep(FAKE.latency_seconds * 2)
            after = self.fake.state
            if before == after:
                return Decimal(after["usd"])

    def _look(self, ledger: Ledger, *, is_killed: bool) -> None:
        """Note what a sender left, before the next one settles it."""
        if is_killed:
            self.seen.kills += 1
            under_way = {head.request_id for head in ledger.heads() if head.state == "in_flight"}
            self.seen.in_flight_at_kills.append(under_way.difference(*self.seen.in_flight_at_kills))
            left = ledger.open_batches()
            self.seen.batches_at_kills.update(batch.state for batch in left)
            self.seen.batches_in_doubt.update(batch.batch_key for batch in left if batch.batch_id is None)
        new = {
            head.unit_id
            for head in ledger.heads()
            if head.state == "answered" and head.request_id not in self.seen.answers
        }
        for row in ledger.requests_of(new):
            if row.message is not None:
                self.seen.answers.setdefault(row.request_id, answer_hash(row.message))


def answer_hash(message: object) -> bytes:
    return blake2b(repr(message).encode(), digest_size=16).digest()


def start_fake(folder: Path) -> RemoteFake:
    """A fake API for one campaign, not started: enter it, then `make_creating_slow`."""
    folder.mkdir()
    return RemoteFake(folder, settings=FAKE)


def make_creating_slow(fake: RemoteFake) -> None:
    fake.always("batch_create", Fault("slow", seconds=CREATING_SECONDS), every=1)
