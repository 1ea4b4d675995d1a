"""The same records in several files: resumes, forks, checkpoints; each counted once (trap 8)."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.parsed import assert_accounted, parse, rows_of
from tests.transcripts import Transcript, plain, to_lines


def test_resumed_copy_under_the_same_ids_adds_nothing(tmp_path: Path) -> None:
    written = plain()
    copy = [*written.records, {"type": "last-prompt", "sessionId": "s1", "lastPrompt": "Say hello."}]
    tables = parse(tmp_path, written, copy=copy)
    alone = rows_of(parse(tmp_path, written))
    assert tables.one("sessions")["file_count"] == 2
    tables.sessions[0]["file_count"] = 1
    assert rows_of(tables) == alone
    assert_accounted(tables)


def forked(session_of_copies: str) -> tuple[Transcript, Transcript]:
    """A session and its fork: earlier records with the same uuids, and then each goes on by itself."""
    trunk = plain("aaa")
    fork = Transcript(session="bbb", parent=trunk.parent, prefix="fork", at=trunk.at + timedelta(minutes=5))
    fork.records = [{**record, "sessionId": session_of_copies} for record in trunk.records]
    trunk.wait(60).prompt("Go left.")
    trunk.says("Left.")
    fork.prompt("Go right.")
    fork.says("Right.")
    return trunk, fork


@pytest.mark.parametrize("session_of_copies", ["bbb", "aaa"], ids=["rewritten id", "kept id"])
def test_fork_is_one_session_with_two_branches(tmp_path: Path, session_of_copies: str) -> None:
    tables = parse(tmp_path, *forked(session_of_copies))
    (session,) = tables.sessions
    assert (session["session_id"], session["branch_count"], session["file_count"]) == ("aaa", 2, 2)
    assert tables.column("session_aliases", "alias_session_id") == ["bbb"]
    assert sorted(tables.column("human_acts", "text")) == ["Go left.", "Go right.", "Say hello."]
    assert len(tables.responses) == 4
    assert len(tables.tool_calls) == 1
    assert tables.column("turns", "end_reason") == ["completed"] * 3
    assert_accounted(tables)


def test_branches_do_not_stretch_each_others_turns(tmp_path: Path) -> None:
    trunk, fork = forked("bbb")
    trunk.wait(1200).says("Still left.")
    tables = parse(tmp_path, trunk, fork)
    right = tables.one("turns", turn_id="fork-005")
    assert right["wall_seconds"] == 1.0
    assert right["response_count"] == 1


def test_file_with_two_session_ids_is_one_session_with_an_alias(tmp_path: Path) -> None:
    first = plain("aaa")
    second = Transcript(session="bbb", parent=first.parent, prefix="later", at=first.at)
    second.records = first.records
    second.prompt("Go on.")
    second.says("Going on.")
    tables = parse(tmp_path, second)
    assert tables.one("sessions")["session_id"] == "aaa"
    assert tables.one("session_aliases")["alias_session_id"] == "bbb"
    assert len(tables.turns) == 2


def test_unconnected_sessions_in_one_file_stay_apart(tmp_path: Path) -> None:
    both = [*plain("aaa").records, *plain("bbb").records]
    tables = parse(tmp_path, mixed=both)
    assert sorted(tables.column("sessions", "session_id")) == ["aaa", "bbb"]
    assert tables.session_aliases == []
    assert_accounted(tables)


def test_checkpoint_slices_and_prefixes_add_up_to_the_session(tmp_path: Path) -> None:
    written = plain()
    written.prompt("More.")
    written.bash("ls", "x")
    written.says("There.")
    cut = {
        "prefix": to_lines(written.records[:3]),
        "slice": to_lines(written.records[2:6]),
        "tail": to_lines(written.records[4:]),
    }
    tables, whole = parse(tmp_path, **cut), parse(tmp_path, written)
    assert tables.one("sessions")["branch_count"] == 1
    for name in ("turns", "human_acts", "responses", "tool_calls", "events"):
        assert tables.rows[f"raw_{name}"] == whole.rows[f"raw_{name}"]
    assert_accounted(tables)


def test_same_corpus_twice_and_doubled_gives_the_same_rows(tmp_path: Path) -> None:
    trunk, fork = forked("bbb")
    once = parse(tmp_path, trunk, fork)
    doubled = parse(tmp_path, trunk, fork, **{"again/aaa": trunk, "again/bbb": fork})
    assert rows_of(once) == rows_of(doubled)


def test_same_words_queued_in_two_sessions_at_once_are_two_acts(tmp_path: Path) -> None:
    both = []
    for session in ("aaa", "bbb"):
        written = Transcript(session=session)
        written.prompt()
        call = written.calls()
        written.queue("enqueue", "use tabs")
        written.queue("remove")
        written.result(call)
        written.says()
        both.append(written)
    tables = parse(tmp_path, *both)
    acts = tables.all("human_acts", act_kind="steering")
    assert len({row["act_id"] for row in acts}) == len(acts) == 2


@pytest.mark.parametrize("cut", [5, 6])
def test_checkpoints_of_a_fork_do_not_tear_its_branch_apart(tmp_path: Path, cut: int) -> None:
    trunk, fork = forked("bbb")
    checkpoints = {f"checkpoint-{n}": to_lines(fork.records[:n]) for n in (2, cut)}
    checkpoints["slice"] = to_lines(fork.records[4:cut])
    tables, alone = parse(tmp_path, trunk, fork, **checkpoints), parse(tmp_path, trunk, fork)
    assert tables.one("sessions")["branch_count"] == 2
    assert tables.turns == alone.turns
    assert_accounted(tables)


def test_fork_of_a_fork_has_three_branches(tmp_path: Path) -> None:
    trunk, fork = forked("bbb")
    third = Transcript(session="ccc", parent=fork.parent, prefix="third", at=fork.at + timedelta(minutes=5))
    third.records = [{**record, "sessionId": "ccc"} for record in fork.records]
    fork.wait(900).prompt("Further right.")
    fork.says("Further.")
    third.prompt("Back.")
    third.says("Back it is.")
    tables = parse(tmp_path, trunk, fork, third)
    assert tables.one("sessions")["branch_count"] == 3
    assert sorted(tables.column("session_aliases", "alias_session_id")) == ["bbb", "ccc"]
    assert tables.column("turns", "end_reason") == ["completed"] * 5
    assert tables.column("turns", "response_count") == [2, 1, 1, 1, 1]
