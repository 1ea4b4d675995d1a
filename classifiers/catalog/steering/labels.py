"""Steering (I21): what each further prompt does to the agent's course. The labels' meanings, once.

The labeller labels prompts; `steering_shares` counts them.
"""

from typing import Self

from pydantic import Field, model_validator

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.steering_shares import Steering

MEANINGS: dict[Steering, str] = {
    "correct": "the goal stays, the person sets right what the agent did, believes or is about to do.",
    "redirect": "the person changes the goal of what is under way, or drops it for something else.",
    "take_over": "the person does a piece of the agent's work by hand, or orders it to stop for good.",
    "approve": "the person accepts what was done or proposed, and lets it stand or go on.",
    "none": "it neither steers nor accepts: a next task, an answer, a question, further detail.",
    "not_inferable": "the words are hidden or missing, so that what they do cannot be told.",
}


class SteeredPrompt(Answer):
    """One prompt and what it does."""

    record_id: RecordId
    steering: Steering = Field(
        description=with_meanings("What the prompt does to the course of the work.", MEANINGS)
    )


class SteeringAnswer(Answer):
    """Every prompt that the person typed after the first, mid-run ones included, once and in order."""

    prompts: list[SteeredPrompt] = Field(
        description="One entry per typed prompt after the session's first, in order; else empty."
    )

    @model_validator(mode="after")
    def _names_each_prompt_once(self) -> Self:
        if len({prompt.record_id for prompt in self.prompts}) != len(self.prompts):
            raise ValueError("a prompt is labelled twice")
        return self
