"""Outcome (I7): whether a session's goal was reached. The labels' one home."""

from typing import Literal, Self

from pydantic import Field, model_validator

from classifiers.answers.answer import Answer, RecordId, with_meanings

ForcedOutcome = Literal["succeeded", "partially_succeeded", "failed", "no_clear_goal"]
Outcome = Literal[ForcedOutcome, "not_inferable"]

MEANINGS: dict[Outcome, str] = {
    "succeeded": "the final state is what was wanted; wanting to understand or to plan is a goal too.",
    "partially_succeeded": "part of what was wanted is there, or the scope was cut.",
    "failed": "nothing of it is there: the last error was not resolved, the person rejected the result, or"
    " did it by hand instead, or the work stopped before anything was delivered.",
    "no_clear_goal": "no aim can be stated.",
    "not_inferable": "the goal is clear, the session does not show whether it was reached.",
}


class OutcomeAnswer(Answer):
    """The final state of the session beside its goal. The agent's own claim is not evidence."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The record that states the goal, and those that show the final state."
    )
    outcome: Outcome = Field(description=with_meanings("The goal beside the final state.", MEANINGS))
    forced_outcome: ForcedOutcome = Field(
        description="The best guess where not_inferable is no option; equals outcome otherwise."
    )

    @model_validator(mode="after")
    def _forced_only_where_not_inferable(self) -> Self:
        if self.outcome not in ("not_inferable", self.forced_outcome):
            raise ValueError("forced_outcome differs from an outcome that is not not_inferable")
        return self
