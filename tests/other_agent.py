"""Sessions of a second agent for the small lake, made to show wherever two agents were mixed.

Test support, beside `raw_lake.small_lake`, whose sessions are another agent's. The people are partly the
same, they work at the same hours and earlier, and nothing comes out as it does with the first agent.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from classifiers.asking.eligibility import LabelEligibility
from orchestration.ingest import rows
from tests.claude_lake import ANSWERED, ASKED, OUTCOME_BY_CLAUDE
from tests.raw_lake import Lake, add_session, make, session_id_of

OTHER_AGENT = "codex"
USERS = tuple(f"user_{number}" for number in range(1, 10))
"""The six people of the small lake and three more."""

DAYS = tuple(date(2025, 9, 1) + timedelta(days=number) for number in (0, 1, 35, 36, 37, 63))
"""Monday 1 and Tuesday 2 September, before anybody's first session with the other agent; then days on
which both agents are used: Monday 6 to Wednesday 8 October, Monday 3 November."""

RESUMED = date(2025, 9, 17)
"""Wednesday two weeks later, on which the sessions of 1 September are taken up again."""


def add_other_agent(lake: Lake) -> None:
    """54 interactive sessions, six of each of nine people, and nine of an SDK on the first day.

    The rules find every session failed; Claude says that of every second one, and was asked twice. Its files
    were archived in October, earlier than the other agent's.
    """
    for number, user in enumerate(USERS):
        for day in DAYS:
            add_session(
                lake, user, day, agent=OTHER_AGENT, outcome="failed", success=0, failure=5, lines=0,
                permission="bypassPermissions", interrupts=1,
            )  # fmt: skip
            _ask(lake, session_id_of(user, day, agent=OTHER_AGENT), day, is_failed=number % 2 == 0)
        add_session(lake, user, DAYS[0], agent=OTHER_AGENT, suffix="sdk", surface="sdk", entrypoint="sdk-cli")
        _resume(lake, user)
    _add_file(lake)


def _ask(lake: Lake, session_id: str, day: date, *, is_failed: bool) -> None:
    answers = ("failed", "succeeded") if is_failed else ("no_clear_goal", "no_clear_goal")
    for replicate, answer in enumerate(answers):
        said = {"outcome": answer, "forced_outcome": answer, "replicate": replicate}
        lake.label("outcome", day, session_id, **ASKED, **ANSWERED, **said)
    lake.eligible(
        day,
        LabelEligibility(
            classifier="outcome", fingerprint=OUTCOME_BY_CLAUDE, labeller="claude", session_id=session_id,
            unit_id=session_id, unit_kind="session", is_eligible=True, reason="eligible",
        ),
    )  # fmt: skip


def _resume(lake: Lake, user: str) -> None:
    """A prompt and a turn of ten minutes, in which a response of 500 tokens and a sub-agent's call."""
    day, session_id = DAYS[0], session_id_of(user, DAYS[0], agent=OTHER_AGENT)
    start = datetime(RESUMED.year, RESUMED.month, RESUMED.day, 9, tzinfo=UTC)
    end = start + timedelta(minutes=10)
    turn_id = f"{session_id}-again"
    who: dict[str, Any] = {
        "session_id": session_id, "user_id": user, "project_id": "p", "source": OTHER_AGENT,
        "turn_id": turn_id,
    }  # fmt: skip
    turn = make(
        rows.RawTurn, **who, opened_by="prompt", turn_number=2, started_at=start, ended_at=end,
        end_reason="completed", wall_seconds=600.0, net_seconds=600.0, response_count=1, tool_call_count=1,
        agent_word_count=1_000, has_agent_work=True, permission_mode="bypassPermissions",
    )  # fmt: skip
    act = make(
        rows.RawHumanAct, **who, act_id=f"{turn_id}-act", act_kind="prompt", acted_at=start, is_typed=True
    )
    response = make(
        rows.RawResponse, **who, response_id=f"{turn_id}-response", record_id="r", responded_at=start,
        ended_at=end, input_tokens=1, output_tokens=500, is_usage_final=True,
    )  # fmt: skip
    call = make(
        rows.RawToolCall, **who, tool_use_id=f"{turn_id}-call", record_id="r", tool_name="Bash",
        called_at=start, has_call=True, is_sidechain=True, agent_id="sub-agent",
    )  # fmt: skip
    lake.add("turns", day, turn)
    lake.add("human_acts", day, act)
    lake.add("responses", day, response)
    lake.add("tool_calls", day, call)


def _add_file(lake: Lake) -> None:
    """One file of four objects, all of which became rows."""
    archived_at, day = datetime(2025, 10, 20, tzinfo=UTC), DAYS[0]
    lake.add(
        "files", archived_at.date(),
        make(rows.RawFile, content_hash="o", source=OTHER_AGENT, object_count=4, archived_at=archived_at),
    )  # fmt: skip
    lake.add(
        "record_counts", day,
        make(
            rows.RawRecordCount, content_hash="o", source=OTHER_AGENT, disposition="row", object_count=4,
            session_id=session_id_of(USERS[0], day, agent=OTHER_AGENT), record_type="event_msg",
        ),
    )  # fmt: skip
