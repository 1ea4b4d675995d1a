"""What is still to be asked about one session: labels to have minus answers held, as requests.

A session is rendered only if something is to be asked. Long sessions are observed in parts first; a
question of several steps goes on where the answer before it is held. Rows and ledger rows in, requests
out. Not here: money (plan), sending (send), who is asked about what (questionnaire).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from classifiers.asking.eligibility import SessionFrame
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.observation_asks import missing_observations, observations_of
from classifiers.asking.question import question_text
from classifiers.asking.questionnaire import Questionnaire, Unit
from classifiers.asking.step_answers import answer_of, values_of
from classifiers.classifier import Step
from classifiers.ledger.ledger import LedgerRequest
from classifiers.subject.parts import judged_record_ids
from classifiers.subject.session_subjects import NEVER_SENT, UNSENDABLE, SessionSubjects
from classifiers.subject.subject import Subject, SubjectRecord, fenced

MAX_ATTEMPTS = 3
"""Requests for one answer before it is given up: an error that comes back three times is the unit's own."""

Standing = Literal["held", "waiting", "gave_up", "ask"]
UNDER_WAY = frozenset({"reserved", "in_flight", "in_batch"})
UNANSWERED = frozenset({"failed", "ambiguous"})
Relabel = frozenset[tuple[str, str]]
"""Fingerprint and unit of labels that are asked for again although they are held."""


@dataclass(frozen=True)
class Stand:
    """How far one label is: with `ask`, which step is next and for the how-many-th time."""

    standing: Standing
    step: Step | None = None
    attempt: int = 0


@dataclass(frozen=True)
class SessionAsks:
    """One session: where each of its labels stands, and the requests that can be sent at once.

    `after_observation` wait for the observations among `requests` and have no document yet. `never_sent`
    requests, with the reason: the last redaction refused them, or there is nothing to show.
    """

    stands: Sequence[tuple[Unit, Stand]]
    requests: Sequence[LabelRequest] = ()
    after_observation: Sequence[LabelRequest] = ()
    never_sent: Sequence[tuple[LabelRequest, str]] = ()
    subject: Subject | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Document:
    """What a request reads: its text, the ids in it, the hash and coverage of the subject behind it."""

    text: str = field(repr=False)
    record_ids: Mapping[str, str] = field(repr=False)
    input_hash: str
    coverage: float


NO_DOCUMENT = Document("", {}, "", 0.0)


def stand_of(unit: Unit, held: Sequence[LedgerRequest], *, relabel: bool = False) -> Stand:
    """Where a label stands by the ledger rows of its unit, fingerprint and replicate.

    An answer to a later step counts only if it was asked after the answer it rests on. With `relabel` the
    first step is asked once more.
    """
    since: datetime | None = None
    for step in unit.classifier.steps:
        own = [row for row in held if row.step == step.name]
        if any(row.state in UNDER_WAY for row in own):
            return Stand("waiting")
        newest = _newest_answer([row for row in own if since is None or row.created_at >= since])
        if newest is None or relabel:
            failed = [row for row in own if row.state in UNANSWERED]
            is_never_sent = any(row.error_type in NEVER_SENT for row in failed)
            if (len(failed) >= MAX_ATTEMPTS or is_never_sent) and not relabel:
                return Stand("gave_up")
            return Stand("ask", step, len(own))
        if answer_of(step, unit.classifier, newest) is None:
            return Stand("held")
        since = newest.settled_at
    return Stand("held")


def rows_of(unit: Unit, rows: Sequence[LedgerRequest]) -> list[LedgerRequest]:
    """The ledger rows of one label, among those of its session."""
    key = (unit.unit_id, unit.fingerprint, unit.replicate)
    return [row for row in rows if (row.unit_id, row.fingerprint, row.replicate) == key]


class SessionAsking:
    """Works out the asks of one session. `rows` are the session's rows of the ledger, in its order."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        subjects: SessionSubjects,
        rows: Sequence[LedgerRequest],
        *,
        day: date,
        relabel: Relabel = frozenset(),
    ) -> None:
        self._questionnaire = questionnaire
        self._subjects = subjects
        self._rows = rows
        self._day = day
        self._relabel = relabel

    def asks(self, frame: SessionFrame, *, now: datetime) -> SessionAsks:
        """Every label to have of the session, and what can be asked now."""
        stands = [
            (unit, stand_of(unit, self._held(unit), relabel=self._is_relabelled(unit)))
            for unit in self._questionnaire.units(frame, day=self._day, now=now)
        ]
        requests: list[LabelRequest] = []
        waiting: list[LabelRequest] = []
        never_sent: list[tuple[LabelRequest, str]] = []
        for unit, stand in stands:
            if stand.step is None:
                continue
            document = self._document(unit, stand.step)
            request = self._request(unit, stand.step, stand.attempt, document or NO_DOCUMENT)
            if document is None:
                waiting.append(request)
            elif document.text:
                requests.append(request)
            else:
                never_sent.append((request, self._why_not(unit)))
        if waiting:
            requests = [*self._missing_observations(), *requests]
        return SessionAsks(stands, requests, waiting, never_sent, self._subjects.seen("whole"))

    def _why_not(self, unit: Unit) -> str:
        is_shown = self._subjects.of(unit.rendering, unit.unit_id) is not None
        return UNSENDABLE if is_shown else self._subjects.why_missing(unit.rendering, unit.unit_id)

    def _is_relabelled(self, unit: Unit) -> bool:
        return (unit.fingerprint, unit.unit_id) in self._relabel and unit.replicate == 0

    def _held(self, unit: Unit) -> list[LedgerRequest]:
        return rows_of(unit, self._rows)

    def _document(self, unit: Unit, step: Step) -> Document | None:
        """What a step reads; None where it has to wait for observations, NO_DOCUMENT where nothing may go."""
        if step.reads == "previous_step":
            return self._previous_answer(unit, step)
        subject = self._subjects.of(unit.rendering, unit.unit_id)
        if subject is None:
            return NO_DOCUMENT
        if not subject.is_long:
            text, ids = self._subjects.document(subject), subject.record_ids
        else:
            # Only whole sessions are observed: of an excerpt too long, first and last part are read.
            is_observed = unit.rendering == "whole"
            observed = observations_of(subject, self._observation_rows()) if is_observed else {}
            if observed is None:
                return None
            text, ids = (
                self._subjects.judged_document(subject, observed),
                judged_record_ids(subject, observed),
            )
        return Document(text, ids, subject.input_hash, subject.coverage) if text else NO_DOCUMENT

    def _previous_answer(self, unit: Unit, step: Step) -> Document:
        """The answer of the step before as a fenced record: it rests on a transcript, so it is data too."""
        steps = unit.classifier.steps
        before = steps[steps.index(step) - 1]
        row = _newest_answer([each for each in self._held(unit) if each.step == before.name])
        assert row is not None  # stand_of asks for a later step only where the one before is answered
        answer = answer_of(before, unit.classifier, row)
        assert answer is not None  # and usable
        text = "\n".join(f"{name}: {value}" for name, value in values_of(answer))
        record = SubjectRecord("a1", row.request_id, "agent", text, len(text), row.created_at)
        return Document(fenced([record]), row.record_ids, row.input_hash, row.coverage)

    def _observation_rows(self) -> list[LedgerRequest]:
        own = self._questionnaire.observation_fingerprint
        return [row for row in self._rows if row.fingerprint == own]

    def _missing_observations(self) -> list[LabelRequest]:
        subject = self._subjects.seen("whole")
        assert subject is not None  # something waits for it
        return missing_observations(
            subject,
            self._observation_rows(),
            questionnaire=self._questionnaire,
            day=self._day,
            text_of=lambda part: self._subjects.part_document(subject, part),
        )

    def _request(self, unit: Unit, step: Step, attempt: int, document: Document) -> LabelRequest:
        question = question_text(unit.classifier, step)
        material = self._questionnaire.material.get(unit.classifier.name, "")
        if step is unit.classifier.steps[-1] and material:
            question = f"{question}\n\n{material}"
        return LabelRequest(
            kind="label",
            classifier=unit.classifier.name,
            step=step.name,
            unit_kind=unit.classifier.unit_kind,
            unit_id=unit.unit_id,
            session_id=unit.session_id,
            session_date=unit.session_date,
            rendering=unit.rendering,
            fingerprint=unit.fingerprint,
            replicate=unit.replicate,
            attempt=attempt,
            input_hash=document.input_hash,
            coverage=document.coverage,
            part=None,
            envelope=self._questionnaire.envelope_of(unit.classifier),
            document=document.text,
            question=question,
            record_ids=dict(document.record_ids),
        )


def _newest_answer(rows: Sequence[LedgerRequest]) -> LedgerRequest | None:
    answered = [row for row in rows if row.state == "answered"]
    return max(answered, key=lambda row: row.attempt, default=None)
