"""The facts and dimensions of the demo's warehouse: every row against what the generator planted.

Answers come from the truth alone, never from another table of the warehouse. Metrics are compared in
`test_planted_activity.py` and its neighbours, on the facts that are proved here.
"""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from orchestration.demo import SessionTruth
from tests.demo_lake import (
    NOW,
    DemoHome,
    Differences,
    ReleasedDemo,
    Row,
    by_session,
    month_of,
    planted_time,
    projects_of,
    week_of,
    worked_seconds,
)

AUTO_MODES = {"bypassPermissions", "auto"}
VERDICTS = ("plan_accepted", "plan_rejected", "denial_feedback")
SAME_NAME = (
    *("turn_count", "worked_turn_count", "human_prompt_count", "human_act_count", "message_count"),
    *("tool_call_count", "root_tool_call_count", "tool_error_count", "interrupt_count", "denial_count"),
    *("clarification_count", "compaction_count", "subagent_count", "input_tokens", "output_tokens"),
    *("cache_creation_input_tokens", "cache_read_input_tokens", "lines_added", "lines_removed"),
    *("commit_count", "push_count", "pull_request_count", "test_run_count"),
)
"""Columns of fct_sessions that the truth counts under the same name."""

ARCHIVED_AT = NOW.replace(tzinfo=None)
RETENTION = timedelta(days=30)

LONGEST_GAP = 600.0
"""Seconds after which a gap between two records is idle time (D4)."""


@pytest.fixture(scope="module")
def home(released: ReleasedDemo) -> DemoHome:
    return released.home


@pytest.fixture(scope="module")
def sessions(home: DemoHome) -> dict[str, Row]:
    return {row["session_id"]: row for row in home.query("select * from marts.fct_sessions")}


@pytest.fixture(scope="module")
def first_starts(home: DemoHome) -> dict[str | None, datetime]:
    """When the first session of each user started."""
    found: dict[str | None, datetime] = {}
    for session in home.truth.sessions:
        start = planted_time(session.started_at)
        found[session.user] = min(start, found.get(session.user, start))
    return found


def test_the_whole_demo_lands_and_passes_every_gate(released: ReleasedDemo) -> None:
    dates = {planted_time(s.started_at).date() for s in released.home.truth.sessions}
    assert not released.raw_report.has_stopped
    assert dates <= set(released.raw_report.landed)
    assert not released.label_report.has_stopped
    assert set(released.label_report.landed) == dates
    assert not [verdict for verdict in released.verdicts if verdict.is_stopping]


def test_sessions_have_the_planted_counts(home: DemoHome, sessions: dict[str, Row]) -> None:
    different = Differences()
    assert sessions.keys() == {session.session_id for session in home.truth.sessions}
    for session in home.truth.sessions:
        planted = {name: getattr(session.counts, name) for name in SAME_NAME}
        planted["steering_count"] = session.acts.get("steering", 0)
        different.compare(session, planted, sessions[session.session_id])
    different.must_be_none()


def test_sessions_have_the_planted_times_and_durations(home: DemoHome, sessions: dict[str, Row]) -> None:
    different = Differences()
    for session in home.truth.sessions:
        found = sessions[session.session_id]
        start, end = planted_time(session.started_at), planted_time(session.ended_at)
        planted: dict[str, Any] = {
            "started_at": start,
            "ended_at": end,
            "session_date": start.date(),
            "started_local_date": start.date(),
            "started_week": week_of(start),
            "started_month": month_of(start),
            "duration_seconds": (end - start).total_seconds(),
        }
        worked = worked_seconds(session)
        is_without_gaps = max(turn.wall_seconds for turn in session.turns) <= LONGEST_GAP
        if not session.counts.tool_call_count and is_without_gaps:
            planted["active_seconds"] = worked
        elif not 0 <= found["active_seconds"] <= worked + 0.001:
            different.add(f"{session.session_id}: active {found['active_seconds']} of {worked} s worked")
        different.compare(session, planted, found)
    different.must_be_none()


def test_sessions_say_who_worked_where_with_what(home: DemoHome, sessions: dict[str, Row]) -> None:
    key, projects = home.pseudonyms, projects_of(home)
    different = Differences()
    for session in home.truth.sessions:
        planted = {
            "user_id": key.user(session.user) if session.user else None,
            "project_id": key.project(projects[session.session_id]),
            "source": "claude_code",
            "cli_version": session.cli_version,
            "entrypoint": session.entrypoint,
            "surface": "interactive" if session.is_interactive else "sdk",
            "is_interactive": session.is_interactive,
            "is_cleared_start": session.is_cleared_start,
            "is_warmup_only": False,
            "is_usage_final": session.is_usage_final,
            "continues_session_id": session.continues_session_id,
        }
        different.compare(session, planted, sessions[session.session_id])
    different.must_be_none()


def test_oversight_of_a_session_follows_from_modes_and_verdicts(
    home: DemoHome, sessions: dict[str, Row]
) -> None:
    different = Differences()
    continued = {session.continues_session_id for session in home.truth.sessions}
    for session in home.truth.sessions:
        has_tools = any(turn.tool_call_count for turn in session.turns)
        verdicts = sum(session.acts.get(kind, 0) for kind in VERDICTS)
        is_approved = session.session_id in continued
        behaves = not (session.counts.denial_count or verdicts or is_approved)
        planted = {
            "has_tool_bearing_turn": has_tools,
            "is_full_auto": session.is_full_auto,
            "has_no_denial_or_plan_verdict": behaves if has_tools else None,
        }
        different.compare(session, planted, sessions[session.session_id])
    different.must_be_none()


def test_experience_counts_the_users_earlier_interactive_sessions(
    home: DemoHome, sessions: dict[str, Row], first_starts: dict[str | None, datetime]
) -> None:
    different = Differences()
    first_ends: dict[str | None, datetime] = {}
    for session in home.truth.sessions:
        end = planted_time(session.ended_at)
        first_ends[session.user] = min(end, first_ends.get(session.user, end))
    for session in home.truth.sessions:
        is_known = session.user is not None
        # At work before archiving began, and nothing shows that older sessions were kept.
        is_recent = first_starts[session.user] < ARCHIVED_AT and (
            first_ends[session.user] >= ARCHIVED_AT - RETENTION
        )
        planted = {
            "prior_session_count": session.prior_session_count if is_known else None,
            "is_history_truncated": is_recent if is_known else None,
        }
        different.compare(session, planted, sessions[session.session_id])
    different.must_be_none()


def test_turns_are_the_planted_turns(home: DemoHome) -> None:
    found = by_session(home.query("select * from marts.fct_turns order by started_at, turn_id"))
    different = Differences()
    for session in home.truth.sessions:
        own = found.get(session.session_id, [])
        if len(own) != len(session.turns):
            different.compare(session, {"turns": len(session.turns)}, {"turns": len(own)})
            continue
        for number, (turn, row) in enumerate(zip(session.turns, own, strict=True), start=1):
            start, mode = planted_time(turn.started_at), turn.permission_mode
            planted = {
                "turn_number": number,
                "opened_by": turn.opened_by,
                "end_reason": turn.end_reason,
                "started_at": start,
                "ended_at": planted_time(turn.ended_at),
                "started_week": week_of(start),
                "started_month": month_of(start),
                "session_date": planted_time(session.started_at).date(),
                "wall_seconds": turn.wall_seconds,
                "permission_mode": mode or "unknown",
                "is_full_auto": None if mode is None else mode in AUTO_MODES,
                "tool_call_count": turn.tool_call_count,
                "is_background": turn.is_background,
                "is_interrupted": turn.is_interrupted,
                "is_interactive": session.is_interactive,
                "prior_session_count": session.prior_session_count if session.user else None,
                "has_agent_work": turn.has_agent_work,
                "is_open": False,
            }
            different.compare(session, planted, row)
            if not 0 <= row["net_seconds"] <= turn.wall_seconds + 0.001:
                different.add(f"{row['turn_id']}: net {row['net_seconds']} of {turn.wall_seconds} s")
    different.must_be_none()


def test_human_acts_are_the_planted_acts(home: DemoHome) -> None:
    found = by_session(home.query("select * from marts.fct_human_acts"))
    different = Differences()
    for session in home.truth.sessions:
        own = found.get(session.session_id, [])
        planted = {"acts": session.acts, "prompts": session.counts.human_prompt_count}
        shown = {
            "acts": dict(Counter(row["act_kind"] for row in own)),
            "prompts": sum(row["act_kind"] in ("prompt", "steering") and row["is_typed"] for row in own),
        }
        different.compare(session, planted, shown)
    different.must_be_none()


def test_tool_calls_are_the_planted_calls(home: DemoHome) -> None:
    found = by_session(home.query("select * from marts.fct_tool_calls"))
    different = Differences()
    for session in home.truth.sessions:
        own, counts = found.get(session.session_id, []), session.counts
        edited = [row for row in own if row["tool_category"] == "edit"]
        planted = {
            "calls": counts.tool_call_count,
            "of agents": counts.tool_call_count - counts.root_tool_call_count,
            "errors": counts.tool_error_count,
            "error kinds": session.tool_errors,
            "agents": counts.subagent_count,
            "lines": (counts.lines_added, counts.lines_removed),
        }
        shown = {
            "calls": len(own),
            "of agents": sum(row["is_sidechain"] for row in own),
            "errors": sum(row["is_error"] for row in own),
            "error kinds": dict(Counter(row["error_kind"] for row in own if row["error_kind"])),
            "agents": sum(row["tool_category"] == "subagent" for row in own),
            "lines": tuple(
                sum(row[name] or 0 for row in edited) for name in ("lines_added", "lines_removed")
            ),
        }
        different.compare(session, planted, shown)
    different.must_be_none()


def test_users_sum_up_their_planted_sessions(
    home: DemoHome, first_starts: dict[str | None, datetime]
) -> None:
    key, projects = home.pseudonyms, projects_of(home)
    groups: dict[str, list[SessionTruth]] = defaultdict(list)
    for session in home.truth.sessions:
        if session.user:
            groups[key.user(session.user)].append(session)
    found = {row["user_id"]: row for row in home.query("select * from marts.dim_users")}
    assert found.keys() == groups.keys()
    for user, own in groups.items():
        starts = sorted(planted_time(session.started_at) for session in own)
        assert found[user] == {
            "user_id": user,
            "session_count": len(own),
            "interactive_session_count": sum(session.is_interactive for session in own),
            "project_count": len({projects[session.session_id] for session in own}),
            "active_day_count": len({start.date() for start in starts}),
            "is_history_truncated": ARCHIVED_AT - RETENTION <= first_starts[own[0].user] < ARCHIVED_AT,
            "first_started_at": starts[0],
            "last_started_at": starts[-1],
        }


def test_projects_sum_up_their_planted_sessions(home: DemoHome) -> None:
    key, projects = home.pseudonyms, projects_of(home)
    groups: dict[str, list[SessionTruth]] = defaultdict(list)
    for session in home.truth.sessions:
        groups[key.project(projects[session.session_id])].append(session)
    found = {row["project_id"]: row for row in home.query("select * from marts.dim_projects")}
    assert found.keys() == groups.keys()
    for project, own in groups.items():
        starts = sorted(planted_time(session.started_at) for session in own)
        assert found[project] == {
            "project_id": project,
            "project_name": None,
            "session_count": len(own),
            "interactive_session_count": sum(session.is_interactive for session in own),
            "user_count": len({session.user for session in own if session.user}),
            "first_started_at": starts[0],
            "last_started_at": starts[-1],
        }


def test_dates_run_from_the_first_session_to_the_last(home: DemoHome) -> None:
    found = home.query("select * from marts.dim_dates order by calendar_date")
    days = [planted_time(session.started_at).date() for session in home.truth.sessions]
    assert (found[0]["calendar_date"], found[-1]["calendar_date"]) == (min(days), max(days))
    assert all(b["calendar_date"] - a["calendar_date"] == timedelta(days=1) for a, b in pairwise(found))
    for row in found:
        day: date = row["calendar_date"]
        assert row["week_start"] == day - timedelta(days=day.weekday())
        assert row["month_start"] == day.replace(day=1)
        assert row["weekday_number"] == day.isoweekday()
        assert row["is_weekend"] == (day.isoweekday() > 5)
