"""Work mode and codebase relation by rules."""

import pytest
from fakes.session_rows import SessionRows
from test_rules_evidence import labels_of


@pytest.mark.parametrize(
    ("prompt", "mode"),
    [
        ("Add a dark mode toggle and implement its storage", "build"),
        ("fix the crash in the login form", "fix"),
        ("write unit tests for the parser, coverage is low", "test"),
        ("spawn five subagents and delegate the review to them", "orchestrate"),
        ("deploy the service to staging and restart the servers", "operate"),
        ("explain how the scheduler works", "understand"),
        ("propose an architecture and discuss trade-offs of both approaches", "plan"),
        ("analyze this dataset and plot the distribution", "analyze"),
        ("write a blog post and slides for the announcement", "communicate"),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'a'", "fix"),
    ],
)
def test_words_of_the_prompt_give_the_mode(prompt: str, mode: str) -> None:
    rows = SessionRows()
    rows.says(prompt)
    assert labels_of(rows, "work_mode")["work_mode"] == mode


def test_file_names_and_inline_code_are_no_words_of_the_task() -> None:
    rows = SessionRows()
    rows.says("add what `fix` and README.md and docs/test/plan.md need")
    assert labels_of(rows, "work_mode")["work_mode"] == "build"


def test_nothing_known_is_not_inferable_with_a_forced_guess() -> None:
    label = labels_of(SessionRows(), "work_mode")
    assert (label["work_mode"], label["second_work_mode"]) == ("not_inferable", None)
    assert label["forced_work_mode"] == "understand"


def test_prompt_in_another_language_is_labelled_by_tools_alone() -> None:
    rows = SessionRows()
    rows.says("请把服务发布到服务器上")
    for _ in range(3):
        rows.runs("kubectl apply -f service.yaml")
    assert labels_of(rows, "work_mode")["work_mode"] == "operate"


def test_runner_up_is_another_mode_that_the_words_name() -> None:
    rows = SessionRows()
    rows.says("fix the crash and add a test for the parser")
    label = labels_of(rows, "work_mode")
    assert label["work_mode"] == "fix"
    assert label["second_work_mode"] in ("test", "build")


def test_edited_lines_and_editing_tools_do_not_move_the_mode() -> None:
    rows = SessionRows()
    rows.says("explain how the scheduler works")
    rows.calls_tool("Read", None, file_path="/repo/a.py")
    before = labels_of(rows, "work_mode")["second_work_mode"]
    for _ in range(20):
        rows.edits(lines_added=500)
    rows.runs("sed -i s/a/b/ x.py")
    label = labels_of(rows, "work_mode")
    assert (label["work_mode"], label["second_work_mode"]) == ("understand", before)


def test_session_that_ends_with_a_plan_to_approve_is_planning() -> None:
    rows = SessionRows()
    rows.says("continue", ends="plan_approval")
    rows.calls_tool("ExitPlanMode")
    assert labels_of(rows, "work_mode")["work_mode"] == "plan"


def test_changing_a_file_that_existed_modifies() -> None:
    rows = SessionRows()
    rows.says("go")
    rows.calls_tool("Write", None, file_path="/repo/new.py", is_new_file=True)
    rows.edits("/repo/old.py")
    assert labels_of(rows, "codebase_relation")["codebase_relation"] == "modifies_existing"


def test_new_files_beside_code_that_was_read_first_modify() -> None:
    rows = SessionRows()
    rows.says("go")
    rows.calls_tool("Read", None, file_path="/repo/old.py")
    rows.calls_tool("Write", None, file_path="/repo/new.py", is_new_file=True)
    assert labels_of(rows, "codebase_relation")["codebase_relation"] == "modifies_existing"


def test_new_files_only_create_a_codebase_and_editing_them_is_still_creating() -> None:
    rows = SessionRows()
    rows.says("go")
    rows.calls_tool("Write", None, file_path="/repo/new.py", is_new_file=True)
    rows.edits("/repo/new.py")
    assert labels_of(rows, "codebase_relation")["codebase_relation"] == "creates_new"


def test_reading_only_explores() -> None:
    rows = SessionRows()
    rows.says("go")
    rows.calls_tool("Grep", None)
    assert labels_of(rows, "codebase_relation")["codebase_relation"] == "explores_existing"


def test_notes_of_the_agent_and_scratch_files_are_no_codebase() -> None:
    rows = SessionRows()
    rows.says("go")
    rows.calls_tool("Write", None, file_path="/home/user/.claude/plans/x.md", is_new_file=True)
    rows.calls_tool("Write", None, file_path="/tmp/x.py", is_new_file=True)  # noqa: S108 - scratch is the point
    assert labels_of(rows, "codebase_relation")["codebase_relation"] == "no_codebase"


def test_talk_without_tools_has_no_codebase_and_silence_is_not_inferable() -> None:
    rows = SessionRows()
    rows.says("why is the sky blue?")
    assert labels_of(rows, "codebase_relation")["codebase_relation"] == "no_codebase"
    assert labels_of(SessionRows(), "codebase_relation")["codebase_relation"] == "not_inferable"
