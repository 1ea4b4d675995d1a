"""Failure rating (C20): how much trouble a session met along the way. The levels' one home.

One direct rating of the whole session, as study C asks for; `failure_evidence` computes a score from typed
signals, in which the final state counts (I9). The comparable series of C24, C25 and C28 is this one (§0.14).
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings

FailureRating = Literal[0, 1, 2, 3, 4, 5]

MEANINGS: dict[FailureRating, str] = {
    0: "no sign of trouble.",
    1: "a slip that was mended at once.",
    2: "one weak sign: a detour, a small misunderstanding, one more try.",
    3: "several weak signs.",
    4: "one hard sign.",
    5: "several hard signs.",
}


class FailureRatingAnswer(Answer):
    """One rating of the trouble on the way; null is the opt-out."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The records that show the trouble; none for 0."
    )
    failure_rating: FailureRating | None = Field(
        description=with_meanings(
            "The trouble met along the way; null where the session shows no work.", MEANINGS
        ),
        json_schema_extra=RISING,
    )
