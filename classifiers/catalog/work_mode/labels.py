"""Work mode (I1): what a session is trying to accomplish. The labels' one home.

The runner-up is for sessions with two aims. No weights are asked: a share of the work that a reader states
is not measured by anything, and nothing reads it.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from classifiers.answers.answer import FORCED, Answer, RecordId, with_meanings

ForcedWorkMode = Literal[
    "build",
    "fix",
    "test",
    "orchestrate",
    "operate",
    "understand",
    "plan",
    "analyze",
    "communicate",
]
WorkMode = Literal[ForcedWorkMode, "not_inferable"]

MEANINGS: dict[WorkMode, str] = {
    "build": "working code is added, changed or optimised.",
    "fix": "something that is broken triggered the work.",
    "test": "the checks themselves are the product: tests, benchmarks, verification of existing behaviour.",
    "orchestrate": "directing other agents or automated pipelines is the product.",
    "operate": "deploying, configuring, running or monitoring systems and pipelines.",
    "understand": "no change is wanted; knowledge of code or a subject is the product.",
    "plan": "forward-looking design, decided and written down without being implemented.",
    "analyze": "numbers, figures or findings from data are the product.",
    "communicate": "text or slides for people are the product.",
    "not_inferable": "the session does not show what it is for.",
}


class WorkModeAnswer(Answer):
    """The single activity that best describes the session, and the runner-up."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The prompt that set the work off, and main actions."
    )
    work_mode: WorkMode = Field(
        description=with_meanings("What the session is trying to accomplish.", MEANINGS)
    )
    second_work_mode: ForcedWorkMode | None = Field(description="The runner-up; null where there is none.")
    forced_work_mode: ForcedWorkMode = Field(description=FORCED)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.work_mode not in ("not_inferable", self.forced_work_mode):
            raise ValueError("forced_work_mode differs from a work_mode that is not not_inferable")
        if self.second_work_mode == self.forced_work_mode:
            raise ValueError("the runner-up is the activity itself")
        return self
