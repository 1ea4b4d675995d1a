"""Which sessions a commit is of, by what they printed, by pull request and by time: one row per evidence.

Belongs here: evidence about whole commits. Evidence about lines, notes and matches, is attribution's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pygit2

from orchestration.git_history.authors import Author
from orchestration.git_history.commit_columns import CommitColumns
from orchestration.git_history.diffs import ExclusionOf, patch_identity, read_diff
from orchestration.git_history.ledger import NO_COMMIT, Ledger
from orchestration.git_history.sessions import CommitEvent, LakeSessions, RequestEvent
from orchestration.ingest.git_rows import CommitEventState, SessionEvidence
from orchestration.ingest.repositories import repository_key

SAME_COMMIT = timedelta(days=1)
"""How far a session's output and the commit's own time may lie apart: a short id may be another's."""

AFTER_SESSION = timedelta(minutes=30)
"""How long after a session's end its person's commit may still be of it, by time."""


class Link(NamedTuple):
    """A commit and a session that one evidence links. `at` decides between several: the earliest."""

    commit: int
    evidence: SessionEvidence
    session_id: str
    line_count: int | None
    at: datetime


class FoundEvent(NamedTuple):
    """What became of a commit that a session printed; `commit` is 0 where it did not land."""

    event: CommitEvent
    state: CommitEventState
    commit: int


@dataclass(frozen=True)
class LinkedRepository:
    """What linking needs to know of a repository. `key`: `host/owner/name` of its remote."""

    git: pygit2.Repository
    ledger: Ledger
    columns: CommitColumns
    project_id: str
    key: str | None


def find_events(here: LinkedRepository, events: Sequence[CommitEvent]) -> list[FoundEvent]:
    """The events whose commit this repository has, and those of its project, found or not."""
    found = [_find(here, event) for event in events]
    return [one for one in found if one.state != "not_found" or one.event.project_id == here.project_id]


def _find(here: LinkedRepository, event: CommitEvent) -> FoundEvent:
    number = here.columns.find(event.sha)
    if number != NO_COMMIT and _is_near(event, here.columns.committed[number]):
        return FoundEvent(event, "landed", number)
    if event.project_id == here.project_id:
        commit = _off_branch(here.git, event)
        if commit is not None:
            copy = _copy_of(here, commit)
            return FoundEvent(event, "landed_as_copy" if copy else "not_landed", copy)
    return FoundEvent(event, "not_found", NO_COMMIT)


def _is_near(event: CommitEvent, seconds: int) -> bool:
    return abs(event.occurred_at - _time(seconds)) <= SAME_COMMIT


def _off_branch(git: pygit2.Repository, event: CommitEvent) -> pygit2.Commit | None:
    """A commit that the repository has beside its default branch, such as one that was rebased."""
    try:
        found = git.get(event.sha)
    except (ValueError, pygit2.GitError):  # several objects begin so
        return None
    if isinstance(found, pygit2.Commit) and _is_near(event, found.commit_time):
        return found
    return None


def _copy_of(here: LinkedRepository, commit: pygit2.Commit) -> int:
    """The commit that landed with the same patch; 0 where none did, and for merges."""
    if len(commit.parent_ids) > 1:
        return NO_COMMIT
    # A dictionary of its own: what a commit beside the branch holds decides nothing about the branch's files.
    exclusion_of = ExclusionOf(dict(here.ledger.exclusions), here.ledger.recall, here.ledger.stated)
    patch = patch_identity(read_diff(here.git, commit, here.ledger.keys, exclusion_of))
    if patch == 0:
        return NO_COMMIT
    try:
        return here.ledger.patches.index(patch)
    except ValueError:
        return NO_COMMIT


def links_of_events(found: Sequence[FoundEvent]) -> Iterator[Link]:
    """By the ids that sessions printed."""
    for event, state, commit in found:
        if commit != NO_COMMIT:
            evidence: SessionEvidence = "sha" if state == "landed" else "copy"
            yield Link(commit, evidence, event.session_id, None, event.occurred_at)


def links_of_requests(here: LinkedRepository, requests: Sequence[RequestEvent]) -> Iterator[Link]:
    """By the pull request that a session opened or merged, and by which commits landed."""
    by_number: dict[int, list[RequestEvent]] = {}
    for request in requests:
        if _is_here(here, request):
            by_number.setdefault(request.number, []).append(request)
    for number, request_number in enumerate(here.columns.pull_request):
        for request in by_number.get(request_number, ()):
            yield Link(number, "pull_request", request.session_id, None, request.occurred_at)


def _is_here(here: LinkedRepository, request: RequestEvent) -> bool:
    if request.repository is None or here.key is None:
        return request.repository is None and request.project_id == here.project_id
    named = repository_key(request.repository)
    # `owner/name` is read as GitHub's; on another forge only that part can be compared.
    return named is not None and named.partition("/")[2] == here.key.partition("/")[2]


def links_of_times(
    here: LinkedRepository, authors: Sequence[Author], sessions: LakeSessions
) -> Iterator[Link]:
    """By time: the author's session in the project when the commit was written, the latest of several."""
    for number in range(1, len(here.columns.shas)):
        spans = sessions.spans.get((authors[number].user_id or "", here.project_id))
        if spans:
            at = _time(here.columns.authored[number])
            running = [span for span in spans if span.started_at <= at <= span.ended_at + AFTER_SESSION]
            if running:
                latest = max(running)
                yield Link(number, "time", latest.session_id, None, latest.started_at)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
