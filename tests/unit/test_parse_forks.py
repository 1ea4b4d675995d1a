"""One record under several ids: forks with new uuids, excerpts, replays, copies made whole (§12.4)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, assert_accounted, parse
from tests.transcripts import Transcript, plain, stamp, tokens

VENDOR_ID = "msg_01HgKq7TzXr4Nw9Lb2Vd5Cfe"


def talk(session: str = "aaa", **more: Any) -> Transcript:
    """Two prompts, a command and two answers, as the vendor's API numbers them."""
    written = Transcript(session=session, **more)
    written.prompt("Rename the module.")
    call = written.calls("Bash", {"command": "mv a b"}, message_id=f"{VENDOR_ID}1")
    written.result(call, "moved")
    written.says("Renamed it.", message_id=f"{VENDOR_ID}2")
    written.prompt("And the tests?")
    written.says("They pass.", message_id=f"{VENDOR_ID}3")
    return written


def sdk_fork(original: Transcript, session: str = "bbb", *, count: int | None = None) -> Transcript:
    """A fork as the SDK makes it: new uuids that name the originals, the last copy's time moved to now."""
    fork = Transcript(session=session, prefix=f"{session}-new", at=original.at + timedelta(hours=2))
    copies = original.records[:count]
    fork.records = [
        {
            **record,
            "uuid": f"{session}-copy-{number}",
            "parentUuid": f"{session}-copy-{number - 1}" if number else None,
            "sessionId": session,
            "forkedFrom": {"sessionId": original.session, "messageUuid": record["uuid"]},
        }
        for number, record in enumerate(copies)
    ]
    fork.records[-1]["timestamp"] = stamp(fork.at)
    fork.parent = fork.records[-1]["uuid"]
    return fork


def counted(tables: Tables) -> tuple[int, int, int, int, int]:
    """Sessions, typed prompts, responses, calls, output tokens."""
    return (
        len(tables.sessions),
        len(tables.all("human_acts", act_kind="prompt")),
        len(tables.responses),
        len(tables.tool_calls),
        sum(row["output_tokens"] or 0 for row in tables.responses),
    )


ONCE = (1, 2, 3, 1, 60)


@pytest.mark.parametrize("count", [None, 4, 1], ids=["whole", "to the first answer", "first prompt only"])
def test_fork_with_new_ids_repeats_nothing(tmp_path: Path, count: int | None) -> None:
    original = talk()
    tables = parse(tmp_path, original, sdk_fork(original, count=count))
    assert counted(tables) == ONCE
    assert tables.one("sessions")["session_id"] == "aaa"
    assert tables.one("sessions")["branch_count"] == 2
    assert tables.column("session_aliases", "alias_session_id") == ["bbb"]
    alone = parse(tmp_path, original)
    for name, column in (("turns", "turn_id"), ("human_acts", "act_id"), ("turns", "ended_at")):
        assert tables.column(name, column) == alone.column(name, column)
    assert_accounted(tables)


def test_fork_that_goes_on_beside_its_original_has_a_branch_of_its_own(tmp_path: Path) -> None:
    original = talk()
    fork = sdk_fork(original, count=4)
    fork.prompt("Try another name.")
    fork.says("Tried.", message_id=f"{VENDOR_ID}4")
    tables = parse(tmp_path, original, fork)
    assert counted(tables) == (1, 3, 4, 1, 80)
    assert tables.column("turns", "end_reason") == ["completed"] * 3
    assert tables.column("turns", "response_count") == [2, 1, 1]


def test_fork_of_a_fork_names_the_same_records(tmp_path: Path) -> None:
    original = talk()
    second = sdk_fork(original)
    third = sdk_fork(second, "ccc")
    third.prompt("Once more.")
    for transcripts in ((original, second, third), (third, original, second), (second, third)):
        assert counted(parse(tmp_path, *transcripts)) == (1, 3, 3, 1, 60)


def test_fork_whose_original_is_gone_keeps_the_ids_of_the_original(tmp_path: Path) -> None:
    original = talk()
    tables = parse(tmp_path, sdk_fork(original))
    assert counted(tables) == ONCE
    assert tables.column("turns", "turn_id") == parse(tmp_path, original).column("turns", "turn_id")


@pytest.mark.parametrize(("first", "last"), [(0, None), (2, 5), (3, 4)])
@pytest.mark.parametrize("session", ["aaa", "bbb"], ids=["same session", "new session"])
def test_excerpt_under_new_ids_at_the_same_times_repeats_nothing(
    tmp_path: Path, session: str, first: int, last: int | None
) -> None:
    original = talk()
    excerpt = [
        {**record, "uuid": f"new-{number}", "parentUuid": None, "sessionId": session}
        for number, record in enumerate(original.records[first:last])
    ]
    tables = parse(tmp_path, original, excerpt=excerpt)
    assert counted(tables) == ONCE
    assert_accounted(tables)


def test_excerpt_told_again_further_down_in_the_same_file_repeats_nothing(tmp_path: Path) -> None:
    written = talk()
    written.records += [{**each, "uuid": f"again-{n}"} for n, each in enumerate(written.records[:4])]
    tables = parse(tmp_path, written)
    assert counted(tables) == ONCE
    assert_accounted(tables)


def test_equal_lines_of_one_moment_in_one_file_are_two(tmp_path: Path) -> None:
    written = Transcript(session="aaa", step=0)
    written.prompt("Go.")
    for number in (1, 2):
        written.says("Going.", message_id=f"{VENDOR_ID}{number}", stop="end_turn")
        written.records[-1]["message"]["id"] = f"{VENDOR_ID}{number}"
    assert counted(parse(tmp_path, written))[2] == 2


@pytest.mark.parametrize("agent", ["acompact-3f9c1e", "aprompt_suggestion-77ab02", "aside_question-c0ffee"])
@pytest.mark.parametrize("ids", ["same ids", "new ids", "new ids and times"])
def test_replay_in_a_file_of_the_harness_counts_only_what_is_new(
    tmp_path: Path, agent: str, ids: str
) -> None:
    original = talk()
    side = Transcript(session="aaa", agent_id=agent, at=original.at + timedelta(minutes=1))
    for number, record in enumerate(original.records):
        copy = {**record, "isSidechain": True, "agentId": agent}
        if ids != "same ids":
            copy |= {"uuid": f"{agent}-copy-{number}"}
        if ids == "new ids and times":
            copy |= {"timestamp": stamp(side.at)}
        side.records.append(copy)
    side.user("What does the person ask next?")
    side.says("How to run it.", message_id=f"{VENDOR_ID}9")
    tables = parse(tmp_path, original, side)
    assert counted(tables) == (1, 2, 4, 1, 80)
    assert tables.column("responses", "is_sidechain") == [False, False, False, True]
    assert_accounted(tables)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("where", ["same file", "other file", "side file"])
def test_of_copies_the_complete_one_is_kept(tmp_path: Path, where: str, is_first: bool) -> None:
    written = Transcript(session="aaa")
    written.prompt("Count.")
    whole = written.says("One two three.", message_id=f"{VENDOR_ID}1", usage=tokens(output=90))
    message = {**whole["message"], "stop_reason": None, "usage": tokens(output=1)}
    cut = {**whole, "message": message | {"content": [{"type": "text", "text": "One"}]}}
    pair = [whole, cut] if is_first else [cut, whole]
    prompt = written.records[0]
    if where == "same file":
        tables = parse(tmp_path, written=[prompt, *pair])
    else:
        other = pair[1] if where == "other file" else {**cut, "isSidechain": True, "agentId": "a1b2c3"}
        first = pair[0] if where == "other file" else whole
        tables = parse(tmp_path, written=[prompt, first], other=[other])
    (response,) = tables.responses
    assert (response["text"], response["output_tokens"]) == ("One two three.", 90)
    assert not response["is_sidechain"]
    assert_accounted(tables)


@pytest.mark.parametrize("uuid", ["00000000-0000-0000-0000-000000000000", "x", "record"])
def test_tool_that_stamps_one_id_on_every_record_loses_none(tmp_path: Path, uuid: str) -> None:
    written = talk()
    constant = [{**record, "uuid": uuid, "parentUuid": uuid} for record in written.records]
    assert counted(parse(tmp_path, written=constant)) == ONCE
    assert counted(parse(tmp_path, written=constant, copy=constant[2:])) == ONCE


def test_id_that_another_session_bears_too_names_two_turns(tmp_path: Path) -> None:
    one, other = plain("aaa"), plain("bbb", cwd="/home/bob/work")
    other.records[0] |= {"uuid": one.records[0]["uuid"], "message": {"role": "user", "content": "Bye."}}
    tables = parse(tmp_path, one, other)
    assert len(tables.sessions) == 2
    turns = tables.column("turns", "turn_id")
    assert len(set(turns)) == len(turns) == 2


def test_sub_agents_behind_a_gateway_of_one_message_id_are_read_from_progress(tmp_path: Path) -> None:
    written = Transcript(session="aaa")
    written.prompt("Look around.")
    call = written.calls("Task", {"prompt": "look"}, message_id="relay")
    agent = Transcript(session="aaa", agent_id="a1b2c3", at=written.at, prefix="agent")
    for text in ("Looking.", "Found it."):
        written.progress(agent.says(text, message_id="relay"), agent_id="a1b2c3", call_id=call)
    written.result(call, "found")
    tables = parse(tmp_path, written)
    (read,) = tables.column("record_counts", "object_count", record_type="progress", disposition="row")
    assert read == 2
