"""Totals of tokens that are not what they seem, and the tokens that no total holds."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, assert_accounted
from tests.rollouts import Rollout, parse_rollouts


def outputs(tables: Tables) -> list[int]:
    return [row["output_tokens"] for row in tables.responses if row["output_tokens"] is not None]


def counted(rollout: Rollout, tokens: int, output: int, *, total: dict[str, int] | None = None) -> None:
    """A response's tokens with the total after it, or an old total with those that it told of then."""
    if total is None:
        rollout.total = {
            "input_tokens": rollout.total["input_tokens"] + tokens,
            "cached_input_tokens": 0,
            "output_tokens": rollout.total["output_tokens"] + output,
        }
    last = {"input_tokens": tokens, "cached_input_tokens": 0, "output_tokens": output}
    info = {"total_token_usage": total or dict(rollout.total), "last_token_usage": last}
    rollout.event("token_count", info=info, rate_limits=None)


def recorded(rollout: Rollout, response: str, tokens: int, output: int) -> None:
    """What one response used, as versions from 0.151 on write it beside the total."""
    usage = {
        "input_tokens": tokens,
        "cached_input_tokens": 0,
        "output_tokens": output,
        "reasoning_output_tokens": 0,
    }
    payload = {"thread_id": rollout.thread, "turn_id": rollout.turn, "response_id": response, "usage": usage}
    rollout.add("token_usage_record", payload)


@pytest.mark.parametrize("times", [1, 3])
def test_old_total_that_is_told_late_counts_nothing_again(tmp_path: Path, times: int) -> None:
    """It falls back and goes on from where it was (https://github.com/junhoyeo/tokscale/pull/308)."""
    rollout = Rollout()
    rollout.prompt("Count.")
    counted(rollout, 500, 50)
    old = dict(rollout.total)
    rollout.says("One.")
    counted(rollout, 1000, 100)
    for _ in range(times):
        counted(rollout, 500, 50, total=old | {"input_tokens": 900})
    rollout.says("Two.")
    counted(rollout, 1000, 100)
    rollout.done()
    assert sum(outputs(parse_rollouts(tmp_path, rollout))) == 250


def test_count_that_begins_anew_and_outgrows_the_old_one_is_counted_whole(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Count.")
    rollout.says("One.")
    counted(rollout, 300, 30)
    rollout.total = dict.fromkeys(rollout.total, 0)
    for number in range(4):
        rollout.says(f"Again {number}.")
        counted(rollout, 200, 20)
    rollout.done()
    assert outputs(parse_rollouts(tmp_path, rollout)) == [30, 20, 20, 20, 20]


@pytest.mark.parametrize("repeats_parent", [False, True])
@pytest.mark.parametrize("has_parent", [True, False])
def test_fork_without_a_copy_has_its_own_tokens_only(
    tmp_path: Path, repeats_parent: bool, has_parent: bool
) -> None:
    """Forks of a paginated history go on from the parent's total
    (https://github.com/steipete/CodexBar/issues/3524)."""
    parent = Rollout(version="0.151.0")
    parent.prompt("Do it.")
    parent.says("Done.")
    counted(parent, 9000, 900)
    parent.done()
    fork = Rollout(version="0.151.0", at=parent.at + timedelta(minutes=5), forked_from_id=parent.thread)
    fork.total = dict(parent.total)
    fork.prompt("Do it otherwise.")
    if repeats_parent:
        counted(fork, 9000, 900, total=parent.total)
    fork.says("Done.")
    counted(fork, 100, 10)
    fork.says("All of it.")
    counted(fork, 100, 10)
    fork.done()
    tables = parse_rollouts(tmp_path, *([parent] if has_parent else []), fork)
    assert outputs(tables) == [900, 10, 10] if has_parent else [10, 10]
    assert len(tables.sessions) == 1


def test_agent_that_names_its_parent_and_counts_from_zero_loses_nothing(tmp_path: Path) -> None:
    """https://github.com/steipete/CodexBar/issues/2193"""
    parent = Rollout(version="0.144.0")
    parent.prompt("Do it.")
    parent.says("I let one look.")
    counted(parent, 9000, 900)
    child = parent.child(is_fork=False, forked_from_id=parent.thread)
    child.begins()
    child.says("Looked.")
    counted(child, 500, 50)
    child.done()
    parent.at = child.at
    parent.says("Done.")
    counted(parent, 100, 10)
    parent.done()
    assert sorted(outputs(parse_rollouts(tmp_path, parent, child))) == [10, 50, 900]


def test_compaction_has_the_tokens_that_no_total_holds(tmp_path: Path) -> None:
    """https://github.com/openai/codex/issues/47003"""
    rollout = Rollout(version="0.154.0")
    rollout.prompt("Do it.")
    rollout.says("One.")
    recorded(rollout, "resp_1", 9000, 900)
    counted(rollout, 9000, 900)
    recorded(rollout, "resp_2", 8000, 77)
    compacted = {"message": "", "replacement_history": [], "compaction_response_id": "resp_2"}
    rollout.add("compacted", compacted)
    rollout.counted()
    recorded(rollout, "resp_2", 8000, 77)
    rollout.says("Two.")
    recorded(rollout, "resp_3", 100, 10)
    counted(rollout, 100, 10)
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert outputs(tables) == [900, 77, 10]
    assert not [row for row in tables.record_counts if row["disposition"] == "unknown"]
    assert_accounted(tables)


def test_what_each_response_used_counts_where_there_is_no_total(tmp_path: Path) -> None:
    """https://github.com/xiufengsun/TokenTracker/issues/652"""
    rollout = Rollout(version="0.156.0")
    rollout.prompt("Do it.")
    for number in (1, 2):
        rollout.says(f"Part {number}.")
        recorded(rollout, f"resp_{number}", 100, 10 * number)
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    said: list[Any] = [(row["text"], row["output_tokens"]) for row in tables.responses]
    assert said == [("Part 1.", 10), ("Part 2.", 20)]
