"""Transcripts that their agent has packed: Codex packs a rollout seven days after its last turn.

`rollout-….jsonl` becomes `rollout-….jsonl.zst`. What is inside is the same transcript: it is archived as it
was before, so that it is the same version wherever it lies. Knows names and bytes, nothing of formats.
"""

import io
from pathlib import Path
from typing import BinaryIO

import zstandard

SUFFIX = ".zst"
MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
"""The longest rollouts that people speak of have a few hundred megabytes."""


def is_packed(path: Path) -> bool:
    """Whether a file's name says that it is packed."""
    return path.suffix.lower() == SUFFIX


def suffix_of(path: Path) -> str:
    """The suffix of a file, or of what is packed in it, in lower case."""
    return (Path(path.stem) if is_packed(path) else path).suffix.lower()


def read_head(path: Path, size: int) -> bytes:
    """The first bytes of a file's content. Raises OSError where it cannot be read."""
    with path.open("rb") as handle:
        if not is_packed(path):
            return handle.read(size)
        try:
            with _reader(handle) as reader:
                return reader.read(size)
        except zstandard.ZstdError as error:
            raise _damaged(error) from error


def unpacked(path: Path, content: bytes) -> bytes:
    """The content of a file whose bytes these are. Raises OSError where it cannot be unpacked."""
    if not is_packed(path):
        return content
    try:
        with _reader(io.BytesIO(content)) as reader:
            found = reader.read(MAX_UNPACKED_BYTES)
            is_whole = not reader.read(1)
    except zstandard.ZstdError as error:
        raise _damaged(error) from error
    if not is_whole:
        raise OSError(0, "larger than 2 GiB when it is unpacked")
    return found


def _reader(packed: BinaryIO) -> zstandard.ZstdDecompressionReader:
    # What is appended to a packed file is a frame of its own.
    return zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)


def _damaged(error: zstandard.ZstdError) -> OSError:
    return OSError(0, f"cannot be unpacked ({error})")
