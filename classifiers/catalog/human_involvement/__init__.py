"""The classifier `human_involvement`: whether a person takes part (A17)."""

from classifiers.catalog.human_involvement.labels import HumanInvolvementAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="human_involvement",
    unit_kind="tool_call",
    answer_type=HumanInvolvementAnswer,
    rendering="tool_call",
    is_for_interactive=False,
)
