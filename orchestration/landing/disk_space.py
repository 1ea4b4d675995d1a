"""What a full disk means to whoever runs sessionmart.

Belongs here: recognising a full disk and saying what to free. Not here: how much must be free before a
run starts (settings, doctor), and keeping the last good state (journal, release).
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

import duckdb

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFullError(Exception):
    """The disk is full; what was good is kept, and the message says what to free."""


@contextmanager
def full_disk_explained(home: Path) -> Iterator[None]:
    """Turn a full disk, as the system, Arrow or DuckDB report it, into a DiskFullError."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        if not _is_disk_full(error):
            raise
        free_mb = disk_usage(home).free // 2**20
        raise DiskFullError(
            f"The disk of {home} is full ({free_mb} MB free). Every date and the current release keep "
            "their last good state. Free space on that disk (old releases in "
            f"{home / 'published' / 'releases'}, or files that are not sessionmart's; never the archive), "
            "then start the run again: it goes on where it stopped."
        ) from error


def _is_disk_full(error: OSError | duckdb.IOException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _DISK_FULL
    return "No space left on device" in str(error)  # DuckDB's errors carry no number
