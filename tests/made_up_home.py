"""The demo's home as the command `demo` makes it: with API traffic, made-up labels and reviews.

Test support: a copy of the shared home goes the rest of the way in team mode; a second copy hides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from orchestration.date_states import dirty_days
from orchestration.demo.traffic.logs import write_logs
from orchestration.demo_home import TRUTH_FILE
from orchestration.labellers import LABELLERS
from orchestration.labellers.landing import land_labels_by
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.publishing.release import Release
from orchestration.publishing.warehouse_stages import release_warehouse
from orchestration.stages import archive_transcripts, discover, land_raw
from tests.demo_lake import (
    ALL_AT_ONCE,
    NOW,
    PLAN,
    RUN_ID,
    DemoHome,
    build_warehouse,
    settings_of,
    with_nothing_hidden,
)
from tests.supplied_tables import supplied_settings

TRAFFIC = replace(PLAN, months=1, api_conversations=480)
"""The logs of the last month: few dates have to be landed again for them."""

MADE_UP = ("rules", "stand_in", "stand_in_people")
"""Rules as well: what they settle of the calls that the stand-in draws."""


@dataclass(frozen=True)
class MadeUpHome:
    """The team's home, what landing its labels did, its release; `shown` is a copy that hides nothing."""

    team: DemoHome
    shown: DemoHome
    reports: Mapping[str, LandingReport]
    release: Release


def made_up_home(home: DemoHome, folder: Path) -> MadeUpHome:
    """Copy a released home, add the traffic, and build it again with labels that are made up."""
    logs = folder / "logs"
    written = write_logs(logs, TRAFFIC)
    copied = home.copy(folder / "team")
    truth = replace(home.truth, calls=written.calls, population={"api_traffic": written.population})
    supplied = supplied_settings(folder / "supplied")
    team = DemoHome(settings_of(copied.settings.home, logs, **supplied), logs, truth)
    settings = team.settings
    (settings.home / TRUTH_FILE).write_bytes(truth.to_json())
    archive_transcripts(settings, discover(settings), now=NOW)
    with JudgeProcess() as judge:
        judge.start()
        run = LandingRun(RUN_ID, NOW, judge.judge_dates, limits=ALL_AT_ONCE)
        raw = land_raw(settings, dirty_days(settings), run)
        assert not raw.has_stopped, raw.stopped
        run = replace(run, judge=judge.judge_labels)
        reports = {name: land_labels_by(LABELLERS[name], settings, None, run) for name in MADE_UP}
    build_warehouse(settings)
    release = release_warehouse(settings, (), run_id="made-up", now=NOW)
    return MadeUpHome(team, with_nothing_hidden(team, folder / "shown"), reports, release)
