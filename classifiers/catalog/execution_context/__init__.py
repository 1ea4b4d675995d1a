"""The classifier `execution_context`: whether a call is meant, rehearsed or staged (METHODS §7.1)."""

from classifiers.catalog.execution_context.labels import ExecutionContextAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="execution_context",
    unit_kind="tool_call",
    answer_type=ExecutionContextAnswer,
    rendering="tool_call",
    is_for_interactive=False,
)
