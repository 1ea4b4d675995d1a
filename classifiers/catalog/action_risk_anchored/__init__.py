"""The classifier `action_risk_anchored`: the harm a tool call could do, with anchors, on a subsample."""

from classifiers.catalog.action_risk_anchored.labels import ActionRiskAnchoredAnswer
from classifiers.classifier import ANCHORED_SHARE, Classifier

CLASSIFIER = Classifier(
    name="action_risk_anchored",
    unit_kind="tool_call",
    answer_type=ActionRiskAnchoredAnswer,
    rendering="tool_call",
    is_for_interactive=False,
    subsample_share=ANCHORED_SHARE,
    score_field="action_risk",
)
