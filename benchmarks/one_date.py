"""One changed date, end to end, over dbt alone on the same lake; and how that grows with the dates.

End to end is `sessionmart run` in a fresh process after one transcript has grown: look, archive, parse,
judge, label, build, judge, release. dbt alone is one `dbt build` of all nodes that a run builds.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpora import Corpus, copy_corpus, copy_newest, generate, grow_newest
from benchmarks.figures import Figure
from benchmarks.processes import ProgramFailedError, Watched, own_environment, python, run_watched
from benchmarks.stopwatch import Spent, median_of
from orchestration.settings import Settings, load_settings
from orchestration.warehouse import PROJECT_DIR, dbt_environment, dbt_variables

AIM = 2.0
DATES_AIM = 1.3
FEW = 10
SESSIONS_PER_DATE = 3
DAYS_OF_MONTH = 30  # the generator's months


@dataclass(frozen=True)
class Timed:
    """A home's first run, and the medians of one changed date and of dbt alone."""

    first: Watched
    run: Spent
    dbt: Spent


def measure_one_date(corpus: Corpus, work: Path, *, repeat: int) -> Iterator[Figure]:
    """On the corpus."""
    with TemporaryDirectory(dir=work) as folder:
        timed = time_one_date(copy_corpus(corpus, Path(folder) / "transcripts"), Path(folder), repeat=repeat)
    yield Figure(
        "first_run", "first run: the corpus to a release", timed.first.spent.wall, "s",
        spent=timed.first.spent, note=timed.first.peaks(),
    )  # fmt: skip
    yield Figure(
        "one_date", "one changed date, files to release / dbt build alone", timed.run.wall / timed.dbt.wall,
        aim=AIM, spent=timed.run, note=f"dbt build alone {timed.dbt.wall:.1f} s",
    )  # fmt: skip


def measure_many_dates(work: Path, *, many: int, repeat: int) -> Iterator[Figure]:
    """On generated lakes of few and of many dates; the newest dates are the same ones."""
    with TemporaryDirectory(dir=work) as name:
        folder = Path(name)
        months = -(-many // DAYS_OF_MONTH)
        files = generate(folder / "all", sessions=SESSIONS_PER_DATE * DAYS_OF_MONTH * months, months=months)
        timed = {}
        for dates in (FEW, many):
            home = folder / str(dates)
            copy_newest(files, folder / "all", home / "transcripts", dates=dates)
            corpus = Corpus((home / "transcripts",), f"{dates} dates")
            timed[dates] = time_one_date(corpus, home, repeat=repeat)
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


def time_one_date(corpus: Corpus, work: Path, *, repeat: int) -> Timed:
    """Build a home of a corpus that may be changed, then change one date again and again."""
    settings = load_settings(home=work / "home", transcripts=corpus.pattern)
    first = _run(settings)
    _build_alone(settings, work / "dbt")  # its parse cache is filled, as that of a run is
    runs, builds = [], []
    for number in range(1, repeat + 1):
        grow_newest(corpus, number)
        runs.append(_run(settings).spent)
        builds.append(_build_alone(settings, work / "dbt").spent)
    return Timed(first, median_of(runs), median_of(builds))


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
