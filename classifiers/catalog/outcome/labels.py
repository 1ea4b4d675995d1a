"""Outcome (I7): whether a session's goal was reached. The labels' one home."""

from typing import Literal, Self

from pydantic import Field, model_validator

from classifiers.answers.answer import FORCED, Answer, RecordId, with_meanings

ForcedOutcome = Literal["succeeded", "partially_succeeded", "failed", "no_clear_goal"]
Outcome = Literal[ForcedOutcome, "not_inferable"]

MEANINGS: dict[Outcome, str] = {
    "succeeded": "what was wanted was done or delivered, and the records hold nothing against it.",
    "partially_succeeded": "part of what was wanted is there, or the scope was cut.",
    "failed": "nothing of it is there: an error stands, the person rejected the result or did it by hand.",
    "no_clear_goal": "no aim can be stated.",
    "not_inferable": "the goal is clear, and its end is not shown.",
}


class OutcomeAnswer(Answer):
    """The final state of the session compared with its goal. `forced_outcome` is study C's series."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The record that states the goal, and those that show the final state."
    )
    outcome: Outcome = Field(description=with_meanings("The final state, compared with the goal.", MEANINGS))
    forced_outcome: ForcedOutcome = Field(description=FORCED)

    @model_validator(mode="after")
    def _forced_only_where_not_inferable(self) -> Self:
        if self.outcome not in ("not_inferable", self.forced_outcome):
            raise ValueError("forced_outcome differs from an outcome that is not not_inferable")
        return self
