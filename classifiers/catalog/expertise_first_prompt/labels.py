"""Task expertise from the first prompt (I4a). The labels' meanings are in `expertise_labels`.

The agent's work cannot have influenced this text, so it stands beside the rating of the whole session.
The signals are not asked apart: they are diagnostics of the rating of the whole session.
"""

from pydantic import Field

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings
from classifiers.answers.expertise_labels import EXPERTISE_MEANINGS, Expertise


class ExpertiseFirstPromptAnswer(Answer):
    """What the first prompt shows of knowing this task: one rating."""

    evidence_record_ids: list[RecordId] = Field(max_length=5, description="The prompt's record.")
    expertise: Expertise = Field(
        description=with_meanings("One rating of what the prompt shows about this task.", EXPERTISE_MEANINGS),
        json_schema_extra=RISING,
    )
