"""A reviewer's answer as label rows: checked against the closed vocabulary and the records shown.

Belongs here: reading an answer, the rows of `labels_<classifier>` and its items with labeller `human`. Not
here: files and reviewers (orchestration.reviewing), which words there are (reviewable).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from classifiers.answers.evidence_score import (
    HARD_SIGNALS,
    EvidenceItem,
    Scored,
    SuccessScore,
    score_failure,
    score_success,
)
from classifiers.classifier import Classifier
from classifiers.label_row import LabelRow
from classifiers.label_rows.evidence_check import MAX_LABEL_EVIDENCE
from classifiers.reviews.reviewable import NO_SIGNAL, allowed, answer_field, is_by_signals
from classifiers.vocabulary import vocabulary


class AnswerError(ValueError):
    """An answer that cannot be taken; the message says why and holds none of the row's text."""


@dataclass(frozen=True)
class HumanAnswer:
    """What a reviewer said of one unit: a label, or signals with the records they rest on."""

    label: str | None
    signals: tuple[Scored, ...] = ()


@dataclass(frozen=True)
class Review:
    """One answer with what a label row says of it. `replicate`: the reviewer's number in the sample."""

    classifier: Classifier
    answer: HumanAnswer
    unit_id: str
    session_id: str
    version: str
    fingerprint: str
    replicate: int
    coverage: float
    input_hash: str
    answered_at: datetime
    is_stale: bool


def read_answer(classifier: Classifier, text: str, record_ids: Mapping[str, str]) -> HumanAnswer:
    """The answer behind a reviewer's text. `record_ids`: short id → record id, as the session was shown.

    Raises AnswerError.
    """
    words = allowed(classifier)
    if not is_by_signals(classifier):
        label = text.strip().casefold()
        if label not in words:
            raise AnswerError(f"not a label of {classifier.name}")
        return HumanAnswer(label)
    if text.strip().casefold() == NO_SIGNAL:
        return HumanAnswer(None)
    parts = [part.strip() for part in text.split(";") if part.strip()]
    return HumanAnswer(None, tuple(dict.fromkeys(_signal(part, words, record_ids) for part in parts)))


def label_row(review: Review) -> tuple[Any, ...]:
    """The label row and its answer; what people are not asked is null."""
    row = LabelRow(
        unit_kind=review.classifier.unit_kind,
        unit_id=review.unit_id,
        session_id=review.session_id,
        classifier=review.classifier.name,
        version=review.version,
        fingerprint=review.fingerprint,
        rendering=review.classifier.rendering,
        labeller="human",
        model=None,
        status="ok",
        evidence_record_ids=_cited(review),
        cited_evidence_count=None,
        rejected_evidence_count=None,
        coverage=review.coverage,
        input_hash=review.input_hash,
        replicate=review.replicate,
        request_id=None,
        batch_id=None,
        input_tokens=None,
        cache_creation_input_tokens=None,
        cache_read_input_tokens=None,
        output_tokens=None,
        cost_usd=None,
        labelled_at=review.answered_at,
        is_stale=review.is_stale,
    )
    values = _answer_values(review)
    return (*row, *(values.get(name) for name in review.classifier.answer_schema.names))


def item_rows(review: Review) -> list[tuple[Any, ...]]:
    """A row per signal."""
    return [
        EvidenceItem(
            unit_id=review.unit_id,
            fingerprint=review.fingerprint,
            replicate=review.replicate,
            item_number=number,
            signal=signal,
            is_hard=signal in HARD_SIGNALS,
            record_id=record_id,
            tool_use_id=None,
        )
        for number, (signal, record_id) in enumerate(review.answer.signals)
    ]


def _signal(part: str, words: tuple[str, ...], record_ids: Mapping[str, str]) -> Scored:
    signal, _, cited = part.partition("@")
    signal, cited = signal.strip().casefold(), cited.strip()
    if signal not in words:
        raise AnswerError("not a signal of this question")
    record_id = record_ids.get(cited) or (cited if cited in record_ids.values() else None)
    if record_id is None:
        raise AnswerError("a signal names no record of the session: write signal@record")
    return signal, record_id


def _cited(review: Review) -> tuple[str, ...]:
    return tuple(dict.fromkeys(record for _, record in review.answer.signals))[:MAX_LABEL_EVIDENCE]


def _answer_values(review: Review) -> dict[str, Any]:
    """Values of the columns that people answer, and what rules make of them."""
    classifier, answer = review.classifier, review.answer
    if is_by_signals(classifier):
        score = score_success if classifier.score_type is SuccessScore else score_failure
        return score(answer.signals)._asdict()
    field = answer_field(classifier)
    assert field is not None  # only reviewable classifiers are asked
    levels = {row.label: row.level for row in vocabulary([classifier]) if row.field == field}
    level = levels[str(answer.label)]
    is_number = classifier.answer_schema.field(field).type == pa.int64()
    return {field: level if is_number else answer.label, f"{field}_level": level}
