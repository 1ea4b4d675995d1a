"""Codebase relation (I2): how a session stands to the code it touches. The labels' one home."""

from typing import Literal, Self

from pydantic import Field, model_validator

from classifiers.answers.answer import FORCED, Answer, RecordId, with_meanings

ForcedCodebaseRelation = Literal["modifies_existing", "explores_existing", "creates_new", "no_codebase"]
CodebaseRelation = Literal[ForcedCodebaseRelation, "not_inferable"]

MEANINGS: dict[CodebaseRelation, str] = {
    "modifies_existing": "a codebase that existed before the session is changed or added to.",
    "explores_existing": "such a codebase is read, searched, run or inspected, and not changed.",
    "creates_new": "the files made are the codebase: there was none before.",
    "no_codebase": "the work touches no codebase; so does an answer from what the agent knows.",
    "not_inferable": "the files touched are hidden, or the agent did no work.",
}


class CodebaseRelationAnswer(Answer):
    """How the session stands to a codebase, by the files it touched."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5,
        description="The first calls that changed or read files; else the prompt and the reply.",
    )
    codebase_relation: CodebaseRelation = Field(
        description=with_meanings("By the files touched: did they exist before the session?", MEANINGS)
    )
    forced_codebase_relation: ForcedCodebaseRelation = Field(description=FORCED)

    @model_validator(mode="after")
    def _forced_only_where_not_inferable(self) -> Self:
        if self.codebase_relation not in ("not_inferable", self.forced_codebase_relation):
            raise ValueError("forced_codebase_relation differs from an inferable codebase_relation")
        return self
