"""Threads of rollouts: sub-agents, forks, copies of a parent's turns, checkpoints; whose tokens are whose."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.parsed import Tables, assert_accounted
from tests.rollouts import START, Rollout, parse_rollouts, uuid7


def tokens(tables: Tables) -> int:
    """All tokens of all responses: with the cached ones in the input, the thread's own total."""
    columns = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    return sum(row[column] or 0 for row in tables.responses for column in columns)


def exchange(
    rollout: Rollout, text: str, *, input_tokens: int = 100, cached: int = 0, output: int = 10
) -> None:
    rollout.prompt(text)
    rollout.says(f"Answer to {text}")
    rollout.used(input_tokens, cached=cached, output=output)
    rollout.done()
    rollout.wait(20)


def family() -> tuple[Rollout, Rollout]:
    """A parent of two turns and a sub-agent that it spawned in the second, with a copy of both."""
    parent = Rollout()
    exchange(parent, "Look around.", input_tokens=1000, output=50)
    parent.prompt("Let an agent review.")
    call = parent.calls("spawn_agent", {"agent_type": "explorer", "message": "Review."})
    parent.used(1200, cached=900, output=40)
    child = parent.child()
    parent.returns(call, json.dumps({"agent_id": child.thread}))
    child.wait(2)
    child.begins()
    child.asked("Review.")
    child.counted()
    child.runs("cat till.py", "x = 1")
    child.used(1500, cached=1200, output=30)
    child.says("Fine.")
    child.done()
    parent.wait(10)
    parent.says("It is fine.")
    parent.used(1300, cached=1200, output=20)
    parent.done()
    return parent, child


def test_a_sub_agent_is_part_of_its_parents_session(tmp_path: Path) -> None:
    parent, child = family()
    tables = parse_rollouts(tmp_path, parent, child)
    session = tables.one("sessions")
    assert (session["session_id"], session["subagent_count"], session["branch_count"]) == (
        parent.thread,
        1,
        1,
    )
    assert tables.column("session_aliases", "alias_session_id") == [child.thread]
    call = tables.one("tool_calls", tool_name="exec_command")
    spawn = tables.one("tool_calls", tool_name="spawn_agent")
    assert (call["is_sidechain"], call["agent_id"], call["turn_id"]) == (True, child.thread, spawn["turn_id"])
    assert (spawn["spawned_agent_id"], spawn["subagent_type"]) == (child.thread, "explorer")


def test_no_turn_of_the_parent_is_counted_in_the_child(tmp_path: Path) -> None:
    parent, child = family()
    tables = parse_rollouts(tmp_path, parent, child)
    assert [(row["is_sidechain"], row["opened_by"]) for row in tables.turns] == [
        (False, "prompt"),
        (False, "prompt"),
        (True, "agent"),
    ]
    assert len(tables.human_acts) == 2
    copied = [row for row in tables.record_counts if row["disposition"] == "duplicate"]
    assert sum(row["object_count"] for row in copied) == 15  # all that the parent had said
    assert_accounted(tables)


def test_each_thread_has_its_last_total_less_what_it_inherited(tmp_path: Path) -> None:
    parent, child = family()
    tables = parse_rollouts(tmp_path, parent, child)
    assert tokens(tables) == (1000 + 50 + 1200 + 40 + 1300 + 20) + (1500 + 30)
    own = [row for row in tables.responses if row["agent_id"] == child.thread]
    assert [(row["input_tokens"], row["cache_read_input_tokens"]) for row in own if row["output_tokens"]] == [
        (300, 1200)
    ]


def test_a_child_alone_in_the_archive_still_has_only_its_own_turns(tmp_path: Path) -> None:
    _, child = family()
    tables = parse_rollouts(tmp_path, child)
    assert [row["opened_by"] for row in tables.turns] == ["agent"]
    assert tokens(tables) == 1530


def test_a_child_alone_with_ids_that_tell_no_time_keeps_what_was_not_written_at_once(tmp_path: Path) -> None:
    parent = Rollout(thread="parent")
    parent.event("task_started", turn_id="p1")
    parent.asked("Look.")
    parent.event("task_complete", turn_id="p1")
    child = Rollout(at=parent.at, thread="child", forked_from_id="parent")
    child.copies(parent)
    child.event("task_started", turn_id="c1")
    child.asked("Now mine.")
    child.wait(4)
    child.says("Yours.")
    child.event("task_complete", turn_id="c1")
    tables = parse_rollouts(tmp_path, child)
    assert tables.column("turns", "turn_id") == ["child:c1"]
    assert tables.column("human_acts", "text") == ["Now mine."]


def test_an_agent_that_starts_without_a_copy_has_all_of_its_file(tmp_path: Path) -> None:
    parent = Rollout()
    parent.prompt("Spawn.")
    parent.used(100, output=5)
    child = parent.child(is_fork=False)
    child.begins()
    child.asked("Do it.")
    child.says("Done.")
    child.used(70, output=7)
    child.done()
    parent.done()
    tables = parse_rollouts(tmp_path, parent, child)
    assert len(tables.sessions) == 1
    assert tokens(tables) == 105 + 77
    assert not [row for row in tables.record_counts if row["disposition"] == "duplicate"]


def test_an_agent_of_an_agent_works_for_the_turn_of_the_main_conversation(tmp_path: Path) -> None:
    parent = Rollout()
    turn = parent.prompt("Spawn.")
    first = parent.calls("spawn_agent", {"message": "a"})
    child = parent.child()
    parent.returns(first, json.dumps({"agent_id": child.thread}))
    child.wait(2)
    child.begins()
    second = child.calls("spawn_agent", {"message": "b"})
    grandchild = child.child()
    child.returns(second, json.dumps({"agent_id": grandchild.thread}))
    grandchild.wait(2)
    grandchild.begins()
    grandchild.runs("ls")
    for rollout in (grandchild, child, parent):
        rollout.done()
    tables = parse_rollouts(tmp_path, parent, child, grandchild)
    assert tables.one("tool_calls", tool_name="exec_command")["turn_id"] == turn
    assert tables.one("turns", turn_id=turn)["tool_call_count"] == 3


def test_a_fork_is_one_session_with_two_branches(tmp_path: Path) -> None:
    main = Rollout()
    exchange(main, "Plan.")
    fork = Rollout(at=main.at + timedelta(seconds=5), thread=uuid7(main.at, 3), forked_from_id=main.thread)
    fork.copies(main)
    exchange(fork, "The other way.")
    exchange(main, "Go on.")
    tables = parse_rollouts(tmp_path, main, fork)
    session = tables.one("sessions")
    assert (session["session_id"], session["branch_count"], session["subagent_count"]) == (main.thread, 2, 0)
    assert sorted(tables.column("human_acts", "text")) == ["Go on.", "Plan.", "The other way."]
    assert tokens(tables) == 330


def test_threads_that_share_a_turn_are_one_session_though_neither_names_the_other(tmp_path: Path) -> None:
    main = Rollout()
    exchange(main, "Plan.")
    again = Rollout(at=main.at + timedelta(minutes=9), thread=uuid7(main.at + timedelta(minutes=9)))
    again.records += main.records[1:]
    exchange(again, "Resumed.")
    assert len(parse_rollouts(tmp_path, main, again).sessions) == 1


def test_checkpoints_of_one_thread_are_told_once(tmp_path: Path) -> None:
    rollout = Rollout()
    exchange(rollout, "One.")
    early = rollout.lines()
    exchange(rollout, "Two.")
    whole = parse_rollouts(tmp_path, rollout)
    both = parse_rollouts(tmp_path, early, rollout)
    for name in ("turns", "human_acts", "responses", "tool_calls"):
        assert both.rows[f"raw_{name}"] == whole.rows[f"raw_{name}"]
    assert_accounted(both)


def test_a_copy_in_which_an_output_was_struck_out_brings_no_second_call(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Show it.")
    rollout.runs("env", "TOKEN=abc")
    rollout.done()
    struck = rollout.lines().replace(b"TOKEN=abc", b"REDACTED")
    assert len(parse_rollouts(tmp_path, rollout, struck).tool_calls) == 1


def test_tokens_that_are_told_again_are_counted_once(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Count.")
    rollout.event("token_count", info=None, rate_limits={})
    rollout.says("One.")
    rollout.used(500, cached=200, output=20)
    rollout.counted()
    rollout.counted()
    rollout.says("Two.")
    rollout.used(600, cached=500, output=30)
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert tokens(tables) == 1150
    assert [(row["input_tokens"], row["output_tokens"]) for row in tables.responses] == [(300, 20), (100, 30)]


def test_a_count_that_begins_anew_adds_to_what_was_used(tmp_path: Path) -> None:
    rollout = Rollout()
    exchange(rollout, "One.", input_tokens=800, output=40)
    rollout.total = dict.fromkeys(rollout.total, 0)
    exchange(rollout, "Two.", input_tokens=300, output=20)
    assert tokens(parse_rollouts(tmp_path, rollout)) == 1160


def test_tokens_without_a_word_are_a_response_of_their_own(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Compact.")
    rollout.add("compacted", {"message": "", "replacement_history": []})
    rollout.used(900, output=100)
    rollout.event("context_compacted")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert tokens(tables) == 1000
    assert len(tables.events_of("compaction")) == 1
    assert tables.one("turns")["compaction_count"] == 1


def test_each_response_names_the_model_of_its_turn(tmp_path: Path) -> None:
    rollout = Rollout(model="gpt-5.4")
    exchange(rollout, "One.")
    rollout.event("thread_settings_applied", thread_settings={"model": "gpt-5.6", "service_tier": "priority"})
    rollout.model = "gpt-5.6"
    exchange(rollout, "Two.")
    rows = parse_rollouts(tmp_path, rollout).responses
    assert [(row["model"], row["service_tier"]) for row in rows] == [
        ("gpt-5.4", None),
        ("gpt-5.6", "priority"),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_parent_that_arrives_after_its_child_gives_the_same_rows(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    files = family()
    tables = parse_rollouts(tmp_path, *(files[number] for number in order))
    straight = parse_rollouts(tmp_path, *files)
    for name in ("turns", "responses", "tool_calls", "human_acts", "sessions"):
        assert tables.rows[f"raw_{name}"] == straight.rows[f"raw_{name}"]


def test_two_strangers_on_one_day_stay_two_sessions(tmp_path: Path) -> None:
    ann, bob = Rollout(), Rollout(at=START + timedelta(seconds=1), cwd="/home/bob/shop")
    exchange(ann, "Same words.")
    exchange(bob, "Same words.")
    tables = parse_rollouts(tmp_path, ann, bob)
    assert len(tables.sessions) == 2
    assert len({row["user_id"] for row in tables.sessions}) == 2
