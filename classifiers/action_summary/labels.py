"""Summaries of what tool calls did: the answer. An open text, so that it is in no label table."""

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId

MAX_CHARS = 160


class ActionSummaryAnswer(Answer):
    """What one call did and what for, in words of the model, and whether it could point at somebody."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The call itself; at most two records before it that show what it is for."
    )
    summary: str | None = Field(
        max_length=MAX_CHARS,
        description="What the call does and for what kind of work, in four to fifteen plain words; null "
        "where the records do not tell.",
    )
    is_private: bool = Field(
        description="true if they could point at a person, an organisation, a product, a project or a place."
    )
