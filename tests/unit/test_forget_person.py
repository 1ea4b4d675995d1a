"""Deleting a person: whose files go, what is shared, and that a deletion which was killed is finished."""

import os
from datetime import date
from pathlib import Path

import pytest

from orchestration.demo.command import write_demo
from orchestration.demo_home import TRUTH_FILE, demo_transcripts
from orchestration.failures import RunStoppedError
from orchestration.forgetting.forget import finish_deletion, forget_person
from orchestration.forgetting.plan import PLAN_FILE, UnknownPersonError
from orchestration.forgetting.tombstones import open_tombstones, tombstones_path
from orchestration.ingest.pseudonyms import OWNER, Pseudonyms, load_or_create_key
from orchestration.progress import SilentReporter
from orchestration.publishing.spark_tables import SparkError
from orchestration.settings import Settings, load_settings
from orchestration.stages import open_archive
from tests.fakes.claude_lines import write
from tests.fakes.two_people import NOW, forget, is_below, said, sessions, store, two_people


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    return tmp_path / "projects"


@pytest.fixture
def settings(tmp_path: Path, roots: Path) -> Settings:
    return load_settings(home=tmp_path / "home", transcripts=str(roots))


@pytest.mark.parametrize(
    ("user", "gone"),
    [("ann", "s1"), ("ANN ", "s1"), ("cid", "s3")],
)
def test_a_person_is_found_by_author_folder_or_home_folder(
    settings: Settings, roots: Path, user: str, gone: str
) -> None:
    two_people(roots)
    store(settings)
    assert sessions(settings) == {"s1", "s2", "s3", "s4"}
    forget(settings, user)
    assert sessions(settings) == {"s1", "s2", "s3", "s4"} - {gone}


def test_a_person_is_found_by_pseudonym(settings: Settings, roots: Path) -> None:
    two_people(roots)
    store(settings)
    pseudonym = Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).user("cid")
    assert forget(settings, pseudonym).user_id == pseudonym
    assert sessions(settings) == {"s1", "s2", "s4"}


def test_the_operators_map_makes_several_names_one_person(roots: Path, tmp_path: Path) -> None:
    mapped = load_settings(
        home=tmp_path / "home", transcripts=str(roots), users={"cid": "Carla", "dan": "Carla"}
    )
    two_people(roots)
    store(mapped)
    forget(mapped, "dan")
    assert sessions(mapped) == {"s1", "s2"}
    unmapped = load_settings(home=tmp_path / "home", transcripts=str(roots))
    write(roots / "-home-cid-repo" / "s9.jsonl", said(0, "s9", "cid"))
    store(unmapped)
    assert sessions(unmapped) == {"s1", "s2"}


@pytest.mark.parametrize("name", ["ubuntu", "Runner", "", "/home/ann", "C:\\Users\\ann"])
def test_a_name_that_is_nobodys_alone_is_refused(settings: Settings, roots: Path, name: str) -> None:
    two_people(roots)
    store(settings)
    with pytest.raises(UnknownPersonError, match=r"many people share|by its name alone"):
        forget(settings, name)
    assert not tombstones_path(settings).exists()


def test_a_session_of_two_people_goes_whole_and_both_are_named(settings: Settings, roots: Path) -> None:
    """Bob went on from Ann's session: his file holds copies of her records."""
    first = said(0, "s1", "builder")
    write(roots / "ann" / "-repo" / "s1.jsonl", first)
    own = said(1, "s5", "builder", parentUuid=first["uuid"])
    write(roots / "bob" / "-repo" / "s5.jsonl", {**first, "sessionId": "s5"}, own)
    write(roots / "bob" / "-repo" / "s2.jsonl", said(0, "s2", "builder"))
    store(settings)
    shown = forget_person(settings, user="ann", now=NOW)
    bob = Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).user("bob")
    assert (shown.bystanders.shared_file_count, shown.bystanders.shared_with) == (1, (bob,))
    forget(settings, "ann")
    assert sessions(settings) == {"s2"}
    assert store(settings).deleted_person_file_count == 2
    assert sessions(settings) == {"s2"}


def test_files_of_others_that_only_pass_through_a_home_stay_and_are_counted(
    settings: Settings, roots: Path
) -> None:
    write(roots / "bob" / "-repo" / "s2.jsonl", said(0, "s2", "cid"))
    write(roots / "-home-cid-repo" / "s3.jsonl", said(0, "s3", "cid"))
    store(settings)
    report = forget(settings, "cid")
    bob = Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).user("bob")
    assert (report.bystanders.named_elsewhere_count, report.bystanders.named_elsewhere_by) == (1, (bob,))
    assert sessions(settings) == {"s2"}


def test_a_file_that_shares_nothing_but_a_file_with_the_session_keeps_its_other_files(
    settings: Settings, roots: Path
) -> None:
    """One file of Ann holds two sessions; the second also lies in a file of Bob's, which stays."""
    alone = said(1, "s2", "builder")
    write(roots / "ann" / "-repo" / "both.jsonl", said(0, "s1", "builder"))
    write(roots / "bob" / "-repo" / "s2.jsonl", alone)
    store(settings)
    forget(settings, "ann")
    assert sessions(settings) == {"s2"}


STEPS = (
    "plan written", "commits finished", "tombstones written", "archive cleared", "releases cleared",
    "warehouse cleared", "lake cleared", "ledger cleared", "history cleared", "own transcripts cleared",
    "Spark's tables cleared",
)  # fmt: skip


def test_a_home_that_is_not_there_is_not_made(settings: Settings) -> None:
    with pytest.raises(RunStoppedError, match="no data home"):
        forget(settings, "ann")
    assert not settings.home.exists()


@pytest.mark.parametrize("last", STEPS)
def test_a_deletion_killed_at_any_step_is_finished_by_the_next_call(
    settings: Settings, roots: Path, last: str
) -> None:
    two_people(roots)
    store(settings)

    def kill(name: str) -> None:
        if name == last:
            raise Killed

    with pytest.raises(Killed):
        forget_person(settings, user="cid", now=NOW, is_confirmed=True, step=kill)
    assert (settings.home / PLAN_FILE).exists()
    if STEPS.index(last) >= STEPS.index("tombstones written"):
        store(settings)
    assert finish_deletion(settings, now=NOW)
    assert not finish_deletion(settings, now=NOW)
    assert not (settings.home / PLAN_FILE).exists()
    store(settings)
    assert sessions(settings) == {"s1", "s2", "s4"}
    assert is_below(settings.home, "/cid/", "words of cid") == set()


def test_while_spark_is_away_all_else_is_deleted_and_the_deletion_stays_open(
    settings: Settings, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_settings: Settings) -> None:
        raise SparkError("Spark does not answer")

    two_people(roots)
    store(settings)
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.forgetting.forget.clear_spark", away)
        with pytest.raises(SparkError):
            forget(settings, "cid")
    assert sessions(settings) == {"s1", "s2", "s4"}
    assert (settings.home / PLAN_FILE).exists()
    assert finish_deletion(settings, now=NOW)
    assert not (settings.home / PLAN_FILE).exists()


def test_deleting_another_person_finishes_the_interrupted_deletion_first(
    settings: Settings, roots: Path
) -> None:
    two_people(roots)
    store(settings)

    def kill(name: str) -> None:
        if name == "archive cleared":
            raise Killed

    with pytest.raises(Killed):
        forget_person(settings, user="cid", now=NOW, is_confirmed=True, step=kill)
    forget(settings, "ann")
    assert sessions(settings) == {"s2", "s4"}
    with open_tombstones(settings) as tombstones:
        assert tombstones.count() == 2


def test_versions_that_grew_go_with_the_file(settings: Settings, roots: Path) -> None:
    file = write(roots / "ann" / "-repo" / "s1.jsonl", said(0, "s1", "builder"))
    write(roots / "bob" / "-repo" / "s2.jsonl", said(0, "s2", "builder"))
    store(settings)
    write(file, said(0, "s1", "builder"), said(1, "s1", "builder"))
    os.utime(file, ns=(file.stat().st_mtime_ns + 10**10,) * 2)
    store(settings)
    with open_archive(settings) as archive:
        assert {scan.file.object_count for scan in archive.day(NOW.date()).scans} == {1, 2}
    forget(settings, "ann")
    with open_archive(settings) as archive:
        (scan,) = archive.day(NOW.date()).scans
        assert archive.dates() == [date(2026, 2, 1), NOW.date()]
    objects = [path.stem for path in (settings.archive_dir / "objects").glob("*/*")]
    assert objects == [scan.file.content_hash]


def test_a_damaged_object_is_judged_by_its_path(settings: Settings, roots: Path) -> None:
    two_people(roots)
    store(settings)
    for path in (settings.archive_dir / "objects").glob("*/*"):
        path.write_bytes(b"damaged")
    report = forget(settings, "ann")
    assert report.bystanders.unreadable_file_count == 4
    assert sessions(settings) == {"s2", "s3", "s4"}


def test_a_demo_loses_its_own_transcripts_of_the_person(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    settings = load_settings(home=folder, transcripts=demo_transcripts(folder))
    write_demo(settings, 30, today=NOW.date(), reporter=SilentReporter())
    store(settings)
    assert is_below(folder, "/lichen/")
    assert is_below(folder, '"lichen@')
    forget(settings, "lichen")
    assert is_below(folder, "/lichen/", '"lichen"', '"lichen@') == set()
    assert (folder / TRUTH_FILE).exists()
    assert store(settings).deleted_person_file_count == 0


@pytest.mark.parametrize(
    "path", ["/x/ann/-repo/notes.jsonl", "/x/-home-ann-repo/notes.jsonl", "C:\\Users\\Ann\\n"]
)
def test_a_log_that_names_a_passed_over_path_of_the_person_goes(
    settings: Settings, roots: Path, path: str
) -> None:
    two_people(roots)
    store(settings)
    settings.log_path.parent.mkdir(parents=True)
    settings.log_path.write_text(f"passed over: {path}: not a transcript of a known agent\n")
    other = settings.log_path.with_name("sessionmart.log.1")
    other.write_text("passed over: /x/annabel/plans.jsonl: empty\n")
    forget(settings, "ann")
    assert not settings.log_path.exists()
    assert other.exists()


def test_the_owner_of_a_personal_home_is_not_deleted_from_it(settings: Settings, roots: Path) -> None:
    two_people(roots)
    store(settings)
    personal = settings.model_copy(update={"mode": "personal"})
    pseudonym = Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).user(OWNER)
    for name in (OWNER, pseudonym):
        with pytest.raises(UnknownPersonError, match="delete the folder"):
            forget_person(personal, user=name, now=NOW)
    forget(personal, "ann")
    assert sessions(personal) == {"s2", "s3", "s4"}
