"""Opening the repositories of the setting: which there are, what keeps one from being read, its main branch.

Belongs here: the one place where libgit2 is told how to open. It never runs a hook, a filter or a command,
and neither the user's nor the system's configuration is read; the repository's own says its format alone. A
folder is never searched upwards. Not here: what is in a repository.
"""

import glob
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import ConfigLevel, RepositoryOpenFlag

from orchestration.home_record import plain_pattern
from orchestration.ingest.git_rows import SetAsideReason
from orchestration.ingest.repositories import REMOTES, Repository, read_git_dir

_USUAL_BRANCHES = ("main", "master", "trunk", "develop")


CACHE_BYTES = 64 * 1024 * 1024
MAPPED_BYTES = 256 * 1024 * 1024
"""How much of objects and of packs the library keeps in memory; by itself it would map whole packs."""


class RepositoryError(Exception):
    """A repository that cannot be read; `reason` is why."""

    def __init__(self, reason: SetAsideReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class OpenRepository:
    """A repository that can be read. `tip`: its default branch; `observed_until`: its newest commit."""

    git: pygit2.Repository
    named: Repository
    tip: pygit2.Oid
    observed_until: datetime


def repository_places(patterns: Iterable[str]) -> list[Path]:
    """The folders of the setting, each once, in order; of a glob those that are repositories."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        plain = Path(plain_pattern(pattern))
        if glob.has_magic(str(plain)):
            matches = sorted(Path(match) for match in glob.glob(str(plain), recursive=True))  # noqa: PTH207
            found.update(dict.fromkeys(match for match in matches if git_dir_of(match) is not None))
        else:
            found[plain] = None
    return list(found)


def git_dir_of(place: Path) -> Path | None:
    """The git folder of a working copy, or a bare repository itself."""
    try:
        marker = place / ".git"
        if marker.is_dir():
            return marker
        if marker.is_file():
            pointer = marker.read_bytes()[:4_096].decode("utf-8", "replace").splitlines()[0]
            return (place / pointer.removeprefix("gitdir:").strip()).resolve()
        is_bare = (place / "HEAD").is_file() and (place / "objects").is_dir() and (place / "refs").is_dir()
    except (OSError, IndexError):
        return None
    return place if is_bare else None


@contextmanager
def open_repository(place: Path) -> Iterator[OpenRepository]:
    """The repository at a place. Raises RepositoryError where it cannot be read as a whole."""
    git_dir = git_dir_of(place)
    if git_dir is None:
        raise RepositoryError("not_a_repository")
    _prepare_library()
    try:
        git = pygit2.Repository(str(git_dir), RepositoryOpenFlag.NO_SEARCH | RepositoryOpenFlag.BARE)
    except (pygit2.GitError, OSError, KeyError, ValueError) as error:
        raise RepositoryError("unreadable") from error
    try:
        if git.is_shallow:
            raise RepositoryError("shallow")
        tip = _default_tip(git, is_bare=git_dir == place)
        if tip is None:
            raise RepositoryError("no_commits")
        yield OpenRepository(git, read_git_dir(place, git_dir), tip, _newest(git, tip))
    except pygit2.GitError as error:
        raise RepositoryError("missing_objects") from error
    finally:
        git.free()


def object_at(git: pygit2.Repository, object_id: pygit2.Oid) -> Any:
    """An object by its id. Raises RepositoryError where the repository has it not."""
    found = git.get(object_id)
    if found is None:
        raise RepositoryError("missing_objects")
    return found


def commit_time(git: pygit2.Repository, commit: pygit2.Oid) -> int:
    """When a commit was made, in seconds since 1970, UTC."""
    return int(object_at(git, commit).commit_time)


def refs_state(place: Path) -> str:
    """Changes when any reference of the repository does; reads no object."""
    git_dir = git_dir_of(place)
    if git_dir is None:
        return "none"
    _prepare_library()
    try:
        git = pygit2.Repository(str(git_dir), RepositoryOpenFlag.NO_SEARCH | RepositoryOpenFlag.BARE)
        targets = [f"{name} {git.references[name].raw_target!r}" for name in sorted(git.references)]
    except (pygit2.GitError, OSError, KeyError, ValueError):
        return "unreadable"
    return "\n".join(targets)


def _prepare_library() -> None:
    """No configuration of a person or system, any owner, since nothing is run; and little memory."""
    for level in (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.settings.search_path[level] = ""
    pygit2.settings.owner_validation = False
    pygit2.settings.cache_max_size(CACHE_BYTES)
    pygit2.settings.mwindow_mapped_limit = MAPPED_BYTES


def _default_tip(git: pygit2.Repository, *, is_bare: bool) -> pygit2.Oid | None:
    """What the remote calls its default; else a branch by a usual name; else what is checked out.

    A mirror's branches are the remote's own, and its HEAD names the remote's default.
    """
    names = [f"refs/remotes/{remote}/HEAD" for remote in REMOTES]
    names += [f"refs/remotes/{remote}/{branch}" for remote in REMOTES for branch in _USUAL_BRANCHES]
    names += [] if is_bare else [f"refs/heads/{branch}" for branch in _USUAL_BRANCHES]
    for name in (*names, "HEAD"):
        with suppress(KeyError, pygit2.GitError, pygit2.InvalidSpecError):
            return git.lookup_reference(name).resolve().peel(pygit2.Commit).id
    return None


def _newest(git: pygit2.Repository, tip: pygit2.Oid) -> datetime:
    times = [commit_time(git, tip)]
    for name in git.references:
        if name.startswith(("refs/heads/", "refs/remotes/")):
            target = git.references[name].target
            found = git.get(target) if isinstance(target, pygit2.Oid) else None
            if isinstance(found, pygit2.Commit):
                times.append(found.commit_time)
    return datetime.fromtimestamp(max(times), UTC).replace(tzinfo=None)
