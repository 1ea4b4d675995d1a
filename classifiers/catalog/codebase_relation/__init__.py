"""The classifier `codebase_relation`."""

from classifiers.catalog.codebase_relation.labels import CodebaseRelationAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, WORK, EvidenceRule

CLASSIFIER = Classifier(
    name="codebase_relation",
    unit_kind="session",
    answer_type=CodebaseRelationAnswer,
    version="2",
    is_for_interactive=True,
    evidence=EvidenceRule(HUMAN | WORK),
)
