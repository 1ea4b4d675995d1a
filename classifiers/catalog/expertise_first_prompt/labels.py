"""Task expertise from the first prompt (I4a). The labels' meanings are in `expertise_labels`.

The agent's work cannot have influenced this text, so it stands beside the rating of the whole session.
Who corrects whom is not asked: one prompt is no exchange.
"""

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings
from classifiers.answers.expertise_labels import (
    EXPERTISE_MEANINGS,
    FRAMING_MEANINGS,
    VERIFICATION_MEANINGS,
    Expertise,
    FramingPrecision,
    VerificationAsked,
)


class ExpertiseFirstPromptAnswer(Answer):
    """What the first prompt shows of knowing this task: two signals, and one rating that weighs them."""

    evidence_record_ids: list[RecordId] = Field(max_length=5, description="The prompt's record.")
    framing_precision: FramingPrecision = Field(
        description=with_meanings("How precisely the task is framed.", FRAMING_MEANINGS)
    )
    verification_asked: VerificationAsked = Field(
        description=with_meanings("What is asked to be verified.", VERIFICATION_MEANINGS)
    )
    expertise: Expertise = Field(
        description=with_meanings("One rating of what the prompt shows about this task.", EXPERTISE_MEANINGS),
        json_schema_extra=RISING,
    )
