"""Which changes are reviewed: those that brought bugs in, and as many others of the same repositories.

Belongs here: bugs from the table of incidents, or from bug-fix commits where there is none (a substitute,
which is stated in every row), the commits behind them, the draw of control changes. Not here: how a commit
is found from its fix (introducing), what a reviewer is shown (labelling.change_reviews).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pygit2
from pygit2.enums import SortMode

from classifiers.asking.eligibility import budget_place, is_sampled
from orchestration.change_reviews.introducing import (
    FileText,
    change_of,
    commit_of,
    introducing_commit,
)
from orchestration.change_reviews.rows import ChangeSet
from orchestration.git_history.authors import Author, Authors
from orchestration.git_history.commit_columns import mailmap_of
from orchestration.git_history.commit_facts import read_facts
from orchestration.git_history.incidents import INCIDENTS_FILE
from orchestration.git_history.repository import (
    OpenRepository,
    RepositoryError,
    open_repository,
    repository_places,
)
from orchestration.ingest.pseudonyms import Pseudonyms

FIXES = re.compile(r"\b(?:fix(?:e[sd])?|bug ?fix|hot ?fix|regression)\b", re.IGNORECASE)
"""What the first line of a bug-fix commit says."""

MOST_COMMITS = 20_000
"""Newest commits of a repository among which fixes and control changes are looked for."""

SETTLED = timedelta(days=30)
"""Age, at the newest commit, from which on a change that is known for no bug counts as innocent."""


@dataclass(frozen=True)
class Bug:
    """A bug that was fixed: how it was described. Shas are of commits in the repositories, if there."""

    fixed_sha: str | None
    introduced_sha: str | None
    opened_at: datetime | None
    description: str = field(repr=False)


@dataclass(frozen=True)
class FoundChange:
    """A change to review. `bug` and `fix` are what is known of its bug; control changes have neither."""

    change_id: str
    change_set: ChangeSet
    user_id: str | None
    committed_at: datetime
    files: Sequence[FileText] = field(repr=False)
    bug: str | None = field(repr=False, default=None)
    fix: Sequence[FileText] = field(repr=False, default=())


@dataclass(frozen=True)
class ChangeSearch:
    """Where changes are looked for, what their authors are called, and whose are left out."""

    lake_dir: Path
    repositories: Sequence[str]
    share: float
    pseudonyms: Pseudonyms
    authors: Authors
    is_deleted: Callable[[Author], bool]

    def changes(self) -> Iterator[FoundChange]:
        """The drawn share of the changes behind bugs, and as many control changes, repository by repository.

        A repository that cannot be read has none.
        """
        incidents = _incidents(self.lake_dir)
        for place in repository_places(self.repositories):
            try:
                with open_repository(place) as opened:
                    yield from self._of_repository(opened, incidents)
            except RepositoryError:
                continue

    def _of_repository(
        self, opened: OpenRepository, incidents: Sequence[Bug] | None
    ) -> Iterator[FoundChange]:
        git, commits = opened.git, _newest(opened)
        mailmap = mailmap_of(git, opened.tip)
        change_set: ChangeSet = "bug_fix" if incidents is None else "incident"
        bugs = _bug_fixes(commits) if incidents is None else incidents
        guilty: dict[str, tuple[pygit2.Commit, Bug, pygit2.Commit | None]] = {}
        suspects: set[str] = set()
        for bug in bugs:
            fix = commit_of(git, bug.fixed_sha) if bug.fixed_sha else None
            origin = commit_of(git, bug.introduced_sha) if bug.introduced_sha else None
            if origin is None and fix is not None:
                origin = introducing_commit(git, fix)
            suspects |= {str(one.id) for one in (fix, origin) if one is not None}
            if origin is not None and (bug.opened_at is None or _time(origin) <= bug.opened_at):
                guilty.setdefault(str(origin.id), (origin, bug, fix))
        drawn = {sha: found for sha, found in guilty.items() if self._is_drawn(sha)}
        for sha in sorted(drawn):
            origin, bug, fix = drawn[sha]
            fixed = () if fix is None else change_of(fix)
            yield from self._change(origin, mailmap, change_set, bug=bug.description, fix=fixed)
        for commit in _innocent(commits, suspects, count=len(drawn)):
            yield from self._change(commit, mailmap, "control")

    def _is_drawn(self, sha: str) -> bool:
        return is_sampled(self.share, seed="change review", unit_id=sha)

    def _change(
        self,
        commit: pygit2.Commit,
        mailmap: pygit2.Mailmap | None,
        change_set: ChangeSet,
        *,
        bug: str | None = None,
        fix: Sequence[FileText] = (),
    ) -> Iterator[FoundChange]:
        """The change, unless its author was deleted."""
        facts = read_facts(commit, mailmap)
        author = self.authors.author(facts.author, is_bot=facts.is_bot)
        if not self.is_deleted(author):
            change_id = self.pseudonyms.change(str(commit.id))
            yield FoundChange(
                change_id, change_set, author.user_id, _time(commit), change_of(commit), bug, fix
            )


def _incidents(lake_dir: Path) -> list[Bug] | None:
    """The organisation's incidents that name a commit; None where no table has one."""
    path = lake_dir / INCIDENTS_FILE
    rows = pq.read_table(path).to_pylist() if path.exists() else []
    found = [
        Bug(
            row["fixed_sha"],
            row["introduced_sha"],
            row["opened_at"].replace(tzinfo=UTC),
            "\n".join(text for text in (row["title"], row["description"]) if text),
        )
        for row in rows
        if row["fixed_sha"] or row["introduced_sha"]
    ]
    return found or None


def _bug_fixes(commits: Iterable[pygit2.Commit]) -> list[Bug]:
    return [
        Bug(str(commit.id), None, None, commit.message.strip())
        for commit in commits
        if len(commit.parent_ids) == 1 and FIXES.search(commit.message.partition("\n")[0])
    ]


def _innocent(commits: Sequence[pygit2.Commit], suspects: set[str], *, count: int) -> Iterator[pygit2.Commit]:
    """Old enough changes that are known for no bug, in the order of a hash."""
    if not commits:
        return
    until = _time(commits[0]) - SETTLED
    found = [
        commit
        for commit in commits
        if len(commit.parent_ids) == 1
        and str(commit.id) not in suspects
        and _time(commit) <= until
        and not FIXES.search(commit.message.partition("\n")[0])
    ]
    yield from sorted(found, key=lambda commit: budget_place(str(commit.id)))[:count]


def _newest(opened: OpenRepository) -> list[pygit2.Commit]:
    """The newest commits of the default branch, the newest first."""
    walker = opened.git.walk(opened.tip, SortMode.TIME)
    return [commit for commit, _ in zip(walker, range(MOST_COMMITS), strict=False)]


def _time(commit: pygit2.Commit) -> datetime:
    return datetime.fromtimestamp(commit.commit_time, tz=UTC)
