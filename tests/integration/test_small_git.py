"""The small lake's git history in marts and figures: what was planted, and in team mode no small cell."""

from datetime import date
from typing import Any

import pytest

from tests.dbt_runs import Home, Step, cells
from tests.demo_lake import query_file
from tests.raw_lake import AGENT

MARCH, OCTOBER, NOVEMBER, DECEMBER = date(2024, 3, 1), date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)
TABLE = "rpt_merged_lines"


def cell(home: Home, metric: str, month: date, table: str = TABLE) -> dict[str, Any]:
    (found,) = cells(home, table, metric_name=metric, agent=AGENT, period_kind="month", period_start=month)
    return found


# Six people; October: a named, a silent and two manual commits each, and 100 lines of a bot.
PLANTED = [
    ("merged_line_share_by_trailer", OCTOBER, 600, 2500),
    ("merged_line_share_by_note", OCTOBER, 480, 600),
    ("merged_line_share_by_match", OCTOBER, 960, 24 * 90 + 100),
    ("merged_line_share_by_session", OCTOBER, 1200, 2500),
    ("merged_line_share_by_any_rule", OCTOBER, 1200, 2500),
    ("merged_line_share_by_all_rules", OCTOBER, 480, 2500),
    ("disputed_line_share", OCTOBER, 720, 2500),
    ("merged_line_share_by_trailer", NOVEMBER, 1200, 1800),
    ("merged_line_share_by_match", NOVEMBER, 960, 18 * 90),
    ("merged_line_share_by_session", NOVEMBER, 1200, 1800),
    # Where no note says anything, short lines of named commits are the agent's by all that can tell.
    ("merged_line_share_by_all_rules", NOVEMBER, 6 * (90 + 80), 1800),
    ("merged_line_share_by_note", NOVEMBER, 480, 600),
    ("unfiltered_line_share_by_trailer", NOVEMBER, 2400, 3600),
    ("agent_line_survived_30d_share", NOVEMBER, 12 * 56, 960),
    ("agent_line_reverted_90d_share", NOVEMBER, 12 * 4, 960),
    ("person_line_survived_30d_share", NOVEMBER, 6 * 72, 540),
    ("person_line_rewritten_30d_share", NOVEMBER, 6 * 16, 540),
    ("merged_line_survived_30d_share", NOVEMBER, 12 * (56 + 8 + 10) + 6 * (72 + 10), 1800),
    ("merged_lines_per_engineer_day", NOVEMBER, 1800, 18),
]


@pytest.mark.parametrize(("metric", "month", "numerator", "denominator"), PLANTED)
def test_planted_lines_are_counted(
    small_person: tuple[Home, list[Step]], metric: str, month: date, numerator: int, denominator: int
) -> None:
    found = cell(small_person[0], metric, month)
    assert (found["numerator"], found["denominator"]) == (numerator, denominator)
    assert found["estimate"] == pytest.approx(numerator / denominator)
    assert found["interval_low"] <= found["estimate"] <= found["interval_high"]
    assert found["n_users"] == 6


def test_what_a_rule_cannot_tell_is_unknown(small_person: tuple[Home, list[Step]]) -> None:
    home = small_person[0]
    assert cell(home, "merged_line_share_by_note", OCTOBER)["unknown_share"] == pytest.approx(1900 / 2500)
    assert cell(home, "merged_line_share_by_match", NOVEMBER)["unknown_share"] == pytest.approx(0.1)
    before = cell(home, "merged_line_share_by_match", MARCH)
    assert (before["estimate"], before["denominator"], before["unknown_share"]) == (None, 0, 1)
    assert cell(home, "merged_lines", MARCH)["numerator"] == 24 * 50


def test_a_team_sees_the_interval_of_the_rules(small_team: tuple[Home, list[Step]]) -> None:
    where = {"agent": AGENT, "period_kind": "overall"}
    found = {row["metric_name"]: row["numerator"] for row in cells(small_team[0], TABLE, **where)}
    rules = ("all_rules", "trailer", "match", "session", "any_rule")
    shown = [found[f"merged_line_share_by_{rule}"] for rule in rules]
    assert shown == [480 + 6 * 170, 1800, 1920, 2400, 2400]
    assert found["disputed_line_share"] == 2400 - 1500


def test_a_month_of_one_person_s_commits_is_not_shown(small_team: tuple[Home, list[Step]]) -> None:
    found = cells(small_team[0], TABLE, period_kind="month", period_start=DECEMBER)
    found += cells(small_team[0], "rpt_landed_work", period_kind="month", period_start=DECEMBER)
    assert found
    for row in found:
        assert row["suppressed_reason"] == "small_cell", row
        assert row["estimate"] is None
        assert row["n_users"] is None
        assert row["n_sessions"] is None


def test_a_team_s_rows_of_commits_name_nobody_and_add_up(small_team: tuple[Home, list[Step]]) -> None:
    path = small_team[0].warehouse_path
    (commits,) = query_file(
        path,
        "select count(*) as n, sum(merged_line_count) as line_count, count(user_id) + count(session_id) "
        "+ count(commit_sha) + count(session_agent) + count(matched_line_count) as linked "
        "from marts.fct_landed_commits",
    )
    (lines,) = query_file(
        path,
        "select sum(line_count) as line_count, count(match_session_id) + count(match_kind) as linked "
        "from marts.fct_merged_lines",
    )
    read = query_file(path, "select status, reason, commit_count from marts.dim_repositories order by 1")
    assert commits["n"] == read[0]["commit_count"] == 24 + 18 + 1 + 16 + 24
    assert commits["line_count"] == lines["line_count"] == 2500 + 1800 + 1600 + 24 * 50
    assert commits["linked"] == lines["linked"] == 0
    assert (read[1]["status"], read[1]["reason"], read[1]["commit_count"]) == ("set_aside", "shallow", None)


# Twelve sessions of a month committed what landed; six of October what did not.
LANDED = [
    ("landed_commit_share", OCTOBER, 12, 18, 0),
    ("landed_session_share", OCTOBER, 12, 25, 0),
    ("landed_session_share", NOVEMBER, 12, 18, 0),
    ("landed_and_kept_session_share", NOVEMBER, 12, 18, 0),
]


@pytest.mark.parametrize(("metric", "month", "numerator", "denominator", "unknown"), LANDED)
def test_planted_work_of_sessions_landed(
    small_person: tuple[Home, list[Step]],
    metric: str,
    month: date,
    numerator: int,
    denominator: int,
    unknown: float,
) -> None:
    found = cell(small_person[0], metric, month, "rpt_landed_work")
    assert (found["numerator"], found["denominator"]) == (numerator, denominator)
    assert found["unknown_share"] == pytest.approx(unknown)


def test_people_overwrote_the_agent_s_files_in_november(small_person: tuple[Home, list[Step]]) -> None:
    where = {"metric_name": "overwritten_session_share", "agent": AGENT, "period_kind": "overall"}
    (found,) = cells(small_person[0], "rpt_landed_work", segment_name="all", **where)
    assert (found["numerator"], found["denominator"]) == (12, 24)


def test_commits_that_no_repository_has_are_unknown(small_person: tuple[Home, list[Step]]) -> None:
    where = {"metric_name": "landed_commit_share", "agent": AGENT, "period_kind": "overall"}
    (found,) = cells(small_person[0], "rpt_landed_work", segment_name="all", **where)
    assert (found["numerator"], found["denominator"]) == (24, 30)
    assert found["unknown_share"] == pytest.approx(6 / 36)
