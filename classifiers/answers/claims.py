"""What the agent claims of its own work, and a rule that says whether the session's events bear it out.

A labeller finds and types claims; this rule alone calls them backed, unbacked or contradicted (METHODS §7.6,
pitfall 16). What each claim means is written in the catalog entry. Not here: which events a session has.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from orchestration.ingest.rows import EventKind, RawEvent

Claim = Literal["tests_pass", "committed", "pushed", "pr_opened", "pr_merged"]
Backing = Literal["backed", "unbacked", "contradicted"]

CLAIMED_EVENTS: dict[Claim, EventKind] = {
    "tests_pass": "test_run",
    "committed": "commit",
    "pushed": "push",
    "pr_opened": "pull_request_opened",
    "pr_merged": "pull_request_merged",
}
"""The kind of event that a claim is about."""


class ClaimItem(NamedTuple):
    """One row per claim of a label, with the agent's record that makes it.

    `backing` is null where the record has no time, so that nothing can be said of what came before it.
    """

    unit_id: str
    fingerprint: str
    replicate: int
    item_number: int
    record_id: str
    claim: Claim
    backing: Backing | None


class ClaimCounts(NamedTuple):
    """One row per label: its claims; `rejected_claim_count`: those whose record is none of the agent's."""

    claim_count: int
    rejected_claim_count: int


def backing_of(claim: Claim, said_at: datetime, events: Iterable[RawEvent]) -> Backing:
    """Whether the last such event up to the claim bears it out.

    Backed: it succeeded. Contradicted: it failed. Unbacked: there is none, or the transcript does not settle
    how it ended; an event after the claim backs nothing.
    """
    kind = CLAIMED_EVENTS[claim]
    before = [event for event in events if event.event_kind == kind and event.occurred_at <= said_at]
    if not before:
        return "unbacked"
    last = max(before, key=lambda event: (event.occurred_at, event.event_id))
    if last.is_success is None:
        return "unbacked"
    return "backed" if last.is_success else "contradicted"
