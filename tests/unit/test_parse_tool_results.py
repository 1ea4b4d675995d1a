"""Results of tools: lines from patches, how shell commands ended, pairing (format, section 4)."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import Transcript, patch


def after_call(
    tmp_path: Path, name: str, arguments: dict[str, Any], content: Any = "ok", **result: Any
) -> dict[str, Any]:
    written = Transcript()
    written.prompt()
    call = written.calls(name, arguments)
    written.result(call, content, **result)
    return parse(tmp_path, written).one("tool_calls")


def edited(tmp_path: Path, outcome: Any, *, name: str = "Edit", **result: Any) -> dict[str, Any]:
    return after_call(tmp_path, name, {"file_path": "/r/src/a.py"}, outcome=outcome, **result)


def test_lines_of_a_patch_are_counted_by_their_sign(tmp_path: Path) -> None:
    hunks = patch(" same", "-old", "+new", "+more", "\\ No newline at end of file") + patch("+x")
    row = edited(tmp_path, {"filePath": "/r/src/a.py", "structuredPatch": hunks, "userModified": False})
    assert (row["lines_added"], row["lines_removed"], row["lines_known_by"]) == (3, 1, "patch")
    assert (row["is_user_modified"], row["is_new_file"]) == (False, None)
    assert (row["file_path"], row["file_extension"]) == ("/r/src/a.py", "py")


@pytest.mark.parametrize(
    ("content", "lines"),
    [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("a\n\nb\n", 3), ("a\u2028b\x0cc\n", 1), ("a\r\nb\r\n", 2)],
)
def test_new_file_has_no_patch_and_its_lines_are_added(tmp_path: Path, content: str, lines: int) -> None:
    outcome = {"type": "create", "filePath": "/r/a.py", "content": content, "structuredPatch": []}
    row = edited(tmp_path, outcome, name="Write")
    assert (row["lines_added"], row["lines_removed"], row["is_new_file"]) == (lines, 0, True)


def test_overwritten_file_is_counted_by_its_patch(tmp_path: Path) -> None:
    outcome = {
        "type": "update",
        "filePath": "/r/a.py",
        "content": "a\nb\n",
        "structuredPatch": patch("-x", "+a"),
    }
    row = edited(tmp_path, outcome, name="Write")
    assert (row["lines_added"], row["lines_removed"], row["is_new_file"]) == (1, 1, False)


def test_overwriting_with_the_same_content_changes_nothing(tmp_path: Path) -> None:
    outcome = {"type": "update", "filePath": "/r/a.py", "content": "a\nb\n", "structuredPatch": []}
    row = edited(tmp_path, outcome, name="Write")
    assert (row["lines_added"], row["lines_removed"]) == (0, 0)


def test_edit_changed_by_the_human_is_marked(tmp_path: Path) -> None:
    row = edited(tmp_path, {"structuredPatch": patch("+a"), "userModified": True})
    assert row["is_user_modified"] is True


def test_failed_edit_changes_no_lines(tmp_path: Path) -> None:
    text = "<tool_use_error>String to replace not found in file.</tool_use_error>"
    row = edited(tmp_path, "Error: String to replace not found in file.", content=text, is_error=True)
    assert (row["lines_added"], row["error_kind"], row["is_error"]) == (None, "other", True)


def test_several_edits_of_one_call_are_counted_by_their_common_patch(tmp_path: Path) -> None:
    outcome = {"filePath": "/r/a.py", "edits": [{}, {}], "structuredPatch": patch("+a") + patch("+b", "-c")}
    row = edited(tmp_path, outcome, name="MultiEdit")
    assert (row["lines_added"], row["lines_removed"]) == (2, 1)


def test_notebook_edit_has_no_patch_so_its_lines_are_unknown(tmp_path: Path) -> None:
    row = after_call(
        tmp_path,
        "NotebookEdit",
        {"notebook_path": "/r/a.ipynb", "cell_number": 1, "new_source": "a\nb"},
        outcome={
            "cell_number": 1,
            "new_source": "a\nb",
            "cell_type": "code",
            "language": "python",
            "edit_mode": "replace",
            "error": "",
        },
    )
    assert (row["lines_added"], row["file_extension"], row["is_error"]) == (None, "ipynb", False)
    assert (row["lines_known_by"], row["has_unknown_lines"]) == (None, True)


def test_tool_that_cannot_change_a_file_has_no_lines(tmp_path: Path) -> None:
    row = after_call(tmp_path, "Read", {"file_path": "/r/a.py"}, outcome={"type": "text", "file": {}})
    assert (row["lines_added"], row["lines_removed"]) == (None, None)


def bash(tmp_path: Path, content: Any, **result: Any) -> dict[str, Any]:
    return after_call(tmp_path, "Bash", {"command": "grep x y"}, content, **result)


SHELL = {"stdout": "", "stderr": "", "interrupted": False, "isImage": False}


def test_shell_command_without_error_ended_with_zero(tmp_path: Path) -> None:
    row = bash(tmp_path, "a", is_error=False, outcome=SHELL)
    assert (row["exit_code"], row["error_kind"]) == (0, None)


def test_result_without_is_error_is_a_success(tmp_path: Path) -> None:
    row = bash(tmp_path, "a", outcome=SHELL)
    assert (row["exit_code"], row["is_error"]) == (0, False)


def test_exit_code_is_read_from_the_error_text(tmp_path: Path) -> None:
    row = bash(tmp_path, "Exit code 127\nnot found", is_error=True, outcome="Error: Exit code 127\nnot found")
    assert (row["exit_code"], row["error_kind"], row["is_error"]) == (127, "exit_code", True)


def test_exit_code_quoted_in_output_is_not_the_commands_own(tmp_path: Path) -> None:
    row = bash(tmp_path, "Exit code 3", is_error=False, outcome=SHELL | {"stdout": "Exit code 3"})
    assert (row["exit_code"], row["is_error"]) == (0, False)


def test_interpreted_return_code_is_no_failure_and_no_zero(tmp_path: Path) -> None:
    row = bash(tmp_path, "", outcome=SHELL | {"returnCodeInterpretation": "No matches found"})
    assert (row["exit_code"], row["is_error"]) == (None, False)


def test_background_command_has_no_exit_code_yet(tmp_path: Path) -> None:
    row = bash(tmp_path, "running", outcome=SHELL | {"backgroundTaskId": "b1"})
    assert (row["exit_code"], row["is_background"]) == (None, True)


def test_interrupted_command_has_no_exit_code(tmp_path: Path) -> None:
    row = bash(tmp_path, "", outcome=SHELL | {"interrupted": True})
    assert (row["exit_code"], row["is_interrupted"]) == (None, True)


def test_result_is_paired_whichever_line_comes_first(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls()
    written.result(call, "a")
    written.records[1], written.records[2] = written.records[2], written.records[1]
    row = parse(tmp_path, written).one("tool_calls")
    assert (row["has_call"], row["has_result"], row["tool_name"]) == (True, True, "Bash")


def test_result_without_its_call_is_a_row_that_says_so(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.result("toolu_elsewhere", "a")
    written.says()
    row = parse(tmp_path, written).one("tool_calls")
    assert (row["tool_use_id"], row["has_call"], row["has_result"]) == ("toolu_elsewhere", False, True)


def test_call_without_its_result_is_a_row_that_says_so(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.calls()
    row = parse(tmp_path, written).one("tool_calls")
    assert (row["has_result"], row["is_error"], row["error_kind"], row["exit_code"]) == (
        False,
        False,
        None,
        None,
    )


def test_second_result_of_a_call_does_not_replace_the_first(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls()
    written.result(call, "first")
    written.result(call, "second")
    assert parse(tmp_path, written).one("tool_calls")["result_text"] == "first"


def test_two_results_in_one_record_pair_with_their_calls(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    calls = [written.calls(message_id="msg_a"), written.calls(message_id="msg_a")]
    written.user([{"tool_use_id": call, "type": "tool_result", "content": call} for call in calls])
    tables = parse(tmp_path, written)
    assert {row["tool_use_id"]: row["result_text"] for row in tables.tool_calls} == {
        each: each for each in calls
    }


def test_reminder_inside_a_tool_result_is_not_measured(tmp_path: Path) -> None:
    text = "line\n<system-reminder>\nWhenever you read a file, consider malware.\n</system-reminder>"
    row = after_call(tmp_path, "Read", {"file_path": "/a"}, text)
    assert row["result_text"].strip() == "line"


def test_content_as_a_list_is_read_and_images_are_left_out(tmp_path: Path) -> None:
    content = [
        {"type": "text", "text": "a"},
        {"type": "image", "source": {"type": "base64", "data": "aGk="}},
        {"type": "tool_reference", "tool_name": "X"},
        {"type": "text", "text": "b"},
    ]
    row = after_call(tmp_path, "mcp__playwright__browser_click", {}, content, outcome=content)
    assert (row["result_text"], row["mcp_server"]) == ("a\nb", "playwright")


def test_server_of_a_plugins_tool_is_named(tmp_path: Path) -> None:
    name = "mcp__plugin_playwright_playwright__browser_take_screenshot"
    assert after_call(tmp_path, name, {})["mcp_server"] == "plugin_playwright_playwright"


def test_skill_and_sub_agent_type_are_named(tmp_path: Path) -> None:
    assert after_call(tmp_path, "Skill", {"skill": "commit"})["skill_name"] == "commit"
    row = after_call(tmp_path, "Task", {"subagent_type": "Explore", "prompt": "x"}, outcome={"agentId": "a1"})
    assert (row["subagent_type"], row["spawned_agent_id"]) == ("Explore", "a1")


def test_long_texts_keep_head_and_tail_and_their_size(tmp_path: Path) -> None:
    text = "head " + "x " * 20_000 + "tail"
    row = after_call(tmp_path, "Read", {"file_path": "/a"}, text)
    assert row["result_byte_count"] == len(text)
    assert row["result_text"].startswith("head")
    assert row["result_text"].endswith("tail")
    assert len(row["result_text"]) < 9000


def windows(tmp_path: Path) -> Tables:
    written = Transcript(cwd="C:\\Users\\ann\\repo")
    written.prompt()
    call = written.calls("Edit", {"file_path": "C:\\Users\\ann\\repo\\src\\a.TS"})
    written.result(call, outcome={"structuredPatch": patch("+a")})
    return parse(tmp_path, written)


def test_windows_path_has_its_extension(tmp_path: Path) -> None:
    assert windows(tmp_path).one("tool_calls")["file_extension"] == "ts"


@pytest.mark.parametrize(
    "outcome", [None, "", 7, [], [1], {"structuredPatch": "x"}, {"structuredPatch": [1]}]
)
def test_outcome_of_any_shape_is_no_crash(tmp_path: Path, outcome: Any) -> None:
    row = edited(tmp_path, outcome)
    assert row["has_result"] is True
    assert row["lines_added"] in (None, 0)
