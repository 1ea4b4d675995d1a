"""The folder of a data home: whose it is, what lies in it, and that its owner alone may enter it.

Belongs here: paths, owners and modes. Not here: what the home is (home_record), opening it (home).
"""

import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

OTHERS = 0o077
FOLDER_MODE = 0o700
UMASK = 0o077

OWN_NAMES = frozenset(
    (
        "archive", "lake", "git", "warehouse", "published", "reviews", "dagster", "logs", "home.toml",
        "demo-transcripts", "demo-organisation", "demo-truth.json", "pseudonym.key", "projects.json",
        "writer.lock", "writer.json",
        "ledger.sqlite", "evaluation.sqlite", "evaluation.json", "anchor.json", "label_samples.json",
        "reviews.sqlite", "tombstones.sqlite", "deletion.json",
    )
)  # fmt: skip
"""What sessionmart makes directly in a home; a folder of other things is somebody's, and no home."""

SURE_SIGNS = ("home.toml", "pseudonym.key", "ledger.sqlite", "archive/objects", "dagster/dagster.yaml")
"""Any of these is made by nothing else: whatever lies beside it, the folder is a home."""

_SIDE_FILES = ("-wal", "-shm", "-journal", ".partial")


class HomeError(Exception):
    """The data home cannot be used as it is asked for; the message says why and what to do."""


def keep_private() -> None:
    """From here on, whatever this process and its children make is for the owner alone."""
    os.umask(UMASK)


@contextmanager
def umask_restored() -> Iterator[None]:
    """After the block, files are made as before it; for a process that does other things too."""
    before = os.umask(UMASK)
    os.umask(before)
    try:
        yield
    finally:
        os.umask(before)


def prepare_folder(home: Path, *, transcripts: Sequence[str]) -> None:
    """Make the home, or make an existing one private. Raises HomeError where it cannot be used."""
    problem = folder_problem(home, transcripts=transcripts)
    if problem is not None:
        raise HomeError(problem)
    try:
        home.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        # Walking a large archive takes seconds: only a home that was made or opened up by something else.
        if is_open_to_others(home) or not (home / "home.toml").exists():
            make_private(home)
    except OSError as error:
        raise HomeError(f"The data home {home} cannot be made: {reason_of(error)}. {_ELSEWHERE}") from error


_ELSEWHERE = "Name another folder with --home (make: HOME_DIR=)."


def folder_problem(home: Path, *, transcripts: Sequence[str] = ()) -> str | None:
    """Why a path cannot be a data home, with what to do; None where it can be, or can be made."""
    try:
        found = home.stat()
    except FileNotFoundError:
        return _unmakeable(home)
    except OSError as error:
        return f"The data home {home} cannot be looked at: {reason_of(error)}. {_ELSEWHERE}"
    if not stat.S_ISDIR(found.st_mode):
        return f"The data home {home} is not a folder. {_ELSEWHERE}"
    if found.st_uid != os.geteuid():
        return (
            f"The data home {home} belongs to {_user(found.st_uid)}, and this is {_user(os.geteuid())}: "
            f"files of two users in one home lock one of them out. Run as {_user(found.st_uid)}, or name "
            "another folder with --home (make: HOME_DIR=)."
        )
    for folder in _written_folders(home):
        if not _is_writable(folder):
            return (
                f"The data home cannot be written: {folder} is read-only. Make it writable "
                f"(chmod u+rwx {quote(str(folder))}, or mount it for writing), or name another folder with "
                "--home (make: HOME_DIR=)."
            )
    others = foreign_names(home, transcripts=transcripts)
    if others:
        return (
            f"{home} is no data home: it holds other things ({', '.join(others[:3])}"
            f"{', …' if len(others) > 3 else ''}). Name a folder of its own with --home (make: HOME_DIR=)."
        )
    return None


def foreign_names(home: Path, *, transcripts: Sequence[str] = ()) -> list[str]:
    """What lies in the folder that makes it somebody's and no home; hidden files and transcripts may."""
    if any((home / sign).exists() for sign in SURE_SIGNS):
        return []
    fed = {_first_below(home, pattern) for pattern in transcripts}
    names = sorted(path.name for path in home.iterdir())
    return [
        name
        for name in names
        if not name.startswith(".") and name not in fed | {"lost+found"} and not _is_own(name)
    ]


def is_open_to_others(home: Path) -> bool:
    """Whether the home or a folder directly in it may be entered by others."""
    folders = (home, *(path for path in home.iterdir() if path.is_dir() and not path.is_symlink()))
    return any(path.stat().st_mode & OTHERS for path in folders)


def open_paths(home: Path) -> Iterator[Path]:
    """Every folder and file of the home that others may read or enter, the home first."""
    if home.stat().st_mode & OTHERS:
        yield home
    folders = [home]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_symlink():
                    continue
                if entry.stat(follow_symlinks=False).st_mode & OTHERS:
                    yield Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))


def make_private(home: Path) -> int:
    """Take every right of others away from the home and all in it; returns how many paths had one."""
    found = list(open_paths(home))
    for path in found:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
    return len(found)


def reason_of(error: OSError) -> str:
    """What the system said, in lower case."""
    return (error.strerror or type(error).__name__).lower()


def _written_folders(home: Path) -> Iterator[Path]:
    """The home, and only when that has been looked at the folders in it that sessionmart makes."""
    yield home
    yield from sorted(path for path in home.iterdir() if path.name in OWN_NAMES and path.is_dir())


def _unmakeable(home: Path) -> str | None:
    """Why a home that is not there cannot be made; None where it can."""
    above = next(folder for folder in home.parents if os.path.lexists(folder))
    if not above.is_dir():
        return f"The data home {home} cannot be made: {above} is not a folder. {_ELSEWHERE}"
    if os.path.lexists(home):
        return f"The data home {home} is a link to nothing. Make the folder it points to, or remove the link."
    if not _is_writable(above):
        return f"The data home {home} cannot be made: {above} is read-only. {_ELSEWHERE}"
    return None


def _is_writable(folder: Path) -> bool:
    """Also for root, who may write everywhere: a folder whose owner may not write is meant to stay."""
    return bool(folder.stat().st_mode & stat.S_IWUSR) and os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def _first_below(home: Path, pattern: str) -> str | None:
    try:
        return Path(pattern).expanduser().absolute().relative_to(home).parts[0]
    except (ValueError, RuntimeError, IndexError):
        return None


def _is_own(name: str) -> bool:
    return any(name.removesuffix(suffix) in OWN_NAMES for suffix in ("", *_SIDE_FILES))


def _user(uid: int) -> str:
    try:
        return f"the user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"the user with id {uid}"
