"""One repository → the rows of its tables, written to a staging folder.

Belongs here: putting together the ledger, what commits say, links and line groups. Commits of people who were
deleted have no row in any table, and nothing names them. Not here: several repositories, gates, landing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pygit2

from orchestration.git_history.attribution import (
    Linking,
    create_table,
    line_groups,
    links_table,
    register_commits,
    register_notes,
)
from orchestration.git_history.authors import Author, Authors, addresses_of_sessions
from orchestration.git_history.commit_columns import CommitColumns, read_columns
from orchestration.git_history.incidents import fixes_here
from orchestration.git_history.links import (
    FoundEvent,
    LinkedRepository,
    find_events,
    links_of_events,
    links_of_requests,
    links_of_times,
)
from orchestration.git_history.notes import NotedLines, NoteError, note_blobs, read_note
from orchestration.git_history.read_ledger import ReadLedger
from orchestration.git_history.repository import OpenRepository, object_at
from orchestration.git_history.rows_sql import (
    COMMIT_FILES_SQL,
    COMMIT_SESSIONS_SQL,
    COMMITS_SQL,
    FILE_SUMS,
    LINE_GROUPS_SQL,
    LINE_SUMS,
    PICKED,
)
from orchestration.git_history.sessions import LakeSessions
from orchestration.ingest.git_rows import (
    COMMIT_FILES,
    COMMIT_SESSIONS,
    COMMITS,
    LINE_GROUPS,
    GitRepository,
    GitTable,
)
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.landing.lake import PartitionWriter

BATCH_ROWS = 50_000


@dataclass(frozen=True)
class Identity:
    """What a repository is called. `key`: its remote as `host/owner/name`."""

    repository_id: str
    key: str | None
    project_id: str
    project_name: str | None


@dataclass(frozen=True)
class Surroundings:
    """What rows depend on besides repository and sessions. `is_deleted`: whether an author was deleted."""

    pseudonyms: Pseudonyms
    users: Mapping[str, str]
    is_deleted: Callable[[Author], bool]


@dataclass(frozen=True)
class StagedRepository:
    """A repository's own row, its staged tables by name, and what became of commits that sessions printed."""

    row: GitRepository
    files: dict[str, Path]
    events: list[FoundEvent]
    commit_ids: list[str]


def stage_repository(
    opened: OpenRepository,
    read: ReadLedger,
    identity: Identity,
    sessions: LakeSessions,
    around: Surroundings,
    folder: Path,
) -> StagedRepository:
    """Write the rows of one repository into `folder`. Raises RepositoryError where an object is missing."""
    columns = read_columns(opened.git, read)
    notes = _notes(opened.git, read)
    here = LinkedRepository(opened.git, read.ledger, columns, identity.project_id, identity.key)
    events = find_events(here, sessions.commits)
    authors = _authors(columns, events, around)
    forgotten = {n for n, author in enumerate(authors) if n and around.is_deleted(author)}
    commit = around.pseudonyms.commit
    ids = ["", *(commit(identity.repository_id, sha.hex()) for sha in columns.shas[1:])]
    db = sessions.connection
    fixes = fixes_here(columns, identity.project_id, sessions.fixes)
    linking = Linking(
        db, read, columns, notes, sessions.ids, opened.observed_until, identity.project_id, fixes
    )
    register_commits(linking, ids)
    register_notes(linking)
    sessions.take_written_lines(identity.project_id)
    links = (*links_of_events(events), *links_of_requests(here, sessions.requests),
             *links_of_times(here, authors, sessions))  # fmt: skip
    create_table(db, "links", links_table(links))
    create_table(db, "facts", _facts(columns, read, authors, forgotten))
    create_table(db, "paths", _paths(read))
    folder.mkdir(parents=True, exist_ok=True)
    named = {"repository_id": identity.repository_id}
    files = {
        LINE_GROUPS.name: _stage_line_groups(linking, folder, named),
        COMMIT_FILES.name: _stage_commit_files(db, read, folder, named),
    }
    db.execute(PICKED)
    for table, statement in ((COMMIT_SESSIONS, COMMIT_SESSIONS_SQL), (COMMITS, COMMITS_SQL)):
        parameters = named | ({"project_id": identity.project_id} if table is COMMITS else {})
        files[table.name] = _stage(db, table, statement, folder, parameters)
    row = _row(opened, read, identity, columns, notes, len(forgotten))
    return StagedRepository(row, files, [one for one in events if one.commit not in forgotten], ids)


def _notes(git: pygit2.Repository, read: ReadLedger) -> dict[int, list[NotedLines] | None]:
    """By number of the commit, what its note says; None where nobody can read it."""
    found: dict[int, list[NotedLines] | None] = {}
    for sha, blob in note_blobs(git).items():
        number = read.ledger.commits.get(sha)
        if number is not None:
            try:
                found[number] = read_note(object_at(git, blob).data)
            except NoteError:
                found[number] = None
    return found


def _authors(columns: CommitColumns, events: list[FoundEvent], around: Surroundings) -> list[Author]:
    made = [(columns.author[one.commit].address, one.event.user_id)
            for one in events if one.commit and not columns.is_bot[one.commit]]  # fmt: skip
    authors = Authors(around.pseudonyms, around.users, addresses_of_sessions(made))
    people = zip(columns.author, columns.is_bot, strict=True)
    return [authors.author(person, is_bot=bool(is_bot)) for person, is_bot in people]


def _facts(columns: CommitColumns, read: ReadLedger, authors: list[Author], forgotten: set[int]) -> pa.Table:
    """What the table of commits needs of each commit, by number."""
    parents = read.parents
    counts = [len(parents[sha]) for sha in columns.shas[1:]]
    numbers = range(1, len(columns.shas))
    landing = np.frombuffer(columns.landing, np.uint32)[1:]
    reverted = np.array([columns.reverted_by.get(number, 0) for number in numbers], np.uint32)
    reverts = np.array([columns.reverts.get(number, 0) for number in numbers], np.uint32)
    is_forgotten = np.zeros(len(columns.shas), bool)
    is_forgotten[list(forgotten)] = True
    return pa.table(
        {
            "commit": pa.array(np.arange(1, len(columns.shas), dtype=np.uint32)),
            "commit_sha": pa.array([sha.hex() for sha in columns.shas[1:]]),
            "user_id": pa.array([author.user_id for author in authors[1:]], pa.string()),
            "author_key": pa.array([author.key for author in authors[1:]], pa.string()),
            "author_known_by": pa.array([author.known_by for author in authors[1:]], pa.string()),
            "is_bot_author": pa.array(np.frombuffer(columns.is_bot, np.uint8)[1:].astype(bool)),
            "is_merge": pa.array([count > 1 for count in counts]),
            "is_landing": pa.array(landing == np.arange(1, len(columns.shas))),
            "landing": pa.array(landing),
            "copy_of": _null_for_none(np.frombuffer(columns.copy_of, np.uint32)[1:]),
            "reverts": _null_for_none(reverts),
            "reverted_by": _null_for_none(reverted),
            "agent_trailer": pa.array(columns.agent[1:], pa.string()),
            "co_author_count": pa.array(np.frombuffer(columns.co_authors, np.uint16)[1:]),
            "pull_request_number": _null_for_none(np.frombuffer(columns.pull_request, np.uint32)[1:]),
            "unfiltered": pa.array(np.frombuffer(read.ledger.unfiltered, np.uint32)[1:]),
            "is_forgotten": pa.array(is_forgotten[1:]),
        }
    )


def _null_for_none(numbers: Any) -> pa.Array:
    return pa.array(numbers, mask=np.asarray(numbers) == 0)


def _paths(read: ReadLedger) -> pa.Table:
    known = [file for file in read.ledger.files if file is not None]
    return pa.table(
        {
            "file": pa.array(np.arange(1, len(known) + 1, dtype=np.uint32)),
            "path_id": pa.array([file.path_id for file in known], pa.string()),
            "file_extension": pa.array([file.extension for file in known], pa.string()),
        }
    )


def _stage_line_groups(linking: Linking, folder: Path, named: Mapping[str, Any]) -> Path:
    """Write the groups part by part, and leave their sums for the commits."""
    db = linking.connection
    db.execute(LINE_SUMS)
    path = folder / f"{LINE_GROUPS.name}.parquet"
    with PartitionWriter(path, schema=LINE_GROUPS.schema) as writer:
        for groups in line_groups(linking):
            db.register("groups", groups)
            db.execute("insert into line_groups select * from groups")
            for batch in _batches(db.execute(LINE_GROUPS_SQL, dict(named))):
                writer.write(batch)
            db.unregister("groups")
    return path


def _stage_commit_files(
    db: duckdb.DuckDBPyConnection, read: ReadLedger, folder: Path, named: Mapping[str, Any]
) -> Path:
    parts = [str(path) for path in read.files.paths(read.files.file_parts)]
    db.execute(FILE_SUMS[0])
    path = folder / f"{COMMIT_FILES.name}.parquet"
    with PartitionWriter(path, schema=COMMIT_FILES.schema) as writer:
        for part in parts:
            db.execute("create or replace temp table changed as from read_parquet($part)", {"part": part})
            db.execute(FILE_SUMS[1])
            for batch in _batches(db.execute(COMMIT_FILES_SQL, dict(named))):
                writer.write(batch)
    return path


def _stage(
    db: duckdb.DuckDBPyConnection,
    table: GitTable,
    statement: str,
    folder: Path,
    parameters: Mapping[str, Any],
) -> Path:
    path = folder / f"{table.name}.parquet"
    with PartitionWriter(path, schema=table.schema) as writer:
        for batch in _batches(db.execute(statement, dict(parameters))):
            writer.write(batch)
    return path


def _batches(result: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    for batch in result.to_arrow_reader(BATCH_ROWS):
        yield pa.Table.from_batches([batch])


def _row(
    opened: OpenRepository,
    read: ReadLedger,
    identity: Identity,
    columns: CommitColumns,
    notes: Mapping[int, list[NotedLines] | None],
    forgotten_count: int,
) -> GitRepository:
    seconds = np.frombuffer(columns.committed, np.int64)
    times = seconds.astype("datetime64[s]").astype(object)
    return GitRepository(
        repository_id=identity.repository_id,
        project_id=identity.project_id,
        project_name=identity.project_name,
        status="read",
        reason=None,
        is_rewritten=read.is_rewritten,
        first_committed_at=min(times[1:]),
        last_landed_at=times[columns.landing[-1]],
        observed_until=opened.observed_until,
        commit_count=len(columns.shas) - 1,
        merge_commit_count=sum(len(parents) > 1 for parents in read.parents.values()),
        landing_count=len(read.chain),
        copied_commit_count=sum(1 for one in columns.copy_of if one),
        forgotten_commit_count=forgotten_count,
        noted_commit_count=sum(said is not None for said in notes.values()),
        unreadable_note_count=sum(said is None for said in notes.values()),
    )
