"""Goal complexity (I11): how much stands between the request and its fulfilment. The labels' one home."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings

GoalComplexity = Literal["minimal", "low", "moderate", "high", "not_inferable"]

MEANINGS: dict[GoalComplexity, str] = {
    "minimal": "one obvious step at a known place, right or wrong at a glance.",
    "low": "a few steps in one place, by a known way; one check settles it.",
    "moderate": "steps that depend on each other, over several parts of a system, with something to find out "
    "first; checking takes thought.",
    "high": "many dependent steps over a broad or unfamiliar system, unknowns that decide the way; whether "
    "it worked is hard to establish.",
    "not_inferable": "no goal can be stated.",
}


class GoalComplexityAnswer(Answer):
    """The complexity of what was asked for, not of the conversation about it."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The prompts that state the goal, and records that show its extent."
    )
    goal_complexity: GoalComplexity = Field(
        description=with_meanings("The whole goal of the session.", MEANINGS), json_schema_extra=RISING
    )
