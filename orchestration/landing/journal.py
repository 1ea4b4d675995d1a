"""Writing to a data home so that a kill at any moment leaves the old or the new state, never a mix.

Belongs here: the lock of the home's one writer, the commit journal, atomic small files, roll-forward.
Not here: what is landed (landing), where it lies (lake), what a release is (release).

Durability. A commit costs one fsync per file and per folder it touches, plus its journal and its
state record: data first, then the journal (from here the commit will be finished), then the renames,
then the removal of the journal, which must be on disk before the next commit, or an old journal could be
replayed over newer files. Nothing else is synced.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from orchestration.landing.lake import lake_of

JOURNAL_DIR = ".journal"
STAGING_DIR = ".staging"
SYNCED_AT_ONCE = 16
LOCK_FILE = "writer.lock"
HOLDER_FILE = "writer.json"

Step = Callable[[str], None]
"""Told the name of each step as it is done; tests kill the process there."""


def no_step(_name: str) -> None:
    """The step callback of ordinary runs."""


class HomeLockedError(Exception):
    """Another process writes to this data home; the message names it and says what to do."""


class JournalError(Exception):
    """A commit cannot be finished because one of its files is gone; the message says what to do."""


@dataclass(frozen=True)
class Commit:
    """What changes together: files moved into place, files removed, and the record that says so.

    `state` is written to `state_path`; None removes that record. Paths lie in the lake. `staging_dir`
    holds every file to be moved and is removed at the end.
    """

    commit_id: str
    staging_dir: Path
    moves: tuple[tuple[Path, Path], ...]
    deletes: tuple[Path, ...]
    state_path: Path | None
    state: Mapping[str, object] | None


@dataclass(frozen=True)
class RollForward:
    """What starting up found: commits that were finished, staging folders that were discarded."""

    finished: tuple[str, ...]
    discarded: tuple[str, ...]


@contextmanager
def home_lock(home: Path, *, purpose: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of the home's one writer; a thread that holds it may take it again.

    Raises HomeLockedError when another process or thread still holds it after `wait_seconds`. The
    system frees the lock when its process ends, however it ends.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(home / LOCK_FILE, mode=0o600, thread_local=True, is_singleton=True)
    is_outermost = not lock.is_locked
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise HomeLockedError(_locked_message(home)) from None
    try:
        if is_outermost:
            _name_holder(home, purpose)
        yield
    finally:
        if is_outermost:
            (home / HOLDER_FILE).unlink(missing_ok=True)
        lock.release()


def lock_holder(home: Path) -> Mapping[str, Any] | None:
    """Who holds the lock (`pid`, `purpose`, `since`), as far as is known; for messages only."""
    try:
        holder = json.loads((home / HOLDER_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return holder if isinstance(holder, dict) else None


def commit(lake_dir: Path, change: Commit, *, step: Step = no_step) -> None:
    """Make `change` durable and visible; whoever holds the home's lock may call it.

    Killed before the journal is written, nothing has changed; afterwards roll_forward finishes it.
    """
    _sync_all(source for source, _ in change.moves)
    if change.moves:
        sync_path(change.staging_dir)
    step("staged")
    journal = lake_dir / JOURNAL_DIR / f"{change.commit_id}.json"
    write_json(journal, _journal_entry(lake_dir, change))
    step("journal written")
    _apply(lake_dir, journal, step=step)


def roll_forward(home: Path) -> RollForward:
    """Finish commits whose journal is complete and discard all other staging; call it at every start.

    Takes the home's lock, so no commit of a living writer is touched. Doing it twice is doing it once.
    """
    lake_dir = lake_of(home)
    with home_lock(home, purpose="finishing an interrupted run"):
        journals = sorted((lake_dir / JOURNAL_DIR).glob("*.json"))
        for journal in journals:
            _apply(lake_dir, journal, step=no_step)
        for torn in (lake_dir / JOURNAL_DIR).glob("*.partial"):
            torn.unlink()
        left = sorted((lake_dir / STAGING_DIR).glob("*"))
        for folder in left:
            shutil.rmtree(folder)
    return RollForward(
        finished=tuple(journal.stem for journal in journals), discarded=tuple(folder.name for folder in left)
    )


def staging_dir(lake_dir: Path, name: str) -> Path:
    """A fresh, empty staging folder on the lake's own file system, so that moving out is a rename."""
    folder = lake_dir / STAGING_DIR / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)
    return folder


def write_json(path: Path, value: object) -> None:
    """Replace a small JSON file atomically and durably (one fsync of the file, one of its folder)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_path(path.parent)


def sync_path(path: Path) -> None:
    """Flush one file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _journal_entry(lake_dir: Path, change: Commit) -> dict[str, object]:
    """The journal's content; paths are relative, so a home that was moved can still be recovered."""

    def relative(path: Path) -> str:
        return path.relative_to(lake_dir).as_posix()

    return {
        "staging_dir": relative(change.staging_dir),
        "moves": [
            {"from": relative(source), "to": relative(target), "digest": _digest(source)}
            for source, target in change.moves
        ],
        "deletes": [relative(path) for path in change.deletes],
        "state_path": None if change.state_path is None else relative(change.state_path),
        "state": change.state,
    }


def _apply(lake_dir: Path, journal: Path, *, step: Step) -> None:
    """Do what a journal says, whatever part of it was done before, then remove the journal."""
    entry = json.loads(journal.read_text(encoding="utf-8"))
    touched: set[Path] = set()
    for number, move in enumerate(entry["moves"]):
        target = lake_dir / move["to"]
        _move(lake_dir / move["from"], target, digest=move["digest"], journal=journal)
        touched.update((target.parent, target.parent.parent))
        step(f"moved {number}")
    for number, deleted in enumerate(entry["deletes"]):
        touched.update(_delete(lake_dir / deleted))
        step(f"deleted {number}")
    _sync_all(folder for folder in sorted(touched) if folder.is_dir())
    step("folders synced")
    if entry["state_path"] is not None:
        _write_state(lake_dir / entry["state_path"], entry["state"])
    step("state written")
    journal.unlink()
    sync_path(journal.parent)
    step("journal removed")
    shutil.rmtree(lake_dir / entry["staging_dir"], ignore_errors=True)


def _move(source: Path, target: Path, *, digest: str, journal: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
    elif not target.exists() or _digest(target) != digest:
        raise JournalError(
            f"The interrupted commit {journal} cannot be finished: {source} is gone and {target} is not "
            f"the file it was to become. Remove {journal} and land its dates again with --force; "
            "the archive still holds everything."
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "blake2b").hexdigest()


def _delete(path: Path) -> set[Path]:
    """Remove a partition's file and its folder if that is empty; returns the folders that changed."""
    path.unlink(missing_ok=True)
    folder = path.parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return {folder, folder.parent}


def _write_state(path: Path, state: object) -> None:
    if state is None:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_path(path.parent)
    else:
        write_json(path, state)


def _sync_all(paths: Iterable[Path]) -> None:
    """Flush files and folders, many at a time: a file system writes what waits together at once."""
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
        for _ in pool.map(sync_path, paths):
            pass


def _name_holder(home: Path, purpose: str) -> None:
    """Say who holds the lock, beside it: the lock file itself is emptied by those who wait for it."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    content = {"pid": os.getpid(), "purpose": purpose, "since": since}
    (home / HOLDER_FILE).write_text(json.dumps(content), encoding="utf-8")


def _locked_message(home: Path) -> str:
    holder = lock_holder(home)
    if holder is None:
        who, end = "Another process", "wait until it has finished, or end it"
    else:
        who = f"Process {holder['pid']} ({holder['purpose']}, since {holder['since']})"
        end = f"wait until it has finished, or end it with `kill {holder['pid']}`"
    return (
        f"{who} is writing to {home}, and a data home has one writer. Either {end}: "
        "the lock goes with its process, and the next run finishes what was begun."
    )
