"""The typical session's turns are a median with an interval by user, over all and by period (C7)."""

from datetime import date

import duckdb
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.turns_of_sessions import turns_of_sessions
from orchestration.privacy.rules import PublishingRules

TEAM = PublishingRules(mode="team", min_users=5, min_sessions=15, min_effective_n=30)
PERSONAL = PublishingRules(mode="personal")


def rows(rules: PublishingRules = TEAM) -> dict[tuple[str, date | None, str], EstimateRow]:
    """Forty users with sessions of 1, 2, 4, 8 and 100 turns in January, and ten of one turn in April."""
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute("""
        create table marts.fct_sessions as
        select 'claude_code' as agent, 'u' || u as user_id, 's' || u || '-' || t as session_id,
            t as worked_turn_count, date '2026-01-01' as started_month, true as is_in_study_c_frame
        from range(40) users (u), (values (1), (2), (4), (8), (100)) turns (t)
        union all
        select 'claude_code', 'u' || u, 'a' || u, 1, date '2026-04-01', true from range(10) users (u)
        union all
        select 'claude_code', 'u1', 'idle', 0, date '2026-01-01', true
        union all
        select 'claude_code', 'u1', 'editor', 50, date '2026-01-01', false
        union all
        select 'codex', 'u1', 'elsewhere', 50, date '2026-01-01', true
    """)
    found = turns_of_sessions(BuiltFacts(connection, "claude_code", rules))
    return {(row.period_kind, row.period_start, row.statistic): row for row in found}


def test_long_sessions_move_the_mean_and_not_the_median() -> None:
    january = rows()["month", date(2026, 1, 1), "median"]
    assert january.estimate == 4
    assert january.n_sessions == 200
    assert january.n_users == 40
    assert january.interval_low is not None
    assert january.interval_high is not None
    assert january.interval_low <= 4 <= january.interval_high


def test_sessions_without_work_outside_the_frame_or_of_another_agent_are_left_out() -> None:
    overall = rows()["overall", None, "median"]
    assert overall.n_sessions == 210
    assert overall.labeller is None


def test_periods_are_months_and_quarters_of_the_start() -> None:
    periods = {(kind, start) for kind, start, _ in rows()}
    assert periods == {
        ("overall", None), ("month", date(2026, 1, 1)), ("month", date(2026, 4, 1)),
        ("quarter", date(2026, 1, 1)), ("quarter", date(2026, 4, 1)),
    }  # fmt: skip


@pytest.mark.parametrize(("rules", "is_shown"), [(TEAM, False), (PERSONAL, True)])
def test_few_sessions_are_withheld_of_a_team_and_shown_to_a_person(
    rules: PublishingRules, is_shown: bool
) -> None:
    april = rows(rules)["month", date(2026, 4, 1), "median"]
    assert (april.estimate is not None) is is_shown
    assert (april.withheld_reason is None) is is_shown
