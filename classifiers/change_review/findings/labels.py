"""Findings of a review: the answer. Open texts, so that they are in no label table."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

MAX_CHARS = 300

Severity = Literal["blocks_merge", "minor"]

MEANINGS: dict[Severity, str] = {
    "blocks_merge": "a bug: with the change, something that worked or should work goes wrong for somebody.",
    "minor": "anything else that is worth saying: style, names, tests, speed without harm, doubts.",
}


class ChangeFinding(Answer):
    """One thing that a reviewer would say of the change."""

    file_record_id: RecordId = Field(description="The file that it is about.")
    severity: Severity = Field(description=with_meanings("Whether it is a bug.", MEANINGS))
    finding: str = Field(
        min_length=1,
        max_length=MAX_CHARS,
        description="What goes wrong, where and when, in plain words, without names of people.",
    )


class ChangeFindingsAnswer(Answer):
    """All findings on one change; none is an answer."""

    evidence_record_ids: list[RecordId] = Field(max_length=5, description="The files with bugs.")
    findings: list[ChangeFinding] = Field(
        description="What a reviewer would say before the change is merged."
    )
