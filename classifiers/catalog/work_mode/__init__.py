"""The classifier `work_mode`."""

from classifiers.catalog.work_mode.labels import WorkModeAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import ANYONE, EvidenceRule

CLASSIFIER = Classifier(
    name="work_mode",
    unit_kind="session",
    answer_type=WorkModeAnswer,
    version="2",
    is_for_interactive=True,
    # The prompt that set the work off may be one that the harness wrote for an accepted plan.
    evidence=EvidenceRule(ANYONE),
)
