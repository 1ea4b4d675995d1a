"""The objects of the archive: one compressed, immutable file per distinct content.

Knows bytes and their hash, nothing of paths, sessions or the index. An object is there whole or not at
all: it is written beside its place, flushed to disk and renamed.
"""

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import zstandard

ZSTD_LEVEL = 3
"""Transcripts shrink to a seventh at about 350 MB/s on one core; higher levels gain little."""


class ArchiveError(Exception):
    """The archive cannot go on; the message says why and what to do. It holds no transcript text."""


def content_hash_of(content: bytes) -> str:
    """The name of a content: 64 hexadecimal digits."""
    return blake2b(content, digest_size=32).hexdigest()


def prefix_hashes(content: bytes, sizes: Iterable[int]) -> dict[int, str]:
    """Content hash of every prefix of the given sizes, in one pass; sizes beyond the end are left out."""
    state, at, hashes = blake2b(digest_size=32), 0, dict[int, str]()
    view = memoryview(content)
    for size in sorted({size for size in sizes if size <= len(content)}):
        state.update(view[at:size])
        at = size
        hashes[size] = state.hexdigest()
    return hashes


def object_path(archive_dir: Path, content_hash: str) -> Path:
    return archive_dir / "objects" / content_hash[:2] / f"{content_hash}.zst"


def write_object(archive_dir: Path, content_hash: str, content: bytes) -> int:
    """Store a content and return its stored size in bytes; one that is there already is left alone.

    Raises ArchiveError where the disk is full or the archive cannot be written.
    """
    path = object_path(archive_dir, content_hash)
    with suppress(FileNotFoundError):
        return path.stat().st_size
    packed = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compress(content)
    beside = path.with_name(f"{content_hash}.{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise write_failure(archive_dir, error) from error
    return len(packed)


def read_object(archive_dir: Path, content_hash: str) -> bytes:
    """The bytes of a content; raises ArchiveError where it is gone or damaged."""
    try:
        packed = object_path(archive_dir, content_hash).read_bytes()
        return zstandard.ZstdDecompressor().decompress(packed)
    except FileNotFoundError as error:
        raise ArchiveError(
            f"The archive {archive_dir} has no object {content_hash}. If a newer version replaced it "
            "while this ran, run again; else restore the archive from its backup."
        ) from error
    except (OSError, zstandard.ZstdError) as error:
        raise ArchiveError(
            f"Object {content_hash} of the archive {archive_dir} cannot be read ({error}). Check the "
            "disk and restore the object from a backup of the archive folder."
        ) from error


def remove_object(archive_dir: Path, content_hash: str) -> None:
    with suppress(FileNotFoundError):
        object_path(archive_dir, content_hash).unlink()


def remove_parts(archive_dir: Path) -> int:
    """Remove what killed writers left half written; returns how many. For who holds the home's lock."""
    left = list((archive_dir / "objects").glob("??/*.part"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def has_objects(archive_dir: Path) -> bool:
    return any((archive_dir / "objects").glob("??/*.zst"))


def write_failure(archive_dir: Path, error: Exception) -> ArchiveError:
    """What to tell the operator where the archive cannot be written."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or "disk is full" in str(error):
        return ArchiveError(
            f"The disk that holds the archive {archive_dir} is full. Free space, or move the data home "
            "to a larger disk (SESSIONMART_HOME), and run again: what is archived so far is kept."
        )
    return ArchiveError(
        f"The archive {archive_dir} cannot be written ({error}). Check that the folder belongs to this "
        "user and that the disk is not read-only, and run again: what is archived so far is kept."
    )


def _flush_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut; Windows has no handle for that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
