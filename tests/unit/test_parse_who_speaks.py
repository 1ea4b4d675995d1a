"""`type:"user"` is mostly not the user: the thirteen classes in their order (format, trap 4, section 2)."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import ABSENT, Transcript

PLAN = "# Plan: rename\n\n1. Rename it."
CONTINUED = "This session is being continued from a previous conversation that ran out of context. Summary: …"
NOTICE = "<task-notification>\n<task-id>b76</task-id>\n<status>completed</status>\n</task-notification>"
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}


def session_with(tmp_path: Path, content: Any, **fields: Any) -> Tables:
    """A session: a typed prompt, its answer, then the user record in question and an answer to it."""
    written = Transcript()
    written.prompt("Typed at the start.")
    written.says()
    written.wait(60).user(content, **fields)
    written.says("Answer.")
    return parse(tmp_path, written)


def later_acts(tables: Tables) -> list[dict[str, Any]]:
    return [row for row in tables.human_acts if row["text"] != "Typed at the start."]


def test_typed_prompt_is_a_human_act_that_opens_a_turn(tmp_path: Path) -> None:
    tables = session_with(tmp_path, "Now the docs, please.", permissionMode="acceptEdits")
    (act,) = later_acts(tables)
    assert (act["act_kind"], act["text"], act["word_count"]) == ("prompt", "Now the docs, please.", 4)
    assert (act["is_typed"], act["is_mid_run"], act["permission_mode"]) == (True, False, "acceptEdits")
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]


def test_prompt_as_a_list_of_text_blocks_is_a_prompt(tmp_path: Path) -> None:
    (act,) = later_acts(session_with(tmp_path, [{"type": "text", "text": "Listed."}]))
    assert (act["act_kind"], act["text"]) == ("prompt", "Listed.")


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        # 1: a tool result wins over every text beside it
        pytest.param(
            [
                {"type": "tool_result", "tool_use_id": "toolu_x", "content": "ok"},
                {"type": "text", "text": "<system-reminder>Beside a result.</system-reminder>"},
            ],
            {},
            id="text beside a tool result",
        ),
        # 2
        pytest.param(CONTINUED, {"isCompactSummary": True, "isVisibleInTranscriptOnly": True}, id="summary"),
        pytest.param(CONTINUED, {}, id="summary told only by its text"),
        # 3
        pytest.param("<local-command-caveat>Caveat: …</local-command-caveat>", {"isMeta": True}, id="caveat"),
        pytest.param("Caveat: The messages below were generated …", {"isMeta": True}, id="older caveat"),
        pytest.param(
            "Base directory for this skill: /x", {"isMeta": True, "sourceToolUseID": "t"}, id="skill"
        ),
        pytest.param("Continue from where you left off.", {"isMeta": True}, id="continue"),
        pytest.param(
            [{"type": "text", "text": "[Image: source: /tmp/x.png]"}], {"isMeta": True}, id="image note"
        ),
        # 6
        pytest.param("<local-command-stdout>Set model</local-command-stdout>", {}, id="command output"),
        pytest.param("<local-command-stderr>bad</local-command-stderr>", {}, id="command error output"),
        # 7, output half
        pytest.param("<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>", {}, id="shell output"),
        # 8
        pytest.param(NOTICE, {"permissionMode": "default"}, id="task notification"),
        pytest.param("done", {"origin": {"kind": "task-notification"}}, id="task notification by origin"),
        # 11
        pytest.param("Operation stopped by hook: no", {}, id="stopped by hook"),
        pytest.param("Stop hook feedback:\n- no", {}, id="stop hook feedback"),
    ],
)
def test_text_nobody_typed_is_no_human_act(tmp_path: Path, content: Any, fields: dict[str, Any]) -> None:
    tables = session_with(tmp_path, content, **fields)
    assert later_acts(tables) == []
    (text,) = tables.harness_texts
    assert text["text"] in str(content).replace("\\n", "\n")


@pytest.mark.parametrize(
    "text",
    [
        "<command-name>/review</command-name>\n<command-message>review is running…</command-message>\n"
        "<command-args>the parser</command-args>",
        "<command-message>review is running…</command-message>\n<command-name>/review</command-name>\n"
        "<command-args>the parser</command-args>",
    ],
)
def test_slash_command_is_an_act_with_its_name_and_arguments(tmp_path: Path, text: str) -> None:
    tables = session_with(tmp_path, text)
    (act,) = later_acts(tables)
    assert (act["act_kind"], act["command_name"], act["text"]) == ("command", "review", "the parser")
    assert tables.column("turns", "opened_by") == ["prompt", "command"]


def test_local_command_that_no_model_answers_opens_no_working_turn(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    written.user("<local-command-caveat>Caveat: …</local-command-caveat>", isMeta=True)
    written.user("<command-name>/model</command-name>\n<command-args>opus</command-args>")
    written.user("<local-command-stdout>Set model to opus</local-command-stdout>")
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "command"]
    assert [row["opened_by"] for row in tables.turns if row["has_agent_work"]] == ["prompt"]


def test_shell_mode_input_is_human_and_not_sent_to_the_model(tmp_path: Path) -> None:
    tables = session_with(tmp_path, "<bash-input>git status</bash-input>")
    (act,) = later_acts(tables)
    assert (act["act_kind"], act["text"]) == ("shell_command", "git status")


@pytest.mark.parametrize(
    "tag",
    [
        "<ide_opened_file>The user opened /a.py in the IDE.</ide_opened_file>",
        "<ide_selection>lines 1 to 3: x</ide_selection>",
        "<system-reminder>Do not mention this.</system-reminder>",
    ],
)
def test_tags_put_before_a_prompt_are_stripped(tmp_path: Path, tag: str) -> None:
    in_string = later_acts(session_with(tmp_path, f"{tag}\nFix it."))
    in_blocks = later_acts(
        session_with(tmp_path, [{"type": "text", "text": tag}, {"type": "text", "text": "Fix it."}])
    )
    for acts in (in_string, in_blocks):
        (act,) = acts
        assert (act["act_kind"], act["text"], act["word_count"]) == ("prompt", "Fix it.", 2)


def test_tag_alone_is_no_prompt(tmp_path: Path) -> None:
    assert (
        later_acts(session_with(tmp_path, "<ide_opened_file>The user opened /a.py</ide_opened_file>")) == []
    )


@pytest.mark.parametrize("fields", [{"planContent": PLAN}, {}])
def test_prompt_the_harness_writes_after_a_plan_is_no_typed_prompt(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    tables = session_with(tmp_path, f"Implement the following plan:\n\n{PLAN}", **fields)
    (act,) = later_acts(tables)
    assert (act["act_kind"], act["is_typed"]) == ("plan_implementation", False)
    assert tables.column("turns", "opened_by") == ["prompt", "plan_implementation"]


def test_image_without_text_is_human(tmp_path: Path) -> None:
    (act,) = later_acts(session_with(tmp_path, [IMAGE], imagePasteIds=[4]))
    assert (act["act_kind"], act["has_image"], act["text"]) == ("prompt", True, None)


def test_image_with_text_keeps_the_text(tmp_path: Path) -> None:
    (act,) = later_acts(session_with(tmp_path, [{"type": "text", "text": "Like this."}, IMAGE]))
    assert (act["text"], act["has_image"], act["word_count"]) == ("Like this.", True, 2)


@pytest.mark.parametrize(
    "quote",
    [
        "Why does it say [Request interrupted by user] here?",
        "What does <command-name>/clear</command-name> do?",
        "The log has <task-notification> in it.",
        "My notes: Implement the following plan: none.",
        "It printed: Operation stopped by hook",
        "I read: The user doesn't want to proceed with this tool use. STOP what you are doing",
        "He wrote: This session is being continued from a previous conversation",
        "It shows <bash-input>ls</bash-input>.",
    ],
)
def test_string_quoted_inside_a_prompt_does_not_count(tmp_path: Path, quote: str) -> None:
    tables = session_with(tmp_path, quote, permissionMode="default")
    (act,) = later_acts(tables)
    assert (act["act_kind"], act["text"]) == ("prompt", quote)
    assert tables.events == []


@pytest.mark.parametrize(
    "quote",
    [
        "[Request interrupted by user]",
        "[Request interrupted by user for tool use]",
        "[pushed] To tell you how to proceed, the user said:\ndo not",
        "User has answered your questions: x",
        "STOP what you are doing and wait for the user",
        "<command-name>/clear</command-name>",
        "Exit code 1",
        "User rejected tool use",
        "Permission to use Bash has been denied.",
    ],
)
def test_string_inside_a_good_tool_result_does_not_count(tmp_path: Path, quote: str) -> None:
    written = Transcript()
    written.prompt()
    written.bash("cat log.txt", quote)
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt"]
    assert tables.events == []
    row = tables.one("tool_calls")
    assert (row["is_error"], row["error_kind"]) == (False, None)


def test_interrupt_text_beside_a_tool_result_belongs_to_the_result(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls()
    written.user(
        [
            {
                "type": "tool_result",
                "tool_use_id": call,
                "content": "[Request interrupted by user for tool use]",
                "is_error": True,
            },
            {"type": "text", "text": "[Request interrupted by user for tool use]"},
        ]
    )
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt"]
    assert tables.one("tool_calls")["error_kind"] == "interrupted"
    assert len(tables.events_of("interrupt")) <= 1


def test_words_are_counted_without_reminders_in_the_middle(tmp_path: Path) -> None:
    text = "One two.\n<system-reminder>\nnever count this\n</system-reminder>"
    (act,) = later_acts(session_with(tmp_path, text))
    assert act["word_count"] == 2


@pytest.mark.parametrize("content", [ABSENT, None, 7, [], "", [None, 3], [{"type": "text"}], {"text": "x"}])
def test_user_record_without_readable_content_is_no_act_and_no_crash(tmp_path: Path, content: Any) -> None:
    written = Transcript()
    written.prompt()
    message = {"role": "user"} if content is ABSENT else {"role": "user", "content": content}
    written.timed("user", message=message)
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt"]
    assert all(objects == fates for objects, fates in tables.accounted().values())


def test_local_command_as_a_system_record_is_the_same_act(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    written.system(
        "local_command",
        content="<command-name>/context</command-name>\n<command-message>context</command-message>\n"
        "<command-args></command-args>",
        level="info",
        isMeta=False,
    )
    written.system("local_command", content="<local-command-stdout>12 %</local-command-stdout>", level="info")
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "command"]
    assert tables.one("human_acts", act_kind="command")["command_name"] == "context"


def test_document_without_words_is_a_prompt(tmp_path: Path) -> None:
    document = {**IMAGE, "type": "document"}
    tables = session_with(tmp_path, [document], permissionMode="default")
    (act,) = later_acts(tables)
    assert (act["act_kind"], act["text"], act["has_image"]) == ("prompt", None, True)
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]


def test_note_to_the_memory_is_a_command_that_sets_nobody_to_work(tmp_path: Path) -> None:
    """What begins with # is kept by the harness, and not sent."""
    written = Transcript(version="2.0.20")
    written.prompt("Typed at the start.")
    written.says()
    written.wait(60).user("<user-memory-input>use tabs, always</user-memory-input>")
    written.user("<local-command-stdout>Noted.</local-command-stdout>")
    written.wait(60).prompt("Go on.")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "command", "prompt"]
    act = tables.one("human_acts", act_kind="command")
    assert (act["command_name"], act["text"]) == ("memory", "use tabs, always")
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]


REMINDER = "<system-reminder>\nThe date has changed.\n</system-reminder>\n"


def test_reminder_before_a_text_of_the_harness_makes_it_nobodys_words(tmp_path: Path) -> None:
    """https://github.com/kenn-io/agentsview/pull/1134"""
    written = Transcript(version="2.1.120")
    written.prompt("Typed at the start.")
    written.says()
    written.user(f"{REMINDER}<command-message>usage</command-message>\n<command-name>/usage</command-name>")
    written.user(f"{REMINDER}<local-command-stdout>3 %</local-command-stdout>")
    written.user(f"{REMINDER}{NOTICE}")
    written.says()
    written.prompt(f"{REMINDER}Go on.")
    written.says()
    tables = parse(tmp_path, written)
    acts = [(row["act_kind"], row["command_name"], row["text"]) for row in later_acts(tables)]
    assert acts == [("command", "usage", ""), ("prompt", None, "Go on.")]
    assert tables.column("turns", "opened_by") == ["prompt", "background_notification", "prompt"]
    kinds = sorted(tables.column("harness_texts", "text_kind"))
    assert kinds == ["command_output", "notification", "reminder", "reminder"]
