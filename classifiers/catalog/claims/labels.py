"""Claims: what the agent says it has achieved, where events can tell. The claims' meanings, once.

The labeller finds and types claims; `answers/claims` holds them against the session's events.
"""

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.claims import Claim

MEANINGS: dict[Claim, str] = {
    "tests_pass": "tests, a suite or a named test now pass.",
    "committed": "work of this session is committed.",
    "pushed": "commits were pushed to a remote.",
    "pr_opened": "a pull request was opened.",
    "pr_merged": "a pull request was merged.",
}


class FoundClaim(Answer):
    """One claim and the agent's record that makes it."""

    record_id: RecordId = Field(description="Id of the agent's own record in which it says so.")
    claim: Claim = Field(description=with_meanings("What the agent says has happened.", MEANINGS))


class ClaimsAnswer(Answer):
    """All such claims of the agent; an empty list where there is none."""

    claims: list[FoundClaim] = Field(
        description="Every claim with the record that makes it, in order; an empty list where there is none."
    )
