"""What the readers of supplied tables share: the context, and careful reading of single values.

Belongs here: people and repositories as the pseudonyms that sessions have, and values that cannot be read.
Not here: what a table's line means (pull_requests, survey, incidents).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestration.ingest.json_values import count_of, parse_time
from orchestration.ingest.pseudonyms import Pseudonyms, resolve_user
from orchestration.ingest.redaction.redact import Redactor
from orchestration.ingest.repositories import repository_key
from orchestration.supplied.rows import UnusableReason

_NOREPLY = re.compile(r"(?:\d+\+)?(?P<login>[^@+]+)@users\.noreply\.github\.com", re.IGNORECASE)
_SHA = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)


class UnusableLineError(Exception):
    """A line that cannot become a row; `reason` says why, and nothing of the line is in the message."""

    def __init__(self, reason: UnusableReason) -> None:
        super().__init__(reason)
        self.reason: UnusableReason = reason


@dataclass(frozen=True)
class SuppliedContext:
    """What reading depends on: the home's pseudonyms, the operator's maps, whose data was deleted."""

    pseudonyms: Pseudonyms
    users: Mapping[str, str]
    projects: Mapping[str, str]
    is_deleted: Callable[[str], bool]
    redactor: Redactor = field(default_factory=Redactor)
    mapping: str = ""

    def user_id(self, person: str | None) -> str | None:
        """Pseudonym of a login or an e-mail address, the same as of sessions where the name is the same.

        The operator's map knows either form; else an address counts by what is before the @.
        """
        if person is None or not person.strip():
            return None
        said = person.strip()
        found = _NOREPLY.fullmatch(said)
        login = found.group("login") if found else said.partition("@")[0]
        mapped = {name.casefold() for name in self.users}
        name = resolve_user(said if said.casefold() in mapped else login, (), self.users)
        return None if name is None else self.pseudonyms.user(name)

    def project_id(self, repository: str | None) -> str | None:
        """Pseudonym of a repository (`owner/name` or a URL) as sessions in it have it; None for no
        repository."""
        key = None if repository is None else repository_key(repository)
        if key is None:
            return None
        for mapped, name in self.projects.items():
            if repository_key(mapped) == key:
                return self.pseudonyms.project(name)
        return self.pseudonyms.project(key)


def required(value: Any) -> Any:
    """The value. Raises UnusableLineError where there is none."""
    if value is None:
        raise UnusableLineError("missing_field")
    return value


def time_of(value: Any) -> datetime | None:
    """An ISO time, or None where there is none. Raises UnusableLineError where it cannot be read."""
    if value is None:
        return None
    found = parse_time(value)
    if found is None:
        raise UnusableLineError("malformed_value")
    return found


def count_or_none(value: Any) -> int | None:
    """A count, or None where there is none. Raises UnusableLineError for anything else."""
    if value is None:
        return None
    found = count_of(value)
    if found is None:
        raise UnusableLineError("malformed_value")
    return found


def text_of(value: Any) -> str | None:
    """A text that is not empty, or None where there is none. Raises UnusableLineError for anything else."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UnusableLineError("malformed_value")
    return value


def sha_of(value: Any) -> str | None:
    """The hash of a commit, or None where there is none. Raises UnusableLineError for anything else."""
    text = text_of(value)
    if text is not None and not _SHA.fullmatch(text.strip()):
        raise UnusableLineError("malformed_value")
    return None if text is None else text.strip().casefold()


def word_of(value: Any, words: tuple[str, ...]) -> str | None:
    """A word of a closed list, or None where there is none. Raises UnusableLineError for any other."""
    text = text_of(value)
    if text is not None and text not in words:
        raise UnusableLineError("malformed_value")
    return text


def in_order(*times: datetime | None) -> None:
    """Raise UnusableLineError where one of the times that there are is before the one in front of it."""
    known = [at for at in times if at is not None]
    if known != sorted(known):
        raise UnusableLineError("implausible_order")
