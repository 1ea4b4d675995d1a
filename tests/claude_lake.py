"""Labels by Claude on the small lake: one question asked of some sessions, with known coverage and cost.

Test support, beside `raw_lake.small_lake`, whose labels are the rules'. Every count below is meant.
"""

from datetime import date, timedelta
from typing import Any

from classifiers.asking.eligibility import LabelEligibility, Reason
from tests.raw_lake import Lake

OUTCOME_BY_CLAUDE = "outcome-v1-whole-claude"
ASKED = {
    "labeller": "claude", "rendering": "whole", "fingerprint": OUTCOME_BY_CLAUDE, "model": "claude-haiku-5-5",
    "input_tokens": 10, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 70,
    "output_tokens": 5, "cost_usd": 0.25,
}  # fmt: skip
ANSWERED = {"cited_evidence_count": 4, "rejected_evidence_count": 1, "coverage": 0.5}


def label_by_claude(lake: Lake) -> None:
    """Outcomes of users 1–6, asked in October, beyond the budget in November; `lone` was not asked.

    58 sessions are eligible (42 of users 1–6, 16 of `lone`), one of an SDK is not. October: users 1–4
    succeeded (16), user 5 failed (4), user 6 not inferable on two days and refused on two. The 22 answers
    were asked for twice: the six of the first day differ. One session was read in the rendering study_c.
    """
    october = [date(2025, 10, 6) + timedelta(days=number) for number in range(4)]
    november = [date(2025, 11, 3) + timedelta(days=number) for number in range(3)]
    for user in range(1, 7):
        for day in (*october, *november):
            _eligible(lake, f"user_{user}-{day}", day)
        for day in october:
            _ask(lake, user, day)
        for day in november:
            _label(lake, f"user_{user}-{day}", day, status="skipped_budget", **_unasked())
    for number in range(16):
        day = date(2025, 12, 1) + timedelta(days=number)
        _eligible(lake, f"lone-{day}", day)
    _eligible(lake, f"user_1-{october[0]}sdk", october[0], reason="not_interactive")
    cut = {"rendering": "study_c", "fingerprint": "outcome-v1-study_c-claude"}
    _label(lake, f"user_1-{october[0]}", october[0], **cut, **ANSWERED, **_outcome("failed"))


def _ask(lake: Lake, user: int, day: date) -> None:
    """One session of October, and its repeat."""
    session_id = f"user_{user}-{day}"
    if user == 6 and day.day > 7:
        _label(lake, session_id, day, status="refused")
        return
    outcome = {5: "failed", 6: "not_inferable"}.get(user, "succeeded")
    repeated = "partially_succeeded" if day.day == 6 else outcome
    _label(lake, session_id, day, **ANSWERED, **_outcome(outcome))
    _label(lake, session_id, day, replicate=1, **ANSWERED, **_outcome(repeated))


def _label(lake: Lake, session_id: str, day: date, **values: Any) -> None:
    lake.label("outcome", day, session_id, **(ASKED | values))


def _outcome(outcome: str) -> dict[str, str]:
    return {"outcome": outcome, "forced_outcome": "no_clear_goal" if outcome == "not_inferable" else outcome}


def _unasked() -> dict[str, None]:
    return {name: None for name in ASKED if name.endswith(("_tokens", "_usd"))}


def _eligible(lake: Lake, session_id: str, day: date, *, reason: Reason = "eligible") -> None:
    lake.eligible(
        day,
        LabelEligibility(
            classifier="outcome", fingerprint=OUTCOME_BY_CLAUDE, labeller="claude", session_id=session_id,
            unit_id=session_id, unit_kind="session", is_eligible=reason == "eligible", reason=reason,
        ),
    )  # fmt: skip
