"""A real webserver and daemon: a backfill, a rebuild while an analyst reads, bad labels, a bad date.

One small demo corpus and one pair of servers for the whole module: starting them takes half a minute.
"""

import json
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess, run

import dagster as dg
import duckdb
import pytest

from classifiers.catalog import CATALOG
from classifiers.reviews.reviewable import allowed, human_fingerprint
from orchestration.assets.transcripts import ARCHIVED_TRANSCRIPTS, archive_metadata
from orchestration.dagster_instance import COMMAND_LINE, STARTED_BY_TAG, open_instance, server_environment
from orchestration.date_states import dirty_days, held_days
from orchestration.demo.corpus import write_demo_corpus
from orchestration.demo.plan import DemoPlan
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.landing.landed import landed_dates, read_landed, stopped_dates
from orchestration.publishing.release import current_release
from orchestration.reviewing.review_records import Sample, Sampled, Shown
from orchestration.reviewing.store import open_reviews
from orchestration.settings import CHECKOUT, Settings, load_settings
from orchestration.stages import archive_transcripts, discover, reader_of
from tests.dagster_pages import LOCATION_PATH, dagster_pages, launch_backfill, rows_of_timeline, start_again
from tests.served_home import ServedHome, serve, wait_for

TEN_DAYS = 10
TELL = """
import os, sys
open(sys.argv[1], "a").write(os.environ["FAILED_RUN_ID"] + os.environ["FAILED_BECAUSE"])
"""
SHOWN_LINES = 60
"""Of what a run writes to the terminal of `make dev`: an event a line would be two thousand."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> Settings:
    """A home whose archive holds the sessions of the last nine days, archived today."""
    folder = tmp_path_factory.mktemp("served")
    settings = load_settings(
        home=folder / "home",
        transcripts=(str(folder / "projects"),),
        mode="personal",
        debounce_seconds=1,
        workers=1,
        failure_command=f"'{sys.executable}' -c '{TELL}' '{folder / 'failures.txt'}'",
    )
    today = datetime.now(UTC).date()
    write_demo_corpus(folder / "projects", DemoPlan(end_date=today, sessions=60, users=5, months=1))
    for file in sorted((folder / "projects").rglob("*.jsonl")):
        if first_day(file) <= today - timedelta(days=TEN_DAYS):
            file.unlink()
    archived = archive_transcripts(settings, discover(settings), now=datetime.now(UTC))
    with open_instance(settings.dagster_home) as instance:  # as the command line tells it
        instance.report_runless_asset_event(
            dg.AssetMaterialization(ARCHIVED_TRANSCRIPTS, metadata=archive_metadata(archived))
        )
    return settings


@pytest.fixture(scope="module")
def home(settings: Settings) -> Iterator[ServedHome]:
    with serve(settings) as served:
        yield served


@pytest.fixture(scope="module")
def backfilled(home: ServedHome) -> str:
    """The id of a finished backfill of ten dates and all that is made of them, by the UI's own buttons."""
    days = sorted(dirty_days(home.settings))
    last = max(days)
    ten = [(last - timedelta(days=back)).isoformat() for back in reversed(range(TEN_DAYS))]
    assert min(days).isoformat() >= ten[0]
    with dagster_pages(home.address) as page:
        launch_backfill(page, job="update", first=ten[0], last=ten[-1])
    backfill = wait_for(home.newest_backfill, "the backfill that the UI's button launches")
    assert home.finished_backfill(backfill) == "COMPLETED_SUCCESS", home.runs()
    return backfill


def all_assets() -> list[str]:
    """Every asset that a backfill of dates brings up to date."""
    from orchestration.definitions import build_definitions

    keys = build_definitions(load_settings()).resolve_asset_graph().get_all_asset_keys()
    return sorted(key.to_user_string() for key in keys if key.to_user_string() != "archived_transcripts")


def first_day(file: Path) -> date:
    """The UTC date of the first record of a file that has a time."""
    for line in file.read_bytes().splitlines():
        try:
            at = json.loads(line).get("timestamp")
        except (ValueError, AttributeError):
            continue
        if isinstance(at, str):
            return date.fromisoformat(at[:10])
    return date.min


def grow(settings: Settings, file: Path) -> date:
    """Repeat the last prompt of a session under a new id, as if it had gone on; returns its date."""
    records = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    last = next(record for record in reversed(records) if record.get("type") == "user" and "uuid" in record)
    grown = {**last, "uuid": f"{last['uuid'][:-4]}feed", "parentUuid": last["uuid"]}
    with file.open("a") as transcript:
        transcript.write(json.dumps(grown) + "\n")
    return first_day(file)


def main_transcripts(settings: Settings) -> list[Path]:
    """Whole, readable session files, the largest first."""
    files = []
    for file in Path(settings.transcripts[0]).rglob("*.jsonl"):
        try:
            lines = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
        except ValueError:
            continue
        if not any(line.get("isSidechain") for line in lines) and first_day(file) != date.min:
            files.append(file)
    return sorted(files, key=lambda file: (-file.stat().st_size, file.name))


def tags_of(run: dict[str, object]) -> dict[str, str]:
    tags = run["tags"]
    assert isinstance(tags, list)
    return {tag["key"]: tag["value"] for tag in tags}


def test_a_backfill_of_ten_dates_is_one_run_for_the_dates_and_ends_with_a_release(
    home: ServedHome, backfilled: str
) -> None:
    runs = home.runs(tags=[{"key": "dagster/backfill", "value": backfilled}])
    assert {run["status"] for run in runs} == {"SUCCESS"}
    dated = [run for run in runs if "dagster/asset_partition_range_start" in tags_of(run)]
    assert len(dated) == 1
    assert len(home.materialized_dates("raw_turns", run_id=dated[0]["runId"])) == TEN_DAYS
    assert dirty_days(home.settings) == []
    written = [
        file.read_text()
        for file in home.settings.dagster_home.glob(f"compute_logs/{dated[0]['runId']}/**/*.*")
    ]
    assert sum(text.count("\n") for text in written) < SHOWN_LINES
    release = current_release(home.settings.home)
    assert release is not None
    with duckdb.connect(str(release / "marts.duckdb"), read_only=True) as marts:
        sessions = marts.execute("select count(*) from marts.fct_sessions").fetchall()
    landed = [read_landed(home.settings.lake_dir, day) for day in landed_dates(home.settings.lake_dir)]
    counts = [
        state.row_counts["raw_sessions"] for state in landed if state and "raw_sessions" in state.row_counts
    ]
    assert sessions == [(sum(counts),)]


def test_sensors_rebuild_a_changed_date_while_an_analyst_reads(home: ServedHome, backfilled: str) -> None:
    settings = home.settings
    before = current_release(settings.home)
    assert before is not None
    day = grow(settings, main_transcripts(settings)[0])
    with Analyst(settings) as analyst:
        home.switch_sensor("changed_transcripts", on=True)
        home.switch_sensor("dirty_dates", on=True)
        wait_for(lambda: current_release(settings.home) != before, "a new release")
        home.switch_sensor("changed_transcripts", on=False)
        home.switch_sensor("dirty_dates", on=False)
    assert analyst.problems == []
    assert analyst.query_count > 10
    update = next(run for run in home.runs() if run["jobName"] == "update")
    assert day.isoformat() in home.materialized_dates("raw_turns", run_id=update["runId"])
    state = read_landed(settings.lake_dir, day)
    assert state is not None
    assert state.run_id == update["runId"]


def test_labels_that_a_gate_refuses_are_released_by_nothing_until_they_are_good(
    home: ServedHome, backfilled: str
) -> None:
    """People's labels, because their store can be damaged from outside: a probability of two is no draw.

    The run that releases them is the command line's, which the UI shows with its job and starts again.
    """
    settings = home.settings
    wait_for(lambda: not home.runs(statuses=["STARTED", "QUEUED", "STARTING"]), "the end of other runs")
    release = current_release(settings.home)
    day = keep_review(settings, probability=2.0)

    home.switch_sensor("dirty_dates", on=True)  # it asks once, and that run ends red
    said = wait_for(lambda: held_reason(home), "the sensor's reason")
    assert "Nothing is released" in said
    assert "labels by people" in said
    update = home.runs()[0]
    assert (update["jobName"], update["status"]) == ("update", "FAILURE")
    assert "drawn_with_a_probability" in home.failure_of(update["runId"])
    home.switch_sensor("dirty_dates", on=False)
    assert home.failed_dates("human_labels") == [(day.isoformat(), day.isoformat())]
    assert current_release(settings.home) == release

    publish = home.launch_job("publish_landed")
    assert home.finished_run(publish) == "FAILURE"
    assert f"{day} labels by people" in home.failure_of(publish)
    other = (
        day + timedelta(days=1) if day < datetime.now(UTC).date() else day - timedelta(days=1)
    ).isoformat()
    backfill = home.launch_backfill(all_assets(), [other])  # a range without the date is held by it too
    assert home.finished_backfill(backfill) == "COMPLETED_FAILED"
    done = sessionmart("run", settings)
    assert done.returncode == 1, done.stdout
    assert "drawn_with_a_probability" in done.stderr
    assert f"{day}  stopped by a gate: labels by people" in sessionmart("dates", settings).stdout
    assert current_release(settings.home) == release

    (line,) = home.runs(tags=[{"key": STARTED_BY_TAG, "value": COMMAND_LINE}])
    assert line["repositoryOrigin"] == update["repositoryOrigin"]  # the timeline leaves out runs without one
    of_command_line = line["runId"]
    keep_review(settings, probability=0.5)
    with dagster_pages(home.address) as page:
        assert "update" in rows_of_timeline(page)
        page.goto(f"{LOCATION_PATH}/jobs/update/runs")
        page.get_by_text(of_command_line[:8]).first.wait_for()
        again = start_again(page, of_command_line)
    assert home.finished_run(again) == "SUCCESS", home.failure_of(again)
    assert current_release(settings.home) != release
    assert held_days(settings) == []
    failures = settings.home.with_name("failures.txt")
    wait_for(lambda: failures.exists() and of_command_line in failures.read_text(), "the failure command")
    assert "drawn_with_a_probability" in failures.read_text()


def keep_review(settings: Settings, *, probability: float) -> date:
    """Keep one answered review of a session of the newest date but one; returns its date."""
    day = days_with_sessions(settings)[-2]
    session_id = sorted(reader_of(settings, day)("raw_sessions")["session_id"].to_pylist())[0]
    (outcome,) = (each for each in CATALOG if each.name == "outcome")
    moment = datetime.now(UTC)
    sample = Sample(
        "sample", "rules", 1, 1, moment, moment, {"outcome": human_fingerprint(outcome)}, {"outcome": "1"}
    )
    shown = {outcome.rendering: Shown("hash", 1.0, {})}
    with open_reviews(settings) as store:
        store.keep_sample(
            sample, [Sampled("review", "sample", session_id, session_id, None, probability, shown)]
        )
        given = ("review", "outcome", "reviewer")
        store.keep_answer("sample", given, answer=allowed(outcome)[0], note="", now=moment)
        store.commit()
    with closing(sqlite3.connect(settings.home / "reviews.sqlite")) as db, db:
        db.execute("update sampled set inclusion_probability = ?", (probability,))
    return day


def held_reason(home: ServedHome) -> str | None:
    """Why the sensor asks for nothing, when it is because a gate holds a date back."""
    reason = home.skip_reason("dirty_dates")
    return reason if reason and "held back" in reason else None


def sessionmart(verb: str, settings: Settings) -> CompletedProcess[str]:
    """A command in a shell of its own, about the served home."""
    return run(
        [sys.executable, "-m", "orchestration.cli", verb, "--home", str(settings.home)],
        check=False,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=server_environment(settings),
    )


def test_a_range_with_one_bad_date_lands_the_good_ones_and_releases_nothing(
    home: ServedHome, backfilled: str
) -> None:
    settings = home.settings
    wait_for(lambda: not home.runs(statuses=["STARTED", "QUEUED", "STARTING"]), "the end of other runs")
    release, today = current_release(settings.home), datetime.now(UTC).date()
    kept = read_landed(settings.lake_dir, today)
    good = grow(settings, main_transcripts(settings)[1])
    damaged = Path(settings.transcripts[0]) / "-home-someone-repo"
    damaged.mkdir()
    for name in "abc":  # one damaged file would be the file's fault, and stop nobody
        title = f'{{"type": "summary", "summary": "{name}", "leafUuid": "{name}"}}\n'
        (damaged / f"{name}.jsonl").write_text(title + "no JSON\n" * 5_000)
    archive_transcripts(settings, discover(settings), now=datetime.now(UTC))
    days = [(today - timedelta(days=back)).isoformat() for back in reversed(range(TEN_DAYS))]
    backfill = home.launch_backfill(all_assets(), days)
    assert home.finished_backfill(backfill) == "COMPLETED_FAILED"

    (run,) = home.runs(tags=[{"key": "dagster/backfill", "value": backfill}])
    assert run["status"] == "FAILURE"
    assert stopped_dates(settings.lake_dir) == [today]
    assert read_landed(settings.lake_dir, today) == kept
    assert home.materialized_dates("raw_turns", run_id=run["runId"]) == {good.isoformat()}
    assert home.failed_dates("raw_turns") == [(today.isoformat(), today.isoformat())]
    state = read_landed(settings.lake_dir, good)
    assert state is not None
    assert state.run_id == run["runId"]
    assert current_release(settings.home) == release
    said = home.failure_of(run["runId"])
    assert today.isoformat() in said
    assert "unreadable" in said
    assert "What to do" in said
    assert "no JSON" not in said


class Analyst(threading.Thread):
    """Reads the current release all the time: with a new connection each time, and with an old one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="analyst", daemon=True)
        self._database = settings.published_dir / "current" / "marts.duckdb"
        self._ended = threading.Event()
        self.problems: list[str] = []
        self.query_count = 0

    def __enter__(self) -> "Analyst":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join(60)

    def run(self) -> None:
        with duckdb.connect(str(self._database.resolve()), read_only=True) as old:
            first = self._count(old)
            while not self._ended.wait(0.2):
                try:
                    with duckdb.connect(str(self._database.resolve()), read_only=True) as new:
                        sessions = self._count(new)
                    if sessions == 0 or self._count(old) != first:
                        self.problems.append(f"{sessions} sessions")
                except duckdb.Error as error:
                    self.problems.append(type(error).__name__)

    def _count(self, connection: duckdb.DuckDBPyConnection) -> int:
        self.query_count += 1
        (row,) = connection.execute(
            "select count(*) from marts.fct_sessions join marts.fct_turns using (session_id)"
        ).fetchall()
        return int(row[0])
