"""User occupation (I5): what the person does for a living, by the study's signals; coding is none.

The opt-out's one home.

The groups and their meanings are in `classifiers.answers.occupations`.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.occupations import OCCUPATION_MEANINGS, OccupationGroup

UserOccupation = Literal[OccupationGroup, "not_inferable"]

MEANINGS: dict[str, str] = {
    **OCCUPATION_MEANINGS,
    "not_inferable": "nothing besides the coding shows it, or two groups fit alike.",
}


class UserOccupationAnswer(Answer):
    """The occupation of the person who typed the prompts. Like the study, without a forced guess."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The records that hold the signals; none for not_inferable."
    )
    user_occupation: UserOccupation = Field(
        description=with_meanings("The group that the person works in.", MEANINGS)
    )
