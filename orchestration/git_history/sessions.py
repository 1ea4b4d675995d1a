"""What the lake knows of sessions that commits can be linked to, and of incidents that commits fixed.

Belongs here: reading landed rows: whose sessions there are and when, which commits and pull requests they
printed, and the lines they wrote. Not here: linking (links, attribution).
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from orchestration.git_history.incidents import IncidentFix, incident_fixes
from orchestration.ingest.rows import RAW_TABLES
from orchestration.landing.lake import ensure_typed_empty_files, raw_lake_tables

_READ = ("raw_sessions", "raw_session_aliases", "raw_events", "raw_written_lines")


class CommitEvent(NamedTuple):
    """A commit that a session printed the id of; `sha` may be the beginning alone."""

    session_id: str
    event_id: str
    user_id: str | None
    project_id: str | None
    sha: str
    occurred_at: datetime


class RequestEvent(NamedTuple):
    """A pull request that a session opened or merged."""

    session_id: str
    project_id: str | None
    repository: str | None
    number: int
    occurred_at: datetime


class Span(NamedTuple):
    """When a session of a person was in a project."""

    started_at: datetime
    ended_at: datetime
    session_id: str


@dataclass(frozen=True)
class LakeSessions:
    """Sessions of a lake. `ids`: every id that a session is known by → the session. `fixes`: of incidents."""

    connection: duckdb.DuckDBPyConnection
    ids: dict[str, str]
    commits: list[CommitEvent]
    requests: list[RequestEvent]
    spans: dict[tuple[str, str], list[Span]]
    fixes: list[IncidentFix]

    def take_written_lines(self, project_id: str) -> None:
        """Make the table `written`: the lines that sessions of a project wrote, each time once."""
        self.connection.execute(
            """
            create or replace temp table written as
            select line_hash, file_key, written_at, min(session_id) as session_id
            from raw_written_lines where project_id = $project
            group by line_hash, file_key, written_at
            """,
            {"project": project_id},
        )


@contextmanager
def lake_sessions(lake_dir: Path, *, memory_gb: float, temporary: Path) -> Iterator[LakeSessions]:
    """The sessions of a lake, with a connection that spills into `temporary`."""
    tables = [table for table in raw_lake_tables() if table.name in _READ]
    ensure_typed_empty_files(lake_dir, tables)
    assert {table.name for table in RAW_TABLES} >= set(_READ)
    with duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '{memory_gb:g}GB'")
        connection.execute(f"set temp_directory = '{str(temporary).replace(chr(39), chr(39) * 2)}'")
        connection.execute("set preserve_insertion_order = true")
        for name in _READ:
            files = str(lake_dir / "raw" / name / "*" / "*.parquet").replace("'", "''")
            connection.execute(
                f"create view {name} as select * from read_parquet('{files}',"  # noqa: S608 - names of ours
                " hive_partitioning = true, union_by_name = true)"
            )
        yield LakeSessions(
            connection, _ids(connection), _commits(connection), _requests(connection), _spans(connection),
            incident_fixes(lake_dir),
        )  # fmt: skip


def _ids(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    aliases = connection.execute("select alias_session_id, session_id from raw_session_aliases").fetchall()
    own = connection.execute("select session_id from raw_sessions").fetchall()
    known = {session_id for (session_id,) in own}
    return {alias: session for alias, session in aliases if session in known} | {one: one for one in known}


def _commits(connection: duckdb.DuckDBPyConnection) -> list[CommitEvent]:
    rows = connection.execute(
        """
        select session_id, event_id, user_id, project_id, lower(commit_sha), occurred_at
        from raw_events
        where event_kind = 'commit' and regexp_full_match(lower(commit_sha), '[0-9a-f]{7,64}')
        order by occurred_at, session_id, event_id
        """
    ).fetchall()
    return [CommitEvent(*row) for row in rows]


def _requests(connection: duckdb.DuckDBPyConnection) -> list[RequestEvent]:
    rows = connection.execute(
        """
        select session_id, project_id, pull_request_repository, pull_request_number, occurred_at
        from raw_events
        where event_kind in ('pull_request_opened', 'pull_request_merged')
            and pull_request_number is not null and coalesce(is_success, true)
        order by occurred_at, session_id, event_id
        """
    ).fetchall()
    return [RequestEvent(*row) for row in rows]


def _spans(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[Span]]:
    rows = connection.execute(
        """
        select user_id, project_id, started_at, ended_at, session_id
        from raw_sessions where user_id is not null and project_id is not null
        order by started_at, session_id
        """
    ).fetchall()
    found: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for user_id, project_id, *span in rows:
        found[user_id, project_id].append(Span(*span))
    return dict(found)
