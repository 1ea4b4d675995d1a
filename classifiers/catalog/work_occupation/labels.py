"""Work occupation (I6): who usually does work of this kind. The opt-out's one home.

The groups and their meanings are in `classifiers.answers.occupations`.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.occupations import OCCUPATION_MEANINGS, OccupationGroup

WorkOccupation = Literal[OccupationGroup, "not_inferable"]

MEANINGS: dict[str, str] = {
    **OCCUPATION_MEANINGS,
    "not_inferable": "the session does not show what the work is.",
}


class WorkOccupationAnswer(Answer):
    """The occupation that the session's work belongs to, whoever did it here."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The prompt that asks for the work and the main things made or done."
    )
    work_occupation: WorkOccupation = Field(
        description=with_meanings("The group whose work this is.", MEANINGS)
    )
    forced_work_occupation: OccupationGroup = Field(
        description="The best guess where not_inferable is no option; equals work_occupation otherwise."
    )
