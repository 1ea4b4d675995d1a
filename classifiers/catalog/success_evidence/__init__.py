"""The classifier `success_evidence`: signals found and typed; the score is computed."""

from classifiers.catalog.success_evidence.labels import SuccessEvidenceAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_score import EvidenceItem, SuccessScore

CLASSIFIER = Classifier(
    name="success_evidence",
    unit_kind="session",
    answer_type=SuccessEvidenceAnswer,
    score_type=SuccessScore,
    item_type=EvidenceItem,
)
