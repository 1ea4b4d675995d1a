"""What commits, notes and calls say: agents, pull requests, reverts, noted and written lines, exclusions."""

from pathlib import Path

import pygit2
import pytest

from orchestration.git_history.commit_facts import CommitFacts, read_facts
from orchestration.git_history.exclusions import exclusion_of_head, exclusion_of_path
from orchestration.git_history.notes import NoteError, note_blobs, read_note
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.written_lines import LineKeys, lines_of_arguments, lines_of_patch
from tests.git_fixture import ADA, Made, at, new_repository, note_text

KEYS = LineKeys(Pseudonyms(b"k" * 32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return new_repository(tmp_path_factory.mktemp("facts") / "one")


def facts(made: Made, message: str, author: tuple[str, str] = ADA, mailmap: str | None = None) -> CommitFacts:
    sha = made.commit({"a": message}, message, at(0), author=author, parents=[], branch="facts")
    read_by = pygit2.Mailmap.from_buffer(mailmap) if mailmap else None
    commit = made.git[sha]
    assert isinstance(commit, pygit2.Commit)
    return read_facts(commit, read_by)


@pytest.mark.parametrize(
    ("message", "agent"),
    [
        ("A\n\nCo-Authored-By: Claude <noreply@anthropic.com>", "claude_code"),
        ("A\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)", "claude_code"),
        ("A\n\nCo-authored-by: Cursor <cursoragent@cursor.com>", "cursor"),
        ("A\n\nCo-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>", "copilot"),
        ("A\n\nAssisted-by: Claude:claude-opus-4.8", "claude_code"),
        ("A\n\nAssisted-by: Brandnew Agent", "other"),
        ("A\n\nCo-authored-by: Claude Monet <monet@example.com>", None),
        ("A\n\nCo-authored-by: Claude <claude@example.com>", None),
        ("Generated with care", None),
        ("A", None),
    ],
)
def test_an_agent_signs_by_a_trailer_that_the_list_knows(made: Made, message: str, agent: str | None) -> None:
    assert facts(made, message).agent == agent


def test_co_authors_are_the_people_among_them(made: Made) -> None:
    said = facts(
        made,
        "A\n\nCo-authored-by: Ben <ben@example.com>\nCo-authored-by: Claude <noreply@anthropic.com>\n"
        "Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
    )
    assert [person.name for person in said.co_authors] == ["Ben"]


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Merge pull request #12 from a/b\n\nTitle", 12), ("Add a thing (#7)", 7), ("Add (!9)\n\nMore", 9),
        ("Merge branch 'x' into 'main'\n\nSee merge request group/project!31", 31), ("Fix #5", None),
        ("Mention (#4) in passing", None),
    ],
)  # fmt: skip
def test_the_pull_request_is_the_one_that_the_forge_writes(
    made: Made, message: str, number: int | None
) -> None:
    assert facts(made, message).pull_request == number


def test_reverts_name_a_commit_or_a_pull_request(made: Made) -> None:
    assert facts(made, 'Revert "A"\n\nThis reverts commit ABCDEF0123.').reverts == "abcdef0123"
    assert facts(made, 'Revert "A" (#9)\n\nReverts example/widgets#8').reverts_request == 8


def test_names_go_through_the_mailmap_and_aider_s_mark_is_no_name(made: Made) -> None:
    mapped = facts(made, "A", ("A. E.", "old@example.com"), "Ada Example <ada@example.com> <old@example.com>")
    assert mapped.author == ADA
    helped = facts(made, "A", ("Ada Example (aider)", "ada@example.com"))
    assert (helped.author, helped.agent, helped.is_bot) == (ADA, "aider", False)


@pytest.mark.parametrize("is_nested", [False, True])
def test_notes_are_found_in_either_layout(tmp_path: Path, is_nested: bool) -> None:
    made = new_repository(tmp_path / "noted")
    sha = made.commit({"a": "b"}, "A", at(0))
    made.note(sha, note_text("a", "1", "s1"), is_nested=is_nested)
    assert list(note_blobs(made.git)) == [bytes.fromhex(sha)]


def test_a_note_gives_ranges_to_sessions_and_prompts_and_not_to_people() -> None:
    note = (
        "src/a b.py\n  s_1::t_1 1-3,7\n  h_9 4\nold.py\n  abcd 2\n---\n"
        '{"schema_version": "authorship/3.0.0", "prompts": {"abcd": {"agent_id": '
        '{"tool": "codex", "id": "two"}}}, "sessions": {"s_1": {"agent_id": '
        '{"tool": "claude", "id": "one"}}}, "humans": {"h_9": {}}}'
    )
    assert [tuple(one) for one in read_note(note.encode())] == [
        ("src/a b.py", 1, 3, "claude_code", "one"), ("src/a b.py", 7, 7, "claude_code", "one"),
        ("old.py", 2, 2, "codex", "two"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "note",
    ["", "---\n{", "a\n  s_1 x\n---\n{}", '---\n{"schema_version": "authorship/4.0.0"}', "a\n  s_1 1\n"],
)
def test_a_note_that_is_not_of_the_standard_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        read_note(note.encode())


def test_lines_are_the_same_whatever_their_white_space_and_short_ones_are_told() -> None:
    assert KEYS.line(b"    total = compute(1)\r\n") == KEYS.line(b"total  =  compute(1)") > 0
    assert KEYS.line(b"}") < 0
    assert KEYS.line(b"") < 0
    assert KEYS.line(b"total = compute(1)") != LineKeys(Pseudonyms(b"j" * 32)).line(b"total = compute(1)")
    assert KEYS.file("C:\\work\\Main.py") == KEYS.file("src/main.py") != KEYS.file("src/other.py")


def test_written_lines_are_those_that_a_call_adds() -> None:
    edit = {"old_string": "one\ntwo", "new_string": "one\nthree"}
    assert lines_of_arguments("a.py", edit)[0].lines == ["three"]
    edits = [edit, {"old_string": "", "new_string": "four"}]
    assert lines_of_arguments("a.py", {"edits": edits})[0].lines == ["three", "four"]
    assert lines_of_arguments("a.py", {"content": "one\ntwo"})[0].lines == ["one", "two"]
    assert lines_of_arguments(None, {"content": "one"}) == []
    patch = (
        "*** Begin Patch\n*** Update File: a.py\n*** Move to: b.py\n@@\n-old\n+new\n*** Add File: c.py\n"
        "+one\n"
        "*** Delete File: d.py\n*** End Patch"
    )
    assert [tuple(file) for file in lines_of_patch(patch)] == [("b.py", ["new"]), ("c.py", ["one"])]


@pytest.mark.parametrize(
    ("path", "head", "exclusion"),
    [
        ("go.sum", b"", "lock"), ("sub/uv.lock", b"", "lock"), ("third_party/x/y.c", b"", "vendored"),
        ("api/v1.pb.go", b"", "generated"), ("a.js", b"x" * 4096, "minified"),
        ("lib/app.min.js", b"", "minified"),
        ("a.py", b"# This file was autogenerated by uv\n", "generated"), ("vendor.py", b"import os\n", None),
        ("docs/generated.md", b"The word generated alone\n", None), ("notes.txt", b"x" * 4096, None),
    ],
)  # fmt: skip
def test_files_are_left_out_by_path_or_head(path: str, head: bytes, exclusion: str | None) -> None:
    assert (exclusion_of_path(path) or exclusion_of_head(path, head)) == exclusion
