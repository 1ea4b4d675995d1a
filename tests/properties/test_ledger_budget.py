"""Whatever is reserved, sent, answered, lost, killed or forgotten, in any order: no budget is exceeded.

A model in plain Python is told the same as the ledger, and after every step both must say the same: what
is spent, which state each request that was ever granted is in, and every answer, word for word.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger.ledger import Budget, Ledger
from tests.fakes.invented_requests import SetClock, asked, give_answer

CENT = Decimal("0.01")
RUN_CENTS, MONTH_CENTS = 60, 80
SESSIONS = ("session-0", "session-1", "session-2")
cents = st.integers(0, 25)
choice = st.integers(0, 10_000)
"""Picks one of whatever there is to pick from, so that shrinking finds small stories."""


@dataclass
class Asked:
    """A granted request as the model knows it; money in cents."""

    request: LabelRequest
    run_id: str
    month: str
    state: str
    charged: int
    text: str | None = None
    batch_key: str | None = None


class LedgerStory(RuleBasedStateMachine):
    """A sender's life, told to the ledger and to the model."""

    @initialize()
    def open(self) -> None:
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.path = Path(folder) / "ledger.sqlite"
        self.clock = SetClock()
        self.held: dict[str, Asked] = {}
        self.past = Counter[tuple[str, str]]()
        self.batches: dict[str, str] = {}
        self.number = self.run_number = 0
        self.start_run()

    def start_run(self) -> None:
        """Open the ledger as a process that starts would, and send under the current run."""
        self.process = self.stack.enter_context(ExitStack())
        self.ledger = self.process.enter_context(Ledger.open(self.path, clock=self.clock))
        budget = Budget(RUN_CENTS * CENT, MONTH_CENTS * CENT)
        self.process.enter_context(self.ledger.sending(self.run_id, budget))

    @property
    def run_id(self) -> str:
        return f"run-{self.run_number}"

    @property
    def month(self) -> str:
        return f"{self.clock.at:%Y-%m}"

    def charged(self, *, run_id: str | None = None, month: str | None = None) -> int:
        """Cents that the model says a run, or a month, has spent or reserved."""
        of_held = sum(
            each.charged for each in self.held.values() if run_id == each.run_id or month == each.month
        )
        past = sum(amount for key, amount in self.past.items() if run_id == key[0] or month == key[1])
        return of_held + past

    def pick(self, number: int, *states: str) -> Asked | None:
        found = [each for each in self.held.values() if each.state in states]
        return found[number % len(found)] if found else None

    def grant(self, *wanted: tuple[LabelRequest, int]) -> None:
        """Reserve requests in one call and do in the model what the budgets say."""
        pairs = [(request, amount * CENT) for request, amount in wanted]
        reservation = self.ledger.reserve(pairs, run_id=self.run_id)
        granted = []
        for request, amount in wanted:
            if (
                self.charged(run_id=self.run_id) + amount <= RUN_CENTS
                and self.charged(month=self.month) + amount <= MONTH_CENTS
            ):
                granted.append(request.request_id)
                earlier = self.held.pop(request.request_id, None)
                if earlier is not None:
                    self.past[earlier.run_id, earlier.month] += earlier.charged
                self.held[request.request_id] = Asked(request, self.run_id, self.month, "reserved", amount)
        assert reservation.granted == tuple(granted)

    @rule(amounts=st.lists(cents, min_size=1, max_size=4), session=st.sampled_from(SESSIONS))
    def reserve_new(self, amounts: list[int], session: str) -> None:
        self.number += len(amounts)
        units = [f"unit {self.number - index}" for index in range(len(amounts))]
        requests = [asked(unit, session=session) for unit in units]
        self.grant(*zip(requests, amounts, strict=True))

    @rule(number=choice, amount=cents)
    def reserve_again(self, number: int, amount: int) -> None:
        if (again := self.pick(number, "failed", "ambiguous")) is not None:
            self.grant((again.request, amount))

    @rule(number=choice)
    def withdraw(self, number: int) -> None:
        if (found := self.pick(number, "reserved")) is not None:
            self.ledger.withdraw([found.request.request_id])
            del self.held[found.request.request_id]

    @rule(number=choice)
    def send(self, number: int) -> None:
        if (found := self.pick(number, "reserved")) is not None:
            self.ledger.sent(found.request.request_id)
            found.state = "in_flight"

    @rule(number=choice, share=st.integers(0, 100))
    def answer(self, number: int, share: int) -> None:
        if (found := self.pick(number, "in_flight", "in_batch", "ambiguous")) is None:
            return
        if found.batch_key is not None and self.batches[found.batch_key] not in ("created", "ended"):
            return
        cost, text = found.charged * share // 100, f"answer {number}"
        assert give_answer(self.ledger, found.request, cost_usd=str(cost * CENT), text=text)
        found.state, found.charged, found.text = "answered", cost, text

    @rule(number=choice)
    def answer_again(self, number: int) -> None:
        if (found := self.pick(number, "answered")) is not None:
            assert not give_answer(self.ledger, found.request, cost_usd="999", text="another")

    @rule(number=choice)
    def fail(self, number: int) -> None:
        if (found := self.pick(number, "in_flight")) is not None:
            request_id = found.request.request_id
            assert self.ledger.failed(request_id, error_type="x", http_status=500, api_request_id=None)
            found.state, found.charged = "failed", 0

    @rule(number=choice)
    def lose_connection(self, number: int) -> None:
        if (found := self.pick(number, "in_flight")) is not None:
            self.ledger.left_ambiguous(found.request.request_id, error_type="x")
            found.state = "ambiguous"

    @precondition(lambda self: self.pick(0, "reserved") is not None)
    @rule()
    def intend_batch(self) -> None:
        members = [each for each in self.held.values() if each.state == "reserved"]
        ids = [each.request.request_id for each in members]
        batch_key = self.ledger.intend_batch(ids, run_id=self.run_id)
        self.batches[batch_key] = "intended"
        for each in members:
            each.state, each.batch_key = "in_batch", batch_key

    def move_batch(self, number: int, states: tuple[str, ...], tell: Callable[[str], None], to: str) -> None:
        found = [key for key, state in self.batches.items() if state in states]
        if not found:
            return
        batch_key = found[number % len(found)]
        tell(batch_key)
        self.batches[batch_key] = to
        for request_id, each in list(self.held.items()):
            if each.batch_key == batch_key and each.state == "in_batch":
                if to == "void":
                    del self.held[request_id]
                elif to == "collected":
                    each.state, each.charged = "failed", 0

    @rule(number=choice)
    def batch_goes_on(self, number: int) -> None:
        """Whatever is next for some batch: it is created, ends, is collected."""
        forward = [
            (("ended",), self.ledger.batch_collected, "collected"),
            (("created",), self.ledger.batch_ended, "ended"),
            (("intended", "ambiguous"), self.create, "created"),
        ]
        for states, tell, to in forward:
            self.move_batch(number, states, tell, to)

    def create(self, batch_key: str) -> None:
        self.ledger.batch_created(batch_key, f"msgbatch_{batch_key}")

    @rule(number=choice)
    def void_batch(self, number: int) -> None:
        self.move_batch(number, ("ambiguous",), self.ledger.batch_void, "void")

    @rule(session=st.sampled_from(SESSIONS))
    def forget(self, session: str) -> None:
        self.ledger.forget_sessions([session])
        for request_id, each in list(self.held.items()):
            if each.request.session_id == session:
                self.past[each.run_id, each.month] += each.charged
                del self.held[request_id]

    @rule(is_new_run=st.booleans())
    def stop_and_start(self, is_new_run: bool) -> None:
        """The process ends and another begins: what it left half done is settled."""
        self.process.close()
        for request_id, each in list(self.held.items()):
            if each.state == "reserved":
                del self.held[request_id]
            elif each.state == "in_flight":
                each.state = "ambiguous"
        for batch_key, state in self.batches.items():
            if state == "intended":
                self.batches[batch_key] = "ambiguous"
        self.run_number += is_new_run
        self.start_run()

    @rule()
    def month_passes(self) -> None:
        self.clock.at += timedelta(days=31)

    @invariant()
    def no_budget_is_exceeded(self) -> None:
        for run_id in self.ledger.run_ids():
            assert self.ledger.spent(run_id) == self.charged(run_id=run_id) * CENT
            assert self.ledger.spent(run_id) <= RUN_CENTS * CENT
        assert self.ledger.month_spent(self.clock.at) == self.charged(month=self.month) * CENT
        assert self.ledger.month_spent(self.clock.at) <= MONTH_CENTS * CENT

    @invariant()
    def every_request_is_in_one_state(self) -> None:
        heads = {head.request_id: head.state for head in self.ledger.heads()}
        assert heads == {request_id: each.state for request_id, each in self.held.items()}
        counts = Counter(heads.values())
        assert {state: count for state, count in self.ledger.state_counts().items() if count} == counts

    @invariant()
    def no_answer_is_lost(self) -> None:
        texts = {
            row.request_id: row.message["content"][0]["text"]
            for row in self.ledger.requests_of(SESSIONS)
            if row.message is not None
        }
        assert texts == {key: each.text for key, each in self.held.items() if each.state == "answered"}

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()


TestLedgerStory = LedgerStory.TestCase
TestLedgerStory.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
