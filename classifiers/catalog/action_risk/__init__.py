"""The classifier `action_risk`: the harm a tool call could do, without anchors (A13)."""

from classifiers.catalog.action_risk.labels import ActionRiskAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="action_risk",
    unit_kind="tool_call",
    answer_type=ActionRiskAnswer,
    rendering="tool_call",
    is_for_interactive=False,
    score_field="action_risk",
)
