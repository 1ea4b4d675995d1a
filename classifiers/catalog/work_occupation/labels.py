"""Work occupation (I6): whose work it is that a session does. The opt-out's one home.

The groups and their meanings are in `classifiers.answers.occupations`.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from classifiers.answers.answer import FORCED, Answer, RecordId, with_meanings
from classifiers.answers.occupations import OCCUPATION_MEANINGS, OccupationGroup

WorkOccupation = Literal[OccupationGroup, "not_inferable"]

MEANINGS: dict[str, str] = {
    **OCCUPATION_MEANINGS,
    "not_inferable": "the session does not show what the work is.",
}


class WorkOccupationAnswer(Answer):
    """The occupation that the session's work belongs to, whoever did it here."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The prompt that asks for the work, and the main things made."
    )
    work_occupation: WorkOccupation = Field(
        description=with_meanings("The group whose work this is.", MEANINGS)
    )
    forced_work_occupation: OccupationGroup = Field(description=FORCED)

    @model_validator(mode="after")
    def _forced_only_where_not_inferable(self) -> Self:
        if self.work_occupation not in ("not_inferable", self.forced_work_occupation):
            raise ValueError("forced_work_occupation differs from an inferable work_occupation")
        return self
