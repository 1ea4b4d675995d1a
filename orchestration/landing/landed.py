"""What the lake holds of each date, as small JSON records beside the tables; which dates are dirty or held.

`landed/<date>.json` says what the present files came from; `stopped/<date>.json` that a newer state was
refused by a gate. Labels have theirs below `labels/<labeller>/`. Landing writes them; others read them.
A date is dirty while its files are not what they should be made from, and held while a gate's refusal is
the reason: the same two functions say so of raw tables and of every labeller's labels.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from orchestration.landing.lake import EMPTY_DATE, LakeTable, landed_days, partition_file, raw_lake_tables

RAW_SCOPE = ""


class DatedFingerprints(Protocol):
    """The part of the archive that tells which dates changed."""

    def dates(self) -> list[date]: ...

    def day_fingerprint(self, day: date, *, salt: str) -> str: ...


class WantedDates(Protocol):
    """What some tables should be made from, date by date."""

    def dates(self) -> Iterable[date]:
        """Dates on which these tables should have rows."""

    def fingerprint(self, day: date) -> str:
        """What the tables of a date should be made from; "" where they should not be there."""


@dataclass(frozen=True)
class DatedTables:
    """Tables that land together date by date, and where the records of their dates lie."""

    scope: str
    lake_tables: Mapping[str, LakeTable]


@dataclass(frozen=True)
class WantedRows:
    """What the raw tables should be made from: the archive's files and, in `salt`, all that parses them."""

    archive: DatedFingerprints
    lake_dir: Path
    salt: str

    def dates(self) -> Iterable[date]:
        """Dates of the archive, and those that have files of a raw table."""
        with_files = (landed_days(self.lake_dir, table) for table in raw_lake_tables())
        return {*self.archive.dates(), *(day for days in with_files for day in days)}

    def fingerprint(self, day: date) -> str:
        """What the archive holds of a date."""
        return self.archive.day_fingerprint(day, salt=self.salt)


@cache
def raw_tables() -> DatedTables:
    """The raw tables of the lake."""
    return DatedTables(RAW_SCOPE, {table.name: table for table in raw_lake_tables()})


@dataclass(frozen=True)
class LandedState:
    """One date as it was landed: what it came from, its counts, and how the gates found it.

    `version` is the parser's, for labels the labeller's.
    """

    fingerprint: str
    version: str
    row_counts: Mapping[str, int]
    redaction_counts: Mapping[str, int]
    verdict: Literal["passed", "warned"]
    run_id: str
    landed_at: str


@dataclass(frozen=True)
class StoppedState:
    """The newest state of a date that a gate refused; the landed files are older than it."""

    fingerprint: str
    messages: Sequence[str]
    run_id: str
    stopped_at: str


def labels_scope(labeller: str) -> str:
    """Where the records of one labeller's dates lie."""
    return f"labels/{labeller}"


def landed_path(lake_dir: Path, day: date, *, scope: str = RAW_SCOPE) -> Path:
    """The record of a landed date."""
    return lake_dir / "landed" / scope / f"{day.isoformat()}.json"


def stopped_path(lake_dir: Path, day: date, *, scope: str = RAW_SCOPE) -> Path:
    """The record of a date that a gate holds back."""
    return lake_dir / "stopped" / scope / f"{day.isoformat()}.json"


def read_landed(lake_dir: Path, day: date, *, scope: str = RAW_SCOPE) -> LandedState | None:
    """What was landed of a date; None where nothing was."""
    path = landed_path(lake_dir, day, scope=scope)
    return LandedState(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def read_stopped(lake_dir: Path, day: date, *, scope: str = RAW_SCOPE) -> StoppedState | None:
    """What holds a date back; None where it is free."""
    path = stopped_path(lake_dir, day, scope=scope)
    return StoppedState(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def landed_dates(lake_dir: Path, *, scope: str = RAW_SCOPE) -> list[date]:
    """Dates with a landed record, sorted."""
    return _dates_of(lake_dir / "landed" / scope)


def stopped_dates(lake_dir: Path, *, scope: str = RAW_SCOPE) -> list[date]:
    """Dates with the record of a refusal, sorted; `held_dates` says which of them still matter."""
    return _dates_of(lake_dir / "stopped" / scope)


def as_json(state: LandedState | StoppedState) -> dict[str, object]:
    """A record as it is written."""
    return asdict(state)


def is_current(lake_dir: Path, day: date, *, fingerprint: str, tables: DatedTables | None = None) -> bool:
    """Whether the files of a date (of the raw tables, unless said) came from `fingerprint` and are all there.

    A date without anything ("" as fingerprint) is current when nothing of it is in the lake.
    """
    tables = tables or raw_tables()
    landed = read_landed(lake_dir, day, scope=tables.scope)
    present = {
        name for name, table in tables.lake_tables.items() if partition_file(lake_dir, table, day).exists()
    }
    if fingerprint == "":
        return landed is None and not present
    return landed is not None and landed.fingerprint == fingerprint and present == set(landed.row_counts)


def dirty_dates(
    lake_dir: Path, tables: DatedTables, wanted: WantedDates, *, skip_stopped: bool = False
) -> list[date]:
    """Dates whose landed state is not what it should be, sorted; dates to be emptied are among them.

    With `skip_stopped`, dates whose present state a gate has already refused are left out: asking for
    them again (a sensor's tick) would only refuse them again.
    """
    dirty = []
    for day in sorted({*wanted.dates(), *landed_dates(lake_dir, scope=tables.scope)}):
        fingerprint = wanted.fingerprint(day)
        if is_current(lake_dir, day, fingerprint=fingerprint, tables=tables):
            continue
        stopped = read_stopped(lake_dir, day, scope=tables.scope) if skip_stopped else None
        if stopped is None or stopped.fingerprint != fingerprint:
            dirty.append(day)
    return dirty


def refused_dates(lake_dir: Path, tables: DatedTables) -> dict[date, StoppedState]:
    """Dates with the record of a refusal, in order, each with what the gates said."""
    found = {
        day: read_stopped(lake_dir, day, scope=tables.scope)
        for day in stopped_dates(lake_dir, scope=tables.scope)
    }
    return {day: stopped for day, stopped in found.items() if stopped is not None}


def held_dates(lake_dir: Path, tables: DatedTables, wanted: WantedDates) -> dict[date, StoppedState]:
    """Dates that a gate holds at an older state, in order, each with the refusal.

    Where the refused state was withdrawn, and the landed one is what it should be, nothing is held.
    """
    return {
        day: stopped
        for day, stopped in refused_dates(lake_dir, tables).items()
        if not is_current(lake_dir, day, fingerprint=wanted.fingerprint(day), tables=tables)
    }


def _dates_of(folder: Path) -> list[date]:
    days = (date.fromisoformat(path.stem) for path in folder.glob("*.json"))
    return sorted(day for day in days if day != EMPTY_DATE)
