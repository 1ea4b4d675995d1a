"""Success evidence (I8): typed signals that the goal was reached. The signals' meanings, once.

The labeller finds and types signals; `evidence_score` scores them.
"""

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.evidence_score import SuccessSignal

MEANINGS: dict[SuccessSignal, str] = {
    "commit_matches": "a commit succeeded that holds the work of this session.",
    "pr_opened": "a pull request with the work of this session was opened.",
    "pr_merged": "a pull request with the work of this session was merged.",
    "tests_pass_after_change": "tests pass, run after the last change of code.",
    "command_output_matches": "a command that the goal asks for finished, and its output is what was asked.",
    "user_affirms_result": "the person says that the result is right.",
    "artefact_confirmed": "after the last change a build, check, run or look at the artefact went well.",
    "neutral_ack": "thanks or an acknowledgement that does not refer to the result.",
    "clean_end": "the agent finished its last turn, and nothing that was asked for is left open.",
}


class FoundSuccessSignal(Answer):
    """One signal and the record it rests on."""

    record_id: RecordId
    signal: SuccessSignal = Field(description=with_meanings("What the record shows.", MEANINGS))


class SuccessEvidenceAnswer(Answer):
    """All signals that the session's goal was reached; an empty list where there is none."""

    signals: list[FoundSuccessSignal] = Field(
        description="Every signal with the record it rests on; an empty list where there is none."
    )
