"""One question apart from the catalogue on one unit: where it stands, its answer, its request.

Belongs here: what every such question has in common. Not here: what is asked and shown (duel_questions),
sending (ask_apart).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from classifiers.asking.envelope import Envelope
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.question import question_text
from classifiers.asking.questionnaire import Unit
from classifiers.asking.session_asks import Stand, stand_of
from classifiers.asking.step_answers import answer_of
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import LedgerRequest


@dataclass(frozen=True)
class Asked:
    """Who is asked what: the question, its envelope and the fingerprint of everything behind its answer."""

    classifier: Classifier
    envelope: Envelope
    fingerprint: str


@dataclass(frozen=True)
class ApartQuestion:
    """A question of one step on one unit. `part` tells apart what is asked of one unit more than once."""

    asked: Asked
    unit_id: str
    session_id: str
    day: date
    replicate: int = 0
    part: int | None = None

    @property
    def unit(self) -> Unit:
        own = self.asked
        return Unit(
            own.classifier, own.fingerprint, own.classifier.rendering, self.unit_id, self.session_id,
            self.day, self.replicate,
        )  # fmt: skip

    def held(self, rows: Sequence[LedgerRequest]) -> list[LedgerRequest]:
        """The question's own rows of the ledger."""
        key = (self.unit_id, self.asked.fingerprint, self.replicate, self.part)
        return [row for row in rows if (row.unit_id, row.fingerprint, row.replicate, row.part) == key]

    def stand(self, rows: Sequence[LedgerRequest]) -> Stand:
        return stand_of(self.unit, self.held(rows))

    def answer(self, rows: Sequence[LedgerRequest]) -> Any:
        """The newest usable answer; None where there is none."""
        answered = [row for row in self.held(rows) if row.state == "answered"]
        newest = max(answered, key=lambda row: row.attempt, default=None)
        classifier = self.asked.classifier
        return None if newest is None else answer_of(classifier.steps[-1], classifier, newest)

    def request(self, stand: Stand, *, document: str, also: str = "") -> LabelRequest:
        """The request; `also` is what the question shows besides the document, fenced."""
        classifier = self.asked.classifier
        assert stand.step is not None  # only what is to be asked becomes a request
        question = question_text(classifier, stand.step)
        return LabelRequest(
            kind="label", classifier=classifier.name, step=stand.step.name,
            unit_kind=classifier.unit_kind, unit_id=self.unit_id, session_id=self.session_id,
            session_date=self.day, rendering=classifier.rendering, fingerprint=self.asked.fingerprint,
            replicate=self.replicate, attempt=stand.attempt,
            input_hash=blake2b(f"{document}\n{also}".encode(), digest_size=16).hexdigest(),
            coverage=1.0, part=self.part, envelope=self.asked.envelope, document=document,
            question=f"{question}\n\n{also}" if also else question, record_ids={},
        )  # fmt: skip
