"""New work (B4): what would have become of the work without an agent. The labels' one home."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

NewWork = Literal["would_have_been_done", "deferred_cleanup", "exploratory", "not_inferable"]

MEANINGS: dict[NewWork, str] = {
    "would_have_been_done": (
        "somebody needs the result or it is the person's task: it would have been done anyway."
    ),
    "deferred_cleanup": "upkeep that had been left undone and that nothing forces now, such as old warnings.",
    "exploratory": "a trial, an experiment, a small tool or a look at something that nobody waits for.",
    "not_inferable": "the person's words show neither a need nor why the work is done now.",
}


class NewWorkAnswer(Answer):
    """What would have become of the work if no agent had been at hand."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The person's prompts that say why or for whom the work is done."
    )
    new_work: NewWork = Field(description=with_meanings("The work without an agent at hand.", MEANINGS))
