"""A next step in words: the answer. An open text, so that it is in no label table."""

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId

MAX_CHARS = 400


class NextStepAnswer(Answer):
    """One step, and the records that speak for it."""

    evidence_record_ids: list[RecordId] = Field(max_length=5, description="Records that speak for the step.")
    next_step: str = Field(
        min_length=1,
        max_length=MAX_CHARS,
        description="What to do next, in one sentence that begins with a verb.",
    )
