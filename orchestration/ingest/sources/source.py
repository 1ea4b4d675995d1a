"""What a source of transcripts is: how its files are found and what one look at a file gives.

Holds the values that pass between a source and the archive. Nothing here knows a file format; the
format of a source is its own module, and `sources/__init__.py` names it once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.ingest.scan import ScannedFile


@dataclass(frozen=True)
class TranscriptFile:
    """A transcript on disk as a stat saw it. `author` is set only where the path names one."""

    path: Path
    source: str
    root: Path
    author: str | None
    size: int
    modified_ns: int

    @property
    def relative(self) -> str:
        """The path below its root, with forward slashes: the same wherever the root lies."""
        return self.path.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class Discovery:
    """The files found, sorted by path, and what could not be read with the reason, likewise."""

    files: tuple[TranscriptFile, ...]
    unreadable: tuple[tuple[Path, str], ...]


@dataclass(frozen=True)
class Source:
    """A kind of transcript. `scan(content, earliest=, latest=)` looks once at a file version."""

    name: str
    discover: Callable[[Sequence[str]], Discovery]
    scan: Callable[..., ScannedFile]
    scan_version: str
