"""What git says of a folder that is at hand: the repository's root, its remote, its worktrees.

Plain file reading: no git is run, so no hook, filter or configured command of a repository is either.
"""

import re
from pathlib import Path
from typing import NamedTuple

REMOTES = ("upstream", "origin")
"""A fork's `upstream` is the repository that it works on."""

_URL = re.compile(
    r"(?:[a-z][a-z+]*://(?:[^/@]*@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[\w.-]+@)?(?P<scp_host>[\w.-]+\.\w+):)"
    r"(?P<path>[^\s?#]+)",
    re.IGNORECASE,
)
_HOST_AND_PATH = re.compile(r"(?P<host>[\w-]+(?:\.[\w-]+)+)/(?P<path>[\w.-]+(?:/[\w.-]+)+)")
_OWNER_AND_NAME = re.compile(r"[\w-]+/[\w.-]+")
_SECTION = re.compile(r'\s*\[\s*remote\s+"([^"]+)"\s*\]', re.IGNORECASE)
_URL_LINE = re.compile(r"\s*url\s*=\s*(.+?)\s*$", re.IGNORECASE)


class Repository(NamedTuple):
    """A repository at hand: the root of its main working copy, its key where it has a remote."""

    root: Path
    key: str | None
    worktrees: tuple[str, ...]


def repository_key(text: str) -> str | None:
    """`host/owner/name` of a remote URL, a pull request's URL or `owner/name` (then GitHub's); else None."""
    said = text.strip().rstrip("/")
    found = _URL.fullmatch(said) or _HOST_AND_PATH.fullmatch(said)
    if found is None:
        return (
            f"github.com/{said.removesuffix('.git')}".casefold() if _OWNER_AND_NAME.fullmatch(said) else None
        )
    fields = found.groupdict()
    host = (fields.get("host") or fields.get("scp_host") or "").removeprefix("www.").removeprefix("ssh.")
    parts = [part for part in fields["path"].split("/") if part]
    for mark in ("pull", "-", "pull-requests", "merge_requests"):
        if mark in parts[2:]:
            parts = parts[: parts.index(mark, 2)]
    if len(parts) < 2:
        return None
    return f"{host}/{'/'.join(parts).removesuffix('.git')}".casefold()


def repository_at(folder: Path, *, home: Path) -> Repository | None:
    """The repository that a folder is in; None where there is none, or the folder is not at hand.

    A repository that is the whole `home` folder (dotfiles) is the project of that folder alone.
    """
    try:
        # A path of another system is no absolute one here, and would be looked up where this runs.
        if not folder.is_absolute() or not folder.is_dir():
            return None
        for above in (folder, *folder.parents):
            git_dir = _git_dir(above / ".git")
            if git_dir is not None:
                return None if above == home != folder else _read(above, git_dir)
    except OSError:
        return None
    return None


def read_git_dir(top: Path, git_dir: Path) -> Repository:
    """The repository behind a git folder; `top` is the folder of its files, or a bare repository itself."""
    return _read(top, git_dir)


def _git_dir(marker: Path) -> Path | None:
    """The folder behind `.git`, which in a worktree or a submodule is a file that points there."""
    if marker.is_dir():
        return marker if (marker / "HEAD").is_file() else None
    pointer = _first_line(marker) if marker.is_file() else ""
    if not pointer.startswith("gitdir:"):
        return None
    git_dir = marker.parent / pointer.removeprefix("gitdir:").strip()
    return git_dir.resolve() if git_dir.is_dir() else None


def _read(top: Path, git_dir: Path) -> Repository:
    """A worktree's root is the main working copy, or the bare repository where there is none."""
    shared = _first_line(git_dir / "commondir")
    common = (git_dir / shared).resolve() if shared else git_dir
    main = common.parent if common.name.startswith(".") else common
    root = main if shared else top
    listed = sorted((common / "worktrees").glob("*/gitdir"))
    worktrees = tuple(str(Path(line).parent) for file in listed if (line := _first_line(file)))
    return Repository(root, _remote_key(common / "config"), worktrees)


def _remote_key(config: Path) -> str | None:
    urls: dict[str, str] = {}
    remote: str | None = None
    for line in _text(config).splitlines():
        if line.lstrip().startswith("["):
            section = _SECTION.match(line)
            remote = section.group(1) if section else None
        elif remote and (found := _URL_LINE.match(line)):
            urls.setdefault(remote, found.group(1).strip('"'))
    for name in REMOTES:
        if name in urls:
            return repository_key(urls[name])
    return repository_key(next(iter(urls.values()))) if len(urls) == 1 else None


def _first_line(file: Path) -> str:
    lines = _text(file).splitlines()
    return lines[0].strip() if lines else ""


def _text(file: Path) -> str:
    try:
        return file.read_bytes()[:65_536].decode("utf-8", "replace")
    except OSError:
        return ""
