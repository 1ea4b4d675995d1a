r"""Which project a working directory belongs to: the repository's root, told by the shape of the path alone.

Belongs here: one spelling for one place (Windows, WSL, Git Bash), and where tools keep worktrees. What
git knows of a folder that is at hand is in `repositories.py`.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.repositories import repository_key

_SHARE = re.compile(r"^//wsl(?:\.localhost|\$)/[^/]+(?=/)", re.IGNORECASE)
"""A Linux folder as Windows sees it: a share named for the distribution."""
_DRIVE = re.compile(r"^(?:/mnt|/cygdrive)?/([a-z])(?=/)|^([a-z]):(?=/|$)", re.IGNORECASE)

_HOME_FOLDER = r"(?:[A-Z]:)?(?:/(?:usr|var|export|private))?/(?:users|home)/[^/]+|/root|/var/root"
_IN_HOME = re.compile(
    # Folders that a tool keeps in the person's home, with worktrees of several repositories.
    rf"(?:(?P<home>{_HOME_FOLDER})/(?P<container>"
    r"\.[\w.-]*worktrees|worktrees|\.wt|\.[\w-]+/worktrees?|conductor(?!/workspaces/))"
    r"|(?P<anywhere>.*)/(?P<named>git-worktrees|conductor/workspaces))"
    r"/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?(?:/.*)?",
    re.IGNORECASE,
)
_HEX_ID = re.compile(r"[0-9a-f]{4,}", re.IGNORECASE)
_IN_REPOSITORY = re.compile(
    # Folders of worktrees in the repository, or beside it and named for it.
    r"(?:/\.(?:claude-)?worktrees|/\.(?:claude|cursor|codex|git|conductor)/worktrees|/\.wt|/\.conductor"
    r"|(?<=[^/])(?<!/git)[-.]worktrees)/[^/]+(?:/.*)?$"
)


class Project(NamedTuple):
    """A session's project: its pseudonym, and its name where that may be shown."""

    project_id: str | None
    name: str | None


def one_spelling(path: str) -> str:
    r"""The same place always spelled alike: forward slashes, `C:/…` for `/mnt/c/…` and `/c/…`.

    A share of WSL is the Linux folder that it shows. Nothing is doubled but the slashes of other shares.
    """
    slashed = path.strip().replace("\\", "/")
    share = "/" if slashed.startswith("//") else ""
    single = share + re.sub(r"/{2,}", "/", slashed)
    single = _SHARE.sub("", single)
    drive = _DRIVE.match(single)
    if drive is None:
        return single
    return f"{(drive.group(1) or drive.group(2)).upper()}:{single[drive.end() :]}"


def project_root(cwd: str) -> str | None:
    """The project of a session's first working directory, a worktree being its repository's.

    `<repo>/.worktrees/<x>`, `<repo>/.claude/worktrees/<x>`, `<repo>-worktrees/<x>` and the like are
    `<repo>`. A container of several repositories, `~/.claude-worktrees/<repo>/<x>` and the like, has no
    path to the repository: there the root is the container's folder of that repository.
    """
    if not cwd.strip():
        return None
    path = one_spelling(cwd)
    held = _IN_HOME.fullmatch(path.rstrip("/"))
    if held and not _is_of_the_home(held):
        first, second = held.group("first"), held.group("second")
        folder = held.string[: held.start("first")]
        # `.codex/worktrees/<id>/<repo>`; every other tool puts the repository first.
        repository = second if second and _HEX_ID.fullmatch(first) else first
        return folder + repository
    return _IN_REPOSITORY.sub("", path).rstrip("/") or "/"


def _is_of_the_home(held: re.Match[str]) -> bool:
    """Whether the folder belongs to a repository that is the home itself, or is no container at all."""
    container = (held.group("container") or "").casefold()
    is_bare = container in ("worktrees", "conductor") and held.group("second") is None
    return is_bare or container in (".claude/worktrees", ".git/worktrees")


def project_pseudonym(root: str, pseudonyms: Pseudonyms) -> str:
    """The pseudonym of a root; the case of a Windows path says nothing."""
    return pseudonyms.project(root.casefold().capitalize() if root[1:2] == ":" else root)


def named_in(projects: Mapping[str, str], root: str, project_id: str, pseudonyms: Pseudonyms) -> str | None:
    """The operator's name for a project: by its repository, else by the nearest folder that is mapped.

    Repositories are known here by their pseudonym only, so the map's own are turned into theirs.
    """
    folders: dict[str, str] = {}
    for key, name in projects.items():
        repository = repository_key(key)
        if repository and pseudonyms.project(repository) == project_id:
            return name
        folder = project_root(key)
        if folder:
            folders[folder.casefold()] = name
    above = root.casefold()
    while above:
        if above in folders:
            return folders[above]
        above = above.rpartition("/")[0]
    return None


def resolve_project(
    cwd: str | None,
    *,
    pseudonyms: Pseudonyms,
    projects: Mapping[str, str],
    roots: Mapping[str, str],
    shows_names: bool,
) -> Project:
    """The project of a session by its first working directory.

    The operator's map comes first, then what git or a pull request said of the root (`roots`, by
    pseudonym), then the root itself.
    """
    root = project_root(cwd) if cwd else None
    if root is None:
        return Project(None, None)
    own = project_pseudonym(root, pseudonyms)
    found = roots.get(own, own)
    name = named_in(projects, root, found, pseudonyms)
    if name is not None:
        return Project(pseudonyms.project(name), name)
    return Project(found, (root.rsplit("/", 1)[-1] or root) if shows_names else None)
