"""Turns: what opens them, why they end, how long they last (ARCHITECTURE "Turns"; METHODS D3, D4, D12)."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from orchestration.ingest.rows import TurnEnd, TurnOpener
from tests.parsed import NOW, Tables, parse
from tests.transcripts import FEEDBACK, Transcript, patch, stamp

NOTICE = "<task-notification>\n<task-id>b7</task-id>\n</task-notification>"


def turn_of(tmp_path: Path, written: Transcript) -> dict[str, Any]:
    return parse(tmp_path, written).one("turns")


def every_opener(tmp_path: Path) -> Tables:
    """One session in which each kind of opening occurs once."""
    written = Transcript()
    written.says("Nobody asked.")
    written.prompt("Plan it.")
    call = written.calls("ExitPlanMode", {"plan": "# A"})
    written.result(call, FEEDBACK + "shorter", is_error=True, outcome="User rejected tool use")
    call = written.calls("ExitPlanMode", {"plan": "# B"})
    written.result(call, "User has approved your plan.", outcome={"plan": "# B"})
    call = written.calls("AskUserQuestion", {"questions": []})
    written.result(call, "User has answered your questions: yes", outcome={"answers": {"q": "yes"}})
    written.says("Done.")
    written.user("<command-name>/review</command-name>\n<command-args></command-args>")
    written.says("Reviewed.")
    written.user(NOTICE)
    written.says("The task is done.")
    written.user("the build is red", origin={"kind": "peer", "name": "builder"})
    written.says("I see.")
    written.user("Implement the following plan:\n\n# B", planContent="# B")
    written.says("Implemented.")
    return parse(tmp_path, written)


def test_every_way_to_open_a_turn_is_told_apart(tmp_path: Path) -> None:
    openers = every_opener(tmp_path).column("turns", "opened_by")
    assert openers == [
        "unknown",
        "prompt",
        "plan_rejected",
        "plan_accepted",
        "answer",
        "command",
        "background_notification",
        "machine_message",
        "plan_implementation",
    ]
    assert {*openers, "agent"} == {*get_args(TurnOpener)}  # agents open turns in rollouts only


def test_only_turns_that_a_human_opened_name_an_act(tmp_path: Path) -> None:
    tables = every_opener(tmp_path)
    without = [row["opened_by"] for row in tables.turns if row["opening_act_id"] is None]
    assert without == ["unknown", "background_notification", "machine_message"]
    acts = {row["act_id"]: row["turn_id"] for row in tables.human_acts}
    for row in tables.turns:
        if row["opening_act_id"]:
            assert acts[row["opening_act_id"]] == row["turn_id"]


def test_turn_is_named_for_the_record_that_opens_it(tmp_path: Path) -> None:
    tables = every_opener(tmp_path)
    assert tables.turns[1]["turn_id"] == "s1-002"
    assert tables.column("turns", "turn_number") == list(range(1, 10))


def test_ends_are_what_is_settled_by_what_follows(tmp_path: Path) -> None:
    ends: set[str] = set()
    written = Transcript()
    written.prompt()
    written.says()
    ends.add(turn_of(tmp_path, written)["end_reason"])
    assert ends == {"completed"}
    written.says("Which way?")
    written.prompt("Left.")
    written.says("Left.", stop=None)
    written.interrupt()
    written.prompt("Go on.")
    written.calls("ExitPlanMode", {"plan": "# A"})
    ends |= set(parse(tmp_path, written).column("turns", "end_reason"))
    failing = Transcript()
    failing.prompt()
    failing.says("API Error", model="<synthetic>", isApiErrorMessage=True)
    ends.add(turn_of(tmp_path, failing)["end_reason"])
    for age, reason in ((80, "session_end"), (1, "open")):
        cut_off = Transcript(at=NOW - timedelta(hours=age))
        cut_off.prompt()
        cut_off.calls()
        assert turn_of(tmp_path, cut_off)["end_reason"] == reason
        ends.add(reason)
    assert ends == set(get_args(TurnEnd))


def test_question_at_the_end_of_a_session_is_not_answered_so_the_turn_is_completed(tmp_path: Path) -> None:
    # D7: it is a question only where the next actor is the human.
    written = Transcript()
    written.prompt()
    written.says("Anything else?")
    assert turn_of(tmp_path, written)["end_reason"] == "completed"


def test_wall_time_runs_from_the_prompt_to_the_last_record_of_the_agent(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.wait(20).bash("ls")
    written.wait(9).says()
    written.wait(3600).prompt("Next day.")
    written.says()
    first, second = parse(tmp_path, written).turns
    assert (first["wall_seconds"], first["net_seconds"]) == (30.0, 30.0)
    assert second["wall_seconds"] == 1.0


def test_wait_of_hours_for_an_approval_is_wall_and_not_net(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Edit", {"file_path": "/a.py"})
    written.wait(7200).result(call, "edited", outcome={"structuredPatch": patch("+a")})
    written.says()
    row = turn_of(tmp_path, written)
    assert (row["wall_seconds"], row["net_seconds"]) == (7202.0, 2.0)


def test_wait_for_a_denial_is_wall_and_not_net(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Bash", {"command": "rm -r x"})
    written.wait(300).result(call, FEEDBACK + "keep it", is_error=True, outcome="User rejected tool use")
    written.says()
    row = turn_of(tmp_path, written)
    assert (row["wall_seconds"], row["net_seconds"]) == (302.0, 2.0)


def test_gap_above_ten_minutes_without_a_running_tool_is_idle(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash("ls")
    written.wait(601).says()
    row = turn_of(tmp_path, written)
    assert (row["wall_seconds"], row["net_seconds"]) == (603.0, 2.0)


def test_gap_of_ten_minutes_is_still_work(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash("ls")
    written.wait(600).says()
    assert turn_of(tmp_path, written)["net_seconds"] == 602.0


def test_long_running_sub_agent_is_work(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Task", {"prompt": "Look.", "subagent_type": "Explore"})
    written.wait(1800).result(call, "Found.", outcome={"agentId": "a1", "totalDurationMs": 1_800_000})
    written.says()
    row = turn_of(tmp_path, written)
    assert (row["wall_seconds"], row["net_seconds"]) == (1802.0, 1802.0)


def test_reported_duration_is_kept_and_caps_the_net_time(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash("make")
    written.wait(120).says()
    written.turn_duration(90_500)
    row = turn_of(tmp_path, written)
    assert (row["reported_seconds"], row["wall_seconds"], row["net_seconds"]) == (90.5, 122.0, 90.5)


def test_turn_without_a_reported_duration_has_none(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    assert turn_of(tmp_path, written)["reported_seconds"] is None


def test_active_time_of_a_session_is_the_union_of_its_turns(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    written.wait(7200).prompt("Again.")
    written.says()
    assert parse(tmp_path, written).one("sessions")["active_seconds"] == 2.0


def test_steering_stays_inside_the_turn(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls()
    written.queue("enqueue", "use tabs")
    written.queue("remove")
    written.result(call)
    written.says()
    row = turn_of(tmp_path, written)
    assert (row["steering_count"], row["wall_seconds"]) == (1, 5.0)


def test_notice_while_the_agent_works_opens_no_turn(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls()
    written.user(NOTICE)
    written.result(call)
    written.says()
    assert turn_of(tmp_path, written)["is_background"] is False


def test_notice_that_sets_no_agent_working_opens_no_turn(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    written.user(NOTICE)
    assert len(parse(tmp_path, written).turns) == 1


def test_prompt_without_an_answer_is_a_turn_without_agent_work(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    row = turn_of(tmp_path, written)
    assert (row["has_agent_work"], row["response_count"], row["model"]) == (False, 0, None)
    assert (row["output_tokens"], row["is_usage_final"]) == (None, None)


def test_records_out_of_time_order_make_the_same_turns(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    calls = [written.calls(message_id="msg_a", stop=None) for _ in range(3)]
    for call in calls:
        written.result(call)
    written.says()
    results = written.records[4:7]
    results[0]["timestamp"], results[2]["timestamp"] = results[2]["timestamp"], results[0]["timestamp"]
    row = turn_of(tmp_path, written)
    assert (row["tool_call_count"], row["wall_seconds"], row["end_reason"]) == (3, 7.0, "completed")


def test_record_of_the_same_millisecond_keeps_its_place_in_the_file(tmp_path: Path) -> None:
    written = Transcript(step=0.0)
    written.prompt("First.")
    written.says("Answer.")
    written.prompt("Second.")
    written.says("Answer.")
    tables = parse(tmp_path, written)
    assert tables.column("human_acts", "text") == ["First.", "Second."]
    assert tables.column("turns", "wall_seconds") == [0.0, 0.0]


def test_errors_of_tools_are_counted_and_collateral_is_not(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash_fails("make")
    call = written.calls("Read", {"file_path": "/a"})
    written.result(call, "<tool_use_error>Sibling tool call errored</tool_use_error>", is_error=True)
    written.says()
    row = turn_of(tmp_path, written)
    assert (row["tool_error_count"], row["tool_call_count"]) == (1, 2)


def test_words_of_agent_and_tool_input_are_counted_apart(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says("One two three.", stop=None, message_id="msg_a")
    written.calls("Bash", {"command": "echo a b", "timeout": 5}, message_id="msg_a")
    row = turn_of(tmp_path, written)
    assert (row["agent_word_count"], row["tool_input_word_count"]) == (3, 3)


def test_every_row_of_a_turn_points_at_a_turn_that_exists(tmp_path: Path) -> None:
    tables = every_opener(tmp_path)
    turns = set(tables.column("turns", "turn_id"))
    for name in ("responses", "tool_calls", "human_acts", "events"):
        assert {row["turn_id"] for row in tables.rows[f"raw_{name}"]} <= turns


def test_turn_ends_no_earlier_than_it_starts(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    late = written.says()
    late["timestamp"] = stamp(written.at - timedelta(seconds=30))
    for row in parse(tmp_path, written).turns:
        assert row["started_at"] <= row["ended_at"]
        assert 0 <= row["net_seconds"] <= row["wall_seconds"]
