"""The plan: what would be asked, and what it would cost sent at once, as batches, and naively.

A tally over sessions, so that memory does not grow with the lake. Pure: asks in, figures out; nothing is
reserved or sent. Prices are expectations by stated figures; the bound that a budget is held against comes
from counted tokens (send, prices).
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import groupby

from classifiers.asking.eligibility import budget_place
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.questionnaire import Unit
from classifiers.asking.session_asks import SessionAsks, Stand
from classifiers.ledger.prices import bound_usd, naive_usd, shared_prefix_usd
from classifiers.subject.token_estimate import estimated_tokens

EXPECTED_OUTPUT_TOKENS = 400
"""Of one answer, thinking at low effort included; the first labels of a lake show the true figure."""

HIT_SHARES = (Decimal("0.3"), Decimal("0.98"))
"""The range of cache hits in batches that the vendor documents: the range of the quote."""

LARGEST = 5

SLICES = 1_000
"""Parts of the order in which budgets reach sessions; a share is known to one of them."""

NOTHING = (Decimal(0), Decimal(0))


@dataclass(frozen=True)
class ClassifierPlan:
    """One line of the plan. `eligible` = held + waiting + gave_up + to_ask; `stale` is a part of held.

    `after_observation` and `never_sent` are parts of `to_ask`: asked when a long session has been observed;
    never asked, because the last redaction refuses it or there is nothing to show.
    """

    classifier: str
    eligible: int = 0
    held: int = 0
    stale: int = 0
    waiting: int = 0
    gave_up: int = 0
    to_ask: int = 0
    after_observation: int = 0
    never_sent: int = 0
    prompt_tokens: int = 0
    expected_usd: Decimal = Decimal(0)


@dataclass(frozen=True)
class Plan:
    """What would be asked. Counts of requests are those that can be sent now; dollars hold the labels that
    wait for observations too, at the longest document there may be. A question's later steps come on top.

    Dollars: all requests sent one by one with a warm cache, as batches at the
    quoted share of hits and at both ends of its range, and every question with its own uncached text.

    `bound_now_usd` is the most that one request can cost, `bound_batch_usd` what all requests in batches
    can: so much is reserved while they are under way.
    """

    lines: Sequence[ClassifierPlan]
    request_count: int
    session_count: int
    prompt_tokens: int
    now_usd: Decimal
    batch_usd: Decimal
    batch_range_usd: tuple[Decimal, Decimal]
    naive_usd: Decimal
    bound_now_usd: Decimal
    bound_batch_usd: Decimal
    largest: Sequence[tuple[int, str]]
    """Tokens and id of the largest sessions to be read, the largest first."""
    slices: Sequence[tuple[Decimal, Decimal]] = ()
    """Expected dollars sent at once, and the bound in batches, of the sessions of each part of the order."""

    def share_within(self, usd: Decimal, *, as_batches: bool, beyond: float = 0.0) -> float:
        """The share of sessions, in the order of budgets, that so much money reaches.

        `beyond`: what has been asked about already costs nothing. At least up to the first session that is
        left, so that a small budget asks something; 1 where everything is within reach.
        """
        cost, reached = Decimal(0), None
        for number, of_slice in enumerate(self.slices):
            if (number + 1) / SLICES <= beyond or not of_slice[as_batches]:
                continue
            cost += of_slice[as_batches]
            if cost > usd and reached is not None:
                return reached
            reached = (number + 1) / SLICES
            if cost > usd:
                return reached
        return 1.0


@dataclass
class _Line:
    counts: dict[str, int] = field(default_factory=dict)
    prompt_tokens: int = 0
    expected_usd: Decimal = Decimal(0)

    def add(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number


class PlanTally:
    """Adds up a plan session by session.

    `stale`: units whose landed label was given on another input. `longest_tokens`: the longest document,
    which is what a session that has to be observed first is judged from.
    """

    def __init__(
        self,
        classifiers: Iterable[str],
        *,
        hit_share: Decimal,
        stale: Mapping[str, frozenset[str]],
        longest_tokens: int,
    ) -> None:
        self._longest_tokens = longest_tokens
        self._lines = {name: _Line() for name in classifiers}
        self._hit_share = hit_share
        self._stale = stale
        self._requests = self._sessions = self._tokens = 0
        self._now = self._batch = self._low = self._high = self._naive = Decimal(0)
        self._bound_now = self._bound_batch = Decimal(0)
        self._largest: list[tuple[int, str]] = []
        self._slices: dict[int, tuple[Decimal, Decimal]] = {}

    def add(self, asks: SessionAsks) -> None:
        """Count one session and price its requests, document by document."""
        before = self._now, self._bound_batch
        for unit, stand in asks.stands:
            self._add_stand(unit, stand)
        for request in asks.after_observation:
            self._line(request.classifier).add("after_observation")
        for request, _ in asks.never_sent:
            self._line(request.classifier).add("never_sent")
        in_order = sorted(asks.requests, key=lambda request: (request.envelope.model, request.document))
        for (model, document), own in groupby(in_order, key=lambda r: (r.envelope.model, r.document)):
            self._price(model, estimated_tokens(document), list(own))
        self._requests += len(asks.requests)
        if asks.requests and asks.subject is not None:
            size = sum(estimated_tokens(record.text) for record in asks.subject.records)
            for model, own in groupby(asks.after_observation, key=lambda r: r.envelope.model):
                self._price(model, self._longest_tokens, list(own), whole_tokens=size)
            heapq.heappush(self._largest, (size, asks.requests[0].session_id))
            self._largest = heapq.nlargest(LARGEST, self._largest)
        self._sessions += bool(asks.requests)
        if asks.requests:
            place = int(budget_place(asks.requests[0].session_id) * SLICES)
            self._add_slice(place, self._now - before[0], self._bound_batch - before[1])

    def merge(self, other: "PlanTally") -> None:
        """Add what another tally has counted, of other sessions by the same choices.

        The figures depend on the order of the tallies in the last digits of dollars alone.
        """
        for name, of_line in other._lines.items():
            line = self._line(name)
            for count, number in of_line.counts.items():
                line.add(count, number)
            line.prompt_tokens += of_line.prompt_tokens
            line.expected_usd += of_line.expected_usd
        self._requests += other._requests
        self._sessions += other._sessions
        self._tokens += other._tokens
        self._now += other._now
        self._batch += other._batch
        self._low += other._low
        self._high += other._high
        self._naive += other._naive
        self._bound_now = max(self._bound_now, other._bound_now)
        self._bound_batch += other._bound_batch
        self._largest = heapq.nlargest(LARGEST, [*self._largest, *other._largest])
        for place, (now, bound) in other._slices.items():
            self._add_slice(place, now, bound)

    def _add_slice(self, place: int, now: Decimal, bound: Decimal) -> None:
        held = self._slices.get(place, NOTHING)
        self._slices[place] = (held[0] + now, held[1] + bound)

    def plan(self) -> Plan:
        """The figures so far."""
        return Plan(
            lines=[
                ClassifierPlan(
                    name, prompt_tokens=line.prompt_tokens, expected_usd=line.expected_usd, **line.counts
                )
                for name, line in self._lines.items()
            ],
            request_count=self._requests,
            session_count=self._sessions,
            prompt_tokens=self._tokens,
            now_usd=self._now,
            batch_usd=self._batch,
            batch_range_usd=(self._low, self._high),
            naive_usd=self._naive,
            bound_now_usd=self._bound_now,
            bound_batch_usd=self._bound_batch,
            largest=sorted(self._largest, reverse=True),
            slices=tuple(self._slices.get(place, NOTHING) for place in range(SLICES)),
        )

    def _line(self, name: str) -> _Line:
        return self._lines.setdefault(name, _Line())

    def _add_stand(self, unit: Unit, stand: Stand) -> None:
        line = self._line(unit.classifier.name)
        line.add("eligible")
        line.add("to_ask" if stand.standing == "ask" else stand.standing)
        is_stale = unit.unit_id in self._stale.get(unit.fingerprint, frozenset())
        if stand.standing == "held" and unit.replicate == 0 and is_stale:
            line.add("stale")

    def _price(
        self, model: str, prefix: int, requests: Sequence[LabelRequest], *, whole_tokens: int | None = None
    ) -> None:
        """All questions on one document: the first writes the cache, the others read it.

        Naively each reads the whole transcript (`whole_tokens`), and nobody observes anything.
        """
        questions = [estimated_tokens(request.question) for request in requests]
        outputs = [EXPECTED_OUTPUT_TOKENS] * len(requests)

        def shared(hit_share: Decimal, *, is_batch: bool) -> Decimal:
            return shared_prefix_usd(
                model,
                prefix_tokens=prefix,
                question_tokens=questions,
                output_tokens=outputs,
                hit_share=hit_share,
                is_batch=is_batch,
                ttl="1h" if is_batch else "5m",
            )

        now = shared(Decimal(1), is_batch=False)
        self._now += now
        self._batch += shared(self._hit_share, is_batch=True)
        self._high += shared(HIT_SHARES[0], is_batch=True)
        self._low += shared(HIT_SHARES[1], is_batch=True)
        if requests[0].kind == "label":
            whole = prefix if whole_tokens is None else whole_tokens
            self._naive += naive_usd(
                model, prefix_tokens=whole, question_tokens=questions, output_tokens=outputs
            )
        for request, question in zip(requests, questions, strict=True):
            line = self._line(request.classifier)
            line.prompt_tokens += prefix + question
            line.expected_usd += now / len(requests)
            self._tokens += prefix + question
            most = partial(
                bound_usd,
                model,
                input_tokens=prefix + question,
                max_output_tokens=request.envelope.max_output_tokens,
            )
            self._bound_now = max(self._bound_now, most(is_batch=False))
            self._bound_batch += most(is_batch=True)
