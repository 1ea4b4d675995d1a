"""Turns of rollouts: the agent's own starts and stops, who opened them, how long they worked."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.parsed import assert_accounted
from tests.rollouts import START, Rollout, parse_rollouts


def answered(rollout: Rollout, prompt: str = "Go on.", reply: str = "Done.") -> None:
    rollout.prompt(prompt)
    rollout.says(reply)
    rollout.used(100, output=10)
    rollout.done(reply)
    rollout.wait(30)


def test_a_turn_runs_from_its_start_record_to_its_stop_record(tmp_path: Path) -> None:
    rollout = Rollout()
    began = rollout.at
    turn = rollout.prompt("Count the files.")
    rollout.wait(12)
    rollout.says("Nine.")
    rollout.done("Nine.", milliseconds=12_900)
    stopped = rollout.at - timedelta(seconds=0.1)
    row = parse_rollouts(tmp_path, rollout).one("turns")
    assert row["turn_id"] == turn
    assert row["wall_seconds"] == pytest.approx((stopped - began).total_seconds())
    assert (row["reported_seconds"], row["end_reason"], row["opened_by"]) == (12.9, "completed", "prompt")


@pytest.mark.parametrize(
    ("reason", "ends", "interrupts"),
    [
        ("interrupted", "interrupted", 1),
        ("replaced", "interrupted", 1),
        ("review_ended", "completed", 0),
        ("budget_limited", "error", 0),
        ("a_new_reason", "interrupted", 1),
    ],
)
def test_why_a_turn_was_given_up_decides_how_it_ended(
    tmp_path: Path, reason: str, ends: str, interrupts: int
) -> None:
    rollout = Rollout()
    rollout.prompt("Start.")
    rollout.says("Starting")
    rollout.aborted(reason, duration_ms=700)
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.one("turns")["end_reason"] == ends
    assert tables.one("turns")["reported_seconds"] == 0.7
    assert len(tables.events_of("interrupt")) == interrupts


def test_what_is_said_while_a_turn_runs_steers_it(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Rename it.")
    rollout.says("Renaming.")
    rollout.asked("only in src")
    rollout.says("Only there.")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.kinds() == ["prompt", "steering"]
    assert tables.one("turns")["steering_count"] == 1
    assert tables.one("human_acts", act_kind="steering")["is_mid_run"] is True


def test_a_question_at_the_end_counts_where_a_person_answers(tmp_path: Path) -> None:
    rollout = Rollout()
    answered(rollout, reply="I can do A or B.\n\nWhich one?")
    answered(rollout, prompt="A.", reply="Anything else?")
    ends = parse_rollouts(tmp_path, rollout).column("turns", "end_reason")
    assert ends == ["question", "completed"]


def test_a_turn_without_a_stop_is_open_while_the_session_is_young(tmp_path: Path) -> None:
    old, young = Rollout(), Rollout(at=START + timedelta(days=57, hours=23))
    for rollout in (old, young):
        rollout.prompt("Go.")
        rollout.says("Going")
    ends = parse_rollouts(tmp_path, old, young).column("turns", "end_reason")
    assert sorted(ends) == ["open", "session_end"]


def test_an_error_that_nothing_follows_ends_the_turn_in_error(tmp_path: Path) -> None:
    lost, kept = Rollout(), Rollout(at=START + timedelta(hours=1))
    for rollout in (lost, kept):
        rollout.prompt("Go.")
        rollout.event("error", message="You hit a limit, ann.", codex_error_info="usage_limit_exceeded")
    kept.says("It worked after all.")
    for rollout in (lost, kept):
        rollout.done()
    tables = parse_rollouts(tmp_path, lost, kept)
    assert tables.column("turns", "end_reason") == ["error", "completed"]
    assert {row["detail"] for row in tables.events_of("api_error")} == {"usage_limit_exceeded"}


def test_a_review_is_a_command_and_its_request_nobodys_prompt(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.event("entered_review_mode", target={"type": "uncommittedChanges"}, turn_id="x")
    rollout.begins()
    for _ in range(2):
        rollout.event("user_message", message="Review the current changes.")
    rollout.runs("git diff")
    rollout.event("exited_review_mode", review_output={"findings": []})
    rollout.done()
    answered(rollout, prompt="Fix them.")
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.column("turns", "opened_by") == ["command", "prompt"]
    assert tables.one("human_acts", act_kind="command")["command_name"] == "review"
    assert [row["text"] for row in tables.all("human_acts", act_kind="prompt")] == ["Fix them."]


def test_the_approval_policy_is_the_permission_mode_and_its_change_an_event(tmp_path: Path) -> None:
    rollout = Rollout(policy="untrusted")
    answered(rollout)
    rollout.policy = {"granular": {"sandbox_approval": True}}
    answered(rollout)
    rollout.policy = "never"
    answered(rollout)
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.column("turns", "permission_mode") == ["untrusted", "granular", "never"]
    assert [row["detail"] for row in tables.events_of("mode_change")] == ["granular", "never"]


@pytest.mark.parametrize(
    ("policy", "reviewer", "mode"),
    [
        ("on-request", "user", "on-request"),
        ("on-request", "guardian", "auto_review"),
        ("never", "x", "never"),
    ],
)
def test_requests_that_a_model_answers_are_nobodys_approval(
    tmp_path: Path, policy: str, reviewer: str, mode: str
) -> None:
    rollout = Rollout(policy=policy)
    rollout.begins()
    rollout.context(approvals_reviewer=reviewer)
    rollout.asked("Go.")
    rollout.says("Gone.")
    rollout.done()
    assert parse_rollouts(tmp_path, rollout).one("turns")["permission_mode"] == mode


def test_a_result_that_comes_long_after_its_command_ran_has_waited(tmp_path: Path) -> None:
    rollout = Rollout(policy="untrusted")
    rollout.prompt("Push it.")
    call = rollout.calls("exec_command", {"cmd": "git push"})
    rollout.wait(95)
    rollout.returns(call, "Chunk ID: a\nWall time: 1.5 seconds\nProcess exited with code 0\nOutput:\n")
    rollout.done()
    row = parse_rollouts(tmp_path, rollout).one("turns")
    assert row["wall_seconds"] - row["net_seconds"] == pytest.approx(93.5, abs=0.2)


def test_a_command_that_runs_long_is_work_and_so_is_an_agent(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Build.")
    rollout.runs("make all", seconds=1500)
    agent = rollout.calls("wait_agent", {"targets": []})
    rollout.wait(1200)
    rollout.returns(agent, "{}")
    rollout.done()
    row = parse_rollouts(tmp_path, rollout).one("turns")
    assert row["net_seconds"] == pytest.approx(row["wall_seconds"])


@pytest.mark.parametrize(("gap", "is_work"), [(500, True), (700, False), (7200, False)])
def test_a_long_gap_in_which_nothing_runs_is_idle(tmp_path: Path, gap: float, is_work: bool) -> None:
    rollout = Rollout()
    rollout.prompt("Think.")
    rollout.wait(gap)
    rollout.says("Thought.")
    rollout.done()
    row = parse_rollouts(tmp_path, rollout).one("turns")
    assert (row["wall_seconds"] - row["net_seconds"] > 600) is not is_work


def test_a_question_to_the_person_is_a_wait_and_the_answer_an_act(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Plan.")
    call = rollout.calls("request_user_input", {"questions": [{"id": "a"}]})
    rollout.wait(240)
    rollout.returns(call, json.dumps({"answers": {"a": {"answers": ["the blue one"]}}}))
    rollout.says("Blue.")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    turn = tables.one("turns")
    assert turn["wall_seconds"] - turn["net_seconds"] > 239
    assert turn["clarification_count"] == 1
    assert tables.one("human_acts", act_kind="answer")["text"] == "the blue one"


def test_threads_without_start_records_are_cut_at_the_prompts(tmp_path: Path) -> None:
    rollout = Rollout(has_starts=False)
    for text in ("First.", "Second."):
        rollout.begins()
        rollout.asked(text)
        rollout.says("Yes.")
        rollout.wait(60)
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]
    assert tables.column("turns", "end_reason") == ["completed", "completed"]


def test_turns_that_are_only_numbered_do_not_meet_those_of_another_thread(tmp_path: Path) -> None:
    first, second = Rollout(), Rollout(at=START + timedelta(hours=2))
    for rollout in (first, second):
        rollout.event("task_started", turn_id="1")
        rollout.asked("Go.")
        rollout.says("Gone.")
        rollout.event("task_complete", turn_id="1")
    tables = parse_rollouts(tmp_path, first, second)
    assert len(tables.sessions) == 2
    assert len({row["turn_id"] for row in tables.turns}) == 2


def test_words_without_an_event_are_a_persons_unless_the_harness_wrote_them(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.begins()
    rollout.to_model("<user_instructions>\nBe kind.\n</user_instructions>")
    rollout.to_model("What is this?")
    rollout.says("A shop.")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert [row["text"] for row in tables.human_acts] == ["What is this?"]
    assert tables.column("harness_texts", "text_kind") == ["injected"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "# Context from my IDE setup:\n\n## Tabs:\n- a.py\n\n## My request for Codex:\nAdd it",
            "Add it",
        ),
        (
            "\n# Files mentioned by the user:\n\n## a.png\n\n## My request for Codex:\nUse it\n",
            "Use it",
        ),
        ("Fix:\n## My request for Codex:\nthis heading is mine", None),
    ],
)
def test_what_an_editor_put_before_a_request_is_not_the_persons(
    tmp_path: Path, message: str, words: str | None
) -> None:
    rollout = Rollout(source="vscode", originator="codex_vscode")
    rollout.prompt(message)
    rollout.says("Done.")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.one("human_acts")["text"] == (words or message)
    assert tables.column("harness_texts", "text_kind") == ([] if words is None else ["editor"])


def test_every_object_has_one_fate_also_where_records_are_strange(tmp_path: Path) -> None:
    rollout = Rollout()
    answered(rollout)
    for payload in (
        {},
        {"type": None},
        {"type": "message", "role": "user", "content": 7},
        {"type": "token_count"},
    ):
        rollout.add("response_item", payload)
        rollout.add("event_msg", payload)
    rollout.event("task_started")
    rollout.event("token_count", info={"total_token_usage": {"input_tokens": -4, "output_tokens": "x"}})
    rollout.item("function_call", name=None, arguments=None, call_id=None)
    rollout.item("function_call_output", call_id="nobody", output={"content": "x", "success": False})
    tables = parse_rollouts(tmp_path, rollout)
    assert_accounted(tables)
    assert tables.quarantined_lines == []
    assert tables.one("tool_calls", has_call=False)["error_kind"] == "other"


@pytest.mark.parametrize(
    ("source", "originator", "entrypoint"),
    [
        ("cli", "codex-tui", "cli"),
        ("exec", "codex_exec", "headless-exec"),
        ("mcp", "codex_mcp", "sdk-mcp"),
        ("vscode", "codex_vscode", "codex-vscode"),
        ("vscode", "Codex Desktop", "codex-desktop"),
        ({"subagent": "review"}, "codex_exec", "headless-exec"),
        ({"custom": "my-bot"}, "x", "my-bot"),
    ],
)
def test_the_entry_point_says_where_the_thread_was_begun(
    tmp_path: Path, source: object, originator: str, entrypoint: str
) -> None:
    rollout = Rollout(source=source, originator=originator)
    answered(rollout)
    assert parse_rollouts(tmp_path, rollout).one("sessions")["entrypoint"] == entrypoint
