"""The worked questions about sessions, people and labels on the demo's release: each answer is recounted.

Expected values come from what was planted, and of labels from the rows of fct_label_answers; no test repeats
a question's query. Questions about tools, tokens and dollars are in test_planted_questions_of_use,
the question about published values in test_planted_questions_of_studies.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from orchestration.demo import SessionTruth
from orchestration.desk.questions import load_questions, question_of
from tests.demo_lake import (
    DemoHome,
    Row,
    month_of,
    planted_time,
    projects_of,
    query_file,
    week_of,
)

Ask = Callable[[str], list[Row]]
GOALS = ("succeeded", "partially_succeeded", "failed")


@pytest.fixture(scope="module")
def labels(home: DemoHome) -> dict[str, dict[str, Any]]:
    """The rules' answers by session and `classifier.field`."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in home.query("select * from marts.fct_label_answers where item_number is null"):
        answer = row["value_text"] if row["value_number"] is None else row["value_number"]
        found[row["session_id"]][f"{row['classifier']}.{row['field']}"] = answer
    return found


def by(rows: Sequence[Row], *names: str) -> dict[tuple[Any, ...], Row]:
    """Rows by what makes each the only one."""
    found = {tuple(row[name] for name in names): row for row in rows}
    assert len(found) == len(rows), f"two rows have the same {names}"
    return found


def test_there_are_sixteen_questions_and_each_says_what_not_to_conclude() -> None:
    questions = load_questions()
    assert [one.number for one in questions] == list(range(1, 17))
    for one in questions:
        assert one.question.endswith("?"), one.name
        assert one.answer.startswith("Answer: one row per "), one.name
        assert len(one.caution) > len("Do not conclude: ") + 30, one.name


@pytest.mark.parametrize("name", [one.name for one in load_questions()])
def test_every_question_has_an_answer_in_the_demo(name: str, ask: Ask) -> None:
    assert ask(name)


def test_success_by_month_and_mode(ask: Ask, interactive: list[SessionTruth], labels: dict[str, Any]) -> None:
    sessions: Counter[tuple[Any, ...]] = Counter()
    verified: Counter[tuple[Any, ...]] = Counter()
    users: dict[tuple[Any, ...], set[str | None]] = defaultdict(set)
    for session in interactive:
        said = labels[session.session_id]
        if said["outcome.forced_outcome"] in GOALS:
            key = (month_of(planted_time(session.started_at)), said["work_mode.forced_work_mode"])
            sessions[key] += 1
            is_success = said["outcome.forced_outcome"] == "succeeded"
            verified[key] += is_success and said["success_evidence.success_score"] >= 4
            users[key] |= {session.user} - {None}
    found = by(ask("success_by_month_and_mode"), "started_month", "work_mode")
    assert found.keys() == sessions.keys()
    for key, row in found.items():
        assert (row["agent"], row["labeller"]) == ("claude_code", "rules")
        assert row["goal_sessions"] == row["known_sessions"] == sessions[key]
        assert (row["unknown_sessions"], row["verified_successes"]) == (0, verified[key])
        assert row["verified_success_share"] == pytest.approx(verified[key] / sessions[key], abs=0.001)
        assert row["users"] == len(users[key])


def test_projects_with_most_trouble(
    home: DemoHome, ask: Ask, interactive: list[SessionTruth], labels: dict[str, Any]
) -> None:
    projects = {name: home.pseudonyms.project(root) for name, root in projects_of(home).items()}
    sessions: Counter[str] = Counter()
    troubled: Counter[str] = Counter()
    for session in interactive:
        said = labels[session.session_id]
        if said["outcome.forced_outcome"] in GOALS:
            sessions[projects[session.session_id]] += 1
            troubled[projects[session.session_id]] += said["failure_evidence.failure_score"] > 3
    rows = ask("projects_with_most_trouble")
    found = by(rows, "project_id")
    assert {key[0]: row["known_sessions"] for key, row in found.items()} == sessions
    assert {key[0]: row["troubled_sessions"] for key, row in found.items()} == {
        project: troubled[project] for project in sessions
    }
    shares = [row["troubled_share"] for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0


def test_longest_turns_by_week(ask: Ask, interactive: list[SessionTruth]) -> None:
    seconds: dict[Any, list[float]] = defaultdict(list)
    for session in interactive:
        for turn in session.turns:
            if turn.has_agent_work and turn.end_reason != "open":
                seconds[week_of(planted_time(turn.started_at))].append(turn.wall_seconds)
    found = by(ask("longest_turns_by_week"), "started_week")
    assert {key[0] for key in found} == seconds.keys()
    for (week,), row in found.items():
        assert row["turns"] == len(seconds[week])
        assert row["p50_seconds"] == pytest.approx(np.percentile(seconds[week], 50), abs=0.06)
        assert row["p99_seconds"] == pytest.approx(np.percentile(seconds[week], 99), abs=0.06)
        assert row["longest_seconds"] == pytest.approx(max(seconds[week]), abs=0.06)


def test_interrupts_by_experience(home: DemoHome, personal: DemoHome, ask: Ask) -> None:
    """Nothing is hidden in the personal home: there every bucket is recounted; a team sees some of them."""
    whole = query_file(personal.settings.warehouse_path, question_of("interrupts_by_experience").sql)
    turns: Counter[str] = Counter()
    interrupted: Counter[str] = Counter()
    for session in home.truth.sessions:
        if session.is_interactive and session.user is not None:
            for turn in session.turns:
                if turn.has_agent_work:
                    turns[_bucket(session.prior_session_count)] += 1
                    interrupted[_bucket(session.prior_session_count)] += turn.is_interrupted
    cut = {row["prior_sessions"]: row for row in whole if row["prior_sessions"] in turns}
    assert cut.keys() == turns.keys()
    for bucket, row in cut.items():
        assert (row["turns"], row["interrupted_turns"]) == (turns[bucket], interrupted[bucket])
        assert row["interrupted_share"] == pytest.approx(interrupted[bucket] / turns[bucket])
    merged = "all_other"
    rows = ask("interrupts_by_experience")
    shown = [row for row in rows if row["why_not"] is None and row["prior_sessions"] != merged]
    assert shown
    everything = {row["prior_sessions"]: row for row in whole}
    for row in shown:
        assert row["interrupted_share"] == everything[row["prior_sessions"]]["interrupted_share"]


def _bucket(prior: int) -> str:
    for most, name in ((0, "0"), (2, "1-2"), (9, "3-9"), (29, "10-29"), (99, "30-99"), (299, "100-299")):
        if prior <= most:
            return name
    return "300-999"


def test_label_coverage(home: DemoHome, ask: Ask, labels: dict[str, Any]) -> None:
    rows = ask("label_coverage")
    (calls,) = (row for row in rows if row["unit_kind"] == "tool_call")
    assert (calls["classifier"], calls["labels"]) == ("reversibility", calls["answered"])
    found = by([row for row in rows if row["unit_kind"] == "session"], "classifier")
    assert {key[0] for key in found} == {
        "work_mode", "codebase_relation", "success_evidence", "failure_evidence", "outcome",
    }  # fmt: skip
    for (classifier,), row in found.items():
        declined = sum(
            answers.get(f"{classifier}.{classifier}") == "not_inferable" for answers in labels.values()
        )
        assert row["labels"] == row["answered"] == row["sessions"] == len(home.truth.sessions)
        assert (row["not_inferable"], row["without_answer"], row["stale"]) == (declined, 0, 0)
        assert row["dollars"] == 0


def test_permission_modes_by_month(ask: Ask, interactive: list[SessionTruth]) -> None:
    turns: Counter[tuple[Any, str]] = Counter()
    calls: Counter[tuple[Any, str]] = Counter()
    for session in interactive:
        for turn in session.turns:
            if turn.tool_call_count:
                key = (month_of(planted_time(turn.started_at)), turn.permission_mode or "unknown")
                turns[key] += 1
                calls[key] += turn.tool_call_count
    found = by(ask("permission_modes_by_month"), "started_month", "permission_mode")
    assert {key: row["turns"] for key, row in found.items()} == turns
    assert {key: row["tool_calls"] for key, row in found.items()} == calls
    for (_, mode), row in found.items():
        assert row["is_full_auto"] == {"bypassPermissions": True, "auto": True, "unknown": None}.get(
            mode, False
        )


def test_adoption_by_week(ask: Ask, interactive: list[SessionTruth]) -> None:
    weeks: dict[Any, list[SessionTruth]] = defaultdict(list)
    for session in interactive:
        weeks[week_of(planted_time(session.started_at))].append(session)
    found = by(ask("adoption_by_week"), "started_week")
    assert {key[0] for key in found} == weeks.keys()
    for (week,), row in found.items():
        own = weeks[week]
        assert row["sessions"] == len(own)
        assert row["people"] == len({session.user for session in own} - {None})
        assert row["sessions_of_unknown_people"] == sum(session.user is None for session in own)
        assert row["typed_prompts"] == sum(session.counts.human_prompt_count for session in own)
        assert row["tool_calls"] == sum(session.counts.tool_call_count for session in own)
