"""What bears out a claim of the agent: the last such event before it, and nothing after it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classifiers.answers.claims import Backing, Claim, backing_of
from orchestration.ingest.rows import RawEvent
from tests.raw_lake import make

SAID_AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def event(minutes: int, *, is_success: bool | None, kind: str = "test_run") -> RawEvent:
    """An event so many minutes after the claim."""
    at = SAID_AT + timedelta(minutes=minutes)
    values: dict[str, Any] = {"event_id": f"{kind}:{minutes}", "event_kind": kind, "occurred_at": at}
    return make(RawEvent, **values, is_success=is_success)


@pytest.mark.parametrize(
    ("events", "backing"),
    [
        ([event(-5, is_success=True)], "backed"),
        ([event(-5, is_success=False)], "contradicted"),
        ([event(-9, is_success=True), event(-5, is_success=False)], "contradicted"),
        ([event(-9, is_success=False), event(-5, is_success=True)], "backed"),
        ([event(-9, is_success=True), event(-5, is_success=None)], "unbacked"),
        ([event(5, is_success=True)], "unbacked"),
        ([event(-5, is_success=True, kind="commit")], "unbacked"),
        ([], "unbacked"),
    ],
    ids=[
        "passed", "failed", "failed later", "passed in the end", "end unsettled", "only afterwards",
        "another kind", "nothing happened",
    ],
)  # fmt: skip
def test_the_last_such_event_up_to_the_claim_decides(events: list[RawEvent], backing: Backing) -> None:
    claim: Claim = "tests_pass"
    assert backing_of(claim, SAID_AT, events) == backing
    assert backing_of(claim, SAID_AT, list(reversed(events))) == backing


def test_an_event_at_the_moment_of_the_claim_counts() -> None:
    assert backing_of("committed", SAID_AT, [event(0, is_success=True, kind="commit")]) == "backed"
