"""Stop reason (I12): why the agent stopped and left the next step to the person. The labels' one home.

`done` and `error_or_limit` are stops that await nobody: they are outside the denominator of A11.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

StopReason = Literal[
    "options_offered",
    "needs_diagnostic_from_user",
    "request_unclear",
    "missing_access",
    "approval_before_action",
    "done",
    "error_or_limit",
    "other",
    "not_inferable",
]

MEANINGS: dict[StopReason, str] = {
    "options_offered": "it put up ways to go on and the person is to choose between them.",
    "needs_diagnostic_from_user": "it needs something that only the person can observe, run, try or send: "
    "an output, a log, a test in the real environment, a look at a screen.",
    "request_unclear": "it cannot tell what is wanted and asks for the missing detail or meaning.",
    "missing_access": "a credential, permission, account, file, tool or connection that it lacks.",
    "approval_before_action": "it knows what to do and wants a yes before doing it, a plan's included.",
    "done": "what was asked is finished, answered or found impossible, and nothing is awaited.",
    "error_or_limit": "a failure or limit of the model, the program or the service cut it off.",
    "other": "another reason that the records show.",
    "not_inferable": "the records do not show why.",
}


class StopReasonAnswer(Answer):
    """The one main reason for which the turn ended."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The record in which the agent stopped; others that show the reason."
    )
    stop_reason: StopReason = Field(description=with_meanings("The main reason of the stop.", MEANINGS))
