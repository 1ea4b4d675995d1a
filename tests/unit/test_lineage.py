"""Which stamped ids are one session: forks, renamed sessions, late ancestors, and what must not merge."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.ingest.archive.archive import Archive
from tests.fakes.claude_lines import record, response, write
from tests.parsed import discover

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLY, LATE = "2026-02-01T10:00:00.000Z", "2026-02-02T10:00:00.000Z"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive", start_date=date(2025, 2, 24)) as opened:
        yield opened


def sessions(archive: Archive, root: Path) -> list[tuple[str, tuple[str, ...], date]]:
    archive.store(discover([str(root)]), now=NOW)
    return [
        (session.session_id, session.stamps, session.session_date)
        for day in archive.dates()
        for session in archive.day(day).sessions
    ]


def test_fork_that_shares_a_record_is_one_session_named_after_the_smallest_id(
    archive: Archive, tmp_path: Path
) -> None:
    write(tmp_path / "b.jsonl", record("u1", "b", EARLY), record("u2", "b", LATE))
    write(tmp_path / "a.jsonl", record("u1", "a", EARLY), record("u3", "a", LATE))
    assert sessions(archive, tmp_path) == [("a", ("a", "b"), date(2026, 2, 1))]


def test_shared_message_id_connects(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", response("u1", "b", EARLY, message_id="msg_1"))
    write(tmp_path / "a.jsonl", response("u2", "a", LATE, message_id="msg_1"))
    assert sessions(archive, tmp_path) == [("b", ("a", "b"), date(2026, 2, 1))]


def test_record_id_equal_to_a_message_id_does_not_connect(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", response("u1", "b", EARLY, message_id="x"))
    write(tmp_path / "a.jsonl", record("x", "a", EARLY))
    assert [session_id for session_id, _, _ in sessions(archive, tmp_path)] == ["a", "b"]


def test_file_with_two_ids_is_one_session_with_an_alias(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "new.jsonl", record("u1", "old", EARLY), record("u2", "new", LATE, parentUuid="u1"))
    assert sessions(archive, tmp_path) == [("old", ("new", "old"), date(2026, 2, 1))]


def test_two_ids_in_a_file_without_a_link_stay_two_sessions(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "x.jsonl", record("u1", "a", EARLY), record("u2", "b", LATE))
    assert [session_id for session_id, _, _ in sessions(archive, tmp_path)] == ["a", "b"]


def test_ancestor_that_arrives_late_moves_the_session_and_dirties_both_dates(
    archive: Archive, tmp_path: Path
) -> None:
    write(tmp_path / "now" / "child.jsonl", record("u2", "child", LATE, parentUuid="u1"))
    first, second = date(2026, 2, 1), date(2026, 2, 2)
    assert sessions(archive, tmp_path) == [("child", ("child",), second)]
    before = archive.day_fingerprint(second, salt="")
    write(tmp_path / "now" / "parent.jsonl", record("u1", "parent", EARLY))
    assert sessions(archive, tmp_path) == [("parent", ("child", "parent"), first)]
    assert archive.day_fingerprint(second, salt="") == ""
    assert before != archive.day_fingerprint(first, salt="") != ""


def test_subagent_file_belongs_to_its_parents_session(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "s1.jsonl", record("u1", "s1", EARLY))
    write(tmp_path / "s1" / "subagents" / "agent-1.jsonl", record("v1", "s1", LATE, isSidechain=True))
    assert sessions(archive, tmp_path) == [("s1", ("s1",), date(2026, 2, 1))]
    (session,) = archive.day(date(2026, 2, 1)).sessions
    assert sorted(file.is_sidechain for file in session.files) == [False, True]


def test_summary_and_plan_slug_do_not_connect(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", record("u1", "a", EARLY, slug="quiet-owl"))
    write(
        tmp_path / "b.jsonl",
        {"type": "summary", "summary": "title", "leafUuid": "u1"},
        record("u2", "b", LATE, slug="quiet-owl"),
    )
    assert [session_id for session_id, _, _ in sessions(archive, tmp_path)] == ["a", "b"]


def test_implausible_clock_does_not_date_a_session(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", record("u0", "a", "1970-01-01T00:00:00.000Z"), record("u1", "a", EARLY))
    assert sessions(archive, tmp_path) == [("a", ("a",), date(2026, 2, 1))]


def test_session_just_before_midnight_lies_on_its_utc_date(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", record("u1", "a", "2026-02-02T01:30:00+05:00"))
    assert sessions(archive, tmp_path) == [("a", ("a",), date(2026, 2, 1))]


def test_two_files_with_the_same_unknown_parent_stay_apart(archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", record("u1", "a", EARLY, parentUuid="lost"))
    write(tmp_path / "b.jsonl", record("u2", "b", LATE, parentUuid="lost"))
    assert len(sessions(archive, tmp_path)) == 2
