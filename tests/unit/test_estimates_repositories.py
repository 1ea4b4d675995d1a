"""Planted histories give their estimates: lines per day and a bend of their trend, fates, traces, landing.

Facts are made as the models have them, and every interval must hold what was planted (B2, B7, C2, C32 v).
"""

from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.authorship_checks import authorship_checks
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.landed_checks import landed_checks
from orchestration.estimates.line_fate import line_fate
from orchestration.estimates.line_index import line_index
from orchestration.estimates.repository_traces import repository_traces
from orchestration.privacy.rules import PublishingRules

ENGINEERS = 40


def facts_of(rules: PublishingRules | None = None, **tables: pd.DataFrame) -> BuiltFacts:
    """Facts of agent `a`: tables by name, those of the marts and of staging with their schema before it."""
    connection = duckdb.connect()
    connection.execute("create schema intermediate; create schema marts; create schema staging")
    for name, frame in tables.items():
        first, _, rest = name.partition("_")
        schema, table = (first, rest) if first in ("marts", "staging") else ("intermediate", name)
        connection.register("given", frame)
        connection.execute(f"create table {schema}.{table} as select * from given")  # noqa: S608 - ours
        connection.unregister("given")
    return BuiltFacts(connection, "a", rules) if rules else BuiltFacts(connection, "a")


def holds(row: EstimateRow, truth: float) -> bool:
    assert row.interval_low is not None, row.withheld_reason
    assert row.interval_high is not None
    return row.interval_low < truth < row.interval_high


def engineer_days(*, growth_after: float, seed: int = 1) -> pd.DataFrame:
    """Forty engineers on two days a week of 2024 and 2025: 1 % growth a month, and more from 2025 on."""
    rng = np.random.default_rng(seed)
    speed = rng.normal(4, 0.5, ENGINEERS)
    rows = []
    for week in range(104):
        day = date(2024, 1, 1) + timedelta(weeks=week)
        month = (day.year - 2025) * 12 + day.month - 1
        trend = 0.01 * month + growth_after * max(month, 0)
        for engineer in range(ENGINEERS):
            for weekday in (0, 2):
                amount = np.exp(speed[engineer] + trend + rng.normal(0, 0.5))
                rows.append(("a", f"u{engineer}", day + timedelta(days=weekday), max(round(amount), 1)))
    return pd.DataFrame(rows, columns=["agent", "user_id", "authored_date", "merged_line_count"])


def test_lines_per_day_are_a_multiple_of_the_stated_baseline_and_their_trend_bends() -> None:
    rows = line_index(facts_of(int_engineer_days__active=engineer_days(growth_after=0.05)))
    last = [row for row in rows if row.period_start == date(2025, 10, 1)]
    by_name = {(row.statistic, row.specification): row for row in last}
    # Months 9 to 11 of 2025 against the twelve of 2024, −12 to −1: the ratio of the planted means.
    planted = (
        np.exp([0.06 * month for month in (9, 10, 11)]).mean()
        / np.exp([0.01 * month for month in range(-12, 0)]).mean()
    )
    for statistic in ("index_of_mean", "index_of_median"):
        row = by_name[statistic, "year_2024"]
        assert row.baseline_start == date(2024, 1, 1)
        assert holds(row, planted), row
    assert ("median_of_engineers", None) in by_name
    breaks = {row.segment_value: row for row in rows if row.statistic == "slope_break"}
    assert holds(breaks["2025-01-01"], np.expm1(0.05))
    assert breaks["2025-01-01"].p_value is not None
    assert breaks["2025-01-01"].p_value < 0.001
    assert breaks["2026-01-01"].withheld_reason == "too_few_periods"


def test_a_steady_trend_does_not_bend() -> None:
    rows = line_index(facts_of(int_engineer_days__active=engineer_days(growth_after=0.0)))
    (found,) = (row for row in rows if row.segment_value == "2025-01-01")
    assert holds(found, 0.0)
    assert found.estimate is not None
    assert abs(found.estimate) < 0.02


def line_groups(seed: int = 1) -> pd.DataFrame:
    """Lines of 20 files: the agent's survive 10 points less than people's of the same file, but it writes
    mostly in files of which lines live long.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for commit in range(3000):
        file = int(rng.integers(0, 20))
        is_agent = bool(rng.random() < 0.2 + 0.6 * file / 20)
        lines = int(rng.integers(5, 40))
        survived = int(rng.binomial(lines, 0.4 + 0.5 * file / 20 - 0.1 * is_agent))
        reverted = int(rng.binomial(lines - survived, 0.1))
        # The fix of an incident removes one in five of the agent's lost lines, and one in ten of people's.
        incident = int(rng.binomial(lines - survived - reverted, 0.2 if is_agent else 0.1))
        counts = (survived, lines - survived - reverted, reverted)
        rows.append(
            ("a", f"u{rng.integers(0, 30)}", f"c{commit}", is_agent or None, not is_agent, "r", f"f{file}",
             date(2026, 1, 1), lines, *counts, incident, None, None, None, None)
        )  # fmt: skip
    names = ["agent", "user_id", "git_commit_id", "is_by_match", "is_by_person", "repository_id", "path_id",
             "landed_month", "line_count"]  # fmt: skip
    counts_of = [
        f"{fate}_{days}d_count"
        for days in (30, 90)
        for fate in ("survived", "rewritten", "reverted", "incident")
    ]
    frame = pd.DataFrame(rows, columns=[*names, *counts_of])
    return frame.astype(dict.fromkeys(counts_of, "Int64") | {"is_by_match": "boolean"})


def test_lines_are_compared_in_the_same_file_and_month() -> None:
    rows = {
        (row.metric_name, row.specification): row
        for row in line_fate(facts_of(int_lines__attributed=line_groups()))
    }
    assert holds(rows["line_survived_30d_gap", "same_file_and_month"], -0.1)
    plain = rows["line_survived_30d_gap", "as_they_are"]
    assert plain.interval_low is not None
    assert plain.interval_low > -0.05, "files hide the difference"
    parts = [
        rows[f"line_{fate}_30d_gap", "as_they_are"].estimate for fate in ("survived", "rewritten", "reverted")
    ]
    assert sum(part or 0.0 for part in parts) == pytest.approx(0.0)
    assert rows["line_survived_90d_gap", "as_they_are"].withheld_reason == "no_contrast"


def test_lines_that_fixes_of_incidents_removed_are_counted_for_both_kinds() -> None:
    lines = line_groups()
    rows = {
        (row.metric_name, row.population): row for row in line_fate(facts_of(int_lines__attributed=lines))
    }
    for kind, is_agent in (("agent", True), ("person", False)):
        own = lines[lines["is_by_match"].fillna(False) == is_agent]
        found = rows["line_incident_30d_share", kind]
        assert holds(found, own["incident_30d_count"].sum() / own["line_count"].sum())
        assert rows["line_incident_90d_share", kind].withheld_reason == "no_observations"
        assert rows["line_incident_90d_share", kind].unknown_share == 1
    gap = rows["line_incident_30d_gap", "all"]
    assert gap.interval_low is not None
    assert gap.interval_low > 0


def test_a_team_sees_no_gap_that_one_persons_incidents_make() -> None:
    """People's lines have no incident here, so that the gap is the agent's share, of one person."""
    lines = line_groups()
    is_one = (lines["user_id"] == "u0") & lines["is_by_match"].fillna(False)
    lines["incident_30d_count"] = lines["incident_30d_count"].where(is_one, 0)
    assert lines["incident_30d_count"].sum() > 0
    rows = line_fate(facts_of(PublishingRules("team", 5, 5), int_lines__attributed=lines))
    gaps = [row for row in rows if row.metric_name == "line_incident_30d_gap"]
    assert {row.withheld_reason for row in gaps} == {"too_few_users"}
    others = [row for row in rows if row.metric_name == "line_survived_30d_gap"]
    assert {row.withheld_reason for row in others} == {None}


def linked(*, same: int, other: int, by_time_alone: int) -> dict[str, pd.DataFrame]:
    """Commits of ten people that two evidences link to the same session or to others, or the time alone."""
    rows = []
    for number in range(same + other + by_time_alone):
        sha = None if number >= same + other else f"s{number}"
        note = None if number >= same + other else f"s{number}" if number < same else f"t{number}"
        rows.append((f"c{number}", f"u{number % 10}", sha, note, f"s{number}"))
    commits = pd.DataFrame(rows, columns=["git_commit_id", "user_id", "sha", "note", "time"])
    commits = commits.rename(columns={name: f"{name}_session_id" for name in ("sha", "note", "time")})
    for name in ("copy", "pull_request", "match"):
        commits[f"{name}_session_id"] = pd.Series([None] * len(commits), dtype="string")
    commits = commits.assign(
        author_known_by="map", merged_line_count=1, is_observed=True, is_merge=False, is_bot_author=False
    )
    lines = commits[["git_commit_id", "user_id"]].assign(
        agent="a", line_count=1, is_by_trailer=False, is_by_note=True, is_by_match=None, is_by_session=True,
        is_by_unrelated=None, is_of_other_agent=False,
    )  # fmt: skip
    known = {"is_by_match": "boolean", "is_by_unrelated": "boolean"}
    sessions = pd.DataFrame({"session_id": [f"s{number}" for number in range(len(rows))], "agent": "a"})
    attributed = commits[["git_commit_id", "user_id"]].assign(agent="a")
    files = commits[["git_commit_id"]].assign(exclusion="lock", lines_added=1, moved_line_count=0)
    return {
        "int_commits__attributed": attributed,
        "staging_stg_git__commit_files": files,
        "int_commits__observed": commits, "int_lines__attributed": lines.astype(known),
        "marts_fct_sessions": sessions,
    }  # fmt: skip


def test_evidence_that_names_different_sessions_is_counted() -> None:
    """Of 100 commits 60 have an id and a note, which name different sessions in 20; all have the time."""
    facts = facts_of(**linked(same=40, other=20, by_time_alone=40))
    rows = {(row.metric_name, row.population): row for row in authorship_checks(facts)}
    assert rows["linked_commit_share", "time"].estimate == 1
    assert rows["linked_commit_share", "sha"].estimate == pytest.approx(0.6)
    # A note that names a session which is not the agent's links to none of the agent's.
    assert rows["linked_commit_share", "note"].estimate == pytest.approx(0.4)
    assert rows["linked_commit_share", "any_but_time"].estimate == pytest.approx(0.6)
    assert holds(rows["agreeing_link_share", "sha"], 40 / 60)
    assert rows["agreeing_link_share", "note"].estimate == 1
    assert holds(rows["agreeing_link_share", "time"], 40 / 60)
    assert rows["rule_disagreement_share", "trailer_and_note"].estimate == 1
    assert rows["rule_disagreement_share", "note_and_session"].estimate == 0
    assert rows["rule_disagreement_share", "note_and_match"].unknown_share == 1
    assert rows["excluded_line_share", "lock"].estimate == 1
    assert rows["excluded_line_share", "moved"].estimate == 0


def test_a_team_sees_no_share_that_few_people_make() -> None:
    """All hundred commits are of ten people, but those with an id and a note are of four."""
    facts = linked(same=40, other=0, by_time_alone=60)
    commits = facts["int_commits__observed"]
    few = [
        f"u{number % (4 if is_linked else 10)}"
        for number, is_linked in enumerate(commits["sha_session_id"].notna())
    ]
    facts["int_commits__observed"] = commits.assign(user_id=few)
    team = {(row.metric_name, row.population): row for row in authorship_checks(facts_of(**facts))}
    assert team["linked_commit_share", "sha"].withheld_reason == "too_few_users"
    assert team["linked_commit_share", "time"].estimate == 1
    own = facts_of(PublishingRules(mode="personal"), **facts)
    alone = {(row.metric_name, row.population): row for row in authorship_checks(own)}
    assert alone["linked_commit_share", "sha"].estimate == pytest.approx(0.4)


def traced(*, authors: int) -> dict[str, pd.DataFrame]:
    """Ten repositories, three newer: two of these and an older one have a trailer, one more a session."""
    commits, named, repositories = [], [], []
    for number in range(10):
        first = pd.Timestamp("2026-01-01") if number < 3 else pd.Timestamp("2020-01-01")
        repositories.append((f"r{number}", first, pd.Timestamp("2026-06-01")))
        for author in range(authors):
            commit = f"{number}-{author}"
            is_trailer = author == 0 and number in (0, 1, 5)
            is_any = is_trailer or (author == 1 and number == 6)
            commits.append(("a", commit, f"r{number}", f"u{author}", 10 * is_trailer, 10 * is_any))
            named.append((commit, "a" if is_trailer else None))
    return {
        "int_commits__attributed": pd.DataFrame(
            commits,
            columns=[
                "agent",
                "git_commit_id",
                "repository_id",
                "user_id",
                "unfiltered_trailer_lines",
                "any_rule_lines",
            ],
        ),
        "int_commits__observed": pd.DataFrame(named, columns=["git_commit_id", "agent_trailer"]),
        "marts_dim_repositories": pd.DataFrame(
            repositories, columns=["repository_id", "first_committed_at", "observed_until"]
        ),
    }


def test_repositories_with_traces_are_counted() -> None:
    rows = {
        (row.segment_value, row.population): row for row in repository_traces(facts_of(**traced(authors=6)))
    }
    assert rows["all", "trailer"].estimate == pytest.approx(0.3)
    assert rows["all", "any_trace"].estimate == pytest.approx(0.4)
    assert rows["newer", "trailer"].estimate == pytest.approx(2 / 3)
    assert rows["older", "any_trace"].estimate == pytest.approx(2 / 7)
    assert rows["all", "trailer"].n_effective == 10


def test_a_team_s_repositories_of_few_authors_do_not_count() -> None:
    found = repository_traces(facts_of(**traced(authors=4)))
    assert {row.withheld_reason for row in found} == {"no_observations"}
    shown = repository_traces(facts_of(PublishingRules(mode="personal"), **traced(authors=4)))
    assert shown[0].estimate == pytest.approx(0.3)


def test_judged_success_is_held_against_what_landed_within_people() -> None:
    """People whose work lands more often are also judged better: within people the gap is 20 points."""
    rng = np.random.default_rng(1)
    rows: list[tuple[Any, ...]] = []
    for number in range(4000):
        user = int(rng.integers(0, 40))
        level = int(rng.integers(1, 6))
        is_success = bool(rng.random() < 0.2 + 0.4 * user / 40 + 0.04 * level)
        is_landed = bool(rng.random() < 0.1 + 0.5 * user / 40 + 0.2 * is_success)
        rows.append((f"s{number}", f"u{user}", level, is_success, is_landed))
    sessions = pd.DataFrame(
        rows, columns=["session_id", "user_id", "expertise_level", "is_judged_success", "is_landed"]
    )
    judged = sessions.drop(columns="is_landed").assign(agent="a", labeller="claude", has_clear_goal=True)
    asked = pd.DataFrame(
        [("a", "claude", name, f"{name}-v1") for name in ("outcome", "expertise")],
        columns=["agent", "labeller", "classifier", "fingerprint"],
    )
    facts = facts_of(
        int_sessions__landed=sessions[["session_id", "user_id", "is_landed"]],
        int_sessions__judged=pd.concat([judged, judged.assign(labeller="rules")]),
        int_classifiers__asked=pd.concat([asked, asked.assign(labeller="rules")]),
    )
    rows_of = {(row.metric_name, row.specification): row for row in landed_checks(facts)}
    assert {row.labeller for row in rows_of.values()} == {"claude"}, "rules find the outcome from commits"
    assert holds(rows_of["landed_by_judged_success", "within_users"], 0.2)
    pooled = rows_of["landed_by_judged_success", "all_sessions"]
    assert pooled.interval_low is not None
    assert pooled.interval_low > 0.2
    assert holds(rows_of["landed_by_expertise", "within_users"], 0.04 * 0.2)
    assert rows_of["judged_success_by_expertise", "within_users"].population == "landed"
