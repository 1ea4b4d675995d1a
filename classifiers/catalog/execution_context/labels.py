"""Execution context of a call (METHODS §7.1): whether a tool call is meant, rehearsed or staged.

The labels' one home.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

ExecutionContext = Literal[
    "production",
    "test_or_simulation",
    "evaluation_or_red_team",
    "not_inferable",
]

MEANINGS: dict[ExecutionContext, str] = {
    "production": "the work is meant: somebody wants this result, and it touches what is really there.",
    "test_or_simulation": "invented data, a simulator, a demo or a rehearsal stands for the real thing.",
    "evaluation_or_red_team": "the agent itself, or a system's security, is being examined: a benchmark, an"
    " exam, a staged attack.",
    "not_inferable": "the records do not show it.",
}


class ExecutionContextAnswer(Answer):
    """Whether the scene is meant."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The call itself, and at most two records before it that decide."
    )
    execution_context: ExecutionContext = Field(
        description=with_meanings("What kind of scene the call belongs to.", MEANINGS)
    )
