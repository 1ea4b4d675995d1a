"""Ids are only as unique as whoever made them: which lines are one response, and what it is called."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import ABSENT, Transcript, tokens

GATEWAY = {"requestId": ABSENT, "model": "some-local-model"}


def gateway_work(session: str = "s1", message_id: str = "gw") -> Transcript:
    """Two answers with a call between them, behind a gateway with one message id and no request id."""
    written = Transcript(session=session)
    written.prompt("Which files are there?")
    call = written.calls(message_id=message_id, usage=tokens(output=11), **GATEWAY)
    written.result(call, "a.py")
    written.says("One file.", message_id=message_id, usage=tokens(output=31), **GATEWAY)
    return written


def outputs(tables: Tables) -> list[int]:
    return [row["output_tokens"] for row in tables.responses]


@pytest.mark.parametrize("message_id", ["gw", "msg_0", "chatcmpl-1"])
def test_answers_with_one_message_id_are_parted_by_the_result_of_a_call(
    tmp_path: Path, message_id: str
) -> None:
    tables = parse(tmp_path, gateway_work(message_id=message_id))
    assert outputs(tables) == [11, 31]
    assert tables.column("responses", "message_id") == [message_id, message_id]
    assert len(set(tables.column("responses", "response_id"))) == 2
    assert tables.one("turns")["output_tokens"] == 42
    (call,) = tables.tool_calls
    assert call["response_id"] == tables.responses[0]["response_id"]


def test_answers_with_one_message_id_are_parted_by_a_prompt(tmp_path: Path) -> None:
    written = Transcript()
    for number in range(3):
        written.prompt(f"Question {number}?")
        written.says(f"Answer {number}.", message_id="gw", usage=tokens(output=number + 1), **GATEWAY)
    tables = parse(tmp_path, written)
    assert outputs(tables) == [1, 2, 3]
    assert [row["turn_number"] for row in tables.turns] == [1, 2, 3]
    assert [row["output_tokens"] for row in tables.turns] == [1, 2, 3]


def test_one_message_id_of_several_requests_is_several_responses(tmp_path: Path) -> None:
    """The API itself has repeated a message id over successive answers."""
    written = Transcript()
    written.prompt()
    for number in (1, 2):
        written.says("Part.", message_id="msg_same", requestId=f"req_{number}", usage=tokens(output=number))
        written.says("More.", message_id="msg_same", requestId=f"req_{number}", usage=tokens(output=number))
    tables = parse(tmp_path, written)
    assert outputs(tables) == [1, 2]
    assert tables.column("responses", "line_count") == [2, 2]
    assert tables.column("responses", "response_id") == ["msg_same/req_1", "msg_same/req_2"]


def test_message_id_that_is_unique_is_the_response_id(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says(message_id="msg_once")
    assert parse(tmp_path, written).column("responses", "response_id") == ["msg_once"]


@pytest.mark.parametrize("message_id", [ABSENT, None, ""])
def test_lines_without_a_message_id_are_known_by_their_request(tmp_path: Path, message_id: Any) -> None:
    written = Transcript()
    written.prompt()
    for request, output in (("req_a", 1), ("req_a", 9), ("req_b", 4)):
        written.says("Text.", message={"id": message_id}, requestId=request, usage=tokens(output=output))
    tables = parse(tmp_path, written)
    assert outputs(tables) == [9, 4]
    assert tables.column("responses", "response_id") == ["req_a", "req_b"]
    assert tables.column("responses", "message_id") == [None, None]


def test_same_message_and_request_is_one_response_whatever_lies_between(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    first = written.calls(message_id="msg_a", stop=None)
    written.result(first)
    second = written.calls(message_id="msg_a", stop="tool_use")
    written.result(second)
    tables = parse(tmp_path, written)
    assert tables.one("responses")["tool_use_count"] == 2


def test_constant_message_and_request_ids_are_told_apart_by_the_prompts_length(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    for number, context in enumerate((500, 900)):
        usage = tokens(output=number + 1, input_tokens=context)
        call = written.calls(message_id="gw", requestId="req-0", usage=usage)
        written.result(call)
    assert outputs(parse(tmp_path, written)) == [1, 2]


def test_lines_of_a_gateway_that_nothing_answered_are_one_response(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.assistant({"type": "thinking", "thinking": "Hm.", "signature": ""}, message_id="gw", **GATEWAY)
    written.says("I look.", message_id="gw", stop=None, usage=tokens(output=7), **GATEWAY)
    row = parse(tmp_path, written).one("responses")
    assert (row["line_count"], row["output_tokens"], row["response_id"]) == (2, 20, "gw")


def test_other_model_under_the_same_message_id_is_another_response(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says("One.", message_id="gw", requestId=ABSENT, model="small")
    written.says("Two.", message_id="gw", requestId=ABSENT, model="large")
    assert sorted(parse(tmp_path, written).column("responses", "model")) == ["large", "small"]


def test_sub_agent_and_main_conversation_behind_one_gateway_are_not_mixed(tmp_path: Path) -> None:
    main = Transcript()
    main.prompt()
    main.says("Main.", message_id="gw", usage=tokens(output=1), **GATEWAY)
    side = Transcript(agent_id="a1")
    side.prompt("Look there.")
    side.says("Side.", message_id="gw", usage=tokens(output=2), **GATEWAY)
    tables = parse(tmp_path, main, side)
    assert sorted((row["is_sidechain"], row["output_tokens"]) for row in tables.responses) == [
        (False, 1),
        (True, 2),
    ]


def test_ids_do_not_depend_on_the_order_or_number_of_files(tmp_path: Path) -> None:
    whole = gateway_work()
    head = Transcript(session="s1")
    head.records = whole.records[:2]
    ids = parse(tmp_path, whole).column("responses", "response_id")
    assert parse(tmp_path, whole, copy=head).column("responses", "response_id") == ids
    assert parse(tmp_path, whole, aaa=head, zzz=whole).column("responses", "response_id") == ids


def test_late_line_of_a_gateway_does_not_move_a_prompts_answer_into_the_turn_before(tmp_path: Path) -> None:
    written = gateway_work()
    written.prompt("And tests?")
    written.says("None.", message_id="gw", usage=tokens(output=3), **GATEWAY)
    tables = parse(tmp_path, written)
    assert [row["response_count"] for row in tables.turns] == [2, 1]
