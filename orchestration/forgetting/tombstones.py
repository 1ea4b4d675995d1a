"""Tombstones: who and what was deleted, as keyed hashes, so that no later run takes it in again.

`<home>/tombstones.sqlite` holds no name, path or id: only who has the pseudonym key can test a guess.
It lies beside the archive, not in it, so that an archive made anew still leaves the deleted out.
Belongs here: writing tombstones and asking them. Not here: the deletion itself (forget).
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path

from orchestration.configured_sources import configured_sources
from orchestration.ingest.archive.objects import content_hash_of
from orchestration.ingest.archive.people import people_of, slug_names, slug_of, spelling_of
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.ingest.sources import SOURCES
from orchestration.ingest.sources.source import Source, TranscriptFile
from orchestration.settings import Settings

TOMBSTONES_FILE = "tombstones.sqlite"
SCHEMA_VERSION = 1
SCHEMA = """
create table if not exists key_check (key blob primary key) without rowid;
create table if not exists deletions (key blob primary key, deleted_at text not null) without rowid;
create table if not exists buried (kind text, key blob, primary key (kind, key)) without rowid;
"""


class TombstonesError(Exception):
    """The tombstones cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Burial:
    """What of one person is to stay out: the person, and all that would tell a file of theirs.

    `names` are spellings in paths; `record_keys` those of the lineage, so that a record that only bears
    the id of a deleted one is another.
    """

    user_id: str
    names: frozenset[str]
    paths: frozenset[str]
    stamps: frozenset[str]
    content_hashes: frozenset[str]
    record_keys: frozenset[str]
    author_keys: frozenset[str] = frozenset()


class Tombstones:
    """The tombstones of one data home; answers whether a transcript file is a deleted person's."""

    def __init__(
        self,
        db: sqlite3.Connection,
        pseudonyms: Pseudonyms,
        users: Mapping[str, str],
        sources: Mapping[str, Source] = SOURCES,
    ) -> None:
        self._db = db
        self._pseudonyms = pseudonyms
        self._users = users
        self._sources = sources

    def bury(self, burial: Burial, *, now: datetime) -> None:
        """Write the tombstones of one person, all or none; done twice is done once."""
        buried = {
            "name": map(self._pseudonyms.user, burial.names),
            "slug": map(slug_of, burial.names),
            "path": burial.paths,
            "stamp": burial.stamps,
            "content": burial.content_hashes,
            "record": burial.record_keys,
            "author": burial.author_keys,
        }
        with self._db:
            self._db.execute(
                "insert or ignore into deletions values (?, ?)",
                (self._key("person", burial.user_id), now.isoformat(timespec="seconds")),
            )
            for kind, texts in buried.items():
                self._db.executemany(
                    "insert or ignore into buried values (?, ?)",
                    [(kind, self._key(kind, text)) for text in texts],
                )

    def deleted_at(self, user_id: str) -> str | None:
        """When a person was first deleted; None where they never were."""
        row = self._db.execute(
            "select deleted_at from deletions where key = ?", (self._key("person", user_id),)
        ).fetchone()
        return None if row is None else str(row[0])

    def count(self) -> int:
        """How many people were deleted."""
        return int(self._db.execute("select count(*) from deletions").fetchone()[0])

    def path_key(self, path: Path) -> str:
        """A name for a path that says nothing to whoever has not the key."""
        return self._key("path", str(path)).hex()

    def is_named_by(self, file: TranscriptFile) -> bool:
        """Whether the path is one that was deleted, or names a deleted person as its author."""
        people = people_of((file.author,) if file.author else (), (), self._users)
        return self._is_buried("path", [str(file.path)]) or self._is_any_deleted(people)

    def is_in(self, file: TranscriptFile, content: bytes) -> bool:
        """Whether a file is of a deleted person, or holds a record or session that was deleted.

        Where neither author nor working directory names anyone, the project slug may.
        """
        if self.is_named_by(file) or self._is_buried("content", [content_hash_of(content)]):
            return True
        signs = self._sources[file.source].signs(content)
        authors = (*signs.customers, *((file.author,) if file.author else ()))
        people = people_of(authors, signs.cwds, self._users)
        return (
            self._is_any_deleted(people)
            or self._is_buried("stamp", signs.stamps)
            or self._is_buried("record", signs.record_keys | signs.old_record_keys)
            or (not people and self._is_buried("slug", slug_names(file.relative)))
        )

    def has_author(self, user_id: str | None, author_key: str) -> bool:
        """Whether the author of a commit was deleted, by who it is or by the address."""
        is_person = user_id is not None and (
            self.deleted_at(user_id) is not None or self._is_buried("name", [user_id])
        )
        return is_person or self._is_buried("author", [author_key])

    def has_session(self, stamp: str) -> bool:
        """Whether a session was deleted with its person."""
        return self._is_buried("stamp", [stamp])

    def _is_any_deleted(self, people: Mapping[str, str]) -> bool:
        """Whether one of the people was deleted, or the spelling of a name: the operator's map may change."""
        names = {*people.values(), *(name for text in people if (name := spelling_of(text)) is not None)}
        user_ids = sorted(map(self._pseudonyms.user, names))
        is_deleted = any(self.deleted_at(user_id) is not None for user_id in user_ids)
        return is_deleted or self._is_buried("name", user_ids)

    def _is_buried(self, kind: str, texts: Iterable[str]) -> bool:
        ask = partial(self._db.execute, "select 1 from buried where kind = ? and key = ?")
        return any(ask((kind, self._key(kind, text))).fetchone() is not None for text in texts)

    def _key(self, kind: str, text: str) -> bytes:
        return _keyed(self._pseudonyms, kind, text)


def tombstones_path(settings: Settings) -> Path:
    return settings.home / TOMBSTONES_FILE


@contextmanager
def open_tombstones(settings: Settings) -> Iterator[Tombstones]:
    """The tombstones of the home, made where there are none. Raises TombstonesError with the mend."""
    path = tombstones_path(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    pseudonyms = Pseudonyms(load_or_create_key(settings.pseudonym_key_path))
    with closing(sqlite3.connect(path, timeout=60, check_same_thread=False)) as db:
        try:
            _prepare(db, _keyed(pseudonyms, "check", "key"), path)
        except sqlite3.DatabaseError as error:
            raise TombstonesError(
                f"{path} cannot be used ({error}). Restore it from a backup: without it, people who were "
                "deleted come back from their transcripts."
            ) from error
        yield Tombstones(db, pseudonyms, settings.users, configured_sources(settings))


@contextmanager
def deleted_people(settings: Settings) -> Iterator[Tombstones | None]:
    """What archiving asks: the tombstones; None where nobody was ever deleted."""
    if tombstones_path(settings).exists():
        with open_tombstones(settings) as tombstones:
            yield tombstones
    else:
        yield None


def _prepare(db: sqlite3.Connection, key_check: bytes, path: Path) -> None:
    """Create the tables, and refuse tombstones of another key: nobody would be recognised by them."""
    db.execute("pragma synchronous = full")
    version = int(db.execute("pragma user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise TombstonesError(
            f"{path} was written by a newer sessionmart (version {version}). Upgrade this checkout."
        )
    db.executescript(SCHEMA + f"pragma user_version = {SCHEMA_VERSION};")
    known = [key for (key,) in db.execute("select key from key_check")]
    if not known:
        with db:
            db.execute("insert into key_check values (?)", (key_check,))
    elif known != [key_check]:
        raise TombstonesError(
            f"{path} was written with another pseudonym key, so it cannot tell who was deleted. Restore "
            f"{path.parent / 'pseudonym.key'} from its backup. If there is none: remove {path.name}, delete "
            "the same people again with the command `forget`, and only then run."
        )


def _keyed(pseudonyms: Pseudonyms, kind: str, text: str) -> bytes:
    """A hash that only the pseudonym key can repeat; kinds never collide."""
    message = text.encode("utf-8", "surrogatepass")
    return blake2b(message, key=pseudonyms.key, digest_size=16, person=f"grave {kind}".encode()).digest()
