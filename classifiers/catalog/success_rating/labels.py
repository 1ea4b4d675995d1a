"""Success rating (C19): how strongly a session shows that its goal was reached. The levels' one home.

One direct rating of the whole session, as study C asks for; `success_evidence` computes a score from typed
signals instead (I8). The comparable series is this one.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings

SuccessRating = Literal[0, 1, 2, 3, 4, 5]

MEANINGS: dict[SuccessRating, str] = {
    0: "no sign of success.",
    1: "a weak sign that could mean something else.",
    2: "a clean ending, and nothing confirms the result.",
    3: "soft signs agree: the result was looked at, or taken up without objection.",
    4: "one hard sign.",
    5: "several hard signs.",
}


class SuccessRatingAnswer(Answer):
    """One rating of the signs of success; null is the opt-out."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The records that show the signs; none for 0."
    )
    success_rating: SuccessRating | None = Field(
        description=with_meanings("The signs of success; null where the session shows no work.", MEANINGS),
        json_schema_extra=RISING,
    )
