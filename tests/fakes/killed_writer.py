"""A writer that kills itself at a named step: `python -m tests.fakes.killed_writer <home> <what> <step>`.

`what` is `landing` (the new state of two dates over the old), `months` (that state copied over the copy of
the old one) or `release`. SIGKILL leaves no code a
chance to tidy up, which is the point.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb

from orchestration.landing.lake_by_month import copy_by_month
from orchestration.landing.landing import land_dates
from orchestration.publishing.release import ReleaseFacts, publish_release
from orchestration.publishing.release_copy import BuiltWarehouse
from tests.fakes.landing_days import MONDAY, NOW, TUESDAY, InventedArchive, landing_run, parser

OLD = InventedArchive({MONDAY: {"a": 2}, TUESDAY: {"b": 1}}, {MONDAY: ["hash-1"]})
NEW = InventedArchive({MONDAY: {"a": 3, "c": 1}, TUESDAY: {"b": 0}})
FACTS = ReleaseFacts("run-1", "1", "1", None, mode="team", min_users=5, min_sessions=15, time_zone="UTC")


def kill_at(step_name: str) -> Callable[[str], None]:
    """A step callback that ends this process at the step of that name."""

    def step(name: str) -> None:
        if name == step_name:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def land(home: Path, archive: InventedArchive, step: Callable[[str], None] = lambda _name: None) -> None:
    """Land both dates of `archive`."""
    run = landing_run(step=step)
    land_dates(home, archive, [MONDAY, TUESDAY], parser=parser(), run=run)


def release(home: Path, *, rows: int, step: Callable[[str], None] = lambda _name: None) -> None:
    """Publish a warehouse whose one mart has `rows` rows."""
    warehouse = home / "build.duckdb"
    warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema marts; create schema metrics")
        connection.execute("create table marts.fct_sessions as select * from range(?)", [rows])
        connection.execute("create table metrics.rpt_activity as select 1 as session_count")
    now = NOW + timedelta(seconds=rows)
    publish_release(home, warehouse=BuiltWarehouse(warehouse), verdicts=[], facts=FACTS, now=now, step=step)


if __name__ == "__main__":
    home, what, step_name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    if what == "landing":
        land(home, NEW, kill_at(step_name))
    elif what == "months":
        copy_by_month(home / "lake", home / "months", step=kill_at(step_name))
    else:
        release(home, rows=9, step=kill_at(step_name))
