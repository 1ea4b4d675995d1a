"""The classifier `success_rating`: study C's own score (C19), on a subsample of known weights."""

from classifiers.catalog.success_rating.labels import SuccessRatingAnswer
from classifiers.classifier import RATED_SHARE, Classifier
from classifiers.evidence_rule import ANYONE, EvidenceRule

CLASSIFIER = Classifier(
    name="success_rating",
    unit_kind="session",
    answer_type=SuccessRatingAnswer,
    is_for_interactive=True,
    subsample_share=RATED_SHARE,
    evidence=EvidenceRule(ANYONE),
    score_field="success_rating",
)
