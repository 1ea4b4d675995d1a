"""The requests of one next-step duel: a proposal, both steps in one voice, a judgement in both orders.

Belongs here: which question is shown what, and what identifies its answer. The model that proposes sees the
records before the moment alone; both steps are said once more by the same question, which is not told whose a
step is; the judge sees the end of the session and both steps, in the drawn order and in the other. Not here:
which moments there are and what is kept of a duel (next_step_duels).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from classifiers.asking.envelope import Envelope
from classifiers.asking.question import fingerprint
from classifiers.asking.questionnaire import Unit
from classifiers.asking.session_asks import SessionAsks, Stand
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import LedgerRequest
from classifiers.next_step.judgement import NEXT_STEP_JUDGEMENT
from classifiers.next_step.judgement.labels import NextStepVerdict
from classifiers.next_step.proposal import NEXT_STEP_PROPOSAL
from classifiers.next_step.restatement import NEXT_STEP_RESTATEMENT
from classifiers.subject.render_moment import MOMENT_RENDERING, MomentSubjects
from classifiers.subject.safe_text import SafeText, UnsendableSubjectError
from classifiers.subject.subject import RENDERING_VERSION, fenced_blocks
from orchestration.duels.verdicts import DRAWN, SWAPPED, is_agent_first
from orchestration.ingest.redaction.redact import Redactor
from orchestration.labelling.apart_question import ApartQuestion, Asked


@dataclass(frozen=True)
class DuelQuestions:
    """The questions of every duel of a home. A fingerprint holds those of all answers before it."""

    proposer: Envelope
    judge: Envelope

    @cached_property
    def proposal(self) -> Asked:
        return _asked(NEXT_STEP_PROPOSAL, self.proposer)

    @cached_property
    def restated_human(self) -> Asked:
        return _asked(NEXT_STEP_RESTATEMENT, self.judge)

    @cached_property
    def restated_agent(self) -> Asked:
        return _asked(NEXT_STEP_RESTATEMENT, self.judge, self.proposal)

    @cached_property
    def judgement(self) -> Asked:
        return _asked(NEXT_STEP_JUDGEMENT, self.judge, self.restated_human, self.restated_agent)


def _asked(classifier: Classifier, envelope: Envelope, *before: Asked) -> Asked:
    material = "+".join([MOMENT_RENDERING, *(one.fingerprint for one in before)])
    own = fingerprint(classifier, envelope, rendering_version=RENDERING_VERSION, material=material)
    return Asked(classifier, envelope, own)


@dataclass(frozen=True)
class Duel:
    """One moment: the person's prompt `record_id` (act `act_id`) of a session, and how often it is judged."""

    questions: DuelQuestions
    session_id: str
    day: date
    act_id: str
    record_id: str
    replicates: int

    def asks(
        self, rows: Sequence[LedgerRequest], subjects: Callable[[], MomentSubjects], redactor: Redactor
    ) -> SessionAsks:
        """What can be asked now. `subjects` is called only where something is."""
        stands: list[tuple[Unit, Stand]] = []
        requests = []
        for question, shown in self._open(rows):
            stand = question.stand(rows)
            stands.append((question.unit, stand))
            if stand.step is None:
                continue
            try:
                document, also = shown(subjects(), redactor)
            except UnsendableSubjectError:
                continue  # it stays unasked: nothing of it leaves, and the redactor may settle it one day
            requests.append(question.request(stand, document=document, also=also))
        return SessionAsks(stands, requests)

    def verdict(self, rows: Sequence[LedgerRequest], *, order: int, replicate: int) -> NextStepVerdict | None:
        """The verdict in one order; None where there is no usable answer."""
        answer = self._judgement(order, replicate).answer(rows)
        return None if answer is None else answer.verdict

    def is_closed(self, rows: Sequence[LedgerRequest], *, replicate: int) -> bool:
        """Whether everything that could be asked was: what is missing then is missing for good."""
        standing = {question.stand(rows).standing for question, _ in self._open(rows, only=replicate)}
        return not standing & {"ask", "waiting"}

    @property
    def _proposal(self) -> ApartQuestion:
        return self._question(self.questions.proposal)

    @property
    def _restated(self) -> tuple[ApartQuestion, ApartQuestion]:
        """The person's step and the model's."""
        return self._question(self.questions.restated_human), self._question(self.questions.restated_agent)

    def _judgement(self, order: int, replicate: int) -> ApartQuestion:
        return replace(self._question(self.questions.judgement), part=order, replicate=replicate)

    def _question(self, asked: Asked) -> ApartQuestion:
        return ApartQuestion(asked, self.act_id, self.session_id, self.day)

    def _open(
        self, rows: Sequence[LedgerRequest], *, only: int | None = None
    ) -> Iterator[tuple[ApartQuestion, "_Shown"]]:
        """The questions whose turn has come, each with what it shows."""
        human, agent = self._restated
        yield self._proposal, self._before
        yield human, lambda subjects, redactor: self._restating(subjects, redactor, None)
        proposal = self._proposal.answer(rows)
        if proposal is None:
            return
        yield agent, lambda subjects, redactor: self._restating(subjects, redactor, proposal.next_step)
        steps = human.answer(rows), agent.answer(rows)
        if None in steps:
            return
        texts = tuple(step.next_step for step in steps)
        for replicate in range(self.replicates) if only is None else (only,):
            for order in (DRAWN, SWAPPED):
                yield self._judgement(order, replicate), self._judging(*texts, order=order)

    def _before(self, subjects: MomentSubjects, _redactor: Redactor) -> tuple[str, str]:
        return subjects.before(self.record_id), ""

    def _restating(
        self, subjects: MomentSubjects, redactor: Redactor, proposed: str | None
    ) -> tuple[str, str]:
        said = subjects.words(self.record_id) if proposed is None else self._safe(proposed, redactor)
        return subjects.before(self.record_id), fenced_blocks([("[s1] observed · a next step", said)])

    def _judging(self, human: str, agent: str, *, order: int) -> "_Shown":
        agent_first = is_agent_first(self.act_id) == (order == DRAWN)
        first, second = (agent, human) if agent_first else (human, agent)

        def shown(subjects: MomentSubjects, redactor: Redactor) -> tuple[str, str]:
            steps = [
                (f"[s{number}] observed · next step {number}", self._safe(text, redactor))
                for number, text in enumerate((first, second), start=1)
            ]
            return subjects.before_and_end(self.record_id), fenced_blocks(steps)

        return shown

    def _safe(self, text: str, redactor: Redactor) -> str:
        return SafeText(redactor, self.act_id).made_safe(text)[0]


_Shown = Callable[[MomentSubjects, Redactor], tuple[str, str]]
"""The document of a question, and what its text shows besides."""
