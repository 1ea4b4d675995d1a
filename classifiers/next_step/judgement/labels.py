"""The verdict on two next steps (I23). Whose they are is not known to whoever judges."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

NextStepVerdict = Literal["first_better", "second_better", "tie", "not_judgeable"]

MEANINGS: dict[NextStepVerdict, str] = {
    "first_better": "`[s1]` would have brought the work closer to where it had to end.",
    "second_better": "`[s2]` would have brought the work closer to where it had to end.",
    "tie": "they are the same step, or neither would have brought the work closer than the other.",
    "not_judgeable": "the last records do not show where the work had to end.",
}


class NextStepJudgementAnswer(Answer):
    """What the end of the session says about two steps."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="Records of the end that decide between the two steps."
    )
    verdict: NextStepVerdict = Field(description=with_meanings("Which step was better.", MEANINGS))
