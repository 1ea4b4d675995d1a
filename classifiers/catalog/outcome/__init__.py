"""The classifier `outcome`."""

from classifiers.catalog.outcome.labels import OutcomeAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import ANYONE, EvidenceRule

CLASSIFIER = Classifier(
    name="outcome",
    unit_kind="session",
    answer_type=OutcomeAnswer,
    version="2",
    is_for_interactive=True,
    # A final state may stand in a record of the harness: an interruption, an error of the service.
    evidence=EvidenceRule(ANYONE),
)
