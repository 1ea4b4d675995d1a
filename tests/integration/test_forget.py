"""Deleting a person: nothing of them stays below the home, nobody else loses anything, nobody comes back.

The story: a corpus with a person of an author folder (`lichen`) goes the whole way to a release, with
labels in the ledger and a run history; the person is deleted; the next run takes in the same folder.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from classifiers.ledger.ledger import Ledger
from orchestration.commands.forget import forget
from orchestration.demo import DemoPlan, write_demo_corpus
from orchestration.forgetting.forget import ForgetReport, finish_deletion, forget_person
from orchestration.progress import SilentReporter
from orchestration.publishing.release import current_release, releases
from orchestration.run import RunOptions, run_home
from orchestration.run_log import logging_to
from orchestration.settings import CHECKOUT, environment_of
from orchestration.stages import archive_transcripts, discover
from tests.demo_lake import NOW, DemoHome, archived_demo, release_demo, settings_of
from tests.demo_people import (
    MARKER,
    PERSON,
    SMALL_TEAM,
    archived_elsewhere,
    files_of,
    fill_history,
    fill_ledger,
    lake_of,
    metrics_of,
    plant_marker,
    words_of,
)
from tests.fakes.every_byte import places_of
from tests.fakes.invented_requests import SetClock
from tests.fakes.s3_server import S3Server, s3_server

PLAN = DemoPlan(end_date=NOW.date(), sessions=40, users=5, months=1)
LATER = NOW + timedelta(hours=1)


@dataclass(frozen=True)
class Story:
    """The home after each chapter."""

    home: DemoHome
    words: frozenset[str]
    found_before: dict[str, set[str]]
    lake_before: dict[str, bytes]
    shown: ForgetReport
    home_unchanged_by_showing: bool
    done: ForgetReport
    releases_after: list[str]
    found_after: dict[str, set[str]]
    ledger_after: list[str]
    skipped_by_next_run: int
    found_after_next_run: dict[str, set[str]]
    on_store_before: dict[str, set[str]]
    on_store_after: dict[str, set[str]]
    on_store_after_next_run: dict[str, set[str]]
    lake_after_next_run: dict[str, bytes]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(scope="module")
def story(s3: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Its lake and releases are copied to an object store, from which the second run's dbt reads."""
    folder = tmp_path_factory.mktemp("forget")

    def on_store() -> dict[str, set[str]]:
        return places_of(s3.copy_to(tmp_path_factory.mktemp("copied")), words)

    home = archived_demo(folder, PLAN, **SMALL_TEAM, store=s3.address)
    plant_marker(home)
    for path in files_of(home, PERSON):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    shutil.rmtree(home.settings.home)
    archive_transcripts(home.settings, discover(home.settings), now=NOW)
    release_demo(home)
    fill_ledger(home)
    fill_history(home)
    words = words_of(home, PERSON)
    found_before, lake_before = places_of(home.settings.home, words), lake_of(home)
    on_store_before = on_store()
    shown = forget_person(home.settings, user=PERSON, now=LATER)
    is_unchanged = places_of(home.settings.home, words) == found_before
    done = forget_person(home.settings, user=PERSON, now=LATER, is_confirmed=True)
    releases_after, found_after = releases(home.settings.home), places_of(home.settings.home, words)
    on_store_after = on_store()
    with Ledger.open(home.settings.ledger_path, clock=SetClock(NOW)) as ledger:
        left = sorted(head.unit_id for head in ledger.heads())
    report = archive_transcripts(home.settings, discover(home.settings), now=LATER)
    release_demo(replace(home, settings=home.settings.model_copy(update={"reads_store": True})))
    return Story(
        home=home,
        words=words,
        found_before=found_before,
        lake_before=lake_before,
        shown=shown,
        home_unchanged_by_showing=is_unchanged,
        done=done,
        releases_after=releases_after,
        found_after=found_after,
        ledger_after=left,
        skipped_by_next_run=report.deleted_person_file_count,
        found_after_next_run=places_of(home.settings.home, words),
        on_store_before=on_store_before,
        on_store_after=on_store_after,
        on_store_after_next_run=on_store(),
        lake_after_next_run=lake_of(home),
    )


def test_the_person_is_everywhere_before(story: Story) -> None:
    """The search is worth something: it finds the person in every kind of place."""
    kinds = {name.split("/")[0] for name in story.found_before}
    assert {"archive", "lake", "warehouse", "published", "ledger.sqlite", "dagster", "logs"} <= kinds
    assert set().union(*story.found_before.values()) >= {MARKER, story.home.pseudonyms.user(PERSON)}


def test_showing_removes_nothing_and_counts_what_would_go(story: Story) -> None:
    assert story.home_unchanged_by_showing
    assert not story.shown.is_done
    counts = {(place.name, place.unit): place.before for place in story.shown.places}
    sessions = [session for session in story.home.truth.sessions if session.user == PERSON]
    assert counts["archive", "sessions"] == counts["ledger", "requests"] == len(sessions) > 0
    assert counts["archive", "paths"] == len(files_of(story.home, PERSON)) == story.shown.transcripts_on_disk
    assert counts["lake", "label rows"] > 0
    assert counts["lake", "other rows"] > 0
    assert (counts["releases", "releases"], counts["logs", "files"], counts["run history", "runs"]) == (
        1,
        1,
        1,
    )
    assert all(place.after is None for place in story.shown.places)


def test_nothing_of_the_person_is_left_below_the_home(story: Story) -> None:
    assert story.done.is_done
    assert {place.after for place in story.done.places} == {0}
    assert story.found_after == {}
    assert story.releases_after == []


def test_nothing_of_the_person_is_left_on_the_object_store(story: Story, s3: S3Server) -> None:
    """Nor of the releases that held them; the next run puts a lake and a release without them there."""
    assert {name.split("/")[0] for name in story.on_store_before} == {"lake", "releases"}
    assert {name.split("/")[1] for name in story.on_store_before} >= {"raw", "labels"}
    assert story.on_store_after == {}
    assert story.on_store_after_next_run == {}
    shown = {(place.name, place.unit): place.before for place in story.shown.places}
    assert shown["object stores", "objects"] >= len(story.on_store_before)
    current = json.loads(s3.objects()["current.json"])
    assert [current["release_id"]] == releases(story.home.settings.home)


def test_the_next_run_over_the_same_folder_does_not_bring_the_person_back(story: Story) -> None:
    assert story.skipped_by_next_run == len(files_of(story.home, PERSON))
    assert story.found_after_next_run == {}
    assert current_release(story.home.settings.home) is not None


def test_the_ledger_keeps_everybody_elses_answers(story: Story) -> None:
    assert story.ledger_after == sorted(s.session_id for s in story.home.truth.sessions if s.user != PERSON)


def test_everybody_else_is_as_if_the_person_had_never_been(
    story: Story, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The lake is, byte for byte, that of a home which never saw the person: so is all that is made of it.

    The figures were made from the lake's copy on the object store, those of the other home from its folder.
    """
    home = story.home
    folder = tmp_path_factory.mktemp("never")
    transcripts = folder / "transcripts"
    theirs = {path.relative_to(home.transcripts) for path in files_of(home, PERSON)}
    for path in sorted(home.transcripts.rglob("*.jsonl")):
        if path.relative_to(home.transcripts) not in theirs:
            target = transcripts / path.relative_to(home.transcripts)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    other = archived_elsewhere(home, folder / "home", transcripts)
    wanted = lake_of(other)
    assert len(wanted) > 100
    assert story.lake_after_next_run.keys() == wanted.keys()
    assert story.lake_after_next_run == wanted
    assert story.lake_before != wanted
    assert metrics_of(home) == metrics_of(other)


def test_the_command_shows_first_and_deletes_with_yes(tmp_path: Path) -> None:
    home = archived_demo(tmp_path, DemoPlan(end_date=NOW.date(), sessions=12, users=3, months=1))
    app = typer.Typer()
    app.command()(forget)
    user = next(session.user for session in home.truth.sessions if session.user)
    arguments = [user, "--home", str(home.settings.home)]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0
    assert "Would be deleted" in shown.output
    assert "with --yes" in shown.output
    assert home.settings.archive_dir.exists()
    done = CliRunner().invoke(app, [*arguments, "--yes"])
    assert done.exit_code == 0
    assert "make run" in done.output
    assert "29 days" not in done.output
    log = home.settings.log_path.read_text("utf-8")
    assert "deleted" in log
    assert user not in log + shown.output.replace(str(tmp_path), "") + done.output.replace(str(tmp_path), "")


def test_a_process_killed_while_it_deletes_is_finished_by_the_next(tmp_path: Path) -> None:
    """SIGKILL in the middle of the archive's clearing, in a real process."""
    home = archived_demo(tmp_path, DemoPlan(end_date=NOW.date(), sessions=12, users=3, months=1))
    user = next(session.user for session in home.truth.sessions if session.user)
    words = words_of(home, user)
    environment = {**os.environ, **environment_of(home.settings)}
    command = [sys.executable, "-m", "tests.fakes.killed_deletion", user, "archive cleared"]
    ended = subprocess.run(command, env=environment, check=False, cwd=CHECKOUT, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert finish_deletion(home.settings, now=LATER)
    assert places_of(home.settings.home, words) == {}
    report = archive_transcripts(home.settings, discover(home.settings), now=LATER)
    assert report.deleted_person_file_count == len(files_of(home, user))
    assert places_of(home.settings.home, words) == {}


def test_history_and_log_of_a_real_run_name_nobody(tmp_path: Path) -> None:
    """What the command line leaves with Dagster: counts, dates, names of tables. Nothing to delete."""
    plan = DemoPlan(end_date=datetime.now(UTC).date(), sessions=12, users=3, months=1)
    transcripts = tmp_path / "transcripts"
    truth = write_demo_corpus(transcripts, plan)
    home = DemoHome(settings_of(tmp_path / "home", transcripts, mode="personal"), transcripts, truth)
    with logging_to(home.settings.log_path, title="sessionmart run"):
        run_home(home.settings, SilentReporter(), RunOptions())
    people = sorted({session.user for session in truth.sessions if session.user})
    words = frozenset().union(*(words_of(home, person) for person in people)) | frozenset(people)
    history = places_of(home.settings.dagster_home, words)
    assert list(home.settings.dagster_home.rglob("*.db"))
    assert history == {}
    assert places_of(home.settings.log_path.parent, words) == {}
    shown = forget_person(home.settings, user=people[0], now=datetime.now(UTC))
    counts = {(place.name, place.unit): place.before for place in shown.places}
    assert (counts["logs", "files"], counts["run history", "runs"]) == (0, 0)
    assert counts["releases", "releases"] == 1
