"""The commits of a default branch as columns by their number in the ledger: times, authors, reverts, copies.

Belongs here: what follows from the messages of all commits together. Read in every run: it takes ten
microseconds a commit, and depends on the mailmap and on what later commits say. Not here: sessions (links).
"""

from __future__ import annotations  # array[int] cannot be evaluated before Python 3.12

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pygit2

from orchestration.git_history.commit_facts import Person, read_facts
from orchestration.git_history.ledger import NO_COMMIT
from orchestration.git_history.read_ledger import ReadLedger
from orchestration.git_history.repository import object_at

MAILMAP = ".mailmap"


@dataclass
class CommitColumns:
    """By number of the commit, from 1; 0 stands for none. Times are seconds since 1970, UTC.

    `landing`: the landing that brought the commit. `reverted_by`: the commit that reverts it and stands.
    """

    shas: list[bytes]
    authored: array[int] = field(default_factory=lambda: array("q", [0]))
    committed: array[int] = field(default_factory=lambda: array("q", [0]))
    author: list[Person] = field(default_factory=lambda: [Person("", "")])
    agent: list[str | None] = field(default_factory=lambda: [None])
    is_bot: bytearray = field(default_factory=lambda: bytearray(1))
    co_authors: array[int] = field(default_factory=lambda: array("H", [0]))
    pull_request: array[int] = field(default_factory=lambda: array("I", [0]))
    landing: array[int] = field(default_factory=lambda: array("I"))
    copy_of: array[int] = field(default_factory=lambda: array("I"))
    reverts: dict[int, int] = field(default_factory=dict)
    reverted_by: dict[int, int] = field(default_factory=dict)

    def find(self, prefix: str) -> int:
        """The commit whose id begins so; 0 where none or several do."""
        whole = bytes.fromhex(prefix[: len(prefix) // 2 * 2])
        at = bisect_left(self._by_sha, (whole, 0))
        found = []
        while at < len(self._by_sha) and self._by_sha[at][0].startswith(whole):
            sha, number = self._by_sha[at]
            if sha.hex().startswith(prefix):
                found.append(number)
            at += 1
        return found[0] if len(found) == 1 else NO_COMMIT

    def __post_init__(self) -> None:
        self._by_sha = sorted((sha, number) for number, sha in enumerate(self.shas) if number)


def read_columns(git: pygit2.Repository, read: ReadLedger) -> CommitColumns:
    """The columns of every commit of a ledger."""
    columns = CommitColumns([b"", *read.ledger.commits])
    mailmap = mailmap_of(git, pygit2.Oid(raw=read.chain[-1]))
    people: dict[Person, Person] = {}
    said: list[tuple[int, str | None, int | None]] = []
    for number, sha in enumerate(read.ledger.commits, start=1):
        facts = read_facts(object_at(git, pygit2.Oid(raw=sha)), mailmap)
        columns.authored.append(_seconds(facts.authored_at))
        columns.committed.append(_seconds(facts.committed_at))
        columns.author.append(people.setdefault(facts.author, facts.author))
        columns.agent.append(facts.agent)
        columns.is_bot.append(facts.is_bot)
        columns.co_authors.append(min(len(facts.co_authors), 999))
        columns.pull_request.append(facts.pull_request or 0)
        if facts.reverts or facts.reverts_request:
            said.append((number, facts.reverts, facts.reverts_request))
    _find_landings(columns, read)
    _find_copies(columns, read)
    _find_reverts(columns, said)
    return columns


def _find_landings(columns: CommitColumns, read: ReadLedger) -> None:
    """Numbers are given landing by landing, the landing last; its pull request is that of all it brought."""
    columns.landing.append(NO_COMMIT)
    for commit in read.chain:
        landing = read.ledger.commits[commit]
        request = columns.pull_request[landing]
        for number in range(len(columns.landing), landing + 1):
            columns.landing.append(landing)
            columns.pull_request[number] = request or columns.pull_request[number]


def _find_copies(columns: CommitColumns, read: ReadLedger) -> None:
    first: dict[int, int] = {}
    for number, patch in enumerate(read.ledger.patches):
        earlier = first.setdefault(patch, number) if patch else number
        columns.copy_of.append(earlier if earlier != number else NO_COMMIT)


def _find_reverts(columns: CommitColumns, said: list[tuple[int, str | None, int | None]]) -> None:
    """What is reverted, from the last commit backwards: a revert that was itself reverted reverts nothing."""
    by_request: dict[int, list[int]] = {}
    for number, request in enumerate(columns.pull_request):
        if request and columns.landing[number] == number:
            by_request.setdefault(request, []).append(number)
    for number, sha, stated in reversed(said):
        target = columns.find(sha) if sha else NO_COMMIT
        if target == NO_COMMIT and stated:
            earlier = (one for one in by_request.get(stated, ()) if one < number)
            target = max(earlier, default=NO_COMMIT)
        if not NO_COMMIT < target < number:
            continue
        columns.reverts[number] = target
        if number not in columns.reverted_by:
            for one in _brought_with(columns, target):
                columns.reverted_by.setdefault(one, number)


def _brought_with(columns: CommitColumns, target: int) -> Iterator[int]:
    """The commit; of a landing, all that it brought: their numbers come right before its own."""
    yield target
    number = target - 1
    while columns.landing[target] == target and number and columns.landing[number] == target:
        yield number
        number -= 1


def mailmap_of(git: pygit2.Repository, tip: pygit2.Oid) -> pygit2.Mailmap | None:
    """What the repository says, at this commit, of people with several names; None without such a file."""
    tree = object_at(git, tip).tree
    if MAILMAP not in tree or tree[MAILMAP].type_str != "blob":
        return None
    content = tree[MAILMAP].data
    try:
        return pygit2.Mailmap.from_buffer(content.decode("utf-8", "replace"))
    except pygit2.GitError:
        return None


def _seconds(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp())
