"""Made-up reviews: what people would have answered about a random sample of the demo's sessions.

A reviewer is nearly always right; a part of the sample is reviewed twice, so that their agreement shows. Real
reviews of a demo home take the place of all of these.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from classifiers.asking.eligibility import is_sampled, prompt_count
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.reviews.human_label_rows import HumanAnswer, Review, item_rows, label_row
from classifiers.reviews.review_sample import ReviewSample
from classifiers.reviews.reviewable import answer_field, human_fingerprint, is_by_signals, reviewable
from orchestration.stand_in.cited import SessionRecords, with_records
from orchestration.stand_in.errors import with_errors
from orchestration.stand_in.label_rows import NAME, VERSION, true_answer
from orchestration.stand_in.planted import PlantedSession, PlantedSessions, drawn

SAMPLE_ID = "made-up"
SHARE = 0.4
"""Of the interactive sessions that are reviewed; with the demo's people enough for a correction."""

TWICE = 0.25
ERROR_RATE = 0.02
REVIEWED_AFTER = timedelta(days=3)


def reviewed_classifiers() -> tuple[Classifier, ...]:
    """The questions about whole sessions that people answer."""
    return tuple(classifier for classifier in reviewable(CATALOG) if classifier.unit_kind == "session")


def is_reviewed(session: PlantedSession) -> bool:
    """Whether the session is in the sample."""
    return session.is_interactive and is_sampled(SHARE, seed=SAMPLE_ID, unit_id=session.session_id)


def reviews_of(
    classifier: Classifier, planted: PlantedSession, records: SessionRecords
) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """The label row of each reviewer, and its items; none where the question is not for this session."""
    if prompt_count(records.session) < classifier.min_prompts:
        return
    for number in range(1, answer_count(planted) + 1):
        review = Review(
            classifier=classifier,
            answer=_answer(classifier, planted, records, number),
            session_id=planted.session_id,
            version=VERSION,
            fingerprint=human_fingerprint(classifier),
            replicate=number,
            coverage=1.0,
            input_hash="",
            answered_at=records.session.ended_at + REVIEWED_AFTER,
            is_stale=False,
        )
        yield label_row(review), item_rows(review) if classifier.item_type is not None else []


def answer_count(session: PlantedSession) -> int:
    """Reviewers of a session of the sample: one, or two of some."""
    return 2 if is_sampled(TWICE, seed=f"{SAMPLE_ID} twice", unit_id=session.session_id) else 1


def sample_row(
    classifier: Classifier, session: PlantedSession, frame: PlantedSessions, records: SessionRecords
) -> ReviewSample | None:
    """How the session came to be drawn; None where the question is not for it."""
    if prompt_count(records.session) < classifier.min_prompts:
        return None
    return ReviewSample(
        unit_id=session.session_id,
        session_id=session.session_id,
        classifier=classifier.name,
        fingerprint=human_fingerprint(classifier),
        sample_id=SAMPLE_ID,
        stratum=None,
        inclusion_probability=SHARE,
        frame_labeller=NAME,
        frame_size=len(frame.interactive),
        frame_until=max(each.started_at for each in frame.interactive),
        answer_count=answer_count(session),
    )


def _answer(
    classifier: Classifier, planted: PlantedSession, records: SessionRecords, number: int
) -> HumanAnswer:
    draw = drawn("reviewer", number, classifier.name, planted.session_id)
    true = true_answer(classifier, planted.session_id, planted)
    given = with_errors(classifier, true, draw, ERROR_RATE)
    if is_by_signals(classifier):
        cited = with_records(classifier, given, records, draw)[str(classifier.list_field)]
        return HumanAnswer(None, tuple((item["signal"], item["record_id"]) for item in cited))
    return HumanAnswer(str(given[str(answer_field(classifier))]))
