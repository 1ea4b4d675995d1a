"""Logs of API traffic: what a line becomes, each alone and with linking, and what is never kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.sources.api_traffic.template import template_of
from orchestration.ingest.sources.source import SourceOptions
from tests.exchanges import LINKING, START, Conversation, log, parse_logs, work
from tests.parsed import Tables, assert_accounted


def customers_of(tables: Tables) -> set[str | None]:
    return {row["user_id"] for row in tables.sessions}


def test_a_request_is_a_unit_of_its_own_and_its_calls_count_once(tmp_path: Path) -> None:
    tables = parse_logs(tmp_path, work(Conversation()).lines)
    assert_accounted(tables)
    assert [(row["surface"], row["record_count"]) for row in tables.sessions] == [("api_request", 1)] * 3
    assert [row["tool_name"] for row in tables.tool_calls] == ["Bash", "Bash"]
    assert [row["tool_category"] for row in tables.tool_calls] == ["shell", "shell"]
    # Another line holds the result, and no session is assumed.
    assert [row["has_result"] for row in tables.tool_calls] == [False, False]
    assert len(tables.responses) == 3
    assert tables.turns == tables.human_acts == []


def test_a_lone_request_holds_what_came_before_its_call(tmp_path: Path) -> None:
    tables = parse_logs(tmp_path, work(Conversation(system="You help in the shop.")).lines[1:2])
    (call,) = tables.tool_calls
    before = sorted(tables.harness_texts, key=lambda row: row["harness_text_id"])
    assert [(row["text_kind"], row["text"]) for row in before] == [
        ("system_prompt", "You help in the shop."),
        ("request_message", "Add a test."),
        ("earlier_answer", "I look."),
        ("earlier_answer", 'Bash {"command":"pytest step0"}'),
        ("earlier_result", "step0 passed"),
    ]
    assert all(row["written_at"] <= call["called_at"] for row in before)


def test_linked_requests_are_one_session_with_every_text_once(tmp_path: Path) -> None:
    tables = parse_logs(tmp_path, work(Conversation()).lines, options=LINKING)
    assert_accounted(tables)
    (session,) = tables.sessions
    assert (session["surface"], session["record_count"], session["branch_count"]) == ("api_chain", 3, 1)
    assert [row["result_text"] for row in tables.tool_calls] == ["step0 passed", "step1 passed"]
    assert [row["text_kind"] for row in tables.harness_texts] == ["system_prompt", "request_message"]
    assert [row["text"] for row in tables.responses] == ["I look.", "I look.", "Done."]
    assert len(tables.session_aliases) == 2


def test_a_failed_result_is_an_error_of_its_call(tmp_path: Path) -> None:
    one = Conversation().ask("Try.").answer("", ("Bash", {"command": "false"}))
    tables = parse_logs(tmp_path, one.give("boom", is_error=True).answer("It failed.").lines, options=LINKING)
    assert [(row["is_error"], row["error_kind"]) for row in tables.tool_calls] == [(True, "other")]


def test_the_log_of_a_day_changes_nothing_that_another_day_holds(tmp_path: Path) -> None:
    lines = work(Conversation()).lines
    once = parse_logs(tmp_path, lines, options=LINKING)
    for logs in ([lines[:2], lines[2:]], [lines[2:], lines[:2]], [lines, lines[1:]], [lines[::-1]]):
        again = parse_logs(tmp_path, *logs, options=LINKING)
        assert_accounted(again)
        assert again.tool_calls == once.tool_calls
        assert again.responses == once.responses
        assert [row["session_id"] for row in again.sessions] == [row["session_id"] for row in once.sessions]


def test_customers_are_apart_whatever_they_say(tmp_path: Path) -> None:
    first, second = Conversation(key="sk-a", customer="a"), Conversation(key="sk-b", customer="b")
    second.name = first.name  # the same ids and words, at the same time
    tables = parse_logs(tmp_path, log(work(first), work(second)), options=LINKING)
    assert sorted(row["record_count"] for row in tables.sessions) == [3, 3]
    assert len(customers_of(tables)) == 2


def test_what_two_conversations_begin_with_alike_connects_neither(tmp_path: Path) -> None:
    first, second = (Conversation().ask("Hello.").answer("Hello! How can I help?") for _ in range(2))
    for one, word in ((first, "red"), (second, "blue")):
        one.ask(word).answer(f"So {word} it is.").ask("And now?").answer(f"Still {word}.")
    tables = parse_logs(tmp_path, log(first, second), options=LINKING)
    # The first answers are alike, so nobody knows whose they are; what follows belongs together.
    assert sorted(row["record_count"] for row in tables.sessions) == [1, 1, 2, 2]


def test_a_conversation_taken_up_at_an_earlier_place_is_a_branch(tmp_path: Path) -> None:
    one = Conversation().ask("Plan it.").answer("", ("Read", {"file_path": "a.py"})).give("text")
    other = one.fork()
    one.answer("Plan one.").ask("No.").answer("Then not.")
    other.at = one.at
    other.answer("Plan two.").ask("Yes.").answer("Good.")
    (session,) = parse_logs(tmp_path, one.lines, options=LINKING).sessions
    assert (session["record_count"], session["branch_count"]) == (5, 2)


def test_what_clients_change_between_requests_breaks_no_chain(tmp_path: Path) -> None:
    lines = work(Conversation(), steps=4).lines
    for line in lines:
        messages = line["request"]["messages"]
        messages[0]["content"] = [
            {"type": "text", "text": messages[0]["content"], "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": f"<system-reminder>It is {line['time']}.</system-reminder>"},
        ]
        for message in messages[1:-1]:
            for block in message["content"]:
                if block["type"] == "tool_result":
                    block["content"] = "[Old tool result content cleared]"
        line["response"]["content"].insert(0, {"type": "thinking", "thinking": "Hm.", "signature": "x"})
    tables = parse_logs(tmp_path, lines, options=LINKING)
    assert [row["record_count"] for row in tables.sessions] == [5]
    # The result as it was first brought.
    assert {row["result_text"] for row in tables.tool_calls} == {f"step{step} passed" for step in range(4)}


def test_a_chain_goes_on_over_the_end_of_a_month(tmp_path: Path) -> None:
    one = Conversation(at=START.replace(day=31, hour=23, minute=59))
    tables = parse_logs(tmp_path, work(one, steps=3).lines, options=LINKING)
    assert [row["record_count"] for row in tables.sessions] == [4]
    other = Conversation(at=START.replace(month=3)).ask("Wait.").answer("", ("Bash", {"command": "ls"}))
    other.at = other.at.replace(month=6)
    late = parse_logs(tmp_path, other.give("a.py").answer("Back.").lines, options=LINKING)
    assert [row["record_count"] for row in late.sessions] == [1, 1]  # the key of March is not asked in June


def test_nobody_known_is_linked_with_nobody(tmp_path: Path) -> None:
    lines = work(Conversation(customer=None)).lines
    for line in lines:
        line["api_key"] = None
    tables = parse_logs(tmp_path, lines, options=LINKING)
    assert len(tables.sessions) == 3
    assert customers_of(tables) == {None}


def test_a_deployment_is_a_key_and_the_template_of_its_system_prompt(tmp_path: Path) -> None:
    def deployments(*conversations: Conversation) -> list[str]:
        asked = [one.ask("Go.").answer("", ("Bash", {"command": "ls"})) for one in conversations]
        return [row["deployment_id"] for row in parse_logs(tmp_path, log(*asked)).tool_calls]

    monday = 'You help "Ann" in /home/ann/shop. Today is Monday, 4 May 2026.'
    friday = 'You help "Bob" in /srv/bob. Today is Friday, 15 May 2026.'
    one, same, other_key, other_prompt = deployments(
        Conversation(system=monday),
        Conversation(system=friday, at=START.replace(hour=10)),
        Conversation(system=monday, key="sk-ant-second", at=START.replace(hour=11)),
        Conversation(system="You sell shoes.", at=START.replace(hour=12)),
    )
    assert one == same
    assert len({one, other_key, other_prompt}) == 3
    assert template_of(monday) == template_of(friday)


def test_no_api_key_is_in_any_row_nor_a_secret_of_a_text(tmp_path: Path) -> None:
    secret = "sk-ant-api03-" + "Ab1" * 30
    one = Conversation(key=secret, customer=None, system=f"Use the key {secret}.")
    one.ask(f"My key is {secret}.").answer(
        f"{secret}?", ("Bash", {"command": f"curl -H 'x-api-key: {secret}'"})
    )
    for options in (SourceOptions(), LINKING):
        tables = parse_logs(tmp_path, one.lines, options=options)
        assert secret not in json.dumps(tables.rows, default=str)
        assert sum(row["redaction_count"] for row in tables.redactions) >= 3
        assert len(customers_of(tables) - {None}) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"time": "soon", "request": {"messages": []}, "response": {"content": []}}, "malformed_record"),
        ({"some": "thing"}, "malformed_record"),
        ({"time": "1999-01-01T00:00:00Z", "request": {"messages": []}}, "implausible_time"),
        (
            {"time": START.isoformat(), "request": {"messages": 7}, "response": {"content": []}},
            "malformed_record",
        ),
        (b'{"time": ', "not_json"),
        (b"[1]", "not_an_object"),
    ],
)
def test_a_line_that_is_no_exchange_is_set_aside_with_its_reason(
    tmp_path: Path, line: dict[str, Any] | bytes, reason: str
) -> None:
    tables = parse_logs(tmp_path, [*work(Conversation()).lines, line])
    assert_accounted(tables)
    assert [row["reason"] for row in tables.quarantined_lines] == [reason]
    assert len(tables.responses) == 3


def test_a_request_without_an_answer_is_counted_and_no_row(tmp_path: Path) -> None:
    lines = work(Conversation()).lines
    del lines[0]["response"]
    lines[1]["response"] = {"type": "error", "error": {"type": "overloaded_error"}}
    tables = parse_logs(tmp_path, lines, options=LINKING)
    assert_accounted(tables)
    counted = tables.all("record_counts", disposition="counted")
    assert [(row["record_subtype"], row["object_count"]) for row in counted] == [("without_answer", 2)]
    assert len(tables.responses) == 1


def test_a_long_request_keeps_its_first_message_and_the_last(tmp_path: Path) -> None:
    lines = work(Conversation(), steps=30).lines
    tables = parse_logs(tmp_path, lines[-1:])
    texts = [row["text"] for row in sorted(tables.harness_texts, key=lambda row: row["harness_text_id"])]
    assert texts[:3] == [
        "You help in the shop.", "Add a test.", "[earlier messages of the request are not kept]"
    ]  # fmt: skip
    assert texts[-1] == "step29 passed"
    assert len(tables.harness_texts) < 40


def test_what_the_api_ran_itself_has_its_result_in_the_answer(tmp_path: Path) -> None:
    lines = Conversation().ask("News?").answer("I search.").lines
    lines[0]["response"]["content"] += [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "news"}},
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": [{"type": "text", "text": "x"}],
        },
        {"type": "hologram", "data": "secret words"},
    ]
    lines[0]["response"]["stop_reason"] = "tired"
    tables = parse_logs(tmp_path, lines)
    (call,) = tables.tool_calls
    assert (call["tool_category"], call["has_result"], call["result_text"]) == ("web", True, "x")
    drift = [(row["place"], row["name"]) for row in tables.drift]
    assert drift == [("content_block", "hologram"), ("stop_reason", "tired")]
    assert "secret words" not in json.dumps(tables.rows, default=str)


def test_ids_that_a_gateway_repeats_are_told_apart(tmp_path: Path) -> None:
    lines = work(Conversation()).lines
    for line in lines:
        line["response"]["id"] = "msg_same"
        text = json.dumps(line)
        for block in line["response"]["content"]:
            if block["type"] == "tool_use":
                text = text.replace(block["id"], "call:0")
        line.update(json.loads(text))
    tables = parse_logs(tmp_path, lines)
    assert len({(row["session_id"], row["response_id"]) for row in tables.responses}) == 3
    linked = parse_logs(tmp_path, lines, options=LINKING)
    assert len({(row["session_id"], row["response_id"]) for row in linked.responses}) == 3
    keys = [(row["session_id"], row["tool_use_id"], row["occurrence"]) for row in linked.tool_calls]
    assert len(set(keys)) == 2


def test_tokens_are_apart_by_where_they_were_read(tmp_path: Path) -> None:
    (row,) = parse_logs(tmp_path, Conversation().ask("Hi.").answer("Hi.").lines).responses
    assert (row["input_tokens"], row["cache_read_input_tokens"], row["output_tokens"]) == (10, 90, 20)
    assert row["cache_creation_input_tokens"] is None
