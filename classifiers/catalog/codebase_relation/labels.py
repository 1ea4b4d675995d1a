"""Codebase relation (I2): how a session stands to the code it touches. The labels' one home."""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

CodebaseRelation = Literal[
    "modifies_existing", "explores_existing", "creates_new", "no_codebase", "not_inferable"
]

MEANINGS: dict[CodebaseRelation, str] = {
    "modifies_existing": "files of a codebase that existed before the session are changed or added to.",
    "explores_existing": "such a codebase is read, searched, run or inspected, and not changed.",
    "creates_new": "the files made are the codebase: there was none before the session.",
    "no_codebase": "the work touches no codebase.",
    "not_inferable": "the session does not show which files were touched, or the agent did no work.",
}


class CodebaseRelationAnswer(Answer):
    """How the session stands to a codebase, by the files it touched."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5,
        description="The first calls that read or changed the files; without any, the prompt and the reply.",
    )
    codebase_relation: CodebaseRelation = Field(
        description=with_meanings("By the files touched: did they exist before the session?", MEANINGS)
    )
