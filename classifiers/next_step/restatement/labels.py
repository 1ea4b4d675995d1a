"""A next step, said once more: the answer. An open text, so that it is in no label table."""

from pydantic import Field

from classifiers.answers.answer import Answer

MAX_CHARS = 300


class RestatedStepAnswer(Answer):
    """The same step in one plain sentence."""

    next_step: str = Field(
        min_length=1,
        max_length=MAX_CHARS,
        description="The step in one sentence of at most 40 plain words that begins with a verb.",
    )
