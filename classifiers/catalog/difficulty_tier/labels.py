"""Difficulty tier (I22): how much of the task the person left to be decided. The labels' one home."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings

DifficultyTier = Literal[
    "specified_task", "open_approach", "open_ended", "choosing_the_problem", "not_inferable"
]

MEANINGS: dict[DifficultyTier, str] = {
    "specified_task": "what is wrong or wanted is said; anyone would know it done on seeing it.",
    "open_approach": "the goal and its test are given, the way there has to be found.",
    "open_ended": "a direction without a specification: neither way nor shape of the answer is known.",
    "choosing_the_problem": "the task is to say which problem is worth working on.",
    "not_inferable": "the person's words set no task.",
}


class DifficultyTierAnswer(Answer):
    """Who defined problem, approach and what counts as done, when the task was set."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The person's prompts that set the task."
    )
    difficulty_tier: DifficultyTier = Field(
        description=with_meanings("The task as the person set it.", MEANINGS), json_schema_extra=RISING
    )
