"""What a reviewer finds in a change, who sees the change alone."""

from classifiers.change_review.findings.labels import ChangeFindingsAnswer
from classifiers.classifier import Classifier

CHANGE_FINDINGS = Classifier(
    name="change_findings", unit_kind="session", answer_type=ChangeFindingsAnswer, is_for_interactive=False
)
