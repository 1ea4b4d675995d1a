"""Tombstones: what of a deleted person stays out of the archive, and what the tombstones themselves tell."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.forgetting.tombstones import TombstonesError, open_tombstones, tombstones_path
from orchestration.sensors import settled_changes
from orchestration.settings import Settings, load_settings
from tests.fakes.claude_lines import write
from tests.fakes.two_people import NOW, forget, is_below, said, sessions, store, two_people


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    return tmp_path / "projects"


@pytest.fixture
def settings(tmp_path: Path, roots: Path) -> Settings:
    return load_settings(home=tmp_path / "home", transcripts=str(roots))


SUMMARY: dict[str, object] = {"type": "summary", "summary": "what was said", "leafUuid": "elsewhere"}
COMES_BACK: dict[str, tuple[str, dict[str, object]]] = {
    "a new session below the author's folder": ("ann/-repo/new.jsonl", said(0, "new", "builder")),
    "a new session in the home folder": ("-home-ann-x/new.jsonl", said(0, "new", "ann")),
    "the same session in a file that was moved": ("moved/s1.jsonl", said(0, "s1", "builder")),
    "a record that another one copied": (
        "bob/-repo/f.jsonl",
        {**said(0, "s1", "builder"), "sessionId": "new"},
    ),
    "a summary, known by the project's slug alone": ("-home-ann-x/summary.jsonl", SUMMARY),
}


@pytest.mark.parametrize("what", COMES_BACK)
def test_no_file_of_the_person_comes_in_again(settings: Settings, roots: Path, what: str) -> None:
    two_people(roots)
    store(settings)
    forget(settings, "ann")
    name, content = COMES_BACK[what]
    write(roots / name, content)
    report = store(settings)
    assert (report.new_version_count, report.deleted_person_file_count) == (0, 2)
    assert sessions(settings) == {"s2", "s3", "s4"}


def test_files_that_are_left_out_are_not_pending_and_not_read_again(
    settings: Settings, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_people(roots)
    store(settings)
    forget(settings, "ann")
    forget(settings, "cid")
    assert store(settings).deleted_person_file_count == 2
    monkeypatch.setattr("orchestration.ingest.archive.archive._read_once", lambda _: pytest.fail("opened"))
    assert store(settings).deleted_person_file_count == 2
    later = datetime.now(UTC) + timedelta(days=1)
    assert settled_changes(settings, now=later) == []


def test_a_new_session_of_somebody_else_comes_in(settings: Settings, roots: Path) -> None:
    two_people(roots)
    store(settings)
    forget(settings, "ann")
    write(roots / "bob" / "-repo" / "s8.jsonl", said(0, "s8", "builder"))
    write(roots / "-home-annette-x" / "s9.jsonl", said(0, "s9", "annette"))
    store(settings)
    assert sessions(settings) == {"s2", "s3", "s4", "s8", "s9"}


def test_someone_unknown_leaves_a_tombstone_and_everything_else(settings: Settings, roots: Path) -> None:
    two_people(roots)
    store(settings)
    report = forget(settings, "eve")
    assert {place.before for place in report.places} == {0}
    assert sessions(settings) == {"s1", "s2", "s3", "s4"}
    write(roots / "eve" / "-repo" / "s9.jsonl", said(0, "s9", "builder"))
    assert store(settings).deleted_person_file_count == 1


def test_tombstones_and_index_tell_no_name_path_or_id(settings: Settings, roots: Path) -> None:
    name, stamp = "annabelle", "5e55104a-0000-4000-8000-000000000001"
    file = write(roots / name / f"-home-{name}-repo" / f"{stamp}.jsonl", said(0, stamp, name))
    write(roots / "bob" / "-repo" / "s2.jsonl", said(0, "s2", "builder"))
    store(settings)
    assert is_below(settings.home, name, stamp)
    pseudonym = forget(settings, name).user_id
    store(settings)
    assert is_below(settings.home, name, stamp, file.name, pseudonym) == set()
    with open_tombstones(settings) as tombstones:
        assert tombstones.count() == 1
        assert tombstones.deleted_at(pseudonym) == NOW.isoformat()
    assert tombstones_path(settings).stat().st_mode & 0o777 == 0o600


def test_tombstones_of_another_key_stop_the_run(settings: Settings, roots: Path) -> None:
    two_people(roots)
    store(settings)
    forget(settings, "ann")
    settings.pseudonym_key_path.unlink()
    with pytest.raises(TombstonesError, match=r"another pseudonym key.*Restore"):
        store(settings)


def test_damaged_tombstones_stop_the_run(settings: Settings, roots: Path) -> None:
    two_people(roots)
    store(settings)
    tombstones_path(settings).write_bytes(b"no database" * 100)
    with pytest.raises(TombstonesError, match=r"cannot be used.*Restore it from a backup"):
        store(settings)
