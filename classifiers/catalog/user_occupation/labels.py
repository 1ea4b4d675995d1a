"""User occupation (I5): what the person does for a living, by side signals alone. The opt-out's one home.

The groups and their meanings are in `classifiers.answers.occupations`.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.occupations import OCCUPATION_MEANINGS, OccupationGroup

UserOccupation = Literal[OccupationGroup, "not_inferable"]

MEANINGS: dict[str, str] = {
    **OCCUPATION_MEANINGS,
    "not_inferable": "no side signal shows it, or the signals point to several groups alike.",
}


class UserOccupationAnswer(Answer):
    """The occupation of the person who typed the prompts, by what stands beside the work."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The records that hold the side signals; none for not_inferable."
    )
    user_occupation: UserOccupation = Field(
        description=with_meanings("The group that the person works in.", MEANINGS)
    )
