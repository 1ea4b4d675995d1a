"""The verdict on a reviewer's findings, by whoever knows the bug."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

MatchVerdict = Literal["named", "not_named", "not_judgeable"]

MEANINGS: dict[MatchVerdict, str] = {
    "named": "a finding says what the bug is, so that whoever follows it up comes to the bug.",
    "not_named": "no finding does.",
    "not_judgeable": "what is known of the bug does not say what went wrong.",
}


class ChangeMatchAnswer(Answer):
    """Whether the bug was named, and by which findings."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The findings that name the bug; empty where none does."
    )
    verdict: MatchVerdict = Field(description=with_meanings("Whether the bug was named.", MEANINGS))
