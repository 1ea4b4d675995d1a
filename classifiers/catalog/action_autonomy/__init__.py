"""The classifier `action_autonomy`: how far the agent acts on its own, without anchors (A14)."""

from classifiers.catalog.action_autonomy.labels import ActionAutonomyAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="action_autonomy",
    unit_kind="tool_call",
    answer_type=ActionAutonomyAnswer,
    rendering="tool_call",
    is_for_interactive=False,
    score_field="action_autonomy",
)
