"""The demo's rollouts: what was planted in a scene is found in it, whichever agent writes it down."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.demo import DemoPlan, PlantedTruth, SessionTruth, write_demo_corpus
from tests.parsed import Tables, parse_folder

PLAN = DemoPlan(end_date=date(2026, 7, 1), sessions=160, codex_share=0.6)
NOW = datetime(2026, 7, 20, tzinfo=UTC)
EVENTS = {
    "commit_count": "commit",
    "push_count": "push",
    "pull_request_count": "pull_request_opened",
    "test_run_count": "test_run",
    "interrupt_count": "interrupt",
    "api_retry_count": "api_retry",
    "compaction_count": "compaction",
}
TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlantedTruth, Tables]:
    folder = tmp_path_factory.mktemp("both")
    truth = write_demo_corpus(folder / "transcripts", PLAN)
    return truth, parse_folder(folder / "transcripts", folder / "archive", now=NOW)


def rollouts(truth: PlantedTruth) -> list[SessionTruth]:
    return [session for session in truth.sessions if session.agent == "codex"]


def test_several_people_use_both_agents(planted: tuple[PlantedTruth, Tables]) -> None:
    truth, tables = planted
    users = {
        agent: {s.user for s in truth.sessions if s.agent == agent} for agent in ("claude_code", "codex")
    }
    assert len(users["claude_code"] & users["codex"]) >= 5
    assert len(rollouts(truth)) >= 20
    sources = Counter(row["source"] for row in tables.sessions)
    assert sources == Counter(session.agent for session in truth.sessions)


def test_turns_of_a_rollout_are_those_that_were_planted(planted: tuple[PlantedTruth, Tables]) -> None:
    truth, tables = planted
    for session in rollouts(truth):
        found = sorted(tables.all("turns", session_id=session.session_id), key=lambda row: row["started_at"])
        assert [
            (row["opened_by"], row["end_reason"], row["permission_mode"], row["tool_call_count"])
            for row in found
        ] == [
            (turn.opened_by, turn.end_reason, turn.permission_mode, turn.tool_call_count)
            for turn in session.turns
        ]
        walls = [row["wall_seconds"] for row in found]
        assert walls == pytest.approx([turn.wall_seconds for turn in session.turns])


def test_counts_of_a_rollout_are_those_that_were_planted(planted: tuple[PlantedTruth, Tables]) -> None:
    truth, tables = planted
    for session in rollouts(truth):
        where, counts = {"session_id": session.session_id}, session.counts
        calls, responses = tables.all("tool_calls", **where), tables.all("responses", **where)
        events = Counter(row["event_kind"] for row in tables.all("events", **where))
        assert len(calls) == counts.tool_call_count
        assert Counter(row["error_kind"] for row in calls if row["error_kind"]) == session.tool_errors
        assert sum(row["lines_added"] or 0 for row in calls) == counts.lines_added
        assert sum(row["lines_removed"] or 0 for row in calls) == counts.lines_removed
        assert len(responses) == counts.message_count
        for column in TOKENS:
            assert sum(row[column] or 0 for row in responses) == getattr(counts, column)
        assert {name: events[kind] for name, kind in EVENTS.items()} == {
            name: getattr(counts, name) for name in EVENTS
        }
        acts = Counter(row["act_kind"] for row in tables.all("human_acts", **where))
        assert acts == {kind: number for kind, number in session.acts.items() if number}


def test_experience_is_counted_with_one_agent(planted: tuple[PlantedTruth, Tables]) -> None:
    truth, _ = planted
    for session in rollouts(truth):
        earlier = [
            other
            for other in rollouts(truth)
            if other.user == session.user and other.started_at < session.started_at
        ]
        assert session.prior_session_count == len(earlier)


def test_a_corpus_without_a_share_holds_no_rollout(tmp_path: Path) -> None:
    truth = write_demo_corpus(tmp_path, replace(PLAN, sessions=30, codex_share=0.0))
    assert rollouts(truth) == []
    assert not list(tmp_path.rglob("rollout-*"))


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        replace(PLAN, codex_share=share)
