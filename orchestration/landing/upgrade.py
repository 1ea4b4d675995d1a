"""What the lake held before another version of the parser read everything anew: numbers, and no ids.

Belongs here: noting the numbers once, before the first date is landed by the new version, and comparing
them with the lake as it is. Not here: who shows them (summary), what a rescan made of sessions (archive).
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from orchestration.ingest.archive.rescan import LineageChange
from orchestration.landing.journal import write_json
from orchestration.landing.landed import landed_dates, read_landed

UPGRADE_FILE = "upgrade.json"


@dataclass(frozen=True)
class Upgrade:
    """One change of the parser's version: the versions, the rows of each raw table before, the lineage.

    `versions_before`: those under which the dates were landed, which are several after a killed upgrade.
    """

    versions_before: tuple[str, ...]
    version_after: str
    noted_at: str
    row_counts_before: Mapping[str, int]
    lineage: LineageChange | None


def note_upgrade(lake_dir: Path, lineage: LineageChange | None, *, version: str, now: datetime) -> None:
    """Write the lake's numbers down if its dates were landed by another version, once for each upgrade."""
    known = read_upgrade(lake_dir)
    if known is not None and known.version_after == version:
        return
    versions, counts = _landed(lake_dir)
    if not versions - {version}:
        return
    upgrade = Upgrade(
        tuple(sorted(versions)), version, now.isoformat(), dict(sorted(counts.items())), lineage
    )
    write_json(lake_dir / UPGRADE_FILE, asdict(upgrade))


def read_upgrade(lake_dir: Path) -> Upgrade | None:
    """The last upgrade of this lake; None where one version landed everything."""
    path = lake_dir / UPGRADE_FILE
    if not path.exists():
        return None
    value = json.loads(path.read_text(encoding="utf-8"))
    lineage = None if value["lineage"] is None else LineageChange(**value["lineage"])
    return Upgrade(
        tuple(value["versions_before"]),
        value["version_after"],
        value["noted_at"],
        value["row_counts_before"],
        lineage,
    )


def row_counts(lake_dir: Path) -> Mapping[str, int]:
    """Rows of each raw table that are landed, over all dates."""
    return _landed(lake_dir)[1]


def _landed(lake_dir: Path) -> tuple[set[str], Counter[str]]:
    versions: set[str] = set()
    counts: Counter[str] = Counter()
    for day in landed_dates(lake_dir):
        state = read_landed(lake_dir, day)
        if state is not None:
            versions.add(state.version)
            counts.update(state.row_counts)
    return versions, counts
