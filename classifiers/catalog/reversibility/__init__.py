"""The classifier `reversibility`: whether what a tool call does can be undone (A18); rules go first."""

from classifiers.catalog.reversibility.labels import ReversibilityAnswer
from classifiers.classifier import Classifier
from classifiers.rules.reversibility import reversibility_by_rule

CLASSIFIER = Classifier(
    name="reversibility",
    unit_kind="tool_call",
    answer_type=ReversibilityAnswer,
    rendering="tool_call",
    is_for_interactive=False,
    rule=reversibility_by_rule,
)
