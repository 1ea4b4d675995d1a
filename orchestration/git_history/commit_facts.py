"""What a commit says of itself: its times, its author, its trailers, what it reverts, its pull request.

Belongs here: reading one commit's header and message. Nothing is kept between runs: a message is read
quickly, and a new mailmap or list of agents is a new answer. Not here: whose pseudonym an author is.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pygit2

from orchestration.git_history.known_agents import (
    AGENT_TRAILERS,
    BOT,
    GENERATED_WITH,
    OTHER,
    agent_named,
    agent_signing,
)

_REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b", re.IGNORECASE)
_REVERTS_REQUEST = re.compile(r"^Reverts (?:[\w.-]+/[\w.-]+)?[#!](\d{1,9})\b", re.M)
_MERGED_REQUEST = re.compile(
    r"\AMerge(?:d)? (?:pull request|PR) #(\d{1,9})\b|^See merge request \S*!(\d{1,9})\b"
    r"|\AMerged in \S+ \(pull request #(\d{1,9})\)",
    re.M,
)
_SQUASHED_REQUEST = re.compile(r"\A[^\n]*\([#!](\d{1,9})\)[ \t]*(?:\n|\Z)")
_TRAILER = re.compile(r"^([A-Za-z][A-Za-z-]{2,40}):[ \t]+(\S.*?)[ \t]*$", re.M)
_AIDER = re.compile(r"\s*\(aider\)$")
_PERSON = re.compile(r"(.*?)\s*<([^<>]*)>")


class Person(NamedTuple):
    """A name and an address as a commit has them."""

    name: str
    address: str


class CommitFacts(NamedTuple):
    """What one commit says. `reverts`: an id or its beginning, `reverts_request`: a pull request."""

    author: Person
    authored_at: datetime
    committed_at: datetime
    is_bot: bool
    agent: str | None
    co_authors: tuple[Person, ...]
    reverts: str | None
    reverts_request: int | None
    pull_request: int | None


def read_facts(commit: pygit2.Commit, mailmap: pygit2.Mailmap | None) -> CommitFacts:
    """The facts of a commit; names go through the repository's own mailmap."""
    message = commit.raw_message[:20_000].decode("utf-8", "replace")
    author = _mapped(_person(commit.author), mailmap)
    trailers = _trailers(message)
    people = [_named(value) for key, value in trailers if key == "co-authored-by"]
    signed = agent_signing(*author)
    if _AIDER.search(author.name):  # its mark on the name of the person who runs it
        author, signed = author._replace(name=_AIDER.sub("", author.name)), None
        trailers.append(("assisted-by", "aider"))
    reverts, request = _REVERTS.search(message), _REVERTS_REQUEST.search(message)
    return CommitFacts(
        author=author,
        authored_at=_time(commit.author),
        committed_at=_time(commit.committer),
        is_bot=signed is not None or any(BOT.search(part) for part in author),
        agent=signed or _agent(message, trailers, people),
        co_authors=tuple(
            _mapped(person, mailmap)
            for person in people
            if agent_signing(*person) is None and not any(map(BOT.search, person))
        ),
        reverts=reverts.group(1).lower() if reverts else None,
        reverts_request=int(request.group(1)) if request else None,
        pull_request=_pull_request(message),
    )


def _trailers(message: str) -> list[tuple[str, str]]:
    return [(key.casefold(), value) for key, value in _TRAILER.findall(message)]


def _agent(message: str, trailers: list[tuple[str, str]], people: list[Person]) -> str | None:
    """The first agent that is known; `other` where one is named that no list knows."""
    named = [value.split(":")[0].split("<")[0].strip() for key, value in trailers if key in AGENT_TRAILERS]
    generated = [match["name"] for match in GENERATED_WITH.finditer(message)]
    found = [*(agent_signing(*person) for person in people), *map(agent_named, (*named, *generated))]
    return next(filter(None, found), OTHER if named else None)


def _pull_request(message: str) -> int | None:
    merged = _MERGED_REQUEST.search(message)
    if merged:
        return int(next(group for group in merged.groups() if group))
    squashed = _SQUASHED_REQUEST.match(message)
    return int(squashed.group(1)) if squashed else None


def _named(value: str) -> Person:
    match = _PERSON.match(value)
    return Person(match.group(1), match.group(2)) if match else Person(value, "")


def _person(signature: pygit2.Signature) -> Person:
    raw = (signature.raw_name, signature.raw_email)
    return Person(*(part.decode("utf-8", "replace").strip() for part in raw))


def _mapped(person: Person, mailmap: pygit2.Mailmap | None) -> Person:
    return person if mailmap is None else Person(*mailmap.resolve(*person))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 4_102_444_800  # 2100: a broken clock's year 292277026596 fits no column


def _time(signature: pygit2.Signature) -> datetime:
    """UTC without a zone, as the lake has times."""
    return (_EPOCH + timedelta(seconds=min(max(signature.time, 0), _LATEST))).replace(tzinfo=None)
