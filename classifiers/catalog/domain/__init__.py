"""The classifier `domain`: the area that a tool call serves (A19)."""

from classifiers.catalog.domain.labels import DomainAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="domain",
    unit_kind="tool_call",
    answer_type=DomainAnswer,
    rendering="tool_call",
    is_for_interactive=False,
)
