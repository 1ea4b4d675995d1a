"""Lines that edits change: by patch, by what was asked, by a sub-agent's own sum (format, section 12.6)."""

from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.sources.claude_code.lines_changed import differing_lines
from tests.parsed import Tables, parse
from tests.transcripts import STOPPED, Transcript, patch

UPDATED = "The file /r/notes.txt has been updated successfully."
Lines = tuple[int | None, int | None, str | None, bool]


def lines(row: dict[str, Any]) -> Lines:
    return row["lines_added"], row["lines_removed"], row["lines_known_by"], row["has_unknown_lines"]


def in_progress(tmp_path: Path, *calls: tuple[str, dict[str, Any], Any], **result: Any) -> Tables:
    """A session whose sub-agent's calls only progress records hold, without any patch."""
    agent = Transcript(agent_id="a1")
    agent.at = agent.at.replace(second=5)
    agent.prompt("Tidy up.")
    for name, arguments, content in calls:
        call = agent.calls(name, arguments)
        if content is not None:
            agent.result(call, content, **result)
    written = Transcript()
    written.prompt("Have it tidied.")
    spawning = written.calls("Task", {"subagent_type": "general-purpose", "prompt": "Tidy up."})
    for record in agent.records:
        written.progress(record, agent_id="a1", call_id=spawning)
    written.at = written.at.replace(minute=5)
    stats = {"linesAdded": 900, "linesRemoved": 90}
    written.result(spawning, "Tidied.", outcome={"agentId": "a1", "toolStats": stats})
    written.says()
    return parse(tmp_path, written)


def inner(tables: Tables, number: int = 0) -> Lines:
    return lines(tables.all("tool_calls", is_sidechain=True)[number])


def write(content: str) -> dict[str, Any]:
    return {"file_path": "/r/notes.txt", "content": content}


def edit(old: str, new: str, **more: Any) -> dict[str, Any]:
    return {"file_path": "/r/notes.txt", "old_string": old, "new_string": new, **more}


@pytest.mark.parametrize(
    "content",
    [
        "File created successfully at: /r/notes.txt",
        "File created successfully at: /r/updated.txt (file state is current in your context)",
        "New file created: /r/notes.txt",
        [{"type": "text", "text": "The file /r/notes.txt has been created."}],
    ],
)
def test_file_that_a_sub_agent_created_adds_its_lines(tmp_path: Path, content: Any) -> None:
    tables = in_progress(tmp_path, ("Write", write("red\ngreen\nblue\n"), content))
    assert inner(tables) == (3, 0, "input", False)
    assert tables.all("tool_calls", is_sidechain=True)[0]["is_new_file"] is True


@pytest.mark.parametrize(
    "content",
    [
        "The file /r/notes.txt has been updated successfully.",
        "The file /r/created.txt has been overwritten successfully.",
        "The file /r/notes.txt has been updated. Here's the result of running `cat -n`",
    ],
)
def test_lines_of_an_overwritten_file_are_unknown_and_not_zero(tmp_path: Path, content: str) -> None:
    assert inner(in_progress(tmp_path, ("Write", write("red\n"), content))) == (None, None, None, True)


def test_silent_result_of_a_file_nobody_touched_before_is_a_creation(tmp_path: Path) -> None:
    assert inner(in_progress(tmp_path, ("Write", write("red\ngreen"), "ok"))) == (2, 0, "input", False)


@pytest.mark.parametrize(
    "before",
    [
        ("Read", {"file_path": "/r/notes.txt"}, "1\tred"),
        ("Edit", edit("red", "rose"), UPDATED),
        ("Write", write("violet"), "ok"),
    ],
)
def test_silent_result_of_a_file_touched_before_is_an_overwrite(tmp_path: Path, before: Any) -> None:
    tables = in_progress(tmp_path, before, ("Write", write("red\n"), "ok"))
    assert inner(tables, 1) == (None, None, None, True)


@pytest.mark.parametrize(
    ("old", "new", "added", "removed"),
    [
        ("one", "uno", 1, 1),
        ("one\ntwo\nthree", "one\n2\nthree", 1, 1),
        ("one\ntwo", "one\nhalf\nmore\ntwo", 2, 0),
        ("one\ntwo\nthree\n", "three\n", 0, 2),
        ("one\ntwo", "", 0, 2),
        ("same\nsame", "same\nsame\nsame", 1, 0),
        ("a\u2028b", "a\u2028c", 1, 1),
        ("one", "one\n", 1, 0),
    ],
)
def test_edit_changes_the_lines_that_differ(
    tmp_path: Path, old: str, new: str, added: int, removed: int
) -> None:
    tables = in_progress(tmp_path, ("Edit", edit(old, new, replace_all=False), UPDATED))
    assert inner(tables) == (added, removed, "input", False)


def test_edit_from_nothing_makes_a_file(tmp_path: Path) -> None:
    tables = in_progress(tmp_path, ("Edit", edit("", "one\ntwo\n"), "ok"))
    assert inner(tables) == (2, 0, "input", False)
    assert tables.all("tool_calls", is_sidechain=True)[0]["is_new_file"] is True


@pytest.mark.parametrize("value", [True, "true"])
def test_edit_of_all_occurrences_is_a_lower_bound_and_says_so(tmp_path: Path, value: Any) -> None:
    tables = in_progress(tmp_path, ("Edit", edit("colour", "color", replace_all=value), UPDATED))
    assert inner(tables) == (1, 1, "input_at_least", False)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([edit("a", "b"), edit("c\nd", "c")], (1, 2, "input", False)),
        ([edit("", "a\nb\nc"), edit("c", "d\ne")], (5, 1, "input", False)),
        ([edit("a", "b"), edit("x", "y", replace_all=True)], (2, 2, "input_at_least", False)),
        ([], (None, None, None, True)),
        ([{"old_string": 3}], (None, None, None, True)),
        ("no list", (None, None, None, True)),
    ],
)
def test_several_edits_of_one_call_add_up(tmp_path: Path, edits: Any, expected: Lines) -> None:
    arguments = {"file_path": "/r/notes.txt", "edits": edits}
    assert inner(in_progress(tmp_path, ("MultiEdit", arguments, "Applied."))) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("insert", (2, 0, "input", False)),
        ("replace", (None, None, None, True)),
        ("delete", (None, None, None, True)),
    ],
)
def test_cell_put_into_a_notebook_adds_its_lines(tmp_path: Path, mode: str, expected: Lines) -> None:
    arguments = {"notebook_path": "/r/a.ipynb", "new_source": "x = 1\ny = 2", "edit_mode": mode}
    assert inner(in_progress(tmp_path, ("NotebookEdit", arguments, "ok"))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<tool_use_error>String to replace not found in file.</tool_use_error>",
        STOPPED,
        "<tool_use_error>File has not been read yet.</tool_use_error>",
    ],
)
def test_edit_that_failed_or_was_denied_changes_nothing(tmp_path: Path, text: str) -> None:
    tables = in_progress(tmp_path, ("Edit", edit("a", "b"), text), is_error=True)
    assert inner(tables) == (None, None, None, False)


def test_edit_without_a_result_may_have_changed_something(tmp_path: Path) -> None:
    assert inner(in_progress(tmp_path, ("Edit", edit("a", "b"), None))) == (None, None, None, True)


def test_patch_outranks_the_input(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Edit", edit("a", "b"))
    written.result(call, UPDATED, outcome={"structuredPatch": patch("+b", "+c", "-a")})
    assert lines(parse(tmp_path, written).one("tool_calls")) == (2, 1, "patch", False)


def test_edit_of_the_main_conversation_without_a_patch_counts_by_its_input(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.result(written.calls("Edit", edit("a", "b\nc")), UPDATED)
    assert lines(parse(tmp_path, written).one("tool_calls")) == (2, 1, "input", False)


def test_patch_of_a_result_without_its_call_counts(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.result("toolu_elsewhere", UPDATED, outcome={"structuredPatch": patch("+b")})
    assert lines(parse(tmp_path, written).one("tool_calls")) == (1, 0, "patch", False)


def spawned(tmp_path: Path, outcome: dict[str, Any], *, kind: str = "coder", **result: Any) -> Lines:
    """The spawning call of a sub-agent without a transcript."""
    written = Transcript()
    written.prompt()
    call = written.calls("Agent", {"subagent_type": kind, "prompt": "Do it."})
    written.result(call, "Done.", outcome=outcome, **result)
    return lines(parse(tmp_path, written).one("tool_calls"))


@pytest.mark.parametrize(("added", "removed"), [(12, 3), (0, 0), (1, 0)])
def test_sub_agent_without_a_transcript_counts_by_its_own_sum(
    tmp_path: Path, added: int, removed: int
) -> None:
    stats = {"linesAdded": added, "linesRemoved": removed, "editFileCount": 1}
    found = spawned(tmp_path, {"agentId": "a9", "toolStats": stats})
    assert found == (added, removed, "tool_stats", False)


def test_sum_of_a_sub_agent_whose_calls_are_there_is_not_counted_again(tmp_path: Path) -> None:
    tables = in_progress(tmp_path, ("Edit", edit("a", "b"), UPDATED))
    assert lines(tables.one("tool_calls", tool_name="Task")) == (None, None, None, False)
    assert sum(row["lines_added"] or 0 for row in tables.tool_calls) == 1


def test_sum_of_a_sub_agent_with_a_file_of_its_own_is_not_counted_again(tmp_path: Path) -> None:
    agent = Transcript(agent_id="a9")
    agent.prompt("Do it.")
    agent.bash("ls")
    written = Transcript()
    written.prompt()
    call = written.calls("Task", {"prompt": "Do it."})
    written.result(call, outcome={"agentId": "a9", "toolStats": {"linesAdded": 5, "linesRemoved": 5}})
    tables = parse(tmp_path, written, agent)
    assert [row["lines_added"] for row in tables.tool_calls] == [None, None]


@pytest.mark.parametrize(
    ("outcome", "kind", "is_unknown"),
    [
        ({"agentId": "a9"}, "coder", True),
        ({"agentId": "a9", "toolStats": {"linesAdded": 4}}, "coder", True),
        ({"agentId": "a9", "isAsync": True}, "coder", True),
        ({"agentId": "a9", "totalToolUseCount": 0}, "coder", False),
        ({"agentId": "a9"}, "Explore", False),
    ],
)
def test_sub_agent_that_says_nothing_of_its_lines_is_unknown_unless_it_cannot_write(
    tmp_path: Path, outcome: dict[str, Any], kind: str, is_unknown: bool
) -> None:
    assert spawned(tmp_path, outcome, kind=kind) == (None, None, None, is_unknown)


def test_shell_command_has_no_lines_known_or_unknown(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash("sed -i s/a/b/ notes.txt")
    assert lines(parse(tmp_path, written).one("tool_calls")) == (None, None, None, False)


def test_large_texts_are_compared_without_a_shortcut() -> None:
    before = [f"line {number % 7}" for number in range(400)]
    after = [*before[:200], "new", *before[200:]]
    assert differing_lines("\n".join(before), "\n".join(after)) == (1, 0, True)


def test_very_large_texts_are_a_lower_bound_in_a_moment(tmp_path: Path) -> None:
    before = "\n".join(f"line {number % 150}" for number in range(30_000))
    after = "\n".join(f"line {number % 140}" for number in range(30_000)) + "\nnew"
    tables = in_progress(tmp_path, ("Edit", edit(before, after), UPDATED))
    added, removed, known_by, is_unknown = inner(tables)
    # Ten of 150 kinds of lines are gone, 200 of each, and the others took their place.
    assert (added, removed, known_by, is_unknown) == (2_001, 2_000, "input_at_least", False)
