"""The demo's plan and truth: determinism, coverage of situations, planted rates, and reading it back."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from orchestration.demo import CorpusWriter, DemoPlan, PlantedTruth, write_demo_corpus
from orchestration.demo.__main__ import main
from orchestration.demo.situations import SITUATIONS
from orchestration.demo.stories import HEADLESS_STORY, STORIES
from orchestration.demo.truth import failure_score, success_score
from orchestration.demo.versions import VERSIONS

PLAN = DemoPlan(end_date=date(2026, 7, 1))
SMALL = replace(PLAN, sessions=50)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> PlantedTruth:
    return write_demo_corpus(tmp_path_factory.mktemp("demo"), PLAN)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    first = write_demo_corpus(tmp_path / "a", SMALL)
    second = write_demo_corpus(tmp_path / "b", SMALL)
    other = write_demo_corpus(tmp_path / "c", replace(SMALL, seed=2))
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    assert first == second
    assert bytes_of(tmp_path / "a").keys().isdisjoint(bytes_of(tmp_path / "c"))
    assert other.sessions != first.sessions


def test_truth_reads_back_as_it_was_written(tmp_path: Path) -> None:
    written = write_demo_corpus(tmp_path / "a", SMALL)
    assert PlantedTruth.from_json(written.to_json()) == written


def test_streaming_gives_the_same_sessions(tmp_path: Path) -> None:
    whole = write_demo_corpus(tmp_path / "a", SMALL)
    writer = CorpusWriter(tmp_path / "b", SMALL)
    assert list(writer.sessions()) == whole.sessions
    assert writer.file_truth() == whole.files


def test_progress_is_told_after_every_session(tmp_path: Path) -> None:
    told: list[int] = []
    write_demo_corpus(tmp_path, SMALL, progress=told.append)
    assert told == list(range(1, SMALL.sessions + 1))


def test_every_story_situation_and_version_occurs_at_the_default_size(truth: PlantedTruth) -> None:
    stories = {session.story for session in truth.sessions}
    situations = {name for session in truth.sessions for name in session.situations}
    assert stories == {kind.name for kind in STORIES} | {HEADLESS_STORY.name, "plan_handed_over"}
    assert situations == {item.name for item in SITUATIONS} | {"plan_handed_over", "plan_implementation"}
    assert {session.cli_version for session in truth.sessions} == set(VERSIONS)
    assert {session.outcome for session in truth.sessions} == {
        "succeeded",
        "partially_succeeded",
        "failed",
        "no_clear_goal",
    }
    assert len(truth.sessions) == PLAN.sessions
    assert truth.files.summary_only_file_count == 1


@pytest.mark.parametrize("seed", [3, 4])
def test_every_situation_occurs_whatever_the_seed(tmp_path: Path, seed: int) -> None:
    sessions = write_demo_corpus(tmp_path, replace(PLAN, seed=seed)).sessions
    assert {item.name for item in SITUATIONS} <= {name for s in sessions for name in s.situations}


@pytest.mark.parametrize("seed", [1, 2])
def test_situations_can_be_combined_as_they_come(tmp_path: Path, seed: int) -> None:
    plan = replace(PLAN, sessions=400, seed=seed, situations_per_session=3.0)
    sessions = write_demo_corpus(tmp_path, plan).sessions
    assert len(sessions) == plan.sessions
    assert sum(len(session.situations) >= 3 for session in sessions) > 200
    assert all(session.turns for session in sessions)


def test_session_ids_are_distinct_and_continuations_point_to_sessions(truth: PlantedTruth) -> None:
    ids = Counter(session.session_id for session in truth.sessions)
    assert max(ids.values()) == 1
    continued = [session for session in truth.sessions if session.continues_session_id]
    assert continued
    by_id = {session.session_id: session for session in truth.sessions}
    for session in continued:
        before = by_id[str(session.continues_session_id)]
        assert before.user == session.user
        assert before.ended_at < session.started_at
        assert session.turns[0].opened_by == "plan_implementation"


def test_prior_sessions_count_the_users_earlier_sessions(truth: PlantedTruth) -> None:
    for session in truth.sessions:
        earlier = [
            other
            for other in truth.sessions
            if other.user == session.user and other.started_at < session.started_at
        ]
        if session.user is not None:
            assert session.prior_session_count == len(earlier)


def test_one_user_is_alone_with_the_desktop_and_with_prose(truth: PlantedTruth) -> None:
    desktop = {session.user for session in truth.sessions if session.entrypoint == "claude-desktop"}
    prose = {session.user for session in truth.sessions if session.work_mode == "communicate"}
    assert desktop == prose == {truth.lone_user}


def test_generic_accounts_are_nobody_and_only_they_run_headless(truth: PlantedTruth) -> None:
    unknown = [session for session in truth.sessions if session.user is None]
    assert {session.cwd.split("/work/")[0] for session in unknown} == {"/home/runner", "/root"}
    assert {session.user for session in truth.sessions if not session.is_interactive} == {None}
    assert len({session.user for session in truth.sessions if session.user}) == PLAN.users


def test_oversight_moves_with_experience(truth: PlantedTruth) -> None:
    bands = truth.population["by_experience"]
    interrupts = [band["interrupted_turns"] / band["turns"] for band in bands]
    autos = [band["full_auto"] / band["sessions_with_known_mode"] for band in bands]
    assert interrupts[0] < interrupts[-1]
    assert autos[0] < autos[-1]
    assert interrupts[0] == pytest.approx(0.055, abs=0.02)
    assert autos[-1] == pytest.approx(PLAN.full_auto_end, abs=0.12)


def test_durations_keep_their_median_while_the_tail_grows(tmp_path: Path) -> None:
    plan = replace(PLAN, tail_sigma_start=0.5, tail_sigma_end=2.0)
    months = write_demo_corpus(tmp_path, plan).population["by_month"]
    assert months[-1]["p99_seconds"] > 4 * months[0]["p99_seconds"]
    for month in months:
        assert month["median_seconds"] == pytest.approx(PLAN.median_turn_seconds, rel=0.5)


def test_activity_grows_by_the_planned_factor(truth: PlantedTruth) -> None:
    months = truth.population["by_month"]
    assert len(months) == PLAN.months
    assert 1.4 < months[-1]["sessions"] / months[0]["sessions"] < 2.2


def test_outcome_shares_are_those_of_the_plan(truth: PlantedTruth) -> None:
    facts, count = truth.population, len(truth.sessions)
    assert facts["verified_success"] / count == pytest.approx(PLAN.verified_share, abs=0.02)
    troubled = PLAN.failed_share + PLAN.abandoned_share
    assert facts["in_trouble_above_3"] / count == pytest.approx(troubled, abs=0.01)
    assert facts["abandoned"] / count == pytest.approx(PLAN.abandoned_share, abs=0.01)
    assert facts["in_trouble_from_3"] > facts["in_trouble_above_3"]


def test_knobs_at_their_ends_are_obeyed(tmp_path: Path) -> None:
    plan = replace(PLAN, sessions=120, interrupt_rate_start=0, interrupt_rate_end=0)
    plan = replace(plan, full_auto_start=1, full_auto_end=1)
    sessions = write_demo_corpus(tmp_path, plan).sessions
    assert sum(session.counts.interrupt_count for session in sessions) == 0
    assert {s.is_full_auto for s in sessions if s.user and s.is_full_auto is not None} == {True}


def test_a_single_user_and_a_single_session_work(tmp_path: Path) -> None:
    one = write_demo_corpus(tmp_path / "a", replace(PLAN, users=1, sessions=1, months=1))
    assert len(one.sessions) == 1
    many = write_demo_corpus(tmp_path / "b", replace(PLAN, users=40, sessions=90))
    assert len({session.user for session in many.sessions if session.user}) > 25


def test_a_plan_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="add up to"):
        replace(PLAN, verified_share=0.95)
    with pytest.raises(ValueError, match="at least 1"):
        replace(PLAN, sessions=0)


def test_evidence_is_scored_by_the_rules() -> None:
    assert [success_score(s) for s in ((), ("neutral_ack",), ("clean_end",))] == [0, 1, 2]
    assert success_score(("clean_end", "neutral_ack")) == 3
    assert success_score(("clean_end", "commit_matches")) == 4
    assert success_score(("commit_matches", "pr_opened")) == 5
    assert [failure_score(s) for s in ((), ("error_recovered",), ("frustration",))] == [0, 1, 2]
    assert failure_score(("error_recovered", "user_pushes_back", "repeated_attempts")) == 3
    assert failure_score(("rollback", "user_pushes_back")) == 4
    assert failure_score(("rollback", "gave_up")) == 5


def test_command_line_writes_transcripts_and_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(tmp_path), "--sessions", "12", "--end-date", "2026-07-01"]) == 0
    truth = PlantedTruth.read(tmp_path / "truth.json")
    assert len(truth.sessions) == 12
    assert truth.files.file_count == len(list((tmp_path / "transcripts").rglob("*.jsonl")))
    assert "12 sessions" in capsys.readouterr().out
