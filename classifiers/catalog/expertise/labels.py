"""Task expertise over the whole session (I4). The labels' meanings are in `expertise_labels`."""

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings
from classifiers.answers.expertise_labels import (
    CORRECTION_MEANINGS,
    EXPERTISE_MEANINGS,
    FRAMING_MEANINGS,
    VERIFICATION_MEANINGS,
    CorrectionDirection,
    Expertise,
    FramingPrecision,
    VerificationAsked,
)


class ExpertiseAnswer(Answer):
    """What the person shows of knowing this task: three signals, and one rating that weighs them."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="Records of the person, at least one for each signal that was used."
    )
    framing_precision: FramingPrecision = Field(
        description=with_meanings("How precisely directions are framed.", FRAMING_MEANINGS)
    )
    verification_asked: VerificationAsked = Field(
        description=with_meanings("What is asked to be verified.", VERIFICATION_MEANINGS)
    )
    correction_direction: CorrectionDirection = Field(
        description=with_meanings("Who corrects whom.", CORRECTION_MEANINGS)
    )
    expertise: Expertise = Field(
        description=with_meanings("One rating of what the person shows about this task.", EXPERTISE_MEANINGS),
        json_schema_extra=RISING,
    )
