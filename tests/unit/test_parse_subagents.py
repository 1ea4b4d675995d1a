"""Sub-agents: in files of their own, in progress records, or both; counted once (format, section 1)."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import Transcript, tokens

OUTCOME = {
    "status": "completed",
    "agentId": "a1",
    "totalTokens": 900,
    "totalToolUseCount": 1,
    "usage": tokens(),
}


def sub_agent(agent_id: str = "a1") -> Transcript:
    agent = Transcript(agent_id=agent_id)
    agent.at += timedelta(seconds=2)
    agent.prompt("Look for the parser.")
    agent.bash("grep -rn parser .", "parse.py")
    agent.says("It is in parse.py.", usage=tokens(output=50))
    return agent


def main(agent: Transcript | None = None, *, step: float = 1.0) -> Transcript:
    """A session that spawns a sub-agent; its progress records repeat the agent's, if any."""
    written = Transcript(step=step)
    written.prompt("Find the parser.")
    call = written.calls("Task", {"subagent_type": "Explore", "prompt": "Look for the parser."})
    for record in agent.records if agent else ():
        written.progress(record, agent_id="a1", call_id=call)
    written.at += timedelta(seconds=10)
    written.result(call, "It is in parse.py.", outcome=OUTCOME)
    written.says("In parse.py.")
    return written


def sums(tables: Tables) -> tuple[int, int, int]:
    output = sum(row["output_tokens"] for row in tables.responses)
    return len(tables.responses), len(tables.tool_calls), output


@pytest.mark.parametrize("in_progress", [True, False])
@pytest.mark.parametrize("in_file", [True, False])
def test_sub_agent_is_counted_once_wherever_its_records_are(
    tmp_path: Path, in_progress: bool, in_file: bool
) -> None:
    agent = sub_agent()
    written = main(agent if in_progress else None)
    tables = parse(tmp_path, written, *([agent] if in_file else []))
    is_known = in_progress or in_file
    assert sums(tables) == ((4, 2, 110) if is_known else (2, 1, 40))
    assert tables.one("sessions")["subagent_count"] == 1
    assert all(objects == fates for objects, fates in tables.accounted().values())


def test_progress_that_holds_more_than_the_agents_file_adds_what_is_missing(tmp_path: Path) -> None:
    agent = sub_agent()
    written = main(agent)
    agent.records = agent.records[:2]
    tables = parse(tmp_path, written, agent)
    assert sums(tables) == (4, 2, 110)
    origins = {row["text"]: row["record_origin"] for row in tables.all("responses", is_sidechain=True)}
    assert origins == {None: "record", "It is in parse.py.": "agent_progress"}
    assert tables.one("tool_calls", tool_name="Bash")["result_text"] == "parse.py"


def test_sub_agents_work_belongs_to_the_turn_that_spawned_it(tmp_path: Path) -> None:
    tables = parse(tmp_path, main(), sub_agent())
    (turn,) = tables.turns
    assert (turn["tool_call_count"], turn["root_tool_call_count"]) == (2, 1)
    assert {row["turn_id"] for row in tables.responses} == {turn["turn_id"]}
    call = tables.one("tool_calls", tool_name="Task")
    assert (call["spawned_agent_id"], call["subagent_type"], call["is_sidechain"]) == ("a1", "Explore", False)
    inner = tables.one("tool_calls", tool_name="Bash")
    assert (inner["agent_id"], inner["is_sidechain"]) == ("a1", True)


def test_brief_of_a_sub_agent_is_no_human_act(tmp_path: Path) -> None:
    tables = parse(tmp_path, main(), sub_agent())
    assert tables.column("human_acts", "text") == ["Find the parser."]
    assert len(tables.turns) == 1


def test_agents_file_in_a_folder_of_its_own_belongs_to_the_session(tmp_path: Path) -> None:
    tables = parse(tmp_path, main(), **{"s1/subagents/agent-a1": sub_agent()})
    assert len(tables.sessions) == 1
    assert sums(tables) == (4, 2, 110)
    assert sorted(row["is_sidechain"] for row in tables.files) == [False, True]


def test_inline_sidechain_records_of_older_versions_are_honoured(tmp_path: Path) -> None:
    written, agent = main(), sub_agent()
    written.records[2:2] = agent.records
    tables = parse(tmp_path, written)
    assert tables.column("human_acts", "text") == ["Find the parser."]
    assert sums(tables) == (4, 2, 110)
    assert len(tables.turns) == 1


def test_warm_up_is_no_sub_agent_and_no_activity_but_its_cost_stays(tmp_path: Path) -> None:
    warm_up = Transcript(agent_id="w1")
    warm_up.prompt("Warmup")
    warm_up.says("Ready.", usage=tokens(output=7))
    tables = parse(tmp_path, main(), sub_agent(), warm_up)
    session = tables.one("sessions")
    assert (session["subagent_count"], session["is_warmup_only"]) == (1, False)
    assert tables.one("responses", agent_id="w1")["output_tokens"] == 7
    assert tables.column("human_acts", "text") == ["Find the parser."]


def test_session_of_warm_ups_alone_says_so(tmp_path: Path) -> None:
    warm_up = Transcript(agent_id="w1")
    warm_up.prompt("Warmup")
    warm_up.says("Ready.")
    tables = parse(tmp_path, warm_up)
    session = tables.one("sessions")
    assert (session["is_warmup_only"], session["subagent_count"]) == (True, 0)
    assert tables.turns == []
    assert tables.human_acts == []


def test_warmup_typed_by_a_human_is_a_prompt(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt("Warmup")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt"]
    assert tables.one("sessions")["is_warmup_only"] is False


def test_background_agent_is_marked_and_its_notice_opens_a_turn_of_its_own(tmp_path: Path) -> None:
    written = Transcript(version="2.1.120")
    written.prompt("Research it.")
    call = written.calls("Agent", {"prompt": "Look.", "run_in_background": True})
    outcome = {"isAsync": True, "status": "async_launched", "agentId": "a1", "outputFile": "/out/x"}
    written.result(call, "Launched.", outcome=outcome)
    written.says("I wait for it.")
    written.turn_duration(3000)
    written.wait(300).user(
        "<task-notification>\n<task-id>a1</task-id>\n</task-notification>",
        permissionMode="default",
        origin={"kind": "task-notification"},
    )
    written.says("It is done.")
    agent = sub_agent()
    agent.at += timedelta(seconds=20)
    tables = parse(tmp_path, written, agent)
    assert tables.one("tool_calls", tool_name="Agent")["is_background"] is True
    assert tables.column("turns", "opened_by") == ["prompt", "background_notification"]
    assert tables.column("turns", "is_background") == [False, True]
    assert tables.turns[1]["opening_act_id"] is None
    assert tables.kinds() == ["prompt"]


def test_agent_that_writes_a_compaction_summary_is_no_sub_agent(tmp_path: Path) -> None:
    summary = Transcript(agent_id="acompact-1")
    summary.prompt("Summarize the conversation.")
    summary.says("It was about parsers.")
    assert parse(tmp_path, main(), summary).one("sessions")["subagent_count"] == 1


@pytest.mark.parametrize("message_id", [None, 7, [], {"a": 1}])
def test_progress_with_an_odd_message_id_is_kept_and_no_crash(tmp_path: Path, message_id: object) -> None:
    agent = sub_agent()
    agent.records[1]["message"]["id"] = message_id
    tables = parse(tmp_path, main(agent))
    assert len(tables.responses) == 4
    assert all(objects == fates for objects, fates in tables.accounted().values())
