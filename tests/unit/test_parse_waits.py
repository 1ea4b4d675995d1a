"""Gaps are work only where something can have been running (METHODS D4; format, section 12.8)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.sources.claude_code.tools import (
    FILE_TOOLS,
    LONG_TOOLS,
    SHORT_TOOLS,
    can_run_long,
    is_known_tool,
)
from tests.parsed import Tables, parse
from tests.transcripts import START, STOPPED, Transcript

SHORT = ["Edit", "Write", "Read", "Grep", "Skill", "EnterPlanMode", "TodoWrite", "TaskUpdate", "NeverHeardOf"]
LONG = ["Task", "Agent", "Workflow", "WebFetch", "WebSearch", "mcp__tracker__search", "Monitor", "TaskOutput"]


def net(tables: Tables) -> tuple[float, float, float]:
    turn = tables.one("turns")
    return turn["wall_seconds"], turn["net_seconds"], tables.one("sessions")["active_seconds"]


def after_gap(tmp_path: Path, name: str, seconds: float) -> tuple[float, float, float]:
    """A turn whose one call has its result after a gap."""
    written = Transcript()
    written.prompt()
    call = written.calls(name, {"file_path": "/r/a", "command": "x"})
    written.wait(seconds).result(call)
    written.says()
    return net(parse(tmp_path, written))


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("seconds", [11, 90, 30_000])
def test_gap_before_a_tool_that_answers_at_once_is_a_wait(tmp_path: Path, name: str, seconds: int) -> None:
    assert after_gap(tmp_path, name, seconds) == (seconds + 2, 2, 2)


@pytest.mark.parametrize("name", SHORT)
def test_ten_seconds_before_such_a_tool_are_still_work(tmp_path: Path, name: str) -> None:
    assert after_gap(tmp_path, name, 10) == (12, 12, 12)


@pytest.mark.parametrize("name", LONG)
def test_tool_that_can_run_long_fills_a_gap(tmp_path: Path, name: str) -> None:
    assert after_gap(tmp_path, name, 2_000) == (2_002, 2_002, 2_002)


@pytest.mark.parametrize(("seconds", "worked"), [(600, 600), (601, 0)])
@pytest.mark.parametrize("name", ["Bash", "PowerShell"])
def test_foreground_command_runs_ten_minutes_at_most(
    tmp_path: Path, name: str, seconds: int, worked: int
) -> None:
    assert after_gap(tmp_path, name, seconds) == (seconds + 2, worked + 2, worked + 2)


def test_short_tool_waited_for_beside_a_long_one_is_work(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    edit = written.calls("Edit", {"file_path": "/r/a"}, message_id="m")
    fetch = written.calls("WebFetch", {"url": "https://example.org"}, message_id="m")
    written.wait(40).result(fetch)
    written.wait(300).result(edit)
    written.says()
    assert net(parse(tmp_path, written)) == (343, 43, 43)


def with_agent(*steps: tuple[str, float], spawn: float = 1, back: float = 1, **kind: Any) -> list[Transcript]:
    """A session with a sub-agent in a file of its own: its calls, each with the gap before its result."""
    written = Transcript()
    written.prompt()
    call = written.calls("Task", {"prompt": "Look.", **kind})
    agent = Transcript(agent_id="a1", at=written.at)
    agent.wait(spawn).prompt("Look.")
    for name, seconds in steps:
        inner = agent.calls(name, {"file_path": "/r/a", "command": "x"})
        agent.wait(seconds).result(inner)
    agent.says("Found.")
    written.at = agent.at + timedelta(seconds=back - 1)
    written.result(call, "Found.", outcome={"agentId": "a1"})
    written.says()
    return [written, agent]


@pytest.mark.parametrize("name", SHORT)
def test_wait_inside_a_sub_agent_is_no_work_of_the_turn(tmp_path: Path, name: str) -> None:
    wall, *worked = net(parse(tmp_path, *with_agent((name, 5_000))))
    assert (wall, *worked) == (5_006, 6, 6)


@pytest.mark.parametrize("name", LONG)
def test_long_tool_inside_a_sub_agent_is_work_of_the_turn(tmp_path: Path, name: str) -> None:
    wall, *worked = net(parse(tmp_path, *with_agent((name, 5_000))))
    assert worked == [wall, wall]


def test_sub_agent_that_only_progress_records_hold_is_read_alike(tmp_path: Path) -> None:
    written, agent = with_agent(("Edit", 5_000), ("Bash", 60), ("Bash", 700))
    spawning = written.records[1]["message"]["content"][0]["id"]
    end = written.records[2:]
    del written.records[2:]
    told = Transcript(prefix="told")
    for record in agent.records:
        told.progress(record, agent_id="a1", call_id=spawning)
    written.records += told.records + end
    wall, *worked = net(parse(tmp_path, written))
    assert (wall, *worked) == (5_000 + 60 + 700 + 8, 60 + 8, 60 + 8)


def test_machine_that_sleeps_while_a_sub_agent_thinks_is_no_work(tmp_path: Path) -> None:
    assert net(parse(tmp_path, *with_agent(("Bash", 1), spawn=3_000))) == (3_006, 6, 6)
    assert net(parse(tmp_path, *with_agent(("Bash", 1), back=3_000))) == (3_006, 6, 6)


def test_denied_call_inside_a_sub_agent_was_waited_for(tmp_path: Path) -> None:
    written, agent = with_agent(("Bash", 200))
    block = agent.records[2]["message"]["content"][0]
    block |= {"content": STOPPED, "is_error": True}
    assert net(parse(tmp_path, written, agent)) == (206, 6, 6)


def test_one_sub_agent_that_works_fills_the_wait_of_another(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    calls = [written.calls("Task", {"prompt": each}, message_id="m") for each in "ab"]
    agents = []
    for agent_id, name in (("a1", "Edit"), ("a2", "WebSearch")):
        agent = Transcript(agent_id=agent_id, at=written.at)
        agent.prompt("Look.")
        inner = agent.calls(name, {"file_path": "/r/a"})
        agent.wait(400 if name == "Edit" else 100).result(inner)
        agent.says()
        agents.append(agent)
    for call, agent, agent_id in zip(reversed(calls), reversed(agents), ("a2", "a1"), strict=True):
        written.at = agent.at
        written.result(call, outcome={"agentId": agent_id})
    written.says()
    wall, *worked = net(parse(tmp_path, written, *agents))
    # The second agent works 103 s and is back after one more; the first waits from its second second on
    # until the 402nd, and has two seconds of work left.
    assert wall == 407
    assert worked == [109, 109]


def test_sub_agent_within_a_sub_agent_is_read_as_well(tmp_path: Path) -> None:
    written, agent = with_agent(("Task", 1_000))
    agent.records[2]["toolUseResult"] = {"agentId": "a2"}
    deepest = Transcript(agent_id="a2", at=START + timedelta(seconds=4))
    deepest.prompt("Look deeper.")
    call = deepest.calls("Write", {"file_path": "/r/a"})
    deepest.wait(700).result(call)
    deepest.wait(297).says()
    assert net(parse(tmp_path, written, agent, deepest)) == (1_006, 306, 306)


def test_agent_that_claims_to_have_spawned_itself_is_no_endless_loop(tmp_path: Path) -> None:
    written, agent = with_agent(("Task", 50))
    agent.records[2]["toolUseResult"] = {"agentId": "a1"}
    assert net(parse(tmp_path, written, agent))[0] == 56


@pytest.mark.parametrize("name", [*SHORT[:-1], *LONG, "Bash", "PowerShell", "ExitPlanMode"])
def test_tools_of_the_lists_are_known(name: str) -> None:
    assert is_known_tool(name)


def test_no_tool_runs_both_long_and_short() -> None:
    assert not LONG_TOOLS & SHORT_TOOLS
    assert FILE_TOOLS <= SHORT_TOOLS


def test_name_in_no_list_is_not_known_and_cannot_run_long() -> None:
    for name in ("NeverHeardOf", "bash", 'Task" >\n<parameter name="description', "mcp_tracker"):
        assert not is_known_tool(name)
        assert not can_run_long(name)
