"""One changed date, end to end, over dbt alone on the same lake; and how that grows with the dates.

End to end is `sessionmart run` in a fresh process after one transcript has grown: look, archive, parse,
judge, label, build, judge, release. The transcript is one of today, as on most days. dbt alone is one
`dbt build` of all nodes that a run builds.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpora import (
    Corpus,
    add_transcript_of,
    copy_corpus,
    copy_newest,
    day_of,
    generate,
    grow,
    newest_transcript,
)
from benchmarks.figures import Figure
from benchmarks.processes import ProgramFailedError, Watched, own_environment, python, run_watched
from benchmarks.stopwatch import Spent, median_of
from orchestration.publishing.project_files import PROJECT_DIR
from orchestration.publishing.warehouse import dbt_environment, dbt_variables
from orchestration.settings import Settings, load_settings

AIM = 2.0
DATES_AIM = 1.1
FEW = 10
SESSIONS_PER_DATE = 3
DAYS_OF_MONTH = 30  # the generator's months


@dataclass(frozen=True)
class Timed:
    """Of one home: its first run, and the medians of a changed date and of dbt alone."""

    first: Watched
    run: Spent
    dbt: Spent


def measure_one_date(corpus: Corpus, work: Path, *, today: date, repeat: int) -> Iterator[Figure]:
    """On the corpus and one transcript of today; then with the newest of the others instead."""
    with TemporaryDirectory(dir=work) as name:
        folder = Path(name)
        changed = copy_corpus(corpus, folder / "transcripts")
        old = newest_transcript(changed.paths())
        grown = add_transcript_of(today, changed)
        timed = time_one_date(changed, grown, folder, repeat=repeat)
        resumed = median_of([_grow_and_run(changed, old, folder, number) for number in range(1, repeat + 1)])
        age = (today - day_of(old)).days
    yield Figure(
        "first_run", "first run: the corpus to a release", timed.first.spent.wall, "s",
        spent=timed.first.spent, note=timed.first.peaks(),
    )  # fmt: skip
    dbt = f"dbt build alone {timed.dbt.wall:.1f} s"
    yield Figure(
        "one_date", "one changed date (today), files to release / dbt build alone",
        timed.run.wall / timed.dbt.wall, aim=AIM, spent=timed.run, note=dbt,
    )  # fmt: skip
    yield Figure(
        "old_date", f"the same, of a session {age} days old", resumed.wall / timed.dbt.wall,
        spent=resumed, note=dbt,
    )  # fmt: skip


def measure_many_dates(work: Path, *, today: date, many: int, repeat: int) -> Iterator[Figure]:
    """On generated lakes of few and of many dates; the newest dates are the same ones."""
    timed = {}
    with TemporaryDirectory(dir=work) as name:
        folder = Path(name)
        months = -(-many // DAYS_OF_MONTH)
        sessions = SESSIONS_PER_DATE * DAYS_OF_MONTH * months
        files = generate(folder / "all", sessions=sessions, months=months, today=today)
        for dates in (FEW, many):
            home = folder / str(dates)
            copy_newest(files, folder / "all", home / "transcripts", dates=dates)
            corpus = Corpus((home / "transcripts",), f"{dates} dates")
            timed[dates] = time_one_date(corpus, newest_transcript(corpus.paths()), home, repeat=repeat)
    few, lots = timed[FEW], timed[many]
    yield Figure(
        "many_dates", f"one changed date, {many} dates in the lake / {FEW}", lots.run.wall / few.run.wall,
        aim=DATES_AIM, spent=lots.run, note=f"{FEW} dates {few.run.wall:.1f} s",
    )  # fmt: skip
    yield Figure(
        "many_dates_dbt", f"dbt build alone, {many} dates / {FEW}", lots.dbt.wall / few.dbt.wall,
        spent=lots.dbt, note=f"{FEW} dates {few.dbt.wall:.1f} s",
    )  # fmt: skip
    for dates, each in timed.items():
        yield Figure(
            f"one_date_{dates}", f"one changed date of {dates}, files to release / dbt build alone",
            each.run.wall / each.dbt.wall, aim=AIM, spent=each.run,
        )  # fmt: skip


def time_one_date(corpus: Corpus, grown: Path, work: Path, *, repeat: int) -> Timed:
    """Build a home of a corpus, then let one of its transcripts grow again and again."""
    settings = _settings(corpus, work)
    first = _run(settings)
    _build_alone(settings, work / "dbt")  # its parse cache is filled, as that of a run is
    runs, builds = [], []
    for number in range(1, repeat + 1):
        runs.append(_grow_and_run(corpus, grown, work, number))
        builds.append(_build_alone(settings, work / "dbt").spent)
    return Timed(first, median_of(runs), median_of(builds))


def _grow_and_run(corpus: Corpus, path: Path, work: Path, number: int) -> Spent:
    grow(path, number)
    return _run(_settings(corpus, work)).spent


def _settings(corpus: Corpus, work: Path) -> Settings:
    return load_settings(home=work / "home", transcripts=corpus.pattern)


def _run(settings: Settings) -> Watched:
    """`sessionmart run`; raises ProgramFailedError where it ends without a new release."""
    current = settings.published_dir / "current"
    before = current.resolve()
    environment = own_environment(home=settings.home, transcripts=settings.transcripts[0])
    watched = run_watched(python("orchestration.cli", "run"), environment=environment)
    if not current.exists() or current.resolve() == before:
        raise ProgramFailedError(f"The run made no release:\n{watched.output[-3000:]}")
    return watched


def _build_alone(settings: Settings, folder: Path) -> Watched:
    """`dbt build` of all that a run builds, into a file of its own, from the lake as it is."""
    folder.mkdir(exist_ok=True)
    warehouse = folder / "build.duckdb"
    warehouse.unlink(missing_ok=True)
    environment = own_environment() | dbt_environment(settings)
    environment["SESSIONMART_DBT_WAREHOUSE"] = str(warehouse)
    command = [
        str(Path(sys.executable).with_name("dbt")), "--quiet", "build",
        "--exclude", "resource_type:unit_test",
        "--project-dir", str(PROJECT_DIR),
        "--profiles-dir", str(PROJECT_DIR),
        "--target-path", str(folder / "target"),
        "--log-path", str(folder / "logs"),
        "--vars", json.dumps(dbt_variables(settings)),
    ]  # fmt: skip
    return run_watched(command, environment=environment)
