"""Made-up reviews: what people would have answered about a random sample of the demo's sessions and calls.

A reviewer is nearly always right; a part of the sample is reviewed twice, so that their agreement shows. Once
a sample is drawn for people in a demo home, theirs take the place of all of these.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from classifiers.asking.eligibility import is_sampled, prompt_count, units_of
from classifiers.call_units import DrawnCall
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.reviews.human_label_rows import HumanAnswer, Review, item_rows, label_row
from classifiers.reviews.review_sample import ReviewSample
from classifiers.reviews.reviewable import answer_field, human_fingerprint, is_by_signals, reviewable
from classifiers.session_record import SessionRecord
from orchestration.stand_in.cited import SessionRecords, with_records
from orchestration.stand_in.errors import with_errors
from orchestration.stand_in.label_rows import NAME, true_answer
from orchestration.stand_in.planted import Planted, PlantedSessions, PlantedTraffic, drawn

SAMPLE_ID = "made-up"
SHARES = {"session": 0.4, "tool_call": 0.3}
"""Of the interactive sessions, and of the drawn calls, that are reviewed: enough for a correction."""

TWICE = 0.25
ERROR_RATE = 0.02
REVIEWED_AFTER = timedelta(days=3)


def reviewed_classifiers() -> tuple[Classifier, ...]:
    """The questions that people answer."""
    return reviewable(CATALOG)


def reviewed_units(
    classifier: Classifier, planted: Planted, session: SessionRecord, drawn: Sequence[DrawnCall]
) -> Iterator[str]:
    """The units of a session that are in the sample of a question; `drawn` are its drawn calls."""
    share = SHARES[classifier.unit_kind]
    if classifier.unit_kind == "session" and (
        not planted.is_interactive or prompt_count(session) < classifier.min_prompts
    ):
        return
    for unit in units_of(classifier, session, drawn):
        if is_sampled(share, seed=SAMPLE_ID, unit_id=unit.unit_id):
            yield unit.unit_id


def reviews_of(
    classifier: Classifier, unit_id: str, planted: Planted, records: SessionRecords
) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """The label row of each reviewer of a unit, and its items."""
    for number in range(1, answer_count(unit_id) + 1):
        review = Review(
            classifier=classifier,
            answer=_answer(classifier, unit_id, planted, records, number),
            unit_id=unit_id,
            session_id=records.session.session_id,
            version=classifier.version,
            fingerprint=human_fingerprint(classifier),
            replicate=number,
            coverage=1.0,
            input_hash="",
            answered_at=records.session.ended_at + REVIEWED_AFTER,
            is_stale=False,
        )
        yield label_row(review), item_rows(review) if classifier.item_type is not None else []


def answer_count(unit_id: str) -> int:
    """Reviewers of a unit of the sample: one, or two of some."""
    return 2 if is_sampled(TWICE, seed=f"{SAMPLE_ID} twice", unit_id=unit_id) else 1


def sample_row(
    classifier: Classifier, unit_id: str, session_id: str, planted: Planted, frame: PlantedSessions
) -> ReviewSample:
    """How a unit came to be drawn. The frame counts sessions, whatever the unit."""
    until = planted.until if isinstance(planted, PlantedTraffic) else None
    return ReviewSample(
        unit_id=unit_id,
        session_id=session_id,
        classifier=classifier.name,
        fingerprint=human_fingerprint(classifier),
        sample_id=SAMPLE_ID,
        stratum=None,
        inclusion_probability=SHARES[classifier.unit_kind],
        frame_labeller=NAME,
        frame_size=len(frame.interactive),
        frame_until=until or frame.until,
        answer_count=answer_count(unit_id),
    )


def _answer(
    classifier: Classifier, unit_id: str, planted: Planted, records: SessionRecords, number: int
) -> HumanAnswer:
    draw = drawn("reviewer", number, classifier.name, unit_id)
    given = with_errors(classifier, true_answer(classifier, unit_id, planted), draw, ERROR_RATE)
    if is_by_signals(classifier):
        cited = with_records(classifier, given, records, draw)[str(classifier.list_field)]
        return HumanAnswer(None, tuple((item["signal"], item["record_id"]) for item in cited))
    return HumanAnswer(str(given[str(answer_field(classifier))]))
