"""The classifier `failure_evidence`: signals found and typed; the score is computed."""

from classifiers.catalog.failure_evidence.labels import FailureEvidenceAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_score import EvidenceItem, FailureScore

CLASSIFIER = Classifier(
    name="failure_evidence",
    unit_kind="session",
    answer_type=FailureEvidenceAnswer,
    score_type=FailureScore,
    item_type=EvidenceItem,
)
