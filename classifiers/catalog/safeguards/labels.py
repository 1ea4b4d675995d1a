"""Safeguards (I17, A16): what stands between a tool call and harm. The labels' one home."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

Safeguards = Literal[
    "approval_or_restriction",
    "other_safeguard",
    "none",
    "not_inferable",
]

MEANINGS: dict[Safeguards, str] = {
    "approval_or_restriction": "a person's approval or restricted tools stand between the call and harm, "
    "with or without others.",
    "other_safeguard": "none of these two, but another one of the list.",
    "none": "the records show the setting, and no safeguard in it.",
    "not_inferable": "the records show too little of the setting.",
}


class SafeguardsAnswer(Answer):
    """Every safeguard that is visible, and the answer in one word."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The call itself, and at most two records before it that decide."
    )
    has_approval: bool = Field(
        description="Whether a person has to agree, or has agreed, before this takes effect."
    )
    has_restricted_tools: bool = Field(
        description="Whether permissions, allowed tools, scopes or read-only access limit what the agent "
        "can do."
    )
    has_sandbox: bool = Field(
        description="Whether it runs in a container, sandbox, emulator or copy, apart from what matters."
    )
    has_dry_run: bool = Field(description="Whether the call only tries out, plans or previews the change.")
    has_review_gate: bool = Field(
        description="Whether the result passes a review, tests or a pipeline before it takes effect."
    )
    has_backup: bool = Field(
        description="Whether version control, a backup or an undo keeps the state before."
    )
    safeguards: Safeguards = Field(
        description=with_meanings(
            "The answer in one word; study A counts approval and restricted tools.", MEANINGS
        )
    )
