"""All repositories of the setting → the tables of git in the lake, through their gates.

Belongs here: which places are one repository, what is set aside, judging each repository by itself, and
writing. Each table is one file, made anew as a whole: a killed run leaves the files of before.
Not here: reading a repository (read_ledger, repository_rows), when it runs (assets).
"""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from expectations.verdict import Verdict
from orchestration.git_history.read_ledger import Advance, read_ledger
from orchestration.git_history.repository import (
    OpenRepository,
    RepositoryError,
    commit_time,
    open_repository,
    repository_places,
)
from orchestration.git_history.repository_rows import (
    Identity,
    StagedRepository,
    Surroundings,
    stage_repository,
)
from orchestration.git_history.sessions import CommitEvent, LakeSessions, lake_sessions
from orchestration.git_history.tables import git_lake_table
from orchestration.ingest.git_rows import (
    COMMIT_EVENTS,
    GIT_TABLES,
    REPOSITORIES,
    CommitEventState,
    GitCommitEvent,
    GitRepository,
    GitTable,
    SetAsideReason,
)
from orchestration.ingest.projects import named_in, project_root
from orchestration.ingest.rows import to_arrow
from orchestration.landing.journal import staging_dir, sync_path
from orchestration.landing.lake import PartitionWriter, single_file, write_partition
from orchestration.project_roots import project_of_repository

Judge = Callable[[Mapping[str, Path]], Sequence[Verdict]]
Task = Callable[[str], AbstractContextManager[Advance]]

_STATES: tuple[CommitEventState, ...] = ("landed", "landed_as_copy", "not_landed", "not_found")
"""Best first: a commit may be in several repositories of a project."""


class GitRowsError(Exception):
    """The rows of all repositories together break a rule; nothing was landed."""


@dataclass(frozen=True)
class GitPlaces:
    """Where things are. `ledgers`: what earlier runs read of repositories."""

    lake: Path
    ledgers: Path
    repositories: tuple[str, ...]


@dataclass(frozen=True)
class GitRules:
    """What rows depend on besides the repositories and the lake."""

    around: Surroundings
    projects: Mapping[str, str]
    shows_names: bool
    memory_gb: float


@dataclass
class GitReport:
    """What one run did. `row_counts` by table; `set_aside`: place and reason, in order."""

    read_count: int = 0
    set_aside: list[tuple[Path, SetAsideReason]] = field(default_factory=list)
    row_counts: dict[str, int] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    """A place that could be opened, and what it is called."""

    path: Path
    identity: Identity
    tip_time: int


def land_git(places: GitPlaces, rules: GitRules, judge: Judge, task: Task) -> GitReport:
    """Read the repositories, judge and land their rows. Raises GitRowsError.

    A repository that cannot be read, or whose rows break a rule, is set aside with its reason.
    """
    report = GitReport()
    staging = staging_dir(places.lake, "git")
    try:
        staged: list[tuple[_Place, StagedRepository]] = []
        found = _distinct(places, rules, report)
        with lake_sessions(places.lake, memory_gb=rules.memory_gb, temporary=staging) as sessions:
            for number, place in enumerate(found, start=1):
                folder = staging / place.identity.repository_id
                with task(f"Reading repository {number} of {len(found)}") as advance:
                    one = _stage(place, places, rules, sessions, folder, advance)
                if isinstance(one, StagedRepository) and not _is_broken(one, judge, report, staging):
                    staged.append((place, one))
                else:
                    reason = one if isinstance(one, str) else "rules_broken"
                    report.set_aside.append((place.path, reason))
        report.read_count = len(staged)
        _land(places, rules, staged, judge, report, staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return report


def _distinct(places: GitPlaces, rules: GitRules, report: GitReport) -> list[_Place]:
    """The repositories, each once: of several places that are one, that with the newest default branch."""
    newest: dict[str, _Place] = {}
    for path in repository_places(places.repositories):
        try:
            with open_repository(path) as opened:
                place = _Place(path, _identity(opened, rules), commit_time(opened.git, opened.tip))
        except RepositoryError as error:
            report.set_aside.append((path, error.reason))
            continue
        other = newest.setdefault(place.identity.repository_id, place)
        if other is not place:
            older, newer = sorted((other, place), key=lambda one: one.tip_time)
            if older.tip_time == newer.tip_time:
                older, newer = place, other
            newest[place.identity.repository_id] = newer
            report.set_aside.append((older.path, "same_repository"))
    return list(newest.values())


def _identity(opened: OpenRepository, rules: GitRules) -> Identity:
    pseudonyms, named = rules.around.pseudonyms, opened.named
    root = str(named.root)
    project_id = project_of_repository(named, pseudonyms)
    name = named_in(rules.projects, project_root(root) or root, project_id, pseudonyms)
    if name is not None:
        project_id = pseudonyms.project(name)
    elif rules.shows_names:
        name = (named.key or root).rstrip("/").rsplit("/", 1)[-1]
    return Identity(pseudonyms.repository(named.key or root), named.key, project_id, name)


def _stage(
    place: _Place,
    places: GitPlaces,
    rules: GitRules,
    sessions: LakeSessions,
    folder: Path,
    advance: Advance,
) -> StagedRepository | SetAsideReason:
    around = rules.around
    try:
        with open_repository(place.path) as opened:
            ledger = places.ledgers / place.identity.repository_id
            read = read_ledger(opened, ledger, around.pseudonyms, advance=advance)
            return stage_repository(opened, read, place.identity, sessions, around, folder)
    except RepositoryError as error:
        return error.reason


def _is_broken(one: StagedRepository, judge: Judge, report: GitReport, staging: Path) -> bool:
    row = _write_rows(staging / "row.parquet", REPOSITORIES, [one.row])
    verdicts = judge({**one.files, REPOSITORIES.name: row})
    report.verdicts += verdicts
    return any(verdict.is_stopping for verdict in verdicts)


def _land(
    places: GitPlaces,
    rules: GitRules,
    staged: Sequence[tuple[_Place, StagedRepository]],
    judge: Judge,
    report: GitReport,
    staging: Path,
) -> None:
    """Write every table from what the repositories staged; the files are replaced last of all."""
    pseudonyms = rules.around.pseudonyms
    rows = [one.row for _, one in staged]
    rows += [
        _set_aside_row(pseudonyms.repository(f"place {path}"), reason) for path, reason in report.set_aside
    ]
    rows.sort(key=lambda row: row.repository_id)
    events = _event_rows([one for _, one in staged])
    written = {
        REPOSITORIES.name: _write_rows(staging / "repositories.parquet", REPOSITORIES, rows),
        COMMIT_EVENTS.name: _write_rows(staging / "commit_events.parquet", COMMIT_EVENTS, events),
    }
    verdicts = judge(written)
    report.verdicts += verdicts
    broken = [verdict for verdict in verdicts if verdict.is_stopping]
    if broken:
        raise GitRowsError(f"{broken[0].rule}: {broken[0].message}")
    for table in GIT_TABLES:
        if table.name not in written:
            parts = [one.files[table.name] for _, one in staged]
            written[table.name] = _write_together(staging / f"{table.name}.parquet", table, parts)
    for table in GIT_TABLES:
        path = single_file(places.lake, git_lake_table(table))
        path.parent.mkdir(parents=True, exist_ok=True)
        report.row_counts[table.name] = pq.read_metadata(written[table.name]).num_rows
        sync_path(written[table.name])
        written[table.name].replace(path)
        sync_path(path.parent)


def _event_rows(staged: Sequence[StagedRepository]) -> list[GitCommitEvent]:
    """One row per event: the best of what the repositories say of it."""
    best: dict[CommitEvent, tuple[int, GitCommitEvent]] = {}
    for one in staged:
        for event, state, commit in one.events:
            rank = _STATES.index(state)
            row = GitCommitEvent(
                event.session_id,
                event.event_id,
                one.row.repository_id if state != "not_found" else None,
                state,
                one.commit_ids[commit] if commit else None,
            )
            if event not in best or rank < best[event][0]:
                best[event] = (rank, row)
    return sorted((row for _, row in best.values()), key=lambda row: (row.session_id, row.event_id))


def _set_aside_row(repository_id: str, reason: SetAsideReason) -> GitRepository:
    nothing: dict[str, Any] = dict.fromkeys(GitRepository._fields)
    return GitRepository(
        **(nothing | {"repository_id": repository_id, "status": "set_aside", "reason": reason})
    )


def _write_rows(path: Path, table: GitTable, rows: Iterable[tuple[object, ...]]) -> Path:
    write_partition(path, [to_arrow(list(rows), table.schema)], schema=table.schema)
    return path


def _write_together(path: Path, table: GitTable, parts: Iterable[Path]) -> Path:
    with PartitionWriter(path, schema=table.schema) as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    writer.write(file.read_row_group(group))
    return path
