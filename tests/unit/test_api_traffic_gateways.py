"""Mapping files of gateways, and the shapes in which logs hold requests and answers."""

from pathlib import Path
from typing import Any

import pytest

from orchestration.configured_sources import configured_sources
from orchestration.ingest.field_mapping import mapping_for
from orchestration.ingest.sources.api_traffic.content import answer_of, conversation_of, usage_of
from orchestration.ingest.sources.api_traffic.field_names import mappings
from orchestration.ingest.sources.api_traffic.template import template_of
from orchestration.settings import SettingsError, load_settings
from tests.exchanges import LINKING, START, parse_logs

CALLED = {"id": "call_1", "type": "function", "function": {"name": "ls", "arguments": '{"path": "."}'}}
CHAT: dict[str, Any] = {
    "id": "c1", "model": "m",
    "choices": [{"finish_reason": "tool_calls", "message": {"content": None, "tool_calls": [CALLED]}}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 60}},
}  # fmt: skip
RESPONSES: dict[str, Any] = {
    "id": "r1", "status": "completed",
    "output": [{"type": "reasoning", "summary": []},
               {"type": "function_call", "call_id": "call_1", "name": "ls", "arguments": '{"path": "."}'}],
}  # fmt: skip
MESSAGES_API: dict[str, Any] = {
    "id": "msg_1", "stop_reason": "tool_use",
    "content": [{"type": "tool_use", "id": "call_1", "name": "ls", "input": {"path": "."}}],
}  # fmt: skip


@pytest.mark.parametrize("answer", [CHAT, RESPONSES, MESSAGES_API, MESSAGES_API["content"]])
def test_a_call_is_the_same_in_every_shape(answer: Any) -> None:
    read = answer_of(answer)
    assert read is not None
    (call,) = [block for block in read.blocks if block["type"] == "tool_use"]
    assert (call["id"], call["name"], call["input"]) == ("call_1", "ls", {"path": "."})


def test_messages_are_the_same_in_every_shape() -> None:
    chat = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": "Yes.", "tool_calls": [CALLED]},
        {"role": "tool", "tool_call_id": "call_1", "content": "a.py"},
    ]
    ours = [
        {"role": "user", "content": [{"type": "text", "text": "Look."}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Yes."}, *MESSAGES_API["content"]]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "a.py"}]},
    ]
    read, same = conversation_of(chat), conversation_of(ours)
    assert read is not None
    assert same is not None
    assert read.messages == same.messages
    assert (read.system, same.system) == ("Be kind.", "")
    assert conversation_of(7) is None


def test_tokens_of_every_shape_leave_out_what_was_read_from_the_cache() -> None:
    shapes: list[dict[str, Any]] = [
        CHAT["usage"],
        {"input_tokens": 40, "cache_read_input_tokens": 60, "output_tokens": 7},
        {"input": 100, "input_cached_tokens": 60, "output": 7},
        {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 60}, "output_tokens": 7},
    ]
    for shape in shapes:
        used = usage_of(shape)
        assert (used.input_tokens, used.cache_read_input_tokens, used.output_tokens) == (40, 60, 7), shape
    assert usage_of({}) == (None,) * 7


def test_tokens_of_a_gateway_leave_out_what_was_written_to_the_cache() -> None:
    """LiteLLM adds both to the prompt (https://github.com/BerriAI/litellm, `calculate_usage`)."""
    details = {
        "cached_tokens": 60,
        "cache_creation_tokens": 25,
        "cache_creation_token_details": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 20},
    }
    used = usage_of({"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": details})
    assert used == (15, 25, 5, 20, 60, 7, None)
    older = {"cached_tokens": 60}
    used = usage_of({"prompt_tokens": 100, "prompt_tokens_details": older, "cache_creation_input_tokens": 25})
    assert (used.input_tokens, used.cache_creation_input_tokens, used.cache_read_input_tokens) == (15, 25, 60)


def test_input_that_cannot_hold_what_the_cache_had_is_without_it() -> None:
    used = usage_of({"input": 3, "cache_read_input_tokens": 1000, "output": 20})
    assert (used.input_tokens, used.cache_read_input_tokens) == (3, 1000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no toml", "not valid TOML"),
        ("[fields]\nresponse = 'a'", "where `time` is"),
        ("[fields]\ntime = 'a'\nresponse = 'b'", "where `messages`"),
        ("[fields]\ntime = 'a'\nmessages = 'b'", "where `response` is"),
        ("[fields]\ntime = 'a'\nmessages = 'b'\nresponse = 'c'\nkey = 'd'", "names key"),
        ("[fields]\ntime = 7\nmessages = 'b'\nresponse = 'c'", "dotted path"),
        ("has = []\n[fields]\ntime = 'a'\nmessages = 'b'\nresponse = 'c'", "list of paths"),
    ],
)
def test_a_mapping_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        configured_sources(load_settings(home=tmp_path / "home", api_mapping=path))


def test_a_mapping_file_that_is_missing_is_an_error_of_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="api_mapping"):
        configured_sources(load_settings(home=tmp_path / "home", api_mapping=tmp_path / "none.toml"))


def test_an_own_mapping_goes_before_the_known_gateways() -> None:
    own = "name = 'ours'\nhas = ['time']\n[fields]\ntime = 'time'\nmessages = 'm'\nresponse = 'r'"
    line = {"time": 1, "request": {"messages": []}}
    found = mapping_for(line, mappings(own)), mapping_for(line, mappings())
    assert [each.name for each in found if each] == ["ours", "messages_api"]
    assert mapping_for({"type": "user", "message": {}}, mappings()) is None


@pytest.mark.parametrize("prefix", ["call_type", "other"])
def test_a_row_of_litellm_without_contents_is_counted(tmp_path: Path, prefix: str) -> None:
    row = {prefix: "acompletion", "startTime": START.isoformat(), "messages": "{}", "response": "{}"}
    tables = parse_logs(tmp_path, [row], options=LINKING)
    counted = [(row["record_subtype"], row["object_count"]) for row in tables.record_counts]
    assert counted == ([("without_answer", 1)] if prefix == "call_type" else [])
    assert tables.sessions == []


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("You help Ann (ann@example.org).", "You help Ann (bob@example.com).", True),
        ("Work in C:\\Users\\ann on `main`.", "Work in C:\\Temp\\x on `dev`.", True),
        ("Order 3fa85f64-5717-4562-b3fc-2c963f66afa6, 12.50 EUR", "Order 9b2c, 7 EUR", False),
        ("Order 17, 12.50 EUR", "Order 18, 7 EUR", True),
        ("<env>Linux, /a</env>Be brief.", "<env>Darwin, /b and more</env>Be brief.", True),
        ("You sell shoes.", "You sell hats.", False),
    ],
)
def test_the_template_of_a_system_prompt_is_what_stays(one: str, other: str, are_same: bool) -> None:
    assert (template_of(one) == template_of(other)) == are_same
