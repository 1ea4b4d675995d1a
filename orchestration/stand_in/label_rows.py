"""The stand-in's labels as rows: one made-up answer to each question that a session would be asked.

The answer goes the way of any answer: its citations are checked against the session, its score is computed
from what is left. A few answers are refused, cut off or invalid, as a model's are. Nothing is paid.
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from classifiers.asking.questionnaire import Unit
from classifiers.classifier import Classifier
from classifiers.label_row import Labeller, LabelRow, LabelStatus
from classifiers.label_rows.answer_values import answer_values, checked_items
from classifiers.label_rows.evidence_check import CheckedAnswer, check_evidence
from orchestration.stand_in.cited import SessionRecords, listed_by_record, with_records
from orchestration.stand_in.drawn_answers import drawn_answer
from orchestration.stand_in.errors import with_confusion, with_errors
from orchestration.stand_in.planted import Planted, PlantedTraffic, drawn
from orchestration.stand_in.true_answers import TRUE_ANSWERS, Answered, answer_of_traffic

NAME: Labeller = "stand_in"
VERSION = "2"
"""Raised with every change of what the stand-in says."""

ERROR_RATE = 0.08
"""How often the stand-in gives another label than the true one."""

STATUSES: Mapping[LabelStatus, float] = {"ok": 0.98, "refused": 0.01, "truncated": 0.005, "invalid": 0.005}
LABELLED_AFTER = timedelta(days=1)


def fingerprint_of(classifier: Classifier, rendering: str) -> str:
    """What asked: the stand-in of this version."""
    return f"stand-in-{VERSION}-{classifier.name}-{rendering}"


def true_answer(classifier: Classifier, unit_id: str, planted: Planted) -> Answered:
    """The true answer about a unit of a planted session; a list that only records can fill is empty."""
    draw = drawn("true", classifier.name, unit_id)
    if isinstance(planted, PlantedTraffic):
        return answer_of_traffic(classifier.name, planted.answers(unit_id), draw)
    told = TRUE_ANSWERS.get(classifier.name)
    return drawn_answer(classifier, draw) if told is None else told(planted, draw)


def label_of(
    unit: Unit, planted: Planted, records: SessionRecords
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The label row of a unit, and a row for each element of its list."""
    classifier = unit.classifier
    draw = drawn(NAME, classifier.name, unit.unit_id, unit.rendering, unit.replicate)
    status: LabelStatus = draw.choices(list(STATUSES), list(STATUSES.values()))[0]
    checked = None
    if status == "ok":
        told = dict(true_answer(classifier, unit.unit_id, planted))
        listed = listed_by_record(classifier, records, drawn("listed", classifier.name, unit.unit_id))
        if listed is not None and classifier.list_field is not None:
            told[classifier.list_field] = listed
        erring = with_errors(classifier, with_confusion(classifier, told, draw), draw, ERROR_RATE)
        given = with_records(classifier, erring, records, draw)
        answer = classifier.answer_type.model_validate(given)
        checked = check_evidence(classifier, answer, records.known, records.facts)
    items: list[tuple[Any, ...]] = []
    if checked is not None and classifier.item_type is not None:
        key = (unit.unit_id, fingerprint_of(classifier, unit.rendering), unit.replicate)
        items = checked_items(classifier, key, checked, records.facts)
    return _label_row(unit, status, checked, records), items


def _label_row(
    unit: Unit, status: LabelStatus, checked: CheckedAnswer | None, records: SessionRecords
) -> tuple[Any, ...]:
    row = LabelRow(
        unit_kind=unit.classifier.unit_kind,
        unit_id=unit.unit_id,
        session_id=unit.session_id,
        classifier=unit.classifier.name,
        version=unit.classifier.version,
        fingerprint=fingerprint_of(unit.classifier, unit.rendering),
        rendering=unit.rendering,
        labeller=NAME,
        model=None,
        status=status,
        evidence_record_ids=checked.evidence_record_ids if checked else (),
        cited_evidence_count=checked.cited_count if checked else None,
        rejected_evidence_count=checked.rejected_count if checked else None,
        coverage=1.0,
        input_hash=blake2b(unit.unit_id.encode(), digest_size=16).hexdigest(),
        replicate=unit.replicate,
        request_id=None,
        batch_id=None,
        input_tokens=None,
        cache_creation_input_tokens=None,
        cache_read_input_tokens=None,
        output_tokens=None,
        cost_usd=None,
        labelled_at=records.session.ended_at + LABELLED_AFTER,
        is_stale=False,
    )
    return (*row, *answer_values(unit.classifier, checked))
