"""Whose data goes, and what of the archive: read before anything is removed, kept until all is.

Belongs here: finding a person by a name in paths or a pseudonym, the rule for shared sessions, and the
plan as a file that a killed deletion is finished from. Not here: removing anything (forget).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from re import fullmatch

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.archive.forget import ArchivedFile, Removal
from orchestration.ingest.archive.people import (
    homes_of,
    people_of,
    slug_names,
    slug_of,
    spelling_of,
)
from orchestration.ingest.pseudonyms import (
    OWNER,
    PSEUDONYM_HEX_DIGITS,
    Pseudonyms,
    is_generic,
    load_or_create_key,
    resolve_user,
)
from orchestration.ingest.scanned_file import ContentSigns
from orchestration.landing.journal import write_json
from orchestration.settings import Settings

PLAN_FILE = "deletion.json"


class UnknownPersonError(Exception):
    """The given name is nobody's; the message says what to give instead."""


@dataclass(frozen=True)
class ForgetPlan:
    """What one deletion removes. While it stands in the home, the deletion is not finished.

    `names` are the person's spellings in paths; `dates` the partitions that lose rows; `lake_sessions`
    what the lake gives to the person, though the archive does not or no longer; `author_keys` the addresses
    of the person's commits, as keyed hashes; `lake_row_count` also counts rows of supplied tables, whose
    authors need not have sessions.
    """

    user_id: str
    names: tuple[str, ...]
    removal: Removal
    paths: tuple[str, ...]
    dates: tuple[str, ...]
    lake_sessions: tuple[str, ...] = ()
    lake_row_count: int = 0
    author_keys: tuple[str, ...] = ()

    @property
    def session_ids(self) -> frozenset[str]:
        """Every id under which a session of the person may stand anywhere."""
        return frozenset({*self.removal.stamps, *self.lake_sessions})

    @property
    def has_data(self) -> bool:
        """Whether there is anything of the person; if not, a tombstone is all that is left to do."""
        held = (self.session_ids, self.removal.content_hashes, self.author_keys, self.lake_row_count)
        return any(held)


@dataclass(frozen=True)
class Bystanders:
    """What an operator should know of others before saying yes.

    `shared_with`: people who lose the sessions that they have in common with the deleted one.
    `named_elsewhere_by`: people in whose own files the deleted one's home folder stands; these stay.
    """

    shared_file_count: int
    shared_with: tuple[str, ...]
    named_elsewhere_count: int
    named_elsewhere_by: tuple[str, ...]
    unreadable_file_count: int


@dataclass(frozen=True)
class _Owned:
    """An archived file with the pseudonyms of those it names; `homes` are those in working directories.

    `names` are the spellings of the wanted person, `slugs` whose home the project slugs may name.
    """

    version_id: int
    content_hash: str
    people: frozenset[str]
    homes: frozenset[str]
    names: frozenset[str]
    slugs: frozenset[str]
    leaves: frozenset[str]
    is_readable: bool


def user_id_of(settings: Settings, user: str) -> str:
    """The pseudonym of a name as it stands in paths (the operator's map applies), or as given.

    Raises UnknownPersonError for a name that many share.
    """
    wanted = user.strip()
    if settings.mode == "personal" and wanted in (OWNER, _pseudonyms(settings).user(OWNER)):
        raise UnknownPersonError(
            "In a personal home every session is the owner's, so this is the whole home: to delete it, "
            f"delete the folder {settings.home}. To delete somebody else's transcripts from it, give the "
            "name that occurs in their paths."
        )
    if fullmatch(rf"user_[0-9a-f]{{{PSEUDONYM_HEX_DIGITS}}}", wanted):
        return wanted
    if not wanted or "/" in wanted or "\\" in wanted:
        raise UnknownPersonError(
            "Give the person's author folder or home folder by its name alone, or a pseudonym (user_…)."
        )
    people = {person.casefold() for person in settings.users.values()}
    name = resolve_user(wanted, (), settings.users)
    if name is None and wanted.casefold() not in people:
        assert is_generic(wanted)
        raise UnknownPersonError(
            f"`{wanted}` is an account name that many people share, so it is nobody's. Give a name that is "
            "one person's, or say in the setting `users` whose it is."
        )
    return _pseudonyms(settings).user(name or wanted)


def plan_deletion(settings: Settings, archive: Archive, user: str) -> tuple[ForgetPlan, Bystanders]:
    """Read the whole archive and say what of it is the person's.

    A session in which the person took part goes whole, with every file that holds records of it:
    copies of the person's records stand in what others continued from it.
    """
    user_id, pseudonyms = user_id_of(settings, user), _pseudonyms(settings)
    owned = [_owned(file, user_id, pseudonyms, settings.users) for file in archive.files()]
    mapped = {
        name
        for name, person in settings.users.items()
        if pseudonyms.user(person) == user_id and not is_generic(name)
    }
    names = {*mapped, *(name for each in owned for name in each.names)}
    slugs = {slug_of(name) for name in (*names, user)}
    removal = archive.removal_of(each.version_id for each in owned if _is_wanted(each, user_id, slugs))
    hashes = set(removal.content_hashes)
    going = [each for each in owned if each.content_hash in hashes]
    staying = [each for each in owned if each.content_hash not in hashes]
    lone = {leaf for each in going for leaf in each.leaves} - {
        leaf for each in staying for leaf in each.leaves
    }
    extent = archive.extent(removal)
    plan = ForgetPlan(
        user_id,
        tuple(sorted(names)),
        Removal(removal.content_hashes, removal.stamps, tuple(sorted(lone))),
        tuple(sorted(extent.paths)),
        tuple(sorted(extent.dates)),
    )
    return plan, _bystanders(user_id, going, staying)


def record_keys(archive: Archive, plan: ForgetPlan) -> frozenset[str]:
    """Hashed ids of all records that go and are still there: tombstones know copies by them."""
    hashes = set(plan.removal.content_hashes)
    going = (file for file in archive.files() if file.content_hash in hashes and file.signs is not None)
    return frozenset(key for file in going if file.signs for key in file.signs.record_keys)


def write_plan(settings: Settings, plan: ForgetPlan) -> None:
    """From here on the deletion will be finished."""
    write_json(plan_path(settings), asdict(plan))


def read_plan(settings: Settings) -> ForgetPlan | None:
    """The plan of a deletion that was not finished; None where there is none."""
    path = plan_path(settings)
    if not path.exists():
        return None
    value = json.loads(path.read_text(encoding="utf-8"))
    removal = Removal(**{name: tuple(each) for name, each in value["removal"].items()})
    lists = ("names", "paths", "dates", "lake_sessions", "author_keys")
    tuples = {name: tuple(value.get(name, ())) for name in lists}
    return ForgetPlan(
        value["user_id"], removal=removal, lake_row_count=value.get("lake_row_count", 0), **tuples
    )


def plan_path(settings: Settings) -> Path:
    """Where the plan of an unfinished deletion lies."""
    return settings.home / PLAN_FILE


def _owned(file: ArchivedFile, user_id: str, pseudonyms: Pseudonyms, users: Mapping[str, str]) -> _Owned:
    signs = file.signs if file.signs is not None else ContentSigns()
    named = people_of(file.authors | signs.customers, signs.cwds, users)
    spelled = {spelling_of(text): person for text, person in named.items()}
    homes = homes_of(signs.cwds, users).values()
    own = {name for name, person in spelled.items() if name and pseudonyms.user(person) == user_id}
    return _Owned(
        file.version_id,
        file.content_hash,
        people=frozenset(map(pseudonyms.user, named.values())),
        homes=frozenset(map(pseudonyms.user, homes)),
        names=frozenset(own),
        slugs=frozenset(name for relative in file.relatives for name in slug_names(relative)),
        leaves=frozenset(signs.leaves),
        is_readable=file.signs is not None,
    )


def _is_wanted(file: _Owned, user_id: str, slugs: set[str]) -> bool:
    """By author, else by working directories; where neither names anyone, by the project slug."""
    return user_id in file.people or (not file.people and not slugs.isdisjoint(file.slugs))


def _bystanders(user_id: str, going: list[_Owned], staying: list[_Owned]) -> Bystanders:
    shared = [each for each in going if each.people - {user_id}]
    elsewhere = [each for each in staying if user_id in each.homes]
    return Bystanders(
        len(shared),
        tuple(sorted({person for each in shared for person in each.people} - {user_id})),
        len(elsewhere),
        tuple(sorted({person for each in elsewhere for person in each.people})),
        sum(not each.is_readable for each in (*going, *staying)),
    )


def _pseudonyms(settings: Settings) -> Pseudonyms:
    return Pseudonyms(load_or_create_key(settings.pseudonym_key_path))
