"""Why a turn ended, in a few words for clusters of reasons. Not in the catalog: its answers are no labels.

The closed lists `stop_reason` and `interrupt_reason` are what trends are read from; this is for finding out
what the lists do not hold.
"""

from classifiers.classifier import Classifier
from classifiers.reason_summary.labels import ReasonSummaryAnswer

STOPS = frozenset({"completed", "question", "plan_approval", "error"})
"""Ends of turns at which the agent stopped by itself, as `stop_reason` has them."""

INTERRUPTS = frozenset({"interrupted"})

REASON_SUMMARY = Classifier(
    name="reason_summary",
    unit_kind="turn",
    answer_type=ReasonSummaryAnswer,
    rendering="turn",
    turn_ends=STOPS | INTERRUPTS,
)
