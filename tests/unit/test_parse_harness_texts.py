"""What the harness put into the conversation: each text once, with its kind, its turn and its own id."""

from typing import Any, get_args

import pytest

from orchestration.ingest.rows import HarnessTextKind
from tests.parsed import Tables, assert_accounted, parse, parse_folder, rows_of
from tests.regenerate_golden import FIXTURES
from tests.transcripts import INTERRUPTED, Transcript

REMINDER = "<system-reminder>Keep to the plan.</system-reminder>"
OPENED = "<ide_opened_file>The user opened /a.py in the IDE.</ide_opened_file>"
NOTICE = "<task-notification>\n<task-id>b76</task-id>\n</task-notification>"


def said_to_the_agent(tmp_path: Any, content: Any, **fields: Any) -> Tables:
    """A turn in which this user record comes between a call and the last answer."""
    written = Transcript()
    written.prompt("Typed at the start.")
    written.bash("make", "ok")
    written.user(content, **fields)
    written.says("Answer.")
    return parse(tmp_path, written)


@pytest.mark.parametrize(
    ("content", "fields", "kind"),
    [
        ("This session is being continued from a previous conversation …", {}, "compaction_summary"),
        ("Summary.", {"isCompactSummary": True}, "compaction_summary"),
        ("<local-command-caveat>Caveat: …</local-command-caveat>", {"isMeta": True}, "caveat"),
        ("Caveat: The messages below were generated …", {}, "caveat"),
        ("<local-command-stdout>Set model</local-command-stdout>", {}, "command_output"),
        ("<local-command-stderr>bad</local-command-stderr>", {}, "command_output"),
        ("<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>", {}, "shell_output"),
        (NOTICE, {}, "notification"),
        ("done", {"origin": {"kind": "task-notification"}}, "notification"),
        ('<teammate-message teammate_id="scout">Found it.</teammate-message>', {}, "machine_message"),
        ("the tests pass again", {"origin": {"kind": "peer"}}, "machine_message"),
        ("Stop hook feedback:\n- no", {}, "hook"),
        ("Stop hook feedback:\n- no", {"isMeta": True}, "hook"),
        (REMINDER, {"isMeta": True}, "reminder"),
        (REMINDER, {}, "reminder"),
        (OPENED, {}, "editor"),
        (INTERRUPTED, {}, "interrupt"),
        ("Base directory for this skill: /x", {"isMeta": True}, "injected"),
        ([{"type": "text", "text": "[Image: source: /tmp/x.png]"}], {"isMeta": True}, "injected"),
    ],
)
def test_record_that_is_the_harness_s_is_one_text_with_the_record_s_id(
    tmp_path: Any, content: Any, fields: dict[str, Any], kind: str
) -> None:
    tables = said_to_the_agent(tmp_path, content, **fields)
    (row,) = tables.harness_texts
    plain = content if isinstance(content, str) else content[0]["text"]
    assert (row["text_kind"], row["text"], row["byte_count"]) == (kind, plain, len(plain.encode()))
    assert row["harness_text_id"] == row["record_id"] == "s1-004"
    # A notice or another agent's message sets the agent working: it opens a turn of its own.
    turn_id = "s1-004" if kind in ("notification", "machine_message") else "s1-001"
    assert (row["turn_id"], row["is_sidechain"]) == (turn_id, False)
    assert_accounted(tables)


def test_every_kind_but_the_sub_agent_s_warm_up_is_among_those_tests() -> None:
    (mark,) = test_record_that_is_the_harness_s_is_one_text_with_the_record_s_id.pytestmark  # type: ignore[attr-defined]
    of_requests = {"system_prompt", "request_message", "earlier_answer", "earlier_result"}
    others = {"warmup"} | of_requests  # logs of API traffic have tests of their own
    assert {kind for _, _, kind in mark.args[1]} == set(get_args(HarnessTextKind)) - others


def test_what_stands_beside_a_prompt_has_part_numbers_and_leaves_the_words_to_the_human(
    tmp_path: Any,
) -> None:
    tables = said_to_the_agent(tmp_path, f"{OPENED}\n{REMINDER}\nFix it. {REMINDER}")
    found = [(row["harness_text_id"], row["text_kind"], row["text"]) for row in tables.harness_texts]
    assert found == [
        ("s1-004:1", "editor", OPENED),
        ("s1-004:2", "reminder", REMINDER),
        ("s1-004:3", "reminder", REMINDER),
    ]
    assert {row["record_id"] for row in tables.harness_texts} == {"s1-004"}
    assert tables.column("human_acts", "text")[1].strip() == "Fix it."


def test_what_stands_beside_a_tool_result_is_told_apart_from_the_human_s_words(tmp_path: Any) -> None:
    def beside(text: str) -> list[tuple[str, str]]:
        written = Transcript()
        written.prompt()
        call = written.calls()
        result = {"type": "tool_result", "tool_use_id": call, "content": "ok"}
        written.user([result, {"type": "text", "text": text}])
        return [(row["text_kind"], row["text"]) for row in parse(tmp_path, written).harness_texts]

    assert beside(f"and test it {REMINDER}") == [("reminder", REMINDER)]
    assert beside(INTERRUPTED) == [("interrupt", INTERRUPTED)]
    assert beside("[Image: source: /tmp/x.png]") == [("injected", "[Image: source: /tmp/x.png]")]
    assert beside("and test it") == []


@pytest.mark.parametrize(
    "content",
    [
        "Typed.",
        "<bash-input>ls</bash-input>",
        "<command-name>/review</command-name><command-args>it</command-args>",
        "Implement the following plan:\n\n# Plan",
        [{"type": "image", "source": {}}],
    ],
)
def test_what_a_human_did_is_no_text_of_the_harness(tmp_path: Any, content: Any) -> None:
    assert said_to_the_agent(tmp_path, content).harness_texts == []


def test_output_of_a_local_command_in_a_system_record_is_a_text(tmp_path: Any) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    written.system("local_command", content="<command-name>/context</command-name>")
    written.system("local_command", content="<local-command-stdout>12 %</local-command-stdout>")
    (row,) = parse(tmp_path, written).harness_texts
    assert (row["text_kind"], row["text"]) == (
        "command_output",
        "<local-command-stdout>12 %</local-command-stdout>",
    )


def test_instructions_of_a_command_belong_to_the_turn_that_the_command_opens(tmp_path: Any) -> None:
    written = Transcript()
    written.user("<command-name>/review</command-name><command-args>it</command-args>")
    written.user([{"type": "text", "text": "You review code."}], isMeta=True)
    written.says("Reviewed.")
    written.wait(60).user("<local-command-stdout>After the turn</local-command-stdout>")
    tables = parse(tmp_path, written)
    assert tables.column("harness_texts", "turn_id") == ["s1-001", None]


def test_text_in_a_sub_agent_s_file_is_a_sidechain_s_and_its_brief_is_none(tmp_path: Any) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Agent", {"prompt": "Look."})
    agent = Transcript(agent_id="a1", at=written.at)
    agent.prompt("Look.")
    agent.user(REMINDER, isMeta=True)
    agent.says("Seen.")
    written.wait(30).result(call, "Seen.", outcome={"status": "completed", "agentId": "a1"})
    written.says()
    (row,) = parse(tmp_path, written, agent).harness_texts
    assert (row["agent_id"], row["is_sidechain"], row["turn_id"]) == ("a1", True, "s1-001")


def test_warm_up_of_a_sub_agent_is_a_text(tmp_path: Any) -> None:
    tables = parse_folder(FIXTURES / "warm_up", tmp_path / "archive")
    assert tables.column("harness_texts", "text_kind") == ["warmup"]


def test_copies_and_forks_add_no_text(tmp_path: Any) -> None:
    written = Transcript()
    written.prompt(f"{REMINDER}Go.")
    written.user("Base directory for this skill: /x", isMeta=True)
    written.says()
    copy = [dict(record) for record in written.records]
    once, twice = parse(tmp_path, written), parse(tmp_path, written, copied=copy)
    assert len(once.harness_texts) == 2
    assert rows_of(twice)["raw_harness_texts"] == once.harness_texts
    assert_accounted(twice)


def test_long_text_is_cut_to_head_and_tail_and_its_size_is_of_the_whole(tmp_path: Any) -> None:
    (row,) = said_to_the_agent(tmp_path, f"Head {'x' * 50_000} tail", isMeta=True).harness_texts
    assert row["byte_count"] == 50_010
    assert len(row["text"]) < 8_100
    assert (row["text"][:6], row["text"][-5:]) == ("Head x", " tail")
    assert "bytes left out" in row["text"]


def test_secrets_and_addresses_in_it_are_redacted_and_counted(tmp_path: Any) -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    tables = said_to_the_agent(tmp_path, f"Use {key}, ask ann@example.org, see /home/ann/x", isMeta=True)
    (row,) = tables.harness_texts
    assert not [word for word in (key, "ann@", "/home/ann") if word in row["text"]]
    assert {"aws_access_key_id", "email"} <= set(tables.column("redactions", "redaction_kind"))
