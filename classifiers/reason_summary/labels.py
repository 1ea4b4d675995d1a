"""Summaries of why turns ended: the answer. An open text, so that it is in no label table."""

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId

MAX_CHARS = 160


class ReasonSummaryAnswer(Answer):
    """One reason in words of the model, and whether it could point at somebody."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The record in which the turn ended; others that show the reason."
    )
    summary: str | None = Field(
        max_length=MAX_CHARS,
        description="Why the turn ended, in four to fifteen plain words; null where no record shows it.",
    )
    is_private: bool = Field(
        description="true if they could point at a person, an organisation, a product, a project or a place."
    )
