"""Which stamped ids are one session: forks, renamed sessions, late ancestors, and what must not merge."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path

import pytest

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.scanned_file import key_of
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


@pytest.mark.parametrize("message_id", ["relay", "msg_1", "chatcmpl-0", "msg_01AbCdEfGhIjKlMnOpQrStUv"])
def test_shared_message_id_does_not_connect(archive: Archive, tmp_path: Path, message_id: str) -> None:
    write(tmp_path / "b.jsonl", response("u1", "b", EARLY, message_id=message_id))
    write(tmp_path / "a.jsonl", response("u2", "a", LATE, message_id=message_id))
    assert [session_id for session_id, _, _ in sessions(archive, tmp_path)] == ["b", "a"]


@pytest.mark.parametrize("message_id", ["relay", "msg_1", "chatcmpl-0"])
def test_same_answer_of_a_gateway_at_the_same_moment_does_not_connect(
    archive: Archive, tmp_path: Path, message_id: str
) -> None:
    write(tmp_path / "b.jsonl", response("u1", "b", EARLY, message_id=message_id))
    write(tmp_path / "a.jsonl", response("u2", "a", EARLY, message_id=message_id))
    assert len(sessions(archive, tmp_path)) == 2


def test_excerpt_under_new_ids_connects_by_what_was_answered_and_when(
    archive: Archive, tmp_path: Path
) -> None:
    message_id = "msg_01AbCdEfGhIjKlMnOpQrStUv"
    write(tmp_path / "b.jsonl", response("u1", "b", EARLY, message_id=message_id))
    write(tmp_path / "a.jsonl", response("u2", "a", EARLY, message_id=message_id), record("u3", "a", LATE))
    assert sessions(archive, tmp_path) == [("a", ("a", "b"), date(2026, 2, 1))]


def test_same_long_id_moment_and_words_in_other_folders_do_not_connect(
    archive: Archive, tmp_path: Path
) -> None:
    for session, cwd in (("a", "/home/ann/repo"), ("b", "/home/bob/repo")):
        said = response(f"u-{session}", session, EARLY, message_id="gateway-constant-id-000001", cwd=cwd)
        write(tmp_path / f"{session}.jsonl", said)
    assert len(sessions(archive, tmp_path)) == 2


@pytest.mark.parametrize("later", [{"timestamp": LATE}, {"type": "system"}, {"message": {"content": "no"}}])
def test_record_id_that_unlike_records_bear_connects_nobody(
    archive: Archive, tmp_path: Path, later: dict[str, object]
) -> None:
    write(tmp_path / "b.jsonl", record("u1", "b", EARLY))
    write(tmp_path / "a.jsonl", {**record("u1", "a", EARLY), **later})
    assert len(sessions(archive, tmp_path)) == 2
    contested = {session.contested for day in archive.dates() for session in archive.day(day).sessions}
    assert contested == {(key_of("uuid", "u1").hex(),)}


@pytest.mark.parametrize("order", list(permutations(["a", "b", "child"])))
def test_parent_that_proves_to_be_anybodys_parts_what_it_had_connected(
    archive: Archive, tmp_path: Path, order: tuple[str, ...]
) -> None:
    records = {
        "a": record("zero", "a", EARLY),
        "b": record("zero", "b", LATE),
        "child": record("u3", "child", LATE, parentUuid="zero"),
    }
    for name in order:
        write(tmp_path / f"{name}.jsonl", records[name])
        found = sessions(archive, tmp_path)
    assert sorted(stamps for _, stamps, _ in found) == [("a",), ("b",), ("child",)]


def test_constant_record_ids_in_every_file_connect_nobody(archive: Archive, tmp_path: Path) -> None:
    for number, session in enumerate(("a", "b", "c")):
        at = f"2026-02-0{number + 1}T10:00:00.000Z"
        first = record("zero", session, at)
        write(tmp_path / f"{session}.jsonl", first, record("zero", session, LATE, parentUuid="zero"))
    # The second records of all three are alike to the last letter, and so one record.
    assert len(sessions(archive, tmp_path)) == 1
    for session in ("a", "b", "c"):
        path = tmp_path / f"{session}.jsonl"
        path.write_bytes(path.read_bytes().replace(b"hello", f"hello from {session}".encode()))
    with Archive.open(tmp_path / "other", start_date=date(2025, 2, 24)) as other:
        assert len(sessions(other, tmp_path)) == 3


@pytest.mark.parametrize("moved", [EARLY, LATE], ids=["kept time", "time moved to now"])
def test_fork_that_names_its_original_is_one_session_with_it(
    archive: Archive, tmp_path: Path, moved: str
) -> None:
    write(tmp_path / "a.jsonl", record("u1", "a", EARLY))
    origin = {"sessionId": "a", "messageUuid": "u1"}
    write(tmp_path / "b.jsonl", record("v1", "b", moved, forkedFrom=origin), record("v2", "b", LATE))
    assert sessions(archive, tmp_path) == [("a", ("a", "b"), date(2026, 2, 1))]


@pytest.mark.parametrize("origin", [None, "a", 7, {}, {"sessionId": 1}, {"messageUuid": ["u1"]}])
def test_fork_that_names_nothing_readable_is_a_session_of_its_own(
    archive: Archive, tmp_path: Path, origin: object
) -> None:
    write(tmp_path / "a.jsonl", record("u1", "a", EARLY))
    write(tmp_path / "b.jsonl", record("v1", "b", LATE, forkedFrom=origin))
    assert len(sessions(archive, tmp_path)) == 2


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
