"""Which commits of a repository fixed an incident: what the organisation's table of incidents names.

Belongs here: reading the landed table, and finding its commits. Not here: whose lines a fix removed
(attribution), the change that brought a bug in (change_reviews).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from orchestration.git_history.commit_columns import CommitColumns

INCIDENTS_FILE = Path("supplied") / "incidents" / "part.parquet"
"""The organisation's table of incidents, below the lake."""


class IncidentFix(NamedTuple):
    """The commit that fixed an incident; `sha` may be the beginning alone."""

    project_id: str | None
    sha: str


def incident_fixes(lake_dir: Path) -> list[IncidentFix]:
    """Every fix that the table names."""
    path = lake_dir / INCIDENTS_FILE
    rows = pq.read_table(path).to_pylist() if path.exists() else []
    return [IncidentFix(row["project_id"], row["fixed_sha"]) for row in rows if row["fixed_sha"]]


def fixes_here(
    columns: CommitColumns, project_id: str, fixes: Iterable[IncidentFix]
) -> frozenset[int] | None:
    """The fixes that landed in a repository, by number; None where no incident is known of it."""
    is_known, found = False, set[int]()
    for fix in fixes:
        number = columns.find(fix.sha.lower())
        if number:
            found.add(number)
        is_known |= bool(number) or fix.project_id == project_id
    return frozenset(found) if is_known else None
