"""The rounds of asking: chunks of requests that leave together, over sessions as far as the budget reaches.

Belongs here: sending, what a budget cuts off, when a run has done all it can. Not here: what is asked about a
session (asking, classifiers.asking), how far money reaches (budget_reach).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from classifiers.asking.eligibility import budget_place
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.session_asks import Relabel, SessionAsks
from classifiers.ledger.ledger import Ledger
from classifiers.send import Client, ask_now, submit_batches
from orchestration.labelling.budget_reach import MAX_WIDER, BudgetReach
from orchestration.labelling.choices import send_limits_of
from orchestration.progress import Advance
from orchestration.settings import Settings

CHUNK_BYTES = 48 * 1024 * 1024
"""Documents and questions of a chunk, each request counted with its own copy: what a batch would hold."""

MAX_ROUNDS = 6
"""Observations, then questions, then prices, each with a repeat; what is left waits for the next run."""


BEYOND_ALL = 2.0


class Places(NamedTuple):
    """Sessions by their place in the order of budgets: from `start`, up to below `until`."""

    start: float
    until: float


EVERY_PLACE = Places(0.0, BEYOND_ALL)


AsksOf = Callable[[Relabel, Places], Iterator[SessionAsks]]
"""What is to be asked of the sessions of some places, labels that are asked again included."""


@dataclass
class AskReport:
    """What a run asked. `planned`: how many requests it began with; `asked`: those that were sent, not those
    that the budget cut off, which are `skipped_budget`; `spent_usd` includes reservations.

    `reached_share`: share of the sessions, in the order of budgets, that were asked about whole; None where
    there is no such session.
    """

    run_id: str
    planned: int = 0
    asked: int = 0
    batches: list[str] = field(default_factory=list)
    skipped_budget: int = 0
    never_sent: Counter[str] = field(default_factory=Counter)
    spent_usd: Decimal = Decimal(0)
    reached_share: float | None = 1.0


class Sender:
    """Sends chunks of requests one way or the other, and tells how many have come back."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        ledger: Ledger,
        report: AskReport,
        *,
        as_batches: bool,
        advance: Advance | None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._ledger = ledger
        self.report = report
        self._as_batches = as_batches
        self._advance = advance

    def send(self, chunk: Sequence[LabelRequest]) -> None:
        """Ask the chunk, or submit it; what the budget does not hold is skipped by the ledger."""
        limits = send_limits_of(self._settings, request_count=len(chunk))
        run_id, before = self.report.run_id, self.report.asked
        if self._as_batches:
            skipped = self._ledger.skipped_count(run_id)
            keys = submit_batches(
                chunk, client=self._client, ledger=self._ledger, run_id=run_id, limits=limits
            )
            self.report.batches += keys
            self.report.asked += len(chunk) - (self._ledger.skipped_count(run_id) - skipped)
            self._tell(self.report.asked)
            return
        sent = asyncio.run(
            ask_now(
                chunk,
                client=self._client,
                ledger=self._ledger,
                run_id=run_id,
                limits=limits,
                advance=lambda done, _: self._tell(before + done),
            )
        )
        self.report.asked += sent.asked - sent.skipped

    def _tell(self, done: int) -> None:
        if self._advance is not None:
            self._advance(done, max(done, self.report.planned))


class Rounds:
    """The rounds of a run, over a share of the sessions that grows while its money lasts."""

    def __init__(self, asks: AsksOf, *, relabel: Relabel, ledger: Ledger, sender: Sender) -> None:
        self._asks = asks
        self._relabel = relabel
        self._ledger = ledger
        self._sender = sender
        self._report = sender.report
        self._first_asked = self._first_cut_off = BEYOND_ALL

    def ask_within(self, reach: BudgetReach, *, as_batches: bool) -> None:
        """Ask about what the money reaches; what it does not is a row of each unit."""
        run_id, ledger = self._report.run_id, self._ledger
        before, share = 0.0, reach.first(ledger.left(run_id))
        for _ in range(MAX_WIDER):
            self._ask_share(before, share, rounds=1 if as_batches else MAX_ROUNDS)
            if share >= 1 or as_batches or ledger.is_spent(run_id):
                break
            left, spent = ledger.left(run_id), ledger.spent(run_id)
            before, share = share, reach.wider(share, left=left, spent=spent)
            if share <= before:
                break
        for asks in self._asks(self._relabel, Places(share, BEYOND_ALL)) if share < 1 else ():
            ledger.skip([*asks.requests, *asks.after_observation], run_id=run_id)
        # Of sessions from the first on that money cut off, some were asked about and some not.
        is_any_whole = self._first_asked < self._first_cut_off or self._first_cut_off == BEYOND_ALL
        self._report.reached_share = min(share, self._first_cut_off) if is_any_whole else None

    def _ask_share(self, before: float, share: float, *, rounds: int) -> None:
        """Ask about the sessions from `before` to `share`, then what follows from the answers of all."""
        relabel, places = self._relabel, Places(before, share if share < 1 else BEYOND_ALL)
        for _ in range(rounds):
            asked = self._report.asked
            for chunk in _chunks(self._asks(relabel, places), self._ledger, self._report):
                self._sender.send(chunk.requests)
                self._note(chunk)
            relabel = frozenset()  # a relabel asks once
            places = Places(0.0, places.until)
            if self._report.asked == asked or self._ledger.is_spent(self._report.run_id):
                return

    def _note(self, chunk: "_Chunk") -> None:
        """Labels that wait for an observation beyond the budget are beyond it too: rows, never silence."""
        run_id = self._report.run_id
        session_ids = {request.session_id for request in [*chunk.requests, *chunk.waiting]}
        skipped = [unit for unit in self._ledger.skipped_of(sorted(session_ids)) if unit.run_id == run_id]
        unseen = {unit.session_id for unit in skipped if unit.kind == "observation"}
        self._ledger.skip([one for one in chunk.waiting if one.session_id in unseen], run_id=run_id)
        cut_off = [budget_place(unit.session_id) for unit in skipped]
        self._first_asked = min([self._first_asked, *map(budget_place, session_ids)])
        self._first_cut_off = min([self._first_cut_off, *cut_off])


@dataclass
class _Chunk:
    """Requests that leave together, and those that wait for observations among them."""

    requests: list[LabelRequest] = field(default_factory=list)
    waiting: list[LabelRequest] = field(default_factory=list)
    byte_count: int = 0

    def add(self, asks: SessionAsks) -> None:
        self.requests += asks.requests
        self.waiting += asks.after_observation
        self.byte_count += sum(len(request.document) + len(request.question) for request in asks.requests)


def _chunks(asks: Iterable[SessionAsks], ledger: Ledger, report: AskReport) -> Iterator[_Chunk]:
    """Requests in chunks of about CHUNK_BYTES, the questions of one session together."""
    chunk = _Chunk()
    for each in asks:
        for request, reason in each.never_sent:
            ledger.refuse(request, run_id=report.run_id, error_type=reason)
            report.never_sent[reason] += 1
        chunk.add(each)
        if chunk.byte_count >= CHUNK_BYTES:
            yield chunk
            chunk = _Chunk()
    if chunk.requests:
        yield chunk
