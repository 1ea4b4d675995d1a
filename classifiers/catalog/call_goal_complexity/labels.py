"""Goal complexity of a call (I11, A20): how complex the goal is that a tool call serves.

The labels' one home.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings

CallGoalComplexity = Literal[
    "minimal",
    "low",
    "moderate",
    "high",
    "not_inferable",
]

MEANINGS: dict[CallGoalComplexity, str] = {
    "minimal": "one obvious action reaches the goal, such as editing one line.",
    "low": "a few actions in one place, by a known way.",
    "moderate": "actions that depend on each other over several parts, with something to find out first.",
    "high": "a long way with many dependent actions and unknowns that decide it, such as writing a compiler.",
    "not_inferable": "no goal can be stated.",
}


class CallGoalComplexityAnswer(Answer):
    """The goal behind the call, not the call."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The call itself, and at most two records before it that decide."
    )
    call_goal_complexity: CallGoalComplexity = Field(
        description=with_meanings("The goal that the call serves.", MEANINGS), json_schema_extra=RISING
    )
