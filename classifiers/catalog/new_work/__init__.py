"""The classifier `new_work`: whether the work would have been done without agents (B4)."""

from classifiers.catalog.new_work.labels import NewWorkAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, EvidenceRule

CLASSIFIER = Classifier(
    name="new_work",
    unit_kind="session",
    answer_type=NewWorkAnswer,
    version="1",
    # Why the work is done now shows in what the person said.
    evidence=EvidenceRule(actors=HUMAN),
)
