"""However many processes parse, and whichever run lands a date, the bytes of the lake are the same."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from pathlib import Path

import pytest

from orchestration.date_states import dirty_days
from orchestration.demo import DemoPlan
from orchestration.ingest import parse
from orchestration.settings import CHECKOUT, environment_of
from tests.demo_lake import NOW, DemoHome, archived_demo
from tests.fakes.landed_range import land

PLAN = DemoPlan(end_date=NOW.date(), sessions=40, users=5, months=1)


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    return archived_demo(tmp_path_factory.mktemp("hands"), PLAN, workers=1)


@pytest.fixture(scope="module")
def digests_of_one(archived: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Of each file of the lake that one process has landed."""
    home = archived.copy(tmp_path_factory.mktemp("one"), workers=1)
    land(home.settings, dirty_days(home.settings))
    return digests(home)


def digests(home: DemoHome) -> dict[str, str]:
    """Digest of each Parquet file of raw tables, by its path."""
    files = sorted(home.settings.raw_dir.rglob("*.parquet"))
    return {
        path.relative_to(home.settings.raw_dir).as_posix(): blake2b(path.read_bytes()).hexdigest()
        for path in files
    }


def test_three_workers_give_the_digest_of_one(
    archived: DemoHome, digests_of_one: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of a few sessions, so that each of the three has many."""
    started: list[int] = []
    opened = parse.open_pool
    monkeypatch.setattr(
        parse,
        "open_pool",
        lambda workers, preload: started.append(workers) or opened(workers, preload=preload),
    )
    monkeypatch.setattr(parse, "BATCH_BYTES", 20_000)
    home = archived.copy(tmp_path, workers=3)
    land(home.settings, dirty_days(home.settings))
    assert started == [3]
    assert digests(home) == digests_of_one
    assert len(digests_of_one) > 250


def test_three_runs_over_ranges_side_by_side_give_the_digest_of_one(
    archived: DemoHome, digests_of_one: Mapping[str, str], tmp_path: Path
) -> None:
    """Processes of their own on one home: its lock lets one of them write at a time, and none is lost."""
    home = archived.copy(tmp_path, workers=1)
    days = dirty_days(home.settings)
    third = len(days) // 3
    running = [
        _landing(home, part[0], part[-1]) for part in (days[:third], days[third:-third], days[-third:])
    ]
    landed = [int(process.communicate(timeout=120)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sum(landed) == len(days)
    assert min(landed) > 0
    assert digests(home) == digests_of_one


def _landing(home: DemoHome, first: date, last: date) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.fakes.landed_range", first.isoformat(), last.isoformat()]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT, env=environment_of(home.settings)
    )
