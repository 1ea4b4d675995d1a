"""The classifier `interrupt_reason`: on turns that the person cut off."""

from classifiers.catalog.interrupt_reason.labels import InterruptReasonAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="interrupt_reason",
    unit_kind="turn",
    answer_type=InterruptReasonAnswer,
    version="2",
    rendering="turn",
    turn_ends=frozenset({"interrupted"}),
)
