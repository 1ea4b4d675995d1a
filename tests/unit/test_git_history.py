"""A planted repository comes out line by line: who wrote what, what became of it, and what was left out."""

import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from expectations.verdict import Verdict
from orchestration.git_history.authors import Author
from orchestration.git_history.land_git import GitPlaces, GitReport, GitRules, land_git
from orchestration.git_history.repository_rows import Surroundings
from orchestration.git_history.tables import git_lake_tables
from orchestration.ingest.rows import RAW_TABLES
from orchestration.landing.lake import single_file
from orchestration.progress import Advance
from tests.git_fixture import ADA, BEN, at, lines, new_repository
from tests.planted_git import (
    PSEUDONYMS,
    USERS,
    Planted,
    plant,
    session_rows,
    told,
    write_incident,
    write_sessions,
)

Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def silent(_title: str) -> Iterator[Advance]:
    yield lambda _done, _total: None


def not_judged(_files: Mapping[str, Path]) -> Sequence[Verdict]:
    return []


def land(
    home: Path, *places: Path, deleted: Sequence[str] = (), judge: Any = not_judged, shows_names: bool = False
) -> tuple[Rows, GitReport]:
    """Land repositories in a home; its rows by table."""

    def is_deleted(author: Author) -> bool:
        return author.user_id in {PSEUDONYMS.user(name) for name in deleted}

    rules = GitRules(Surroundings(PSEUDONYMS, USERS, is_deleted), {}, shows_names, memory_gb=1.0)
    report = land_git(GitPlaces(home / "lake", home / "git", tuple(map(str, places))), rules, judge, silent)
    tables = {table.name: single_file(home / "lake", table) for table in git_lake_tables()}
    return {name: pq.read_table(path).to_pylist() for name, path in tables.items()}, report


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("git") / "widgets")


@pytest.fixture(scope="module")
def rows(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    home = tmp_path_factory.mktemp("home")
    write_sessions(home / "lake", session_rows(planted))
    return land(home, planted.path)[0]


@pytest.fixture(scope="module")
def commits(planted: Planted, rows: Rows) -> dict[str, dict[str, Any]]:
    by_sha = {row["commit_sha"]: row for row in rows["commits"]}
    return {name: by_sha[sha] for name, sha in planted.shas.items() if sha in by_sha}


def groups(rows: Rows, commit: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row for row in rows["line_groups"] if row["git_commit_id"] == commit["git_commit_id"]]


def test_every_commit_of_the_branch_has_a_row_and_one_beside_it_has_none(
    planted: Planted, commits: Mapping[str, Any]
) -> None:
    assert set(commits) == set(planted.shas) - {"side"}


def test_lines_of_lock_vendored_generated_minified_and_binary_files_are_left_out(
    rows: Rows, commits: Mapping[str, Any]
) -> None:
    root = commits["root"]
    files = [row for row in rows["commit_files"] if row["git_commit_id"] == root["git_commit_id"]]
    assert sorted(str(row["exclusion"]) for row in files) == [
        "None", "binary", "generated", "lock", "minified", "vendored",
    ]  # fmt: skip
    assert (root["lines_added"], root["merged_line_count"]) == (47, 10)
    assert root["unfiltered_merged_line_count"] == 47
    assert all(row["path_id"].startswith("path_") for row in files)


def test_a_moved_file_and_moved_lines_are_no_new_lines(commits: Mapping[str, Any]) -> None:
    assert commits["rename"]["lines_added"] == 0
    moved = commits["moved"]
    assert (moved["lines_added"], moved["moved_line_count"], moved["merged_line_count"]) == (3, 3, 0)


def test_lines_of_a_merge_are_of_the_commits_that_wrote_them(commits: Mapping[str, Any]) -> None:
    """F1 wrote five lines, of which F2 removed two: those were never merged."""
    assert [commits[name]["merged_line_count"] for name in ("f1", "f2", "merge")] == [3, 3, 0]
    assert {commits[name]["landing_commit_id"] for name in ("f1", "f2")} == {
        commits["merge"]["git_commit_id"]
    }
    assert [commits[name]["pull_request_number"] for name in ("f1", "f2", "merge", "squash")] == [7, 7, 7, 8]
    assert commits["f1"]["landed_at"] == at(6).replace(tzinfo=None)


def test_matched_lines_are_those_written_in_the_fourteen_days_before(
    rows: Rows, commits: Mapping[str, Any]
) -> None:
    found = {
        (row["match_kind"], row["match_session_id"]): row["line_count"]
        for row in groups(rows, commits["mixed"])
    }
    assert found == {
        ("same_file", "s2"): 3, ("other_file", "s2"): 1, ("none", None): 4, ("too_short", None): 2,
    }  # fmt: skip
    assert commits["agent"]["matched_line_count"] == 6
    assert (commits["late"]["matched_line_count"], commits["noted"]["matched_line_count"]) == (0, 0)
    assert commits["mixed"]["matchable_line_count"] == 8


def test_each_evidence_names_its_session(commits: Mapping[str, Any]) -> None:
    assert commits["agent"]["sha_session_id"] == "s1"
    assert commits["rebased"]["copy_session_id"] == "s3"
    assert commits["squash"]["pull_request_session_id"] == "s3"
    assert commits["noted"]["note_session_id"] == "s4"
    assert commits["mixed"]["match_session_id"] == "s2"
    assert commits["agent"]["time_session_id"] == "s1"
    assert commits["mixed"]["time_session_id"] is None
    known = {name: row["session_known_by"] for name, row in commits.items() if row["session_id"]}
    assert known == {
        "agent": "sha", "rebased": "copy", "squash": "pull_request", "noted": "note", "both": "note",
        "mixed": "match",
    }  # fmt: skip
    assert not any(row["is_session_disputed"] for row in commits.values())


def test_a_note_gives_its_lines_to_the_session_and_leaves_the_others(
    rows: Rows, commits: Mapping[str, Any]
) -> None:
    found = {
        (row["has_note"], row["note_agent"], row["note_session_id"]): row["line_count"]
        for row in groups(rows, commits["noted"])
    }
    assert found == {(True, "claude_code", "s4"): 3, (True, None, None): 2}
    assert commits["noted"]["noted_line_count"] == 3
    assert commits["late"]["noted_line_count"] is None


def test_a_note_and_the_lines_of_its_session_agree_where_both_know(
    rows: Rows, commits: Mapping[str, Any]
) -> None:
    found = {
        (row["note_session_id"], row["match_session_id"]): row["line_count"]
        for row in groups(rows, commits["both"])
    }
    assert found == {("s4", "s4"): 3, (None, None): 2}
    assert commits["both"]["note_session_id"] == commits["both"]["match_session_id"] == "s4"


def test_what_another_project_s_session_wrote_in_time_is_told_from_what_matches(rows: Rows) -> None:
    """Two lines of `squash`; those of `late` were written more than 14 days before."""
    found = [row for row in rows["line_groups"] if row["unrelated_session_id"] is not None]
    assert [(row["unrelated_session_id"], row["line_count"], row["match_kind"]) for row in found] == [
        ("x1", 2, "none")
    ]


def test_lines_that_an_incident_s_fix_removed_are_counted_where_incidents_are_known(
    planted: Planted, rows: Rows, tmp_path: Path
) -> None:
    write_sessions(tmp_path / "lake", session_rows(planted))
    write_incident(tmp_path / "lake", planted.shas["rewrite"])
    found, _ = land(tmp_path, planted.path)
    sums = {
        row["git_commit_id"]: row["incident_30d_count"]
        for row in found["line_groups"]
        if row["incident_30d_count"]
    }
    ids = {row["commit_sha"]: row["git_commit_id"] for row in found["commits"]}
    assert sums == {ids[planted.shas["agent"]]: 2}, "the two lines of the agent that were replaced"
    assert {row["incident_30d_count"] for row in rows["line_groups"]} == {None}


def test_files_are_left_out_or_kept_as_the_repository_says(tmp_path: Path) -> None:
    """Its own word goes before our lists; when it changes, the history is read again, with the same result
    as from the beginning.
    """
    made = new_repository(tmp_path / "own", remote="git@github.com:example/own.git")
    files = {
        "api/client.py": lines(*told("client", 3)), "vendor/ours.py": lines(*told("ours", 4)),
        "theirs/lib.py": lines(*told("lib", 5)), "dist/kept.js": lines(*told("kept", 6)),
    }  # fmt: skip
    made.commit(files, "First", at(0))
    write_sessions(tmp_path / "lake", {table.name: [] for table in RAW_TABLES})

    def excluded(home: Path) -> dict[str, str | None]:
        found = land(home, tmp_path / "own")[0]
        names = {PSEUDONYMS.path(path): path for path in (*files, ".gitattributes", "theirs/.gitattributes")}
        return {names[row["path_id"]]: row["exclusion"] for row in found["commit_files"]}

    first = {"vendor/ours.py": "vendored", "dist/kept.js": "generated"}
    assert excluded(tmp_path) == dict.fromkeys(files, None) | first
    said = "api/** linguist-generated\nvendor/** -linguist-vendored\ndist/* linguist-generated=false\n"
    made.commit(
        {".gitattributes": said, "theirs/.gitattributes": "*.py linguist-vendored=true\n"}, "Say", at(1)
    )
    expected = {
        "api/client.py": "generated", "vendor/ours.py": None, "theirs/lib.py": "vendored",
        "dist/kept.js": None, ".gitattributes": None, "theirs/.gitattributes": None,
    }  # fmt: skip
    assert excluded(tmp_path) == expected
    (tmp_path / "fresh").mkdir()
    write_sessions(tmp_path / "fresh" / "lake", {table.name: [] for table in RAW_TABLES})
    assert excluded(tmp_path / "fresh") == expected


def test_lines_survive_are_rewritten_or_reverted(rows: Rows, commits: Mapping[str, Any]) -> None:
    (agent,) = groups(rows, commits["agent"])
    names = ("survived_30d_count", "reverted_30d_count", "rewritten_30d_count", "alive_count")
    assert [agent[name] for name in names] == [4, 0, 2, 4]
    (bad,) = groups(rows, commits["bad"])
    assert [bad[name] for name in names] == [0, 5, 0, 0]
    (late,) = groups(rows, commits["late"])
    assert (late["survived_30d_count"], late["survived_90d_count"]) == (4, None)


def test_reverts_copies_and_trailers(commits: Mapping[str, Any]) -> None:
    assert commits["bad"]["is_reverted"]
    assert commits["bad"]["reverted_at"] == at(11).replace(tzinfo=None)
    assert commits["revert"]["reverts_commit_id"] == commits["bad"]["git_commit_id"]
    assert sum(row["is_reverted"] for row in commits.values()) == 1
    assert commits["pick_copy"]["copy_of_commit_id"] == commits["picked"]["git_commit_id"]
    assert sum(row["copy_of_commit_id"] is not None for row in commits.values()) == 1
    signed = {name for name, row in commits.items() if row["agent_trailer"] == "claude_code"}
    assert signed == {"agent", "f1"}


def test_two_addresses_of_a_person_are_one_and_a_bot_is_nobody(commits: Mapping[str, Any]) -> None:
    assert commits["late"]["user_id"] == commits["agent"]["user_id"] == PSEUDONYMS.user("ada")
    assert (commits["mixed"]["user_id"], commits["mixed"]["author_known_by"]) == (
        PSEUDONYMS.user("ben"),
        "map",
    )
    assert (commits["bot"]["user_id"], commits["bot"]["is_bot_author"]) == (None, True)


def test_what_became_of_commits_that_sessions_printed(rows: Rows) -> None:
    states = sorted((row["session_id"], row["state"]) for row in rows["commit_events"])
    assert states == [("s1", "landed"), ("s3", "landed_as_copy"), ("s3", "not_found")]


def test_a_run_after_more_commits_gives_the_rows_of_a_run_from_the_beginning(tmp_path: Path) -> None:
    one = plant(tmp_path / "one")
    whole = str(one.made.git.references["refs/heads/main"].target)
    lake = session_rows(one)
    grown, fresh = tmp_path / "grown", tmp_path / "fresh"
    for home in (grown, fresh):
        write_sessions(home / "lake", lake)
    for name in ("agent", "merge", "bad"):
        one.made.point("main", one.shas[name])
        land(grown, one.path)
    one.made.point("main", whole)
    assert land(grown, one.path)[0] == land(fresh, one.path)[0]


def test_after_a_forced_push_only_what_the_branch_reaches_counts(planted: Planted, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(planted.path, copy)
    write_sessions(tmp_path / "lake", session_rows(planted))
    land(tmp_path, copy)
    made = type(planted.made)(type(planted.made.git)(str(copy)), planted.made.states)
    made.point("main", planted.shas["mixed"])
    made.commit({"other.py": lines(*told("other", 2))}, "Other", at(101))
    found, _ = land(tmp_path, copy)
    assert len(found["commits"]) == 4
    (repository,) = found["repositories"]
    assert repository["is_rewritten"]
    states = [row["state"] for row in found["commit_events"]]
    assert sorted(states) == ["landed", "not_found", "not_landed"]


def test_no_hook_filter_or_command_of_a_repository_is_run(tmp_path: Path) -> None:
    planted = plant(tmp_path / "trap")
    proof = tmp_path / "proof"
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\necho ran >> {proof}\ncat\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    git = planted.path / ".git"
    for hook in ("post-checkout", "reference-transaction", "fsmonitor-watchman", "post-index-change"):
        shutil.copy(command, git / "hooks" / hook)
    (git / "info").mkdir(exist_ok=True)
    (git / "info" / "attributes").write_text("*.py filter=trap diff=trap merge=trap\n")
    with (git / "config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {command}\n\tsshCommand = {command}\n\tpager = {command}\n"
            f'[filter "trap"]\n\tclean = {command}\n\tsmudge = {command}\n\trequired = true\n'
            f'[diff "trap"]\n\tcommand = {command}\n\ttextconv = {command}\n'
            f"[uploadpack]\n\tpackObjectsHook = {command}\n[include]\n\tpath = {tmp_path}/absent\n"
        )
    write_sessions(tmp_path / "lake", session_rows(planted))
    found, report = land(tmp_path, planted.path)
    assert not proof.exists()
    assert report.read_count == 1
    assert sum(row["merged_line_count"] for row in found["commits"]) > 40


def test_a_deleted_person_s_commits_have_no_row_and_the_others_stay(planted: Planted, tmp_path: Path) -> None:
    write_sessions(tmp_path / "lake", session_rows(planted))
    found, _ = land(tmp_path, planted.path, deleted=["ben"])
    ben = PSEUDONYMS.user("ben")
    names = {name for name, sha in planted.shas.items() if sha in {r["commit_sha"] for r in found["commits"]}}
    assert {"mixed", "f2", "revert", "rewrite"} & names == set()
    assert {"agent", "f1", "bad"} <= names
    assert ben not in str(found)
    (repository,) = found["repositories"]
    assert repository["commit_count"] - repository["forgotten_commit_count"] == len(found["commits"])


def test_places_that_cannot_be_read_are_set_aside_with_their_reason(planted: Planted, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    shutil.copytree(planted.path / ".git", bare)
    new_repository(tmp_path / "empty")
    shallow, damaged = tmp_path / "shallow", tmp_path / "damaged"
    for copy in (shallow, damaged):
        shutil.copytree(planted.path, copy)
    (shallow / ".git" / "shallow").write_text(planted.shas["late"] + "\n")
    late = planted.shas["late"]
    (damaged / ".git" / "objects" / late[:2] / late[2:]).unlink()
    config = damaged / ".git" / "config"
    config.write_text(config.read_text().replace("example/widgets", "example/damaged"))
    (tmp_path / "plain").mkdir()
    write_sessions(tmp_path / "lake", session_rows(planted))
    found, report = land(
        tmp_path, planted.path, bare, tmp_path / "empty", shallow, damaged, tmp_path / "plain"
    )
    assert {(path.name, reason) for path, reason in report.set_aside} == {
        ("bare.git", "same_repository"), ("empty", "no_commits"), ("shallow", "shallow"),
        ("damaged", "missing_objects"), ("plain", "not_a_repository"),
    }  # fmt: skip
    assert report.read_count == 1
    assert sorted(row["status"] for row in found["repositories"]) == ["read", *["set_aside"] * 5]


def test_two_people_and_a_name_in_a_personal_home(planted: Planted, tmp_path: Path) -> None:
    write_sessions(tmp_path / "lake", session_rows(planted))
    found, _ = land(tmp_path, planted.path, shows_names=True)
    assert [row["project_name"] for row in found["repositories"]] == ["widgets"]
    assert {ADA[0], BEN[0]} & {str(value) for row in found["commits"] for value in row.values()} == set()
