"""Reversibility (I18, A18): whether what a tool call does can be undone. The labels' one home."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings

Reversibility = Literal[
    "reversible_trivially",
    "reversible_with_effort",
    "irreversible",
    "not_inferable",
]

MEANINGS: dict[Reversibility, str] = {
    "reversible_trivially": "nothing changes, or one step brings the state before back.",
    "reversible_with_effort": "the state before can be brought back, with work or with the help of others.",
    "irreversible": "something of it stays for good: sent, published, paid, lost, or done in the physical "
    "world.",
    "not_inferable": "the records do not show what the call changes.",
}


class ReversibilityAnswer(Answer):
    """How what the call does could be undone."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The call itself, and at most two records before it that decide."
    )
    reversibility: Reversibility = Field(
        description=with_meanings("How the effect of the call could be undone.", MEANINGS),
        json_schema_extra=RISING,
    )
