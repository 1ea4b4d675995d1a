"""How a change of the archive's index is made whole, and what a failing one tells the operator."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestration.ingest.archive.objects import ArchiveError, write_failure


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end, also after an error: what was entered is entered whole (`whole_or_not`)."""
    db.execute("begin immediate")
    try:
        yield
    finally:
        try:
            db.execute("commit")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                db.execute("rollback")
            raise


@contextmanager
def whole_or_not(db: sqlite3.Connection, savepoint: str) -> Iterator[None]:
    """Undo one step of a transaction where it fails, and only that step."""
    db.execute(f"savepoint {savepoint}")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute(f"rollback to {savepoint}")
            db.execute(f"release {savepoint}")
        raise
    db.execute(f"release {savepoint}")


@contextmanager
def errors_explained(archive_dir: Path) -> Iterator[None]:
    """Raise ArchiveError, with what to do, where SQLite fails."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise write_failure(archive_dir, error) from error
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"The index of the archive {archive_dir} is damaged ({error}). Restore the archive "
            "folder from a backup; or move it aside, and what is on disk is archived anew."
        ) from error
