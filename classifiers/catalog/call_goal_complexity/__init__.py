"""The classifier `call_goal_complexity`: the complexity of the goal that a tool call serves (A20)."""

from classifiers.catalog.call_goal_complexity.labels import CallGoalComplexityAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="call_goal_complexity",
    unit_kind="tool_call",
    answer_type=CallGoalComplexityAnswer,
    rendering="tool_call",
    is_for_interactive=False,
)
