"""The classifier `stop_reason`: on turns that the agent itself ended."""

from classifiers.catalog.stop_reason.labels import StopReasonAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="stop_reason",
    unit_kind="turn",
    answer_type=StopReasonAnswer,
    version="2",
    rendering="turn",
    turn_ends=frozenset({"completed", "question", "plan_approval", "error"}),
)
