"""Ask Claude about the sessions of some dates: sent one by one, or submitted as batches.

Goes over the sessions in rounds, because a later question may rest on an earlier answer: observations of a
long session, a scope statement that is then priced. Requests leave in chunks, so that memory is bounded by
a chunk and not by the lake. Everything is in the ledger before it leaves: a run that is killed goes on.
A budget that does not hold everything asks about a random sample over all dates, never the oldest first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Literal

from classifiers.asking.eligibility import budget_place
from classifiers.asking.plan import Plan, PlanTally
from classifiers.asking.questionnaire import Questionnaire
from classifiers.asking.session_asks import Relabel, SessionAsking, SessionAsks, rows_of, stand_of
from classifiers.ledger.ledger import Ledger
from classifiers.send import open_client
from classifiers.subject.session_subjects import SessionSubjects
from orchestration.labelling.anchor import anchor_of
from orchestration.labelling.asked_out import AskedOut
from orchestration.labelling.budget_reach import BudgetReach
from orchestration.labelling.choices import (
    budget_of,
    client_options_of,
    limits_of,
    open_ledger,
    questionnaire_of,
    redactor_of,
)
from orchestration.labelling.label_samples import keep_run
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.labelling.rounds import EVERY_PLACE, AskReport, Places, Rounds, Sender
from orchestration.labelling.side_by_side import side_by_side
from orchestration.labelling.stale import ANCHOR, relabelled_units, stale_units
from orchestration.progress import Advance
from orchestration.settings import Settings

FEW_TO_PLAN = 256
"""Sessions that one process plans, which renders and redacts: about 20 ms each."""

FEW_TO_LOOK_AT = 2_048
"""Sessions of which one process sees whether anything is to be asked: about 6 ms each."""


@dataclass(frozen=True)
class AskScope:
    """Which labels a run is about: dates, classifiers (all of the settings' if None), what to ask again.

    `is_anchor_only`: only sessions of the anchor set are asked about.
    """

    days: Sequence[date]
    classifiers: tuple[str, ...] | None = None
    relabel: Relabel = frozenset()
    is_anchor_only: bool = False


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
    if scope.is_anchor_only or scope.relabel:
        # The anchor set is drawn, and labels to ask again are listed, over all dates: not part by part.
        return _tally(settings, scope, scope.days, advance=advance).plan()
    whole = _tally(settings, scope, ())
    work = partial(_tally, settings, scope)
    for tally in side_by_side(settings, scope.days, work, few=FEW_TO_PLAN, advance=advance):
        whole.merge(tally)
    return whole.plan()


def _tally(
    settings: Settings, scope: AskScope, days: Sequence[date], *, advance: Advance | None = None
) -> PlanTally:
    """The figures of some of the dates of a scope."""
    questionnaire = questionnaire_of(settings, names=scope.classifiers)
    tally = PlanTally(
        [classifier.name for classifier in questionnaire.classifiers],
        hit_share=Decimal(str(settings.label_batch_hit_share)),
        stale=stale_units(settings, days),
        longest_tokens=settings.label_max_prompt_tokens,
    )
    with open_ledger(settings) as ledger:
        for asks in _asks(settings, questionnaire, ledger, replace(scope, days=days), advance=advance):
            tally.add(asks)
    return tally


def days_to_ask(settings: Settings, *, advance: Advance | None = None) -> list[date]:
    """Landed dates with something to ask now. Dates that can have nothing any more are not read again."""
    with open_ledger(settings) as ledger:
        asked_out = AskedOut.read(settings, questionnaire_of(settings), ledger_row=ledger.newest_row())
    days = [day for day in days_with_sessions(settings) if not asked_out.holds(day)]
    found = []
    for outlooks in side_by_side(
        settings, days, partial(_outlooks, settings), few=FEW_TO_LOOK_AT, advance=advance
    ):
        found += [day for day, outlook in outlooks if outlook == "ask"]
        asked_out.add(day for day, outlook in outlooks if outlook == "nothing")
    asked_out.write()
    return found


def is_spent(settings: Settings, run_id: str) -> bool:
    """Whether the run's budget, or the month's, has nothing left or refused something."""
    with open_ledger(settings) as ledger:
        return ledger.is_spent(run_id)


Outlook = Literal["ask", "later", "nothing"]
"""Of a date: something is to be asked now; something may be when time has passed or answers have come; or
nothing will be, as long as its rows and the questions are these."""


def _outlooks(settings: Settings, days: Sequence[date]) -> list[tuple[date, Outlook]]:
    questionnaire, now = questionnaire_of(settings), datetime.now(UTC)
    with open_ledger(settings) as ledger:
        return [(day, _outlook(settings, questionnaire, ledger, day, now)) for day in days]


def _outlook(
    settings: Settings, questionnaire: Questionnaire, ledger: Ledger, day: date, now: datetime
) -> Outlook:
    """Nothing is rendered for that."""
    is_open = False
    for frame in frames_of_day(settings, day):
        rows = list(ledger.requests_of([frame.session.session_id]))
        is_open = is_open or frame.session.ended_at + questionnaire.quiet > now
        for unit in questionnaire.units(frame, day=day, now=now):
            standing = stand_of(unit, rows_of(unit, rows)).standing
            if standing == "ask":
                return "ask"
            is_open = is_open or standing == "waiting"
    return "later" if is_open else "nothing"


def session_asks(settings: Settings, scope: AskScope) -> Iterator[SessionAsks]:
    """What is still to be asked of each session of these dates, one session at a time; nothing is sent."""
    questionnaire = questionnaire_of(settings, names=scope.classifiers)
    with open_ledger(settings) as ledger:
        yield from _asks(settings, questionnaire, ledger, scope, advance=None)


def session_asks_of(
    settings: Settings, questionnaire: Questionnaire, scope: AskScope, ledger: Ledger
) -> Iterator[SessionAsks]:
    """The same for a questionnaire of its own, which the catalog does not hold; nothing is sent."""
    return _asks(settings, questionnaire, ledger, scope, advance=None)


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
    reaches. Raises RunStoppedError without credentials, LedgerBusyError, SendingStoppedError where the API
    refuses again and again, UnknownModelError.
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
        sender = Sender(settings, client, ledger, report, as_batches=as_batches, advance=advance)
        anchor_of(settings, now=datetime.now(UTC), keep=True)

        def asks(relabel: Relabel, places: Places) -> Iterator[SessionAsks]:
            part = replace(scope, relabel=relabel)
            return _asks(settings, questionnaire, ledger, part, advance=None, places=places)

        rounds = Rounds(asks, relabel=scope.relabel, ledger=ledger, sender=sender)
        rounds.ask_within(BudgetReach(plan, as_batches=as_batches), as_batches=as_batches)
        if not scope.is_anchor_only and report.reached_share is not None:
            prints = questionnaire.fingerprints.values()
            keep_run(settings, fingerprints=prints, days=scope.days, share=report.reached_share)
        report.spent_usd = ledger.spent(run_id)
        report.skipped_budget = ledger.skipped_count(run_id)
    return report


def _asks(
    settings: Settings,
    questionnaire: Questionnaire,
    ledger: Ledger,
    scope: AskScope,
    *,
    advance: Advance | None,
    places: Places = EVERY_PLACE,
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
