"""What the lake holds of each date, as small JSON records beside the tables, and which dates are dirty.

`landed/<date>.json` says what the present files came from; `stopped/<date>.json` that a newer state was
refused by a gate. Labels have theirs below `labels/<labeller>/`. Landing writes them; others read them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from orchestration.landing.lake import EMPTY_DATE, landed_days, partition_file, raw_lake_tables

RAW_SCOPE = ""


class DatedFingerprints(Protocol):
    """The part of the archive that tells which dates changed."""

    def dates(self) -> list[date]: ...

    def day_fingerprint(self, day: date, *, salt: str) -> str: ...


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
    """Dates that a gate holds at an older state, sorted."""
    return _dates_of(lake_dir / "stopped" / scope)


def as_json(state: LandedState | StoppedState) -> dict[str, object]:
    """A record as it is written."""
    return asdict(state)


def is_current(lake_dir: Path, day: date, *, fingerprint: str) -> bool:
    """Whether the raw files of a date came from `fingerprint` and are all there.

    A date without anything ("" as fingerprint) is current when nothing of it is in the lake.
    """
    landed = read_landed(lake_dir, day)
    tables = {table.name: table for table in raw_lake_tables()}
    present = {name for name, table in tables.items() if partition_file(lake_dir, table, day).exists()}
    if fingerprint == "":
        return landed is None and not present
    return landed is not None and landed.fingerprint == fingerprint and present == set(landed.row_counts)


def dirty_dates(
    archive: DatedFingerprints, lake_dir: Path, *, salt: str, skip_stopped: bool = False
) -> list[date]:
    """Dates whose landed state is not what the archive holds, sorted; emptied dates are among them.

    With `skip_stopped`, dates whose present state a gate has already refused are left out: asking for
    them again (a sensor's tick) would only refuse them again.
    """
    known = set(archive.dates()) | set(landed_dates(lake_dir))
    for table in raw_lake_tables():
        known.update(landed_days(lake_dir, table))
    dirty = []
    for day in sorted(known):
        fingerprint = archive.day_fingerprint(day, salt=salt)
        if is_current(lake_dir, day, fingerprint=fingerprint):
            continue
        stopped = read_stopped(lake_dir, day) if skip_stopped else None
        if stopped is None or stopped.fingerprint != fingerprint:
            dirty.append(day)
    return dirty


def _dates_of(folder: Path) -> list[date]:
    days = (date.fromisoformat(path.stem) for path in folder.glob("*.json"))
    return sorted(day for day in days if day != EMPTY_DATE)
