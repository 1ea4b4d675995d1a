"""Runs without a person: the figures are those of the planted sessions in which a program ran the agent."""

from collections import Counter

import pytest

from orchestration.demo import SessionTruth
from tests.demo_lake import DemoHome, Row

RUNS = ("headless", "presumed_headless", "sdk", "action")


@pytest.fixture(scope="module")
def runs(personal: DemoHome) -> list[SessionTruth]:
    surfaces = {
        row["session_id"]: row["surface"]
        for row in personal.query("select session_id, surface from marts.fct_sessions")
    }
    planted = [session for session in personal.truth.sessions if not session.is_interactive]
    assert planted
    return [session for session in planted if surfaces[session.session_id] in RUNS]


def figures(personal: DemoHome, metric: str) -> dict[str, Row]:
    rows = personal.query(
        f"select * from metrics.rpt_headless_runs where metric_name = '{metric}'"  # noqa: S608 - ours
        " and period_kind = 'overall' and segment_name = 'all'"
    )
    return {row["agent"]: row for row in rows}


def test_every_planted_run_is_counted(personal: DemoHome, runs: list[SessionTruth]) -> None:
    found = {agent: row["numerator"] for agent, row in figures(personal, "headless_runs").items()}
    assert found == Counter(session.agent for session in runs)


def test_a_run_has_landed_something_where_a_commit_or_pull_request_is_planted(
    personal: DemoHome, runs: list[SessionTruth]
) -> None:
    found = figures(personal, "headless_landed_share")
    for agent in {session.agent for session in runs}:
        own = [session for session in runs if session.agent == agent]
        landed = [
            session for session in own if session.counts.commit_count + session.counts.pull_request_count
        ]
        assert (found[agent]["numerator"], found[agent]["denominator"]) == (len(landed), len(own))


def test_dollars_of_all_runs_are_divided_by_what_they_landed(
    personal: DemoHome, runs: list[SessionTruth]
) -> None:
    ids = {session.session_id for session in runs if session.agent == "claude_code"}
    costs: dict[str, float] = {}
    for row in personal.query(
        "select session_id, cost_usd from marts.fct_responses where cost_usd is not null"
    ):
        if row["session_id"] in ids:
            costs[row["session_id"]] = costs.get(row["session_id"], 0) + row["cost_usd"]
    artefacts = sum(
        session.counts.commit_count + session.counts.pull_request_count
        for session in runs
        if session.session_id in costs
    )
    found = figures(personal, "cost_usd_per_landed_artefact")["claude_code"]
    assert (found["numerator"], found["denominator"]) == (pytest.approx(sum(costs.values())), artefacts)


def test_pipelines_add_up_to_all_runs(personal: DemoHome, runs: list[SessionTruth]) -> None:
    rows = personal.query(
        "select numerator from metrics.rpt_headless_runs"
        " where metric_name = 'headless_runs' and segment_name = 'pipeline'"
    )
    assert sum(row["numerator"] for row in rows) == len(runs)
