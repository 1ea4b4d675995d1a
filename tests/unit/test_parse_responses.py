"""One API response is several lines: what of them becomes a response row (format, traps 1–3, section 3)."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import parse
from tests.transcripts import ABSENT, Transcript, tokens

THINKING = {"type": "thinking", "thinking": "Let me look.", "signature": "c2ln"}
TEXT = {"type": "text", "text": "I will run it."}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}}


def streamed(*outputs: int, stop: str | None = "tool_use") -> Transcript:
    """A response of three lines whose output tokens grow; the first is the streaming placeholder."""
    written = Transcript()
    written.prompt()
    blocks = (THINKING, TEXT, CALL)
    for number, (block, output) in enumerate(zip(blocks, outputs, strict=True)):
        is_last = number == len(blocks) - 1
        written.assistant(
            block, message_id="msg_a", usage=tokens(output=output), stop=stop if is_last else None
        )
    written.result("toolu_1")
    return written


def test_lines_of_one_message_are_one_response_with_all_its_blocks(tmp_path: Path) -> None:
    row = parse(tmp_path, streamed(1, 1, 300)).one("responses")
    assert (row["message_id"], row["line_count"], row["tool_use_count"]) == ("msg_a", 3, 1)
    assert (row["text"], row["text_word_count"]) == ("I will run it.", 4)
    assert row["thinking_char_count"] == len("Let me look.")
    assert row["record_id"] == "s1-002"
    assert row["responded_at"] < row["ended_at"]


def test_usage_of_the_last_line_is_kept_not_the_placeholder_of_the_first(tmp_path: Path) -> None:
    row = parse(tmp_path, streamed(1, 8, 300)).one("responses")
    assert (row["output_tokens"], row["is_usage_final"]) == (300, True)
    assert (row["input_tokens"], row["cache_creation_input_tokens"]) == (3, 100)
    assert row["cache_read_input_tokens"] == 1000


def test_identical_usage_on_every_line_counts_once(tmp_path: Path) -> None:
    tables = parse(tmp_path, streamed(70, 70, 70))
    assert tables.one("responses")["output_tokens"] == 70
    assert tables.one("turns")["output_tokens"] == 70


def test_usage_without_any_stop_reason_is_a_lower_bound(tmp_path: Path) -> None:
    tables = parse(tmp_path, streamed(1, 1, 1, stop=None))
    assert tables.one("responses")["is_usage_final"] is False
    assert tables.one("turns")["is_usage_final"] is False


def test_stop_reason_on_any_line_makes_the_usage_final(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.assistant(TEXT, message_id="msg_a", stop="tool_use", usage=tokens(output=50))
    written.assistant(CALL, message_id="msg_a", stop=None, usage=tokens(output=50))
    row = parse(tmp_path, written).one("responses")
    assert (row["is_usage_final"], row["stop_reason"]) == (True, "tool_use")


def test_lines_in_shuffled_file_order_keep_the_largest_usage(tmp_path: Path) -> None:
    written = streamed(1, 8, 300)
    written.records[1], written.records[3] = written.records[3], written.records[1]
    row = parse(tmp_path, written).one("responses")
    assert (row["output_tokens"], row["stop_reason"], row["line_count"]) == (300, "tool_use", 3)


def test_lines_of_parallel_calls_interleaved_with_results_stay_one_response(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    first = written.calls("Bash", {"command": "ls a"}, message_id="msg_a", stop=None)
    written.result(first, "a")
    second = written.calls("Bash", {"command": "ls b"}, message_id="msg_a", stop="tool_use")
    written.result(second, "b")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.one("responses", message_id="msg_a")["tool_use_count"] == 2
    assert sorted(tables.column("tool_calls", "result_text")) == ["a", "b"]
    assert len(tables.responses) == 2


def test_several_blocks_on_one_line_are_all_read(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.assistant(THINKING, TEXT, CALL, {**CALL, "id": "toolu_2"}, stop="tool_use")
    tables = parse(tmp_path, written)
    assert tables.one("responses")["tool_use_count"] == 2
    assert sorted(tables.column("tool_calls", "tool_use_id")) == ["toolu_1", "toolu_2"]


def test_same_line_twice_in_a_file_counts_once(tmp_path: Path) -> None:
    written = streamed(1, 1, 300)
    written.records += written.records
    tables = parse(tmp_path, written)
    assert tables.one("responses")["line_count"] == 3
    assert len(tables.tool_calls) == 1
    assert sum(tables.column("record_counts", "object_count", disposition="duplicate")) == 5


def test_synthetic_message_is_a_marked_row_that_the_turn_does_not_count(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says("All good.")
    written.says("No response requested.", model="<synthetic>", usage=tokens(output=0), requestId=ABSENT)
    tables = parse(tmp_path, written)
    assert sorted(tables.column("responses", "is_synthetic")) == [False, True]
    turn = tables.one("turns")
    assert (turn["response_count"], turn["model"], turn["output_tokens"]) == (1, "claude-opus-4-6", 20)


def test_api_error_message_is_an_event_and_ends_the_turn_in_error(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says(
        "You've hit your limit · resets 10pm",
        stop="stop_sequence",
        model="<synthetic>",
        usage=tokens(output=0),
        isApiErrorMessage=True,
        error="rate_limit",
        requestId=ABSENT,
    )
    tables = parse(tmp_path, written)
    assert tables.one("responses")["is_api_error"] is True
    assert len(tables.events_of("api_error")) == 1
    assert tables.one("turns")["end_reason"] == "error"


def test_api_retries_are_events_of_their_own_kind(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    for attempt in (1, 2):
        written.system(
            "api_error",
            level="error",
            error={"status": 529},
            retryInMs=561.05,
            retryAttempt=attempt,
            maxRetries=10,
        )
    written.says()
    tables = parse(tmp_path, written)
    assert len(tables.events_of("api_retry")) == 2
    assert tables.events_of("api_error") == []
    assert tables.one("turns")["end_reason"] == "completed"


def test_redacted_thinking_is_known_and_has_no_text(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.assistant({"type": "redacted_thinking", "data": "ZW5j"}, message_id="msg_a")
    written.says("Fine.", message_id="msg_a")
    tables = parse(tmp_path, written)
    assert tables.one("responses")["text"] == "Fine."
    assert tables.all("record_counts", disposition="unknown") == []


def test_empty_thinking_of_new_versions_has_length_zero(tmp_path: Path) -> None:
    written = Transcript(version="2.1.100")
    written.prompt()
    written.assistant({"type": "thinking", "thinking": "", "signature": "c2ln"}, message_id="msg_a")
    written.says("Fine.", message_id="msg_a")
    assert parse(tmp_path, written).one("responses")["thinking_char_count"] == 0


def test_model_of_another_vendor_is_kept_as_it_is_called(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    name = "nvidia/nemotron-3-super-120b-a12b-20230311:free"
    written.says(model=name, message={"provider": "Nvidia"})
    tables = parse(tmp_path, written)
    assert tables.one("responses")["model"] == name
    assert tables.one("turns")["model"] == name


@pytest.mark.parametrize("usage", [ABSENT, {}, "many", [1], {"output_tokens": None, "input_tokens": "3"}])
def test_missing_usage_is_unknown_not_zero(tmp_path: Path, usage: Any) -> None:
    written = Transcript()
    written.prompt()
    written.says(message={"usage": usage})
    row = parse(tmp_path, written).one("responses")
    assert row["output_tokens"] is None
    assert row["input_tokens"] is None


@pytest.mark.parametrize("output", [-5, True, 3.7, 1e30, "12"])
def test_token_count_that_is_no_count_is_unknown(tmp_path: Path, output: Any) -> None:
    written = Transcript()
    written.prompt()
    written.says(usage=tokens(output=output))
    row = parse(tmp_path, written).one("responses")
    assert row["output_tokens"] is None
    assert row["input_tokens"] == 3


def test_iterations_repeat_the_totals_and_are_not_added(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says(usage=tokens(output=40, iterations=[tokens(output=40)], speed="fast"))
    row = parse(tmp_path, written).one("responses")
    assert (row["output_tokens"], row["speed"]) == (40, "fast")


def test_hour_cache_and_web_searches_are_read_from_their_nests(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says(
        usage=tokens(
            cache_creation={"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
            server_tool_use={"web_search_requests": 2, "web_fetch_requests": 0},
        )
    )
    row = parse(tmp_path, written).one("responses")
    assert (row["cache_creation_1h_input_tokens"], row["web_search_request_count"]) == (40, 2)
    assert row["cache_creation_input_tokens"] == 100


@pytest.mark.parametrize("message_id", [ABSENT, None, 7, ""])
def test_response_without_a_message_id_is_kept_and_not_merged_with_others(
    tmp_path: Path, message_id: Any
) -> None:
    written = Transcript()
    written.prompt()
    written.says("First.", message={"id": message_id}, requestId=ABSENT)
    written.says("Second.", message={"id": message_id}, requestId=ABSENT)
    tables = parse(tmp_path, written)
    assert sorted(tables.column("responses", "text")) == ["First.", "Second."]
    assert len(set(tables.column("responses", "response_id"))) == 2
    assert set(tables.column("responses", "message_id")) == {None}


def test_corrupt_tool_name_is_kept_and_is_no_crash(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    name = 'Task" >\n<parameter name="description'
    call = written.calls(name, {})
    written.result(
        call, "Error: No such tool available", is_error=True, outcome="Error: No such tool available"
    )
    row = parse(tmp_path, written).one("tool_calls")
    assert (row["tool_name"], row["is_error"], row["error_kind"]) == (name, True, "other")


@pytest.mark.parametrize("name", [None, 3, ABSENT, ["Bash"]])
def test_call_without_a_readable_name_stays_a_call(tmp_path: Path, name: Any) -> None:
    block = {key: value for key, value in {**CALL, "name": name}.items() if value is not ABSENT}
    written = Transcript()
    written.prompt()
    written.assistant(block, stop="tool_use")
    written.result("toolu_1")
    tables = parse(tmp_path, written)
    assert tables.one("tool_calls")["tool_use_id"] == "toolu_1"
    assert len(tables.responses) == 1
