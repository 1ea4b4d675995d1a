"""Interrupt reason (I13): why the person cut the agent off. The labels' one home."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

InterruptReason = Literal[
    "correction_or_context",
    "too_slow_or_looping",
    "has_enough",
    "will_do_self",
    "goal_changed",
    "accidental_or_queue",
    "safety_stop",
    "other",
    "not_inferable",
]

MEANINGS: dict[InterruptReason, str] = {
    "correction_or_context": "the agent was doing it wrong, or lacked something it should know, and is told.",
    "too_slow_or_looping": "it took too long, hung, repeated itself or did far more than needed.",
    "has_enough": "what there was by then was enough to go on with.",
    "will_do_self": "the person takes the next step with their own hands.",
    "goal_changed": "the person wants something else than before.",
    "accidental_or_queue": "a slip, or only to get a message in; the agent goes on as it was.",
    "safety_stop": "to keep the agent from doing damage or something it may not do.",
    "other": "another reason that the person's words show.",
    "not_inferable": "the person says nothing after it, or nothing that tells why.",
}


class InterruptReasonAnswer(Answer):
    """The one main reason for which the person interrupted, by what they said next."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The person's next words, and what the agent was doing when it was cut off."
    )
    interrupt_reason: InterruptReason = Field(
        description=with_meanings("The main reason of the interruption.", MEANINGS)
    )
