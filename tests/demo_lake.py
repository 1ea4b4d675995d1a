"""A data home built from the demo corpus by the project's own stages, with the planted truth beside it.

Test support: the way from files to a release, stage by stage, and reading back what it built. No clock:
the home is built at `NOW`. Expected values belong to the tests. The fixtures that build a home once per
test session stand in `tests/integration/conftest.py`; a test that changes a home takes a `copy`.
"""

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.verdict import Verdict
from orchestration.date_states import dirty_days
from orchestration.demo import DemoPlan, PlantedTruth, SessionTruth, write_demo_corpus
from orchestration.home_record import HOME_FILE
from orchestration.ingest.pseudonyms import KEY_BYTES, Pseudonyms, load_or_create_key
from orchestration.labellers.landing import land_labels_by
from orchestration.labellers.rules import RULES
from orchestration.landing.chunk import ChunkLimits, LandingReport, LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.publishing.release import Release
from orchestration.publishing.warehouse import Warehouse
from orchestration.publishing.warehouse_stages import (
    build_facts,
    build_metrics,
    cluster_units,
    estimate_facts,
    judge_warehouse,
    release_warehouse,
    take_supplied,
)
from orchestration.run_log import logging_to
from orchestration.settings import Settings, load_settings
from orchestration.stages import archive_transcripts, discover, land_raw

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""When the demo home is archived and built: noon of the day after the corpus's last session."""

PLAN = DemoPlan(end_date=NOW.date())
RUN_ID = "demo-run"
ALL_AT_ONCE = ChunkLimits(max_dates=400)
"""The demo's dates are small: one question to the gates instead of six saves seconds."""

Row = dict[str, Any]


@dataclass(frozen=True)
class DemoHome:
    """A data home with the folder of transcripts it was made from, and what was planted in them."""

    settings: Settings
    transcripts: Path
    truth: PlantedTruth

    def copy(self, folder: Path, **changes: object) -> "DemoHome":
        """The same home under `folder`, to be changed or built with other settings."""
        home = folder / "home"
        shutil.copytree(self.settings.home, home, symlinks=True)
        (home / HOME_FILE).unlink(missing_ok=True)  # the copy is a home of its own, with its own settings
        return DemoHome(settings_of(home, self.transcripts, **changes), self.transcripts, self.truth)

    @property
    def pseudonyms(self) -> Pseudonyms:
        """The names that this home gives to people and projects."""
        return Pseudonyms(load_or_create_key(self.settings.pseudonym_key_path))

    def query(self, sql: str) -> list[Row]:
        """Rows of a query on the built warehouse."""
        return query_file(self.settings.warehouse_path, sql)


@dataclass(frozen=True)
class ReleasedDemo:
    """A home that has gone the whole way, and what its gates said."""

    home: DemoHome
    raw_report: LandingReport
    label_report: LandingReport
    verdicts: Sequence[Verdict]
    release: Release


def settings_of(home: Path, transcripts: Path, **changes: object) -> Settings:
    """Settings of a home; nothing of the developer's environment or settings file reaches in."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("SESSIONMART_"):
                patch.delenv(name)
        patch.setenv("SESSIONMART_CONFIG", str(home / "no-settings.toml"))
        return load_settings(home=home, transcripts=str(transcripts), **changes)


def write_key(settings: Settings) -> None:
    """One key for all test homes: names, and all draws by names, are the same in every run."""
    path = settings.pseudonym_key_path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text("5e" * KEY_BYTES + "\n")
    path.chmod(0o600)


def archived_demo(folder: Path, plan: DemoPlan = PLAN, **changes: object) -> DemoHome:
    """Write the corpus and take it into the archive of a new home."""
    transcripts = folder / "transcripts"
    truth = write_demo_corpus(transcripts, plan)
    home = DemoHome(settings_of(folder / "home", transcripts, **changes), transcripts, truth)
    write_key(home.settings)
    archive_transcripts(home.settings, discover(home.settings), now=NOW)
    return home


def release_demo(home: DemoHome) -> ReleasedDemo:
    """Every stage after the archive: rows, labels by rules, both passes of dbt, gates, a release."""
    settings = home.settings
    with logging_to(settings.log_path, title=RUN_ID), JudgeProcess() as judge:
        judge.start()
        raw = land_raw(settings, dirty_days(settings), _run(judge.judge_dates))
        labels = land_labels_by(RULES, settings, dirty_days(settings), _run(judge.judge_labels))
        build_warehouse(settings)
        verdicts = judge_warehouse(settings, judge, run_id=RUN_ID, now=NOW)
        release = release_warehouse(settings, verdicts, run_id=RUN_ID, now=NOW)
    return ReleasedDemo(home, raw, labels, verdicts, release)


def _run(judge: Any) -> LandingRun:
    return LandingRun(RUN_ID, NOW, judge, limits=ALL_AT_ONCE)


def build_warehouse(settings: Settings) -> None:
    """The supplied tables and clusters, then both passes of dbt with the estimates between them."""
    take_supplied(settings)
    cluster_units(settings)
    warehouse = Warehouse(settings)
    build_facts(settings, warehouse)
    estimate_facts(settings)
    build_metrics(settings, warehouse)


def with_nothing_hidden(built: DemoHome, folder: Path) -> DemoHome:
    """A copy of a built home with its figures computed again in personal mode.

    Its users stay who they are: a home that is personal from the start has one.
    """
    home = built.copy(folder, mode="personal")
    estimate_facts(home.settings)
    build_metrics(home.settings, Warehouse(home.settings))
    return home


def query_file(path: Path, sql: str) -> list[Row]:
    """Rows of a query on a DuckDB file, as dictionaries."""
    with duckdb.connect(str(path), read_only=True) as database:
        return rows_of(database.execute(sql))


def rows_of(result: duckdb.DuckDBPyConnection) -> list[Row]:
    """Rows of an executed query, as dictionaries."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def planted_time(text: str) -> datetime:
    """A time of the truth as the tables hold it: UTC without a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def week_of(at: datetime) -> date:
    """Monday of the week of a time."""
    return at.date() - timedelta(days=at.weekday())


def month_of(at: datetime) -> date:
    """First day of the month of a time."""
    return at.date().replace(day=1)


def quarter_of(at: date) -> date:
    """First day of the quarter of a day or a time."""
    return date(at.year, (at.month - 1) // 3 * 3 + 1, 1)


def project_root_of(session: SessionTruth) -> str:
    """The repository of a session: its folder with forward slashes, a worktree being its repository's.

    Windows does not tell upper from lower case, so its folders are lower case but for the drive.
    """
    root = session.cwd.replace("\\", "/").split("/.worktrees/")[0]
    return root[0].upper() + root[1:].lower() if root[1:2] == ":" else root


def projects_of(home: DemoHome) -> dict[str, str]:
    """What names the project of each session: the repository of a pull request from its root, else the root.

    People have copies of one repository; a root from which nobody links to a pull request stays their own.
    """
    linked: dict[str, str] = {}
    for session in home.truth.sessions:
        for name in session.files:
            content = (home.transcripts / name).read_bytes()
            for url in re.findall(rb'"prUrl":\s*"https://([^"]+)/pull/\d+"', content):
                linked[project_root_of(session)] = url.decode().lower()
    return {
        session.session_id: linked.get(project_root_of(session), project_root_of(session))
        for session in home.truth.sessions
    }


def union_seconds(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Length of the union of time spans, in seconds."""
    total, covered = 0.0, None
    for start, end in sorted(spans):
        begin = start if covered is None else max(start, covered)
        total += max(0.0, (end - begin).total_seconds())
        covered = end if covered is None else max(end, covered)
    return total


def worked_seconds(session: SessionTruth) -> float:
    """Length of the union of the turns: what active seconds are where nobody waits and nothing idles."""
    return union_seconds(
        (planted_time(turn.started_at), planted_time(turn.ended_at)) for turn in session.turns
    )


class Differences:
    """Gathers what differs between the truth and a table, so that a failure shows all of it at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def compare(self, session: SessionTruth, planted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """Note the columns of `planted` that are something else in `found`."""
        for column, value in planted.items():
            if not _is_same(value, found[column]):
                self.lines.append(
                    f"{_name_of(session)}: {column}: planted {value!r}, found {found[column]!r}"
                )

    def add(self, text: str) -> None:
        self.lines.append(text)

    def must_be_none(self) -> None:
        """Fail with the differences, the first forty of them in words."""
        shown = "\n".join(f"  {line}" for line in self.lines[:40])
        assert not self.lines, f"{len(self.lines)} differences from what was planted:\n{shown}"


def _is_same(planted: Any, found: Any) -> bool:
    if isinstance(planted, float) and found is not None:
        return abs(planted - float(found)) < 0.0005  # half a millisecond, the truth's resolution
    return bool(planted == found)


def _name_of(session: SessionTruth) -> str:
    told = ", ".join(session.situations) or "plain"
    return f"{session.session_id[:8]} ({session.story}; {told}; {session.cli_version})"


def by_session(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows of several sessions by the session's id."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["session_id"], []).append(row)
    return found
