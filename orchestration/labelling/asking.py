"""Ask Claude about the sessions of some dates: sent one by one, or submitted as batches.

Goes over the sessions in rounds, because a later question may rest on an earlier answer: observations of a
long session, a scope statement that is then priced. Requests leave in chunks, so that memory is bounded by
a chunk and not by the lake. Everything is in the ledger before it leaves: a run that is killed goes on.
A budget that does not hold everything asks about a random sample over all dates, never the oldest first.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from classifiers.asking.eligibility import budget_place
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.plan import Plan, PlanTally
from classifiers.asking.questionnaire import Questionnaire
from classifiers.asking.session_asks import Relabel, SessionAsking, SessionAsks, rows_of, stand_of
from classifiers.ledger.ledger import Ledger
from classifiers.send import Client, ask_now, open_client, submit_batches
from classifiers.subject.session_subjects import SessionSubjects
from orchestration.labelling.anchor import anchor_of
from orchestration.labelling.budget_reach import MAX_WIDER, BudgetReach
from orchestration.labelling.choices import (
    budget_of,
    client_options_of,
    limits_of,
    open_ledger,
    questionnaire_of,
    redactor_of,
    send_limits_of,
)
from orchestration.labelling.label_samples import keep_run
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.labelling.stale import ANCHOR, relabelled_units, stale_units
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


@dataclass(frozen=True)
class AskScope:
    """Which labels a run is about: dates, classifiers (all of the settings' if None), what to ask again.

    `is_anchor_only`: only sessions of the anchor set are asked about.
    """

    days: Sequence[date]
    classifiers: tuple[str, ...] | None = None
    relabel: Relabel = frozenset()
    is_anchor_only: bool = False


@dataclass
class AskReport:
    """What a run asked. `planned`: how many requests it began with; `spent_usd` includes reservations.

    `reached_share`: share of the sessions, in the order of budgets, that were asked about whole.
    """

    run_id: str
    planned: int = 0
    asked: int = 0
    batches: list[str] = field(default_factory=list)
    skipped_budget: int = 0
    never_sent: Counter[str] = field(default_factory=Counter)
    spent_usd: Decimal = Decimal(0)
    reached_share: float = 1.0


def scope_of(
    settings: Settings, days: Sequence[date], names: tuple[str, ...] | None, *, which: str
) -> AskScope:
    """The scope of a choice of `relabel`: `none`, `stale`, `all`, or `anchor` for the anchor set alone.

    A new version of a question has no label yet, so that `anchor` asks it of the anchor set and of nothing
    else; labels that are held are not paid again. Raises RunStoppedError for another choice.
    """
    again = relabelled_units(settings, days, names, which=which)
    return AskScope(days, names, again, is_anchor_only=which == ANCHOR)


def plan_labels(settings: Settings, scope: AskScope, *, advance: Advance | None = None) -> Plan:
    """What asking about these dates would cost now; nothing is sent or reserved."""
    questionnaire = questionnaire_of(settings, names=scope.classifiers)
    tally = PlanTally(
        [classifier.name for classifier in questionnaire.classifiers],
        hit_share=Decimal(str(settings.label_batch_hit_share)),
        stale=stale_units(settings, scope.days),
        longest_tokens=settings.label_max_prompt_tokens,
    )
    with open_ledger(settings) as ledger:
        for asks in _asks(settings, questionnaire, ledger, scope, advance=advance):
            tally.add(asks)
    return tally.plan()


def days_to_ask(settings: Settings, *, advance: Advance | None = None) -> list[date]:
    """Landed dates with something to ask now."""
    questionnaire = questionnaire_of(settings)
    days = days_with_sessions(settings)
    found = []
    with open_ledger(settings) as ledger:
        for done, day in enumerate(days, start=1):
            if any(_is_asked(settings, questionnaire, ledger, day)):
                found.append(day)
            if advance is not None:
                advance(done, len(days))
    return found


def is_spent(settings: Settings, run_id: str) -> bool:
    """Whether the run's budget, or the month's, has nothing left or refused something."""
    with open_ledger(settings) as ledger:
        return ledger.is_spent(run_id)


def _is_asked(settings: Settings, questionnaire: Questionnaire, ledger: Ledger, day: date) -> Iterator[bool]:
    """Of each label of a date, whether it is to be asked; nothing is rendered for that."""
    now = datetime.now(UTC)
    for frame in frames_of_day(settings, day):
        rows = list(ledger.requests_of([frame.session.session_id]))
        for unit in questionnaire.units(frame, day=day, now=now):
            yield stand_of(unit, rows_of(unit, rows)).standing == "ask"


def session_asks(settings: Settings, scope: AskScope) -> Iterator[SessionAsks]:
    """What is still to be asked of each session of these dates, one session at a time; nothing is sent."""
    questionnaire = questionnaire_of(settings, names=scope.classifiers)
    with open_ledger(settings) as ledger:
        yield from _asks(settings, questionnaire, ledger, scope, advance=None)


def ask_dates(
    settings: Settings,
    scope: AskScope,
    *,
    run_id: str,
    budget_usd: Decimal | None = None,
    as_batches: bool,
    plan: Plan | None = None,
    advance: Advance | None = None,
) -> AskReport:
    """Ask what is still to be asked about these dates, within the budget; what is beyond it is a row.

    `plan`: that of the scope, made here if it is not given: it says how many of the sessions the budget
    reaches. Raises RunStoppedError without credentials, LedgerBusyError, SendingStoppedError where the API refuses
    again and again, UnknownModelError.
    """
    options = client_options_of(settings)
    questionnaire = questionnaire_of(settings, names=scope.classifiers)
    plan = plan or plan_labels(settings, scope)
    report = AskReport(run_id, plan.request_count)
    with (
        open_ledger(settings) as ledger,
        ledger.sending(run_id, budget_of(settings, run_usd=budget_usd)),
        open_client(options) as client,
    ):
        sender = _Sender(settings, client, ledger, report, as_batches=as_batches, advance=advance)
        anchor_of(settings, now=datetime.now(UTC), keep=True)
        asking = _Asking(settings, questionnaire, ledger, scope, sender, report)
        asking.ask_within(BudgetReach(plan, as_batches=as_batches), as_batches=as_batches)
        if not scope.is_anchor_only:
            prints = questionnaire.fingerprints.values()
            keep_run(settings, fingerprints=prints, days=scope.days, share=report.reached_share)
        report.spent_usd = ledger.spent(run_id)
        report.skipped_budget = ledger.skipped_count(run_id)
    return report


class _Asking:
    """The rounds of a run, over a share of the sessions that grows while its money lasts."""

    def __init__(
        self,
        settings: Settings,
        questionnaire: Questionnaire,
        ledger: Ledger,
        scope: AskScope,
        sender: "_Sender",
        report: AskReport,
    ) -> None:
        self._settings = settings
        self._questionnaire = questionnaire
        self._ledger = ledger
        self._scope = scope
        self._sender = sender
        self._report = report
        self._first_cut_off = BEYOND_ALL

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
        for asks in self._asks(self._scope, Places(share, BEYOND_ALL)) if share < 1 else ():
            ledger.skip([*asks.requests, *asks.after_observation], run_id=run_id)
        # Of sessions from the first on that money cut off, some were asked about and some not.
        self._report.reached_share = min(share, self._first_cut_off)

    def _ask_share(self, before: float, share: float, *, rounds: int) -> None:
        """Ask about the sessions from `before` to `share`, then what follows from the answers of all of them."""
        scope, places = self._scope, Places(before, share if share < 1 else BEYOND_ALL)
        for _ in range(rounds):
            asked = self._report.asked
            for chunk in _chunks(self._asks(scope, places), self._ledger, self._report):
                self._sender.send(chunk.requests)
                self._note(chunk)
            scope = replace(self._scope, relabel=frozenset())  # a relabel asks once
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
        self._first_cut_off = min([self._first_cut_off, *cut_off])

    def _asks(self, scope: AskScope, places: "Places") -> Iterator[SessionAsks]:
        return _asks(self._settings, self._questionnaire, self._ledger, scope, advance=None, places=places)


class _Sender:
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
        self._report = report
        self._as_batches = as_batches
        self._advance = advance

    def send(self, chunk: Sequence[LabelRequest]) -> None:
        """Ask the chunk, or submit it; what the budget does not hold is skipped by the ledger."""
        limits = send_limits_of(self._settings, request_count=len(chunk))
        run_id, before = self._report.run_id, self._report.asked
        if self._as_batches:
            keys = submit_batches(
                chunk, client=self._client, ledger=self._ledger, run_id=run_id, limits=limits
            )
            self._report.batches += keys
            self._report.asked += len(chunk)
            self._tell(self._report.asked)
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
        self._report.asked += sent.asked

    def _tell(self, done: int) -> None:
        if self._advance is not None:
            self._advance(done, max(done, self._report.planned))


def _asks(
    settings: Settings,
    questionnaire: Questionnaire,
    ledger: Ledger,
    scope: AskScope,
    *,
    advance: Advance | None,
    places: Places = Places(0.0, BEYOND_ALL),
) -> Iterator[SessionAsks]:
    """The asks of each session of the dates, one session at a time; of those of `places` alone."""
    redactor, limits, now = redactor_of(settings), limits_of(settings), datetime.now(UTC)
    turn_ends = frozenset().union(*(classifier.turn_ends for classifier in questionnaire.classifiers))
    anchor = anchor_of(settings, now=now, keep=False) if scope.is_anchor_only else None
    for done, day in enumerate(scope.days, start=1):
        for frame in frames_of_day(settings, day):
            if anchor is not None and not anchor.holds(frame.session.session_id, day):
                continue
            if not places.start <= budget_place(frame.session.session_id) < places.until:
                continue
            subjects = SessionSubjects(frame, redactor=redactor, limits=limits, turn_ends=turn_ends)
            rows = list(ledger.requests_of([frame.session.session_id]))
            asking = SessionAsking(questionnaire, subjects, rows, day=day, relabel=scope.relabel)
            yield asking.asks(frame, now=now)
        if advance is not None:
            advance(done, len(scope.days))


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
