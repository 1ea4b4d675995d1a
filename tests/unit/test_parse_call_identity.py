"""Tool ids that repeat in a session: every call is a row, and each result answers its own."""

from pathlib import Path

import pytest

from classifiers.session_record import sessions_of_day
from orchestration.ingest.rows import RAW_TABLES, to_arrow
from tests.parsed import Tables, parse
from tests.transcripts import FEEDBACK, Transcript


def calls_of(tables: Tables) -> list[tuple[str, int, str, str | None]]:
    return [
        (row["tool_use_id"], row["occurrence"], row["input_text"], row["result_text"])
        for row in tables.tool_calls
    ]


@pytest.mark.parametrize("call_id", ["functions.Shell:0", "Bash:0", "call_0"])
def test_calls_numbered_from_zero_again_are_rows_with_their_own_results(tmp_path: Path, call_id: str) -> None:
    written = Transcript()
    for number in range(3):
        written.prompt(f"Step {number}")
        written.calls("Bash", {"command": f"run {number}"}, call_id=call_id)
        written.result(call_id, f"ran {number}")
    tables = parse(tmp_path, written)
    assert calls_of(tables) == [(call_id, n + 1, f"run {n}", f"ran {n}") for n in range(3)]
    assert [row["tool_call_count"] for row in tables.turns] == [1, 1, 1]


def test_call_that_was_never_answered_leaves_the_next_result_to_the_next_call(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.calls("Bash", {"command": "sleep 9"}, call_id="Bash:0")
    written.interrupt()
    written.prompt("Again")
    written.calls("Bash", {"command": "ls"}, call_id="Bash:0")
    written.result("Bash:0", "a.py")
    assert calls_of(parse(tmp_path, written)) == [
        ("Bash:0", 1, "sleep 9", None),
        ("Bash:0", 2, "ls", "a.py"),
    ]


def test_sub_agent_that_counts_from_zero_too_gets_its_own_results(tmp_path: Path) -> None:
    main = Transcript(step=10)
    main.prompt()
    main.calls("Bash", {"command": "make"}, call_id="Bash:0")
    main.wait(60)
    main.result("Bash:0", "made")
    side = Transcript(agent_id="a1", step=12)
    side.prompt("Look there.")
    side.calls("Bash", {"command": "find"}, call_id="Bash:0")
    side.result("Bash:0", "found")
    found = {
        (row["is_sidechain"], row["input_text"], row["result_text"])
        for row in parse(tmp_path, main, side).tool_calls
    }
    assert found == {(False, "make", "made"), (True, "find", "found")}


def test_calls_of_one_response_with_one_id_are_answered_in_their_order(tmp_path: Path) -> None:
    blocks = [
        {"type": "tool_use", "id": "call_0", "name": "Bash", "input": {"command": command}}
        for command in ("first", "second")
    ]
    written = Transcript()
    written.prompt()
    written.assistant(*blocks, stop="tool_use")
    written.result("call_0", "one")
    written.result("call_0", "two")
    assert calls_of(parse(tmp_path, written)) == [
        ("call_0", 1, "first", "one"),
        ("call_0", 2, "second", "two"),
    ]


def test_same_call_twice_in_a_response_is_a_copy(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    for _ in range(2):
        written.calls("Bash", {"command": "ls"}, call_id="toolu_1", message_id="msg_a")
    written.result("toolu_1", "ok")
    assert calls_of(parse(tmp_path, written)) == [("toolu_1", 1, "ls", "ok")]


def test_result_whose_record_names_the_calls_record_answers_that_one(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.calls("Bash", {"command": "early"}, call_id="Bash:0")
    early = written.parent
    written.calls("Bash", {"command": "late"}, call_id="Bash:0")
    written.result("Bash:0", "of early", sourceToolAssistantUUID=early, parentUuid=early)
    found = {row["input_text"]: row["result_text"] for row in parse(tmp_path, written).tool_calls}
    assert found == {"early": "of early", "late": None}


def test_result_cut_off_from_its_call_does_not_take_a_later_call_of_the_id(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.result("Bash:0", "of a call before the slice")
    written.calls("Bash", {"command": "ls"}, call_id="Bash:0")
    written.result("Bash:0", "a.py")
    assert calls_of(parse(tmp_path, written)) == [("Bash:0", 1, "ls", "a.py")]


def test_events_and_acts_name_the_occurrence_that_they_are_about(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    for number in (1, 2):
        written.calls("Bash", {"command": f"git commit -m {number}"}, call_id="Bash:0")
        stdout = f"[main abc000{number}] {number}\n 1 file changed, 1 insertion(+)"
        written.result("Bash:0", stdout, is_error=False, outcome={"stdout": stdout, "stderr": ""})
    written.calls("Edit", {"file_path": "/a"}, call_id="Bash:0")
    written.result("Bash:0", FEEDBACK + "not this file", is_error=True, outcome="Error: " + FEEDBACK)
    tables = parse(tmp_path, written)
    commits = [(row["tool_use_id"], row["occurrence"]) for row in tables.events_of("commit")]
    assert commits == [("Bash:0", 1), ("Bash:0", 2)]
    assert len(set(tables.column("events", "event_id"))) == len(tables.events)
    assert tables.one("human_acts", act_kind="denial_feedback")["occurrence"] == 3
    assert [row["occurrence"] for row in tables.events_of("denial")] == [3]


def test_labellers_join_calls_acts_and_events_on_an_id_that_is_unique_in_the_session(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    for number in (1, 2):
        written.calls("Bash", {"command": f"git commit -m {number}"}, call_id="Bash:0")
        stdout = f"[main abc000{number}] {number}"
        written.result("Bash:0", stdout, is_error=False, outcome={"stdout": stdout, "stderr": ""})
    tables = parse(tmp_path, written)
    landed = {
        table.name: to_arrow([tuple(row.values()) for row in tables.rows[table.name]], table.schema)
        for table in RAW_TABLES
    }
    (session,) = sessions_of_day(landed.__getitem__)
    assert [call.tool_use_id for call in session.calls] == ["Bash:0", "Bash:0#2"]
    assert [event.tool_use_id for event in session.events] == ["Bash:0", "Bash:0#2"]


def test_two_sessions_with_the_same_ids_share_nothing(tmp_path: Path) -> None:
    made = []
    for name in ("s1", "s2"):
        written = Transcript(session=name, prefix=name)
        written.prompt()
        written.calls("Bash", {"command": f"git commit -m {name}"}, call_id="Bash:0")
        stdout = f"[main abc000{name[-1]}] {name}"
        written.result("Bash:0", stdout, is_error=False, outcome={"stdout": stdout, "stderr": ""})
        made.append(written)
    tables = parse(tmp_path, *made)
    assert [(row["session_id"], row["occurrence"]) for row in tables.tool_calls] == [("s1", 1), ("s2", 1)]
    assert len(set(tables.column("events", "event_id"))) == 2
