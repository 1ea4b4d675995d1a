"""Whose a commit is: an author's name and address → the pseudonym that the person's sessions have.

Belongs here: the order of what is asked. The operator's map `users` comes first, then sessions that made
commits of the address, then the name in the address, as it stands in home folders. A bot is nobody.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from orchestration.git_history.commit_facts import Person
from orchestration.ingest.git_rows import AuthorKnownBy
from orchestration.ingest.pseudonyms import Pseudonyms, is_generic

_FORGE_ADDRESS = re.compile(r"(?:\d+\+)?([^@]+)@users\.noreply\.[\w.-]+", re.IGNORECASE)
LEAST_COMMITS = 2
"""Commits of an address that sessions must have made before the address is their person's."""


class Author(NamedTuple):
    """An author's pseudonym and how it is known, both None for nobody; and a keyed hash of the address."""

    user_id: str | None
    known_by: AuthorKnownBy | None
    key: str


class Authors:
    """Answers whose an author is. `by_sessions`: address, in lower case → pseudonym."""

    def __init__(
        self, pseudonyms: Pseudonyms, users: Mapping[str, str], by_sessions: Mapping[str, str] | None = None
    ) -> None:
        self._pseudonyms = pseudonyms
        self._users = {name.casefold(): person for name, person in users.items()}
        self._by_sessions = by_sessions or {}
        self._known: dict[Person, Author] = {}

    def author(self, person: Person, *, is_bot: bool) -> Author:
        """The author of one name and address."""
        if is_bot:
            return Author(None, None, self._pseudonyms.address(person.address))
        if person not in self._known:
            key = self._pseudonyms.address(person.address)
            self._known[person] = Author(*self._find(person), key)
        return self._known[person]

    def _find(self, person: Person) -> tuple[str | None, AuthorKnownBy | None]:
        local = _local_part(person.address)
        for key in (person.address, person.name, local):
            if key and (mapped := self._users.get(key.casefold())) is not None:
                return self._pseudonyms.user(mapped), "map"
        if (found := self._by_sessions.get(person.address.casefold())) is not None:
            return found, "sessions"
        return (None, None) if is_generic(local) else (self._pseudonyms.user(local), "address")


def addresses_of_sessions(made: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Addresses whose commits were made in sessions of one person alone, with that person's pseudonym."""
    found: dict[str, list[str | None]] = {}
    for address, user_id in made:
        found.setdefault(address.casefold(), []).append(user_id)
    return {
        address: users[0]
        for address, users in found.items()
        if address and len(users) >= LEAST_COMMITS and len(set(users)) == 1 and users[0] is not None
    }


def _local_part(address: str) -> str:
    forge = _FORGE_ADDRESS.fullmatch(address)
    return forge.group(1) if forge else address.rpartition("@")[0].partition("+")[0]
