"""Observations of one part of a long session: what later questions need of records they will not read.

An observation never reaches a label row: it is shown, fenced, to the questions on the same session.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from classifiers.answers.answer import Answer, RecordId

MAX_CHARS = 400
"""Forty words, with room for long ones: longer texts are cut rather than lost with the whole answer."""


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS].rstrip()} …"


class Observation(Answer):
    """One thing that a record shows."""

    record_id: RecordId
    observation: Annotated[str, AfterValidator(_shortened)] = Field(
        min_length=1, description="What this record shows, in at most 40 plain words of your own."
    )


class ObservationAnswer(Answer):
    """What a part of a session shows, in the order of its records.

    No number is named: a bound would cut what later questions count. The envelope bounds the output.
    """

    observations: list[Observation] = Field(
        description="Everything of this part that the question asks for; else an empty list."
    )
