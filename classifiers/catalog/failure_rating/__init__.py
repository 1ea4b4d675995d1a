"""The classifier `failure_rating`: trouble met along the way as study C rates it (C20), on a subsample."""

from classifiers.catalog.failure_rating.labels import FailureRatingAnswer
from classifiers.classifier import RATED_SHARE, Classifier
from classifiers.evidence_rule import ANYONE, EvidenceRule

CLASSIFIER = Classifier(
    name="failure_rating",
    unit_kind="session",
    answer_type=FailureRatingAnswer,
    is_for_interactive=True,
    subsample_share=RATED_SHARE,
    evidence=EvidenceRule(ANYONE),
    score_field="failure_rating",
)
