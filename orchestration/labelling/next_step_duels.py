"""Next-step duels by Claude (B11): the moments of a sample of sessions, asking within the budget, landing.

Belongs here: which sessions are asked about (a random share of open-ended investigations, none by default),
rounds, and the rows that are kept. Not here: the requests of one duel (duel_questions), the population
(duels.population), figures (estimates.next_step_duels). Every answer is in the ledger before the next request
leaves: a run that is killed goes on where it was, and pays nothing twice.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby

from classifiers.asking.eligibility import SessionFrame, is_sampled
from classifiers.asking.envelope import Envelope
from classifiers.asking.plan import Plan
from classifiers.asking.questionnaire import REPLICATES, Questionnaire, Unit
from classifiers.asking.session_asks import SessionAsking, SessionAsks, rows_of
from classifiers.asking.step_answers import answer_of
from classifiers.ledger.ledger import Ledger, LedgerRequest
from classifiers.next_step.judgement import NEXT_STEP_JUDGEMENT
from classifiers.next_step.moments import NEXT_STEP_MOMENTS
from classifiers.subject.render_moment import MomentSubjects
from classifiers.subject.session_subjects import SessionSubjects
from orchestration.clusters.land_clusters import write_table
from orchestration.duels.population import OpenSession, open_sessions
from orchestration.duels.rows import MOMENT_SETS, NEXT_STEPS, DuelStatus, MomentSet, NextStepDuel, Preferred
from orchestration.duels.verdicts import DRAWN, SWAPPED, is_agent_first, outcome_of, preferred
from orchestration.labelling.ask_apart import ask_apart, in_rounds, plan_apart
from orchestration.labelling.choices import limits_of, open_ledger, questionnaire_of, redactor_of
from orchestration.labelling.duel_questions import Duel, DuelQuestions
from orchestration.labelling.lake_sessions import frames_of_day
from orchestration.progress import Advance
from orchestration.settings import Settings

ROUNDS = 8
"""Observations, moments, steps, the model's step restated, judgements; and repeats after errors."""

REQUESTS_OF_A_DUEL = 5


def plan_duels(settings: Settings) -> Plan:
    """What can be asked now and would cost; a duel's later requests are not in it. Nothing is sent."""
    with open_ledger(settings) as ledger:
        return plan_apart(settings, NEXT_STEP_MOMENTS.name, _asks(settings, ledger))


def ask_duels(
    settings: Settings, *, run_id: str, budget_usd: Decimal | None = None, advance: Advance | None = None
) -> int:
    """Ask for moments and carry their duels on, within the budget; requests sent.

    Raises what `ask_dates` raises.
    """
    if not settings.duel_share:
        return 0

    rounds = in_rounds(lambda ledger: _asks(settings, ledger), ROUNDS)
    return ask_apart(settings, rounds, run_id=run_id, budget_usd=budget_usd, advance=advance)


def land_duels(settings: Settings) -> dict[str, int]:
    """Write the duels that the ledger holds; how many moments there are, by status."""
    rows: list[NextStepDuel] = []
    if settings.ledger_path.exists() and settings.duel_share:
        with open_ledger(settings) as ledger:
            for asked in _Asking(settings).sessions(ledger):
                rows += asked.rows()
    write_table(settings.lake_dir, NEXT_STEPS, rows)
    counts: Counter[str] = Counter(row.status for row in rows if row.replicate == 0)
    return {"moments": counts.total(), **counts}


def _asks(settings: Settings, ledger: Ledger) -> Iterator[SessionAsks]:
    if settings.duel_share:
        for asked in _Asking(settings).sessions(ledger):
            yield from asked.asks()


def duel_questions_of(settings: Settings) -> DuelQuestions:
    """The questions as the settings have them: who proposes and who judges, the labels' model by default."""
    default = questionnaire_of(settings).default
    proposer, judge = (
        replace(default, model=model) if model else default
        for model in (settings.duel_proposer_model, settings.duel_judge_model)
    )
    return DuelQuestions(proposer, judge)


class _Asking:
    """What does not change from session to session."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.questions = duel_questions_of(settings)
        self.questionnaire = _questionnaire(settings, self.questions.judge)
        self.redactor = redactor_of(settings)
        self.limits = limits_of(settings)
        self.now = datetime.now(UTC)
        self.replicate_share = settings.label_replicate_share

    def sessions(self, ledger: Ledger) -> Iterator["_AskedSession"]:
        """The sessions of the population that are in the sample, date by date."""
        population = sorted(open_sessions(self._settings.lake_dir), key=lambda one: (one.day, one.session_id))
        for day, of_day in groupby(population, key=lambda one: one.day):
            wanted = {one.session_id: one for one in of_day}
            for frame in frames_of_day(self._settings, day):
                own = wanted.get(frame.session.session_id)
                units = list(self.questionnaire.units(frame, day=day, now=self.now)) if own else []
                if own and units:
                    rows = list(ledger.requests_of([own.session_id]))
                    yield _AskedSession(self, own, frame, units, rows, day)


@dataclass(frozen=True)
class _AskedSession:
    """One session of the sample with its rows of the ledger."""

    asking: _Asking
    session: OpenSession
    frame: SessionFrame
    units: list[Unit]
    ledger_rows: list[LedgerRequest]
    day: date

    def asks(self) -> Iterator[SessionAsks]:
        """Its moments, and what can be asked of the duels on them."""
        asking, rows = self.asking, self.ledger_rows
        own = SessionSubjects(
            self.frame, redactor=asking.redactor, limits=asking.limits, turn_ends=frozenset()
        )
        yield SessionAsking(asking.questionnaire, own, rows, day=self.day).asks(self.frame, now=asking.now)
        for duel in self._duels().values():
            yield duel.asks(rows, lambda: self._subjects, asking.redactor)

    def rows(self) -> Iterator[NextStepDuel]:
        """A row per moment and repeat."""
        prints = f"{self.asking.questionnaire.fingerprints[self.units[0].classifier]}"
        prints += f"+{self.asking.questions.judgement.fingerprint}"
        for moment_set, duel in self._duels().items():
            for replicate in range(duel.replicates):
                yield self._row(moment_set, duel, replicate, prints)

    def _row(self, moment_set: MomentSet, duel: Duel, replicate: int, prints: str) -> NextStepDuel:
        agent_first = is_agent_first(duel.act_id)
        found: list[Preferred | None] = []
        for order, first in ((DRAWN, agent_first), (SWAPPED, not agent_first)):
            verdict = duel.verdict(self.ledger_rows, order=order, replicate=replicate)
            found.append(None if verdict is None else preferred(verdict, agent_first=first))
        drawn, swapped = found
        outcome = None if drawn is None or swapped is None else outcome_of(drawn, swapped)
        status: DuelStatus = "judged"
        if drawn is None or swapped is None:
            is_closed = duel.is_closed(self.ledger_rows, replicate=replicate)
            status = "no_answer" if is_closed else "not_asked"
        elif outcome is None:
            status = "not_judgeable"
        questions = self.asking.questions
        return NextStepDuel(
            self.session.agent, self.session.session_id, self.session.user_id, duel.act_id, moment_set,
            replicate, prints, questions.proposer.model, questions.judge.model, agent_first, drawn, swapped,
            outcome, status,
        )  # fmt: skip

    @property
    def _subjects(self) -> MomentSubjects:
        asking = self.asking
        return MomentSubjects(self.frame.session, redactor=asking.redactor, limits=asking.limits)

    def _duels(self) -> dict[MomentSet, Duel]:
        """The duels on the moments that the newest answer names, where they can be moments."""
        cited = self._cited()
        if not cited:
            return {}
        subjects = self._subjects
        found: dict[MomentSet, Duel] = {}
        for moment_set, record_id in cited.items():
            act = subjects.act_of(record_id)
            if act is not None:
                repeats = is_sampled(
                    self.asking.replicate_share,
                    seed=f"repeat {NEXT_STEP_JUDGEMENT.name}",
                    unit_id=act.act_id,
                )
                found[moment_set] = Duel(
                    self.asking.questions, self.session.session_id, self.day, act.act_id, record_id,
                    REPLICATES if repeats else 1,
                )  # fmt: skip
        return found

    def _cited(self) -> dict[MomentSet, str]:
        """Record ids of the prompts that the newest usable answer names, by set."""
        held = [row for row in rows_of(self.units[0], self.ledger_rows) if row.state == "answered"]
        newest = max(held, key=lambda row: row.attempt, default=None)
        answer = None if newest is None else answer_of(NEXT_STEP_MOMENTS.steps[-1], NEXT_STEP_MOMENTS, newest)
        if newest is None or answer is None:
            return {}
        named = {name: getattr(answer, f"{name}_record_id") for name in MOMENT_SETS}
        return {
            name: newest.record_ids[short_id]
            for name, short_id in named.items()
            if short_id in newest.record_ids
        }


def _questionnaire(settings: Settings, judge: Envelope) -> Questionnaire:
    """The question for moments alone, on the share of sessions that the settings name."""
    return replace(
        questionnaire_of(settings),
        classifiers=(replace(NEXT_STEP_MOMENTS, subsample_share=settings.duel_share),),
        default=judge,
        replicate_share=0.0,
        study_c_share=0.0,
    )
