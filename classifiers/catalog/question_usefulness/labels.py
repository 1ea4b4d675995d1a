"""Question usefulness (METHODS 7.2): what the answer to the agent's question did. The labels' one home.

A question is useful where its answer changed the plan or supplied what was missing (`USEFUL`).
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

QuestionUsefulness = Literal[
    "changed_plan",
    "supplied_missing",
    "confirmed_only",
    "not_answered",
    "other",
    "not_inferable",
]

MEANINGS: dict[QuestionUsefulness, str] = {
    "changed_plan": "the answer turns the agent away from what it proposed, expected or was about to do.",
    "supplied_missing": "the answer states something that the agent did not have and needs to go on.",
    "confirmed_only": "the answer is a yes to what the agent would have done, or repeats what it could know.",
    "not_answered": "the person says something else, or nothing, and the question stays open.",
    "other": "the answer does something else that the records show.",
    "not_inferable": "the records do not show what was asked or what the answer was.",
}

USEFUL: tuple[QuestionUsefulness, ...] = ("changed_plan", "supplied_missing")


class QuestionUsefulnessAnswer(Answer):
    """What the person's answer did for the work."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The record with the question, and the person's next words."
    )
    question_usefulness: QuestionUsefulness = Field(
        description=with_meanings("What the answer to the question was good for.", MEANINGS)
    )
