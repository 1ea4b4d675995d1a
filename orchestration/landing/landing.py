"""Stage, judge, land: a date's new tables replace the old ones only if the gates let them.

Belongs here: landing the raw tables of dates and the labels of a labeller.
Not here: rows (ingest), rules (expectations), what becomes of a judged date (chunk), the commit
itself (journal), paths (lake).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from orchestration.ingest.archive.days import DayInput
from orchestration.landing.chunk import DateLanding, LandingReport, LandingRun, LandingTarget
from orchestration.landing.disk_space import full_disk_explained
from orchestration.landing.gate_log import ensure_gate_log
from orchestration.landing.journal import home_lock, roll_forward
from orchestration.landing.lake import (
    ensure_typed_empty_files,
    label_lake_table,
    lake_of,
    raw_lake_tables,
)
from orchestration.landing.landed import RAW_SCOPE, DatedFingerprints, is_current, labels_scope
from orchestration.landing.staging import scan_tables


class DayArchive(DatedFingerprints, Protocol):
    """The part of the archive that landing needs."""

    def day(self, day: date) -> DayInput: ...


@dataclass(frozen=True)
class DayParser:
    """How a day's files become tables: `parse` yields Arrow tables by name, a session or a few at a time.

    `salt` stands for everything besides the files that the rows depend on; `version` is recorded.
    `key_path` turns the archive's hash of a path into the keyed pseudonym that may land.
    """

    parse: Callable[[DayInput], Iterable[Mapping[str, pa.Table]]]
    key_path: Callable[[str], str]
    salt: str
    version: str


@dataclass(frozen=True)
class LabelDate:
    """The labels of one labeller on one date, as tables named for the classifier and its `_items`.

    `fingerprint` is "" for a date that should have none.
    """

    day: date
    fingerprint: str
    tables: Mapping[str, pa.Table]


def land_dates(
    home: Path,
    archive: DayArchive,
    dates: Iterable[date],
    *,
    parser: DayParser,
    run: LandingRun,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> LandingReport:
    """Parse, stage, judge and land the raw tables of `dates`; a date that a gate stops keeps its state.

    Dates whose fingerprint is the landed one are left alone unless `force`. `progress` is told dates
    done and dates in all. An error while parsing lands the dates staged before it, then raises. Raises
    HomeLockedError, DiskFullError, UnjudgedDateError, and whatever the parser and the judge raise.
    """
    lake_dir = lake_of(home)
    lake_tables = {table.name: table for table in raw_lake_tables()}
    target = LandingTarget(lake_dir, lake_tables, scope=RAW_SCOPE, stage="raw", version=parser.version)
    wanted = sorted(set(dates))
    with _landing(home, target, run) as landing:
        for done, day in enumerate(wanted, start=1):
            fingerprint = archive.day_fingerprint(day, salt=parser.salt)
            if not force and is_current(lake_dir, day, fingerprint=fingerprint):
                landing.keep(day, fingerprint)
            elif fingerprint == "":
                landing.empty(day)
            else:
                landing.add(day, fingerprint, _tables_of_day(archive.day(day), parser))
            if progress is not None:
                progress(done, len(wanted))
    return landing.report()


def land_labels(
    home: Path,
    labeller: str,
    dates: Iterable[LabelDate],
    *,
    schemas: Mapping[str, pa.Schema],
    version: str,
    run: LandingRun,
) -> LandingReport:
    """Judge and land the labels of one labeller; each given date is replaced whole.

    `schemas`: table name (`<classifier>`, `<classifier>_items`) → columns. A date that should have no
    labels is emptied; one that nobody could be asked about lands without rows, so that it is not dirty for
    ever. `dates` may be a generator: one chunk is staged at a time. Raises as land_dates.
    """
    lake_tables = {
        name: label_lake_table(name, schema, labeller=labeller) for name, schema in schemas.items()
    }
    target = LandingTarget(
        lake_of(home),
        lake_tables,
        scope=labels_scope(labeller),
        stage=f"labels_{labeller}",
        version=version,
    )
    with _landing(home, target, run) as landing:
        for labelled in dates:
            if labelled.fingerprint == "":
                landing.empty(labelled.day)
            else:
                landing.add(labelled.day, labelled.fingerprint, [labelled.tables])
    return landing.report()


@contextmanager
def _landing(home: Path, target: LandingTarget, run: LandingRun) -> Iterator[DateLanding]:
    """A landing under the home's lock; what is staged is judged and landed also when the caller fails."""
    with full_disk_explained(home), home_lock(home, purpose="landing"):
        roll_forward(home)
        ensure_typed_empty_files(target.lake_dir, target.lake_tables.values())
        ensure_gate_log(target.lake_dir)
        landing = DateLanding(target, run)
        try:
            yield landing
        except Exception:
            landing.flush()
            raise
        landing.flush()


def _tables_of_day(day_input: DayInput, parser: DayParser) -> Iterator[Mapping[str, pa.Table]]:
    yield scan_tables(day_input.scans, parser_version=parser.version, key_path=parser.key_path)
    yield from parser.parse(day_input)
