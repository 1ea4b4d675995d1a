"""Processes killed with SIGKILL: what stays is old or new, and starting again finishes the work."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.landing.journal import home_lock, roll_forward
from orchestration.landing.lake_by_month import copy_by_month
from orchestration.landing.landed import WantedRows, dirty_dates, raw_tables, read_landed
from orchestration.publishing.release import clean_up_releases, current_release, releases
from tests.fakes import killed_writer
from tests.fakes.landing_days import MONDAY, TUESDAY, lake_bytes
from tests.lakes_as_read import part_of, rows_read

CHECKOUT = Path(__file__).parents[2]


def run_killed(home: Path, what: str, step_name: str) -> None:
    command = [sys.executable, "-m", "tests.fakes.killed_writer", str(home), what, step_name]
    ended = subprocess.run(command, cwd=CHECKOUT, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def of_day(tables: dict[str, bytes], day: object) -> dict[str, bytes]:
    return {name: content for name, content in tables.items() if f"={day}/" in name}


@pytest.fixture
def states(tmp_path: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The lake's tables before and after, as runs that nobody interrupts leave them."""
    found = []
    for name, archive in (("old", killed_writer.OLD), ("new", killed_writer.NEW)):
        killed_writer.land(tmp_path / name, archive)
        found.append(lake_bytes(tmp_path / name))
    old, new = found
    return old, new


@pytest.mark.parametrize(
    ("step_name", "is_new"),
    [
        ("staged 2026-03-02", False),
        ("judged", False),
        ("staged", False),
        ("journal written", True),
        ("moved 0", True),
        ("moved 1", True),
        ("deleted 0", True),
        ("deleted 1", True),
        ("folders synced", True),
        ("state written", True),
        ("journal removed", True),
    ],
)
def test_date_is_old_or_new_after_a_kill_and_the_next_run_finishes(
    data_home: Path, states: tuple[dict[str, bytes], dict[str, bytes]], step_name: str, is_new: bool
) -> None:
    old, new = states
    killed_writer.land(data_home, killed_writer.OLD)
    run_killed(data_home, "landing", step_name)
    roll_forward(data_home)
    tables = lake_bytes(data_home)
    assert of_day(tables, MONDAY) == of_day(new if is_new else old, MONDAY)
    assert of_day(tables, TUESDAY) == of_day(old, TUESDAY)
    state = read_landed(data_home / "lake", MONDAY)
    assert state is not None
    assert state.fingerprint == (killed_writer.NEW if is_new else killed_writer.OLD).day_fingerprint(
        MONDAY, salt="salt"
    )
    wanted = WantedRows(killed_writer.NEW, data_home / "lake", "salt")
    assert dirty_dates(data_home / "lake", raw_tables(), wanted) == (
        [TUESDAY] if is_new else [MONDAY, TUESDAY]
    )
    killed_writer.land(data_home, killed_writer.NEW)
    assert lake_bytes(data_home) == new


@pytest.mark.parametrize(
    ("step_name", "row_count"),
    [("marts.duckdb written", 4), ("manifest written", 4), ("release complete", 4), ("current switched", 9)],
)
def test_current_release_is_complete_after_a_kill(data_home: Path, step_name: str, row_count: int) -> None:
    data_home.mkdir()
    killed_writer.release(data_home, rows=4)
    run_killed(data_home, "release", step_name)
    current = current_release(data_home)
    assert current is not None
    assert current.name in releases(data_home)
    with duckdb.connect(str(current / "marts.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_sessions").fetchone() == (row_count,)
    clean_up_releases(data_home)
    assert not list((data_home / "published").rglob("*.partial"))


@pytest.mark.parametrize(
    "step_name",
    [
        f"removed {part_of('raw_files')}",
        f"copied {part_of('raw_sessions')}",
        f"copied {part_of('raw_turns')}",
    ],
)
def test_lake_by_month_is_finished_after_a_kill(data_home: Path, step_name: str) -> None:
    lake, copied = data_home / "lake", data_home / "months"
    killed_writer.land(data_home, killed_writer.OLD)
    copy_by_month(lake, copied)
    killed_writer.land(data_home, killed_writer.NEW)
    before = lake_bytes(data_home)
    run_killed(data_home, "months", step_name)
    copy_by_month(lake, copied)
    assert rows_read(copied) == rows_read(lake)
    assert copy_by_month(lake, copied).written == 0, "twice is once"
    assert lake_bytes(data_home) == before


def test_kills_at_random_moments_never_mix_a_date(
    data_home: Path, states: tuple[dict[str, bytes], dict[str, bytes]]
) -> None:
    old, new = states
    killed_writer.land(data_home, killed_writer.OLD)
    moments = random.Random(20260302)  # noqa: S311 - moments of a test
    command = [sys.executable, "-m", "tests.fakes.killed_writer", str(data_home), "landing", "never"]
    for _ in range(6):
        with subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE) as process:
            _wait_for_the_lock(process, data_home)
            time.sleep(moments.uniform(0, 0.15))
            process.kill()
        roll_forward(data_home)
        tables = lake_bytes(data_home)
        for day in (MONDAY, TUESDAY):
            assert of_day(tables, day) in (of_day(old, day), of_day(new, day))
    killed_writer.land(data_home, killed_writer.NEW)
    assert lake_bytes(data_home) == new


def _wait_for_the_lock(process: subprocess.Popen[bytes], home: Path) -> None:
    """Wait until the writer has begun, so that the kill falls into its work and not its imports."""
    while process.poll() is None and not (home / "writer.json").exists():
        time.sleep(0.005)


def test_home_is_free_after_a_kill(data_home: Path) -> None:
    killed_writer.land(data_home, killed_writer.OLD)
    run_killed(data_home, "landing", "judged")
    with home_lock(data_home, purpose="next run"):
        pass
