"""The classifier `action_autonomy_anchored`: how far the agent acts on its own, with anchors."""

from classifiers.catalog.action_autonomy_anchored.labels import ActionAutonomyAnchoredAnswer
from classifiers.classifier import ANCHORED_SHARE, Classifier

CLASSIFIER = Classifier(
    name="action_autonomy_anchored",
    unit_kind="tool_call",
    answer_type=ActionAutonomyAnchoredAnswer,
    rendering="tool_call",
    is_for_interactive=False,
    subsample_share=ANCHORED_SHARE,
    score_field="action_autonomy",
)
