"""Discovery: which files are transcripts, whose they are, and what could not be read."""

import os
from pathlib import Path

import pytest

from orchestration.ingest.sources import SOURCES
from orchestration.ingest.sources.claude_code.ownership import author_of
from tests.parsed import discover


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'{"type": "user", "sessionId": "s"}\n')
    return path


def found(*patterns: object) -> list[Path]:
    return [file.path for file in discover([str(pattern) for pattern in patterns]).files]


def reasons(*patterns: object) -> dict[Path, str]:
    return dict(discover([str(pattern) for pattern in patterns]).unreadable)


def test_registry_names_each_source_once() -> None:
    assert all(name == source.name for name, source in SOURCES.items())


def test_folder_means_all_transcripts_below_it(tmp_path: Path) -> None:
    main = touch(tmp_path / "-repo" / "s1.jsonl")
    beside = touch(tmp_path / "-repo" / "agent-1.jsonl")
    below = touch(tmp_path / "-repo" / "s1" / "subagents" / "agent-2.jsonl")
    touch(tmp_path / "-repo" / "notes.txt")
    assert found(tmp_path) == sorted([main, beside, below])


def test_single_file_may_have_any_name(tmp_path: Path) -> None:
    file = touch(tmp_path / "export.log")
    assert found(file) == [file]


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = touch(tmp_path / ".claude" / "projects" / "-repo" / "s1.jsonl")
    assert found("~/.claude/projects") == [file]


def test_globs_name_folders_and_files_at_any_depth(tmp_path: Path) -> None:
    ann = touch(tmp_path / "ann" / "-repo" / "s1.jsonl")
    bob = touch(tmp_path / "bob" / "deep" / "-repo" / "s2.jsonl")
    assert found(tmp_path / "*" / "-repo") == [ann]
    assert found(tmp_path / "**" / "-repo") == [ann, bob]
    assert found(tmp_path / "**" / "*2.jsonl") == [bob]
    assert found(tmp_path / "**") == [ann, bob]
    assert found(tmp_path / "[ab]*") == [ann, bob]


def test_folder_whose_name_looks_like_a_glob_is_taken_as_it_is(tmp_path: Path) -> None:
    file = touch(tmp_path / "[old]" / "s1.jsonl")
    assert found(tmp_path / "[old]") == [file]


def test_file_reached_by_several_roots_is_found_once(tmp_path: Path) -> None:
    file = touch(tmp_path / "real" / "-repo" / "s1.jsonl")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert len(found(tmp_path / "real", tmp_path / "link", tmp_path, file)) == 1


def test_links_that_run_in_a_circle_end(tmp_path: Path) -> None:
    file = touch(tmp_path / "-repo" / "s1.jsonl")
    (tmp_path / "-repo" / "again").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert found(tmp_path) == [file]
    assert found(tmp_path / "**" / "*.jsonl") == [file]


def test_missing_root_is_reported_and_the_rest_found(tmp_path: Path) -> None:
    file = touch(tmp_path / "here" / "s1.jsonl")
    assert found(tmp_path / "gone", tmp_path / "here") == [file]
    assert "check the setting" in reasons(tmp_path / "gone")[tmp_path / "gone"]
    assert "nothing matches" in reasons(tmp_path / "gone" / "*")[tmp_path / "gone" / "*"]


def test_broken_link_is_reported(tmp_path: Path) -> None:
    broken = tmp_path / "s1.jsonl"
    broken.symlink_to(tmp_path / "nowhere")
    assert reasons(tmp_path) == {broken: "no such file or directory"}


def test_pipe_is_reported_and_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "s1.jsonl"
    os.mkfifo(pipe)
    assert reasons(tmp_path) == {pipe: "not a regular file"}


def test_unreadable_folder_is_reported_and_the_rest_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = touch(tmp_path / "open" / "s1.jsonl")
    touch(tmp_path / "shut" / "s2.jsonl")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(tmp_path) == [file]
    assert reasons(tmp_path) == {tmp_path / "shut": "permission denied"}


@pytest.mark.parametrize(
    ("relative", "author"),
    [
        ("ann/-Users-ann-repo/s1.jsonl", "ann"),
        ("ann/C--Users-ann-repo/s1.jsonl", "ann"),
        ("ann/-Users-ann-repo/s1/subagents/agent-1.jsonl", "ann"),
        ("-Users-ann-repo/s1.jsonl", None),
        ("-Users-ann-repo/s1/agent-1.jsonl", None),
        ("-Users-ann-repo/-odd/s1.jsonl", None),
        ("ann/s1.jsonl", None),
        ("team/ann/s1.jsonl", None),
        ("s1.jsonl", None),
    ],
)
def test_author_stands_above_a_project_slug_only(relative: str, author: str | None) -> None:
    assert author_of(Path("/r") / relative, Path("/r")) == author


def test_glob_over_authors_keeps_them(tmp_path: Path) -> None:
    touch(tmp_path / "ann" / "-repo" / "s1.jsonl")
    (file,) = discover([str(tmp_path / "*")]).files
    assert (file.author, file.relative) == ("ann", "ann/-repo/s1.jsonl")
