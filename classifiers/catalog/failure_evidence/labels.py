"""Failure evidence (I9): typed signals that the goal was missed. The signals' meanings, once.

The labeller finds and types signals; `evidence_score` scores them.
"""

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.evidence_score import FailureSignal

MEANINGS: dict[FailureSignal, str] = {
    "error_unrecovered": "the work ends in an error that nothing after it resolves.",
    "tests_fail_at_end": "the last test run fails and no change follows it.",
    "user_rejects_result": "the person says that the result is wrong, and nothing after it puts it right.",
    "gave_up": "the person or the agent stops before the goal, or the person does it by hand.",
    "rollback": "the work of the session is undone and not replaced.",
    "user_pushes_back": "the person objects to what the agent did or is about to do, and the work goes on.",
    "frustration": "the person shows annoyance with the work.",
    "repeated_attempts": "the same thing fails at least twice, with no success in between.",
    "work_off_target": "the agent did something other than what was asked.",
    "error_recovered": "an error along the way that later work resolved.",
}


class FoundFailureSignal(Answer):
    """One signal and the record it rests on."""

    record_id: RecordId
    signal: FailureSignal = Field(
        description=with_meanings("What the record shows. The final state counts.", MEANINGS)
    )


class FailureEvidenceAnswer(Answer):
    """All signals that the session's goal was missed; an empty list where there is none."""

    signals: list[FoundFailureSignal] = Field(
        description="Every signal with the record it rests on; an empty list where there is none."
    )
