"""The moments of a session that a duel is about: one prompt of each kind, or none."""

from typing import Self

from pydantic import Field, model_validator

from classifiers.answers.answer import Answer, RecordId


class NextStepMomentsAnswer(Answer):
    """The prompt whose direction was the clearest detour, and the one whose direction was the strongest."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="Records that show what became of the two directions."
    )
    detour_record_id: RecordId | None = Field(
        description="The person's prompt whose direction turned out the clearest detour; null where none did."
    )
    strong_record_id: RecordId | None = Field(
        description="The person's prompt that was the strongest move; null where none was one."
    )

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.detour_record_id is not None and self.detour_record_id == self.strong_record_id:
            raise ValueError("a prompt is a detour or a strong move")
        return self
