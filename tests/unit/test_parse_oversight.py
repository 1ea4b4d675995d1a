"""Denials, interrupts and questions, each counted once (format, sections 5 and 6; METHODS D5 to D7)."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import parse
from tests.transcripts import FEEDBACK, INTERRUPTED, INTERRUPTED_TOOL, NOT_NOW, STOPPED, Transcript

QUESTIONS = [{"question": "Which one?", "header": "One", "options": [{"label": "A"}, {"label": "B"}]}]


def editing() -> tuple[Transcript, str]:
    written = Transcript()
    written.prompt()
    return written, written.calls(
        "Edit", {"file_path": "/home/ann/repo/a.py", "old_string": "a", "new_string": "b"}
    )


def asking() -> tuple[Transcript, str]:
    written = Transcript()
    written.prompt()
    return written, written.calls("AskUserQuestion", {"questions": QUESTIONS})


@pytest.mark.parametrize("outcome", ["User rejected tool use", "Error: " + FEEDBACK + "use sed"])
def test_feedback_hidden_in_a_denial_is_a_human_act_inside_the_turn(tmp_path: Path, outcome: str) -> None:
    written, call = editing()
    written.wait(30).result(call, FEEDBACK + "use sed", is_error=True, outcome=outcome)
    written.bash("sed -i s/a/b/ a.py")
    written.says()
    tables = parse(tmp_path, written)
    act = tables.one("human_acts", act_kind="denial_feedback")
    assert (act["text"], act["tool_use_id"]) == ("use sed", call)
    (turn,) = tables.turns
    assert (turn["denial_count"], turn["interrupt_count"], turn["end_reason"]) == (1, 0, "completed")
    assert len(tables.events_of("denial")) == 1
    row = tables.one("tool_calls", tool_name="Edit")
    assert (row["error_kind"], row["is_error"], row["lines_added"]) == ("denied_by_user", False, None)
    assert turn["tool_error_count"] == 0


@pytest.mark.parametrize("outcome", ["User rejected tool use", "Error: " + STOPPED])
def test_stop_denial_and_its_interrupt_record_count_once(tmp_path: Path, outcome: str) -> None:
    written, call = editing()
    written.result(call, STOPPED, is_error=True, outcome=outcome)
    written.step = 0.003
    written.interrupt(for_tool=True)
    tables = parse(tmp_path, written)
    (turn,) = tables.turns
    assert (turn["denial_count"], turn["interrupt_count"]) == (1, 0)
    assert turn["end_reason"] == "interrupted"
    assert [row["event_kind"] for row in tables.events] == ["denial"]
    assert tables.kinds() == ["prompt"]


def test_stop_denials_of_parallel_calls_share_one_interrupt_record(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    first = written.calls("Bash", {"command": "a"}, message_id="msg_a", stop=None)
    second = written.calls("Bash", {"command": "b"}, message_id="msg_a")
    for call in (first, second):
        written.result(call, STOPPED, is_error=True, outcome="User rejected tool use")
    written.interrupt(for_tool=True)
    tables = parse(tmp_path, written)
    assert len(tables.events_of("interrupt")) == 0
    assert len(tables.events_of("denial")) == 2


@pytest.mark.parametrize("for_tool", [False, True])
def test_interrupt_alone_counts_and_ends_the_turn(tmp_path: Path, for_tool: bool) -> None:
    written = Transcript()
    written.prompt()
    if for_tool:
        call = written.calls()
        written.result(call, "Error: " + INTERRUPTED_TOOL, is_error=True, outcome="Error: x")
    else:
        written.says("I will now", stop=None)
    written.wait(20).interrupt(for_tool=for_tool)
    written.wait(60).prompt("Do it otherwise.")
    written.says()
    tables = parse(tmp_path, written)
    first, second = tables.turns
    assert (first["end_reason"], first["interrupt_count"]) == ("interrupted", 1)
    assert (second["end_reason"], second["interrupt_count"]) == ("completed", 0)
    assert len(tables.events_of("interrupt")) == 1
    assert tables.kinds() == ["prompt", "prompt"]


def test_interrupt_of_a_running_tool_ends_the_call_as_interrupted(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls()
    written.result(call, INTERRUPTED_TOOL, is_error=True, outcome="Error: " + INTERRUPTED_TOOL)
    written.interrupt(for_tool=True)
    row = parse(tmp_path, written).one("tool_calls")
    assert (row["error_kind"], row["is_error"], row["is_interrupted"]) == ("interrupted", False, True)


def test_command_interrupted_with_a_good_result_is_marked(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash("sleep 100", "partial", interrupted=True)
    written.interrupt(for_tool=True)
    row = parse(tmp_path, written).one("tool_calls")
    assert (row["is_interrupted"], row["exit_code"]) == (True, None)


def test_interrupt_long_after_a_stop_denial_is_an_interrupt_of_its_own(tmp_path: Path) -> None:
    written, call = editing()
    written.result(call, STOPPED, is_error=True, outcome="User rejected tool use")
    written.interrupt(for_tool=True)
    written.wait(60).prompt("Go on.")
    written.says("I will now", stop=None)
    written.interrupt()
    tables = parse(tmp_path, written)
    assert len(tables.events_of("denial")) == 1
    assert len(tables.events_of("interrupt")) == 1


def test_denial_by_rule_is_the_tools_error_and_no_human_denial(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Bash", {"command": "rm -rf /"})
    text = "Permission to use Bash with command rm -rf / has been denied."
    written.result(call, text, is_error=True, outcome=f"Error: {text}")
    written.says()
    tables = parse(tmp_path, written)
    row = tables.one("tool_calls")
    assert (row["error_kind"], row["is_error"]) == ("denied_by_rule", True)
    assert tables.events_of("denial") == []
    assert tables.one("turns")["denial_count"] == 0


def test_not_right_now_is_a_denial(tmp_path: Path) -> None:
    written, call = editing()
    text = "The user doesn't want to take this action right now. STOP what you are doing and wait."
    written.result(call, text, is_error=True, outcome="User rejected tool use")
    written.interrupt(for_tool=True)
    tables = parse(tmp_path, written)
    assert [row["event_kind"] for row in tables.events] == ["denial"]


@pytest.mark.parametrize(
    "text",
    [
        "Sibling tool call errored",
        "Cancelled: parallel tool call Bash(ls) errored",
        "[Tool result missing due to internal error]",
    ],
)
def test_call_cancelled_by_its_sibling_is_no_error_of_its_own(tmp_path: Path, text: str) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Read", {"file_path": "/a"})
    content = f"<tool_use_error>{text}</tool_use_error>"
    written.result(call, content, is_error=True, outcome=f"Error: {text}")
    written.says()
    tables = parse(tmp_path, written)
    row = tables.one("tool_calls")
    assert (row["error_kind"], row["is_error"]) == ("collateral", False)
    assert tables.one("turns")["tool_error_count"] == 0


@pytest.mark.parametrize(
    "opening", ["User has answered your questions: ", "Your questions have been answered: "]
)
def test_answer_to_a_question_is_an_act_that_opens_a_turn(tmp_path: Path, opening: str) -> None:
    written, call = asking()
    outcome = {"questions": QUESTIONS, "answers": {"Which one?": "B"}}
    written.wait(600).result(call, f'{opening}"Which one?"="B".', outcome=outcome)
    written.says("B it is.")
    tables = parse(tmp_path, written)
    act = tables.one("human_acts", act_kind="answer")
    assert (act["text"], act["tool_use_id"], act["is_typed"]) == ("B", call, False)
    first, second = tables.turns
    assert (first["end_reason"], first["clarification_count"]) == ("question", 1)
    assert first["wall_seconds"] == 1.0
    assert (second["opened_by"], second["end_reason"]) == ("answer", "completed")


def test_notes_written_beside_an_answer_are_the_humans_words(tmp_path: Path) -> None:
    written, call = asking()
    outcome = {
        "questions": QUESTIONS,
        "answers": {"Which one?": "B"},
        "annotations": {"Which one?": {"notes": "but slowly"}},
    }
    written.result(call, "Your questions have been answered: …", outcome=outcome)
    written.says()
    assert parse(tmp_path, written).one("human_acts", act_kind="answer")["text"] == "B\nbut slowly"


@pytest.mark.parametrize("notes", [None, 7, [], ["x"], {"notes": ["x"]}, {"notes": {}}])
def test_notes_of_any_shape_are_no_crash(tmp_path: Path, notes: Any) -> None:
    written, call = asking()
    outcome = {"answers": {"Which one?": "B"}, "annotations": {"Which one?": notes}}
    written.result(call, "Your questions have been answered: …", outcome=outcome)
    assert parse(tmp_path, written).one("human_acts", act_kind="answer")["text"] == "B"


def test_question_that_times_out_was_a_wait_and_no_work(tmp_path: Path) -> None:
    written, call = asking()
    outcome = {"questions": QUESTIONS, "answers": {}, "afkTimeoutMs": 60000}
    written.wait(60).result(call, "No response after 60s.", outcome=outcome)
    written.says("I take A.")
    (turn,) = parse(tmp_path, written).turns
    assert (turn["wall_seconds"], turn["net_seconds"]) == (62.0, 2.0)


def test_declined_question_is_a_denial_once(tmp_path: Path) -> None:
    written, call = asking()
    written.result(call, STOPPED, is_error=True, outcome="User rejected tool use")
    written.interrupt(for_tool=True)
    tables = parse(tmp_path, written)
    assert [row["event_kind"] for row in tables.events] == ["denial"]
    assert tables.one("turns")["end_reason"] == "question"
    assert tables.kinds() == ["prompt"]


def test_question_nobody_answers_in_time_is_no_human_act(tmp_path: Path) -> None:
    written, call = asking()
    text = "No response after 60s. The user may be away; proceed with your best judgement."
    outcome = {"questions": QUESTIONS, "answers": {}, "afkTimeoutMs": 60000}
    written.wait(60).result(call, text, outcome=outcome)
    written.says("I take A.")
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt"]
    assert [row["opened_by"] for row in tables.turns] == ["prompt"]


def test_question_in_the_closing_text_ends_the_turn_when_a_human_goes_on(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says("There are two ways.\n\nWhich one do you want?")
    written.wait(60).prompt("The first.")
    written.says("Done.")
    tables = parse(tmp_path, written)
    assert tables.column("turns", "end_reason") == ["question", "completed"]
    assert tables.column("turns", "clarification_count") == [1, 0]


def test_denial_without_a_word_of_stop_or_feedback_counts_once(tmp_path: Path) -> None:
    written, call = editing()
    written.result(call, NOT_NOW.strip(), is_error=True, outcome="User rejected tool use")
    written.interrupt()
    tables = parse(tmp_path, written)
    assert [row["event_kind"] for row in tables.events] == ["denial"]


def test_interrupt_strings_start_the_text_or_do_not_count(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt(f"I see:\n{INTERRUPTED}")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.events == []
    assert tables.kinds() == ["prompt"]
