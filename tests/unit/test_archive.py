"""The archive: every version kept once, nothing lost by growth, rewriting, removal or a kill."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.ingest.archive import archive as archive_module
from orchestration.ingest.archive import index as archive_index
from orchestration.ingest.archive import objects as archive_objects
from orchestration.ingest.archive.archive import Archive, ArchiveReport
from orchestration.ingest.archive.objects import ArchiveError, content_hash_of
from orchestration.ingest.sources.source import TranscriptFile
from tests.fakes.claude_lines import lines, record, write
from tests.parsed import discover

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = date(2025, 2, 24)
SESSION_DAY = date(2026, 2, 1)
FIRST = record("u1", "s1", "2026-02-01T10:00:00.000Z")
SECOND = record("u2", "s1", "2026-02-01T10:05:00.000Z", parentUuid="u1")
THIRD = record("u3", "s1", "2026-02-01T10:09:00.000Z", parentUuid="u2")


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    return tmp_path / "projects"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive", start_date=START) as opened:
        yield opened


def store(archive: Archive, roots: Path, *, now: datetime = NOW) -> ArchiveReport:
    return archive.store(discover([str(roots)]), now=now)


def object_names(archive: Archive) -> set[str]:
    return {path.stem for path in (archive.archive_dir / "objects").glob("*/*")}


def state(archive: Archive) -> dict[date, str]:
    return {day: archive.day_fingerprint(day, salt="") for day in archive.dates()}


def hashes(archive: Archive, day: date = SESSION_DAY) -> set[str]:
    return {file.content_hash for session in archive.day(day).sessions for file in session.files}


def touch_later(path: Path, seconds: int = 5) -> None:
    later = path.stat().st_mtime_ns + seconds * 10**9
    os.utime(path, ns=(later, later))


def test_stored_file_can_be_read_back_and_makes_a_session(archive: Archive, roots: Path) -> None:
    file = write(roots / "ann" / "-repo" / "s1.jsonl", FIRST, SECOND)
    report = store(archive, roots)
    (session,) = archive.day(SESSION_DAY).sessions
    (version,) = session.files
    assert (session.session_id, session.stamps, session.session_date) == ("s1", ("s1",), SESSION_DAY)
    assert archive.read(version.content_hash) == file.read_bytes()
    assert (version.author, version.file_name, version.archived_at) == ("ann", "s1.jsonl", NOW)
    assert (report.new_version_count, report.object_count) == (1, 2)
    assert archive.dates() == [SESSION_DAY, NOW.date()]


def test_archive_is_closed_to_others(archive: Archive, roots: Path) -> None:
    write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    assert archive.archive_dir.stat().st_mode & 0o777 == 0o700
    assert (archive.archive_dir / "index.sqlite").stat().st_mode & 0o777 == 0o600
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in archive.archive_dir.glob("objects/*/*"))


def test_unchanged_file_is_not_opened_again(
    archive: Archive, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    before = state(archive)
    monkeypatch.setattr(archive_module, "_read_once", lambda _: pytest.fail("opened"))
    assert archive.pending(discover([str(roots)])) == ()
    assert store(archive, roots, now=NOW + timedelta(days=1)).unchanged_file_count == 1
    assert state(archive) == before


def test_growing_file_leaves_one_version(archive: Archive, roots: Path) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    old = content_hash_of(file.read_bytes())
    write(file, FIRST, SECOND)
    touch_later(file)
    assert len(archive.pending(discover([str(roots)]))) == 1
    report = store(archive, roots)
    assert (report.new_version_count, report.extended_version_count) == (1, 1)
    assert object_names(archive) == hashes(archive) == {content_hash_of(file.read_bytes())}
    with pytest.raises(ArchiveError, match="newer version replaced it"):
        archive.read(old)


def test_half_written_last_line_is_whole_in_the_next_version(archive: Archive, roots: Path) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST, SECOND)
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    store(archive, roots)
    (scan,) = archive.day(NOW.date()).scans
    assert [line.reason for line in scan.quarantined] == ["truncated_last_line"]
    file.write_bytes(whole)
    store(archive, roots)
    (scan,) = archive.day(NOW.date()).scans
    assert (scan.quarantined, scan.file.object_count) == ((), 2)


def test_rewritten_file_leaves_both_versions(archive: Archive, roots: Path) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST, SECOND)
    store(archive, roots)
    write(file, FIRST, THIRD)
    touch_later(file)
    report = store(archive, roots)
    assert (report.new_version_count, report.extended_version_count) == (1, 0)
    assert object_names(archive) == hashes(archive)
    assert len(hashes(archive)) == 2


def test_version_that_extends_an_older_one_replaces_it_alone(archive: Archive, roots: Path) -> None:
    file = roots / "-repo" / "s1.jsonl"
    for number, records in enumerate([(FIRST, SECOND), (FIRST, THIRD), (FIRST, SECOND, THIRD)]):
        write(file, *records)
        touch_later(file, 5 + 5 * number)
        store(archive, roots)
    expected = {content_hash_of(lines(FIRST, THIRD)), content_hash_of(lines(FIRST, SECOND, THIRD))}
    assert object_names(archive) == hashes(archive) == expected


def test_removed_file_stays_archived(archive: Archive, roots: Path) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    before = state(archive)
    file.unlink()
    assert store(archive, roots).gone_file_count == 1
    assert store(archive, roots).gone_file_count == 0
    assert state(archive) == before
    assert archive.read(content_hash_of(lines(FIRST))) == lines(FIRST)


def test_same_content_at_several_paths_is_one_object_of_the_smallest_author(
    archive: Archive, roots: Path
) -> None:
    for author in ("zoe", "bob", "-x"):
        write(roots / author / "-repo" / "s1.jsonl", FIRST)
    report = store(archive, roots)
    (session,) = archive.day(SESSION_DAY).sessions
    assert [file.author for file in session.files] == ["bob"]
    assert (len(object_names(archive)), report.known_version_count) == (1, 2)


def test_copy_keeps_the_old_version_when_its_twin_grows(archive: Archive, roots: Path) -> None:
    write(roots / "-a" / "s1.jsonl", FIRST)
    write(roots / "-b" / "s1.jsonl", FIRST)
    store(archive, roots)
    grown = write(roots / "-a" / "s1.jsonl", FIRST, SECOND)
    touch_later(grown)
    assert store(archive, roots).extended_version_count == 0
    assert object_names(archive) == {content_hash_of(lines(FIRST)), content_hash_of(lines(FIRST, SECOND))}


def test_replaced_content_that_comes_back_elsewhere_is_archived_again(archive: Archive, roots: Path) -> None:
    file = write(roots / "-a" / "s1.jsonl", FIRST)
    store(archive, roots)
    write(file, FIRST, SECOND)
    touch_later(file)
    store(archive, roots)
    write(roots / "-b" / "s1.jsonl", FIRST)
    store(archive, roots)
    assert archive.read(content_hash_of(lines(FIRST))) == lines(FIRST)
    assert len(hashes(archive)) == 2


def test_empty_file_is_passed_over_until_it_says_something(archive: Archive, roots: Path) -> None:
    file = write(roots / "-repo" / "s1.jsonl")
    report = store(archive, roots)
    assert (report.file_count, report.unknown) == (0, ((file, "empty"),))
    write(file, FIRST)
    report = store(archive, roots)
    assert (report.new_version_count, report.unknown) == (1, ())


def test_binary_file_is_quarantined_and_the_rest_stored(archive: Archive, roots: Path) -> None:
    (roots / "-repo").mkdir(parents=True)
    name = "0a1b2c3d-1111-4111-8111-000000000001.jsonl"  # by its path alone it is a transcript
    (roots / "-repo" / name).write_bytes(bytes(range(256)) * 64)
    write(roots / "-repo" / "s1.jsonl", FIRST)
    report = store(archive, roots)
    assert report.new_version_count == 2
    assert report.bad_piece_count > 0
    assert len(archive.day(SESSION_DAY).sessions) == 1


def test_unreadable_file_is_reported_and_tried_again(
    archive: Archive, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = write(roots / "-repo" / "shut.jsonl", FIRST)
    write(roots / "-repo" / "s2.jsonl", record("v1", "s2", "2026-02-01T09:00:00.000Z"))
    read_once = archive_module._read_once

    def refuse(file: TranscriptFile) -> tuple[bytes, TranscriptFile]:
        if file.path == shut:
            raise PermissionError(errno.EACCES, "Permission denied")
        return read_once(file)

    monkeypatch.setattr(archive_module, "_read_once", refuse)
    report = store(archive, roots)
    assert report.unreadable == ((shut, "permission denied"),)
    assert [each.session_id for each in archive.day(SESSION_DAY).sessions] == ["s2"]
    monkeypatch.undo()
    store(archive, roots)
    assert [each.session_id for each in archive.day(SESSION_DAY).sessions] == ["s1", "s2"]


def test_folder_in_place_of_a_file_is_reported(archive: Archive, roots: Path) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST)
    discovery = discover([str(roots)])
    file.unlink()
    file.mkdir()
    assert archive.store(discovery, now=NOW).unreadable == ((file, "is a directory"),)


def test_file_that_grows_while_it_is_read_is_read_again(
    archive: Archive, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST)
    fstat = os.fstat

    def grow_after_stat(handle: int) -> os.stat_result:
        before = fstat(handle)
        with file.open("ab") as more:
            more.write(lines(SECOND))
        touch_later(file)
        return before

    with monkeypatch.context() as patched:
        patched.setattr(archive_module.os, "fstat", grow_after_stat)
        store(archive, roots)
    assert len(archive.pending(discover([str(roots)]))) == 1
    store(archive, roots)
    assert archive.pending(discover([str(roots)])) == ()
    assert hashes(archive) == {content_hash_of(lines(FIRST, SECOND))}


@pytest.mark.parametrize("step", ["save_version", "save_scan", "supersede"])
def test_kill_at_any_step_leaves_what_was_and_the_next_run_finishes(
    step: str, archive: Archive, roots: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    before = state(archive)
    write(file, FIRST, SECOND)
    touch_later(file)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(archive_index, step, die)
        with pytest.raises(KeyboardInterrupt):
            store(archive, roots)
    assert state(archive) == before
    assert archive.read(content_hash_of(lines(FIRST))) == lines(FIRST)
    store(archive, roots)
    with Archive.open(tmp_path / "unhurt", start_date=START) as unhurt:
        store(unhurt, roots)
        assert state(archive) == state(unhurt)
        assert object_names(archive) == object_names(unhurt)


def test_kill_after_the_commit_leaves_the_old_object_to_the_next_run(
    archive: Archive, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    write(file, FIRST, SECOND)
    touch_later(file)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(archive_module, "remove_object", die)
        with pytest.raises(KeyboardInterrupt):
            store(archive, roots)
    assert len(object_names(archive)) == 2
    store(archive, roots)
    assert object_names(archive) == {content_hash_of(lines(FIRST, SECOND))}


def test_full_disk_says_what_to_do_and_keeps_what_was(
    archive: Archive, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(roots / "-repo" / "a.jsonl", FIRST)
    write(roots / "-repo" / "b.jsonl", record("v1", "s2", "2026-02-01T09:00:00.000Z"))
    fsync, calls = os.fsync, list[int]()

    def fill_up(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(archive_objects.os, "fsync", fill_up)
        with pytest.raises(ArchiveError, match=r"is full\. Free space"):
            store(archive, roots)
    assert [each.session_id for each in archive.day(SESSION_DAY).sessions] == ["s1"]
    assert not list(archive.archive_dir.glob("objects/*/*.part"))
    store(archive, roots)
    assert [each.session_id for each in archive.day(SESSION_DAY).sessions] == ["s1", "s2"]


def test_lost_index_is_an_error_and_not_a_new_archive(archive: Archive, roots: Path) -> None:
    write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    archive.close()
    (archive.archive_dir / "index.sqlite").unlink()
    with pytest.raises(ArchiveError, match="Restore it from a backup"):
        Archive.open(archive.archive_dir, start_date=START)


def test_damaged_index_and_object_are_named(archive: Archive, roots: Path) -> None:
    write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    (object_file,) = archive.archive_dir.glob("objects/*/*")
    object_file.write_bytes(b"garbage")
    with pytest.raises(ArchiveError, match="cannot be read"):
        archive.read(object_file.stem)
    archive.close()
    (archive.archive_dir / "index.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(ArchiveError, match="is damaged"):
        Archive.open(archive.archive_dir, start_date=START)


def test_archive_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveError, match="cannot be written"):
        Archive.open(tmp_path / "file" / "archive", start_date=START)


def test_later_start_date_looks_at_archived_files_again(archive: Archive, roots: Path) -> None:
    file = write(roots / "-repo" / "s1.jsonl", FIRST, record("u9", "s1", "2026-02-10T10:00:00.000Z"))
    store(archive, roots)
    file.unlink()
    with Archive.open(archive.archive_dir, start_date=date(2026, 2, 5)) as later:
        store(later, roots)
        assert later.dates() == [date(2026, 2, 10), NOW.date()]
        (scan,) = later.day(NOW.date()).scans
        assert [line.reason for line in scan.quarantined] == ["implausible_time"]
        assert (scan.file.object_count, scan.file.set_aside_object_count) == (2, 1)


def test_objects_without_a_session_are_counted_until_one_claims_them(archive: Archive, roots: Path) -> None:
    write(roots / "-repo" / "title.jsonl", {"type": "summary", "summary": "A title", "leafUuid": "u1"})
    write(roots / "-repo" / "mode.jsonl", {"type": "mode", "sessionId": "s1"}, {"type": "new"})
    store(archive, roots)
    before = archive.day_fingerprint(NOW.date(), salt="")
    loose = [row for scan in archive.day(NOW.date()).scans for row in scan.without_session]
    assert sorted((row.record_type, row.disposition, row.object_count) for row in loose) == [
        ("mode", "counted", 1),
        ("new", "unknown", 1),
        ("summary", "counted", 1),
    ]
    write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots, now=NOW + timedelta(days=1))
    loose = [row for scan in archive.day(NOW.date()).scans for row in scan.without_session]
    assert [row.record_type for row in loose] == ["summary"]
    assert archive.day_fingerprint(NOW.date(), salt="") != before
    assert len(hashes(archive)) == 2


def test_fingerprint_depends_on_salt_and_is_empty_for_a_day_without_anything(
    archive: Archive, roots: Path
) -> None:
    write(roots / "-repo" / "s1.jsonl", FIRST)
    store(archive, roots)
    one, other = (archive.day_fingerprint(SESSION_DAY, salt=salt) for salt in "ab")
    assert one != other
    assert archive.day_fingerprint(date(2026, 1, 1), salt="a") == ""


def test_progress_counts_every_file(archive: Archive, roots: Path) -> None:
    for number in range(3):
        write(roots / "-repo" / f"{number}.jsonl", record(f"u{number}", f"s{number}", "2026-02-01T10:00:00Z"))
    seen: list[tuple[int, int]] = []
    archive.store(discover([str(roots)]), now=NOW, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_index_survives_a_second_writer_that_waits(archive: Archive, roots: Path) -> None:
    write(roots / "-repo" / "s1.jsonl", FIRST)
    with Archive.open(archive.archive_dir, start_date=START) as second:
        store(second, roots)
        store(archive, roots)
        assert state(second) == state(archive)


def test_archive_holds_its_rows_in_a_checked_database(archive: Archive, roots: Path) -> None:
    write(roots / "-repo" / "s1.jsonl", FIRST, SECOND)
    store(archive, roots)
    archive.close()
    db = sqlite3.connect(archive.archive_dir / "index.sqlite")
    assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.close()
