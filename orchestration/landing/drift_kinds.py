"""What the landed transcripts hold and no list of their source knows, for the summary and the doctor.

From the lake, so that it can be said before there is a release. Not here: noticing it (ingest), the
published table of it (dbt).
"""

from typing import NamedTuple

from orchestration.landing.lake import raw_lake_tables
from orchestration.settings import Settings

_KINDS_SQL = """
with kinds as (
    select place, name, cli_version, occurrence_count from read_parquet(?)
    union all
    select 'record_type', record_type, cli_version, object_count from read_parquet(?)
    where disposition = 'unknown' and session_id is null
)
select place, name,
    list(distinct cli_version order by cli_version) filter (where cli_version is not null),
    sum(occurrence_count)
from kinds group by 1, 2 order by 4 desc, 1, 2
"""
"""Objects of no session are in no row of raw_drift; their types are in the counts of records."""


class DriftKind(NamedTuple):
    """One unknown kind: where it stands, its name, the versions in which it was seen, how often it occurs."""

    place: str
    name: str
    versions: tuple[str, ...]
    occurrence_count: int


def drift_kinds(settings: Settings) -> list[DriftKind]:
    """Unknown kinds of all landed sessions, the most frequent first; empty where nothing has landed."""
    import duckdb

    folders = {table.name: settings.lake_dir / table.folder for table in raw_lake_tables()}
    files = [folders[name] / "*" / "*.parquet" for name in ("raw_drift", "raw_record_counts")]
    if not all(any(path.parent.parent.glob("*/*.parquet")) for path in files):
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(_KINDS_SQL, [str(path) for path in files]).fetchall()
    return [
        DriftKind(str(place), str(name), tuple(versions or ()), int(count))
        for place, name, versions, count in rows
    ]
