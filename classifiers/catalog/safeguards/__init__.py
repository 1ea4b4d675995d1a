"""The classifier `safeguards`: what stands between a tool call and harm (A16)."""

from classifiers.catalog.safeguards.labels import SafeguardsAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="safeguards",
    unit_kind="tool_call",
    answer_type=SafeguardsAnswer,
    rendering="tool_call",
    is_for_interactive=False,
)
