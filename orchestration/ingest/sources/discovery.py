"""Finds transcript files below folders, globs and single files, and says whose format each is.

Every file is offered to every source: what its first records say decides, and only where nobody knows
them its path. A file that no source knows is listed and passed over. Nothing here knows a format, and
nothing unreadable stops the rest.
"""

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from orchestration.ingest.packed_files import read_head, suffix_of
from orchestration.ingest.sources.source import Source, TranscriptFile

HEAD_BYTES = 64 * 1024
"""How much of a file is read to see whose it is; most first records have less than a tenth of it."""

DEEP_HEAD_BYTES = 4 * 1024 * 1024
"""How much is read where that tells nothing: the longest record seen is 2.1 MB (a pasted image)."""


class TwoSourcesError(Exception):
    """Two sources claim one file: one of them recognises too much."""


@dataclass(frozen=True)
class Discovery:
    """The files found, sorted by path; what could not be read, and what no source knows, likewise.

    `unknown` lists files that carry a transcript's suffix; `other_file_count` are all the rest.
    """

    files: tuple[TranscriptFile, ...]
    unreadable: tuple[tuple[Path, str], ...]
    unknown: tuple[tuple[Path, str], ...] = ()
    other_file_count: int = 0


@dataclass
class _Finds:
    """What one call of `discover` has met so far; one file reached by several ways is kept once."""

    sources: Mapping[str, Source]
    known: Mapping[Path, str]
    files: dict[tuple[int, int], TranscriptFile] = field(default_factory=dict)
    unreadable: dict[Path, str] = field(default_factory=dict)
    unknown: dict[tuple[int, int], tuple[Path, str]] = field(default_factory=dict)
    others: set[Path] = field(default_factory=set)

    @property
    def suffixes(self) -> frozenset[str]:
        return frozenset().union(*(source.suffixes for source in self.sources.values()))

    def add(self, path: Path, root: Path, *, is_named: bool) -> None:
        """Take a file in; one that the operator named by itself need not have a transcript's suffix."""
        try:
            str(path).encode()
            status = path.stat()
        except UnicodeEncodeError:
            self.unreadable[path] = "the name is not UTF-8; rename it"
            return
        except OSError as error:
            self.unreadable[path] = _reason(error)
            return
        if not stat.S_ISREG(status.st_mode):
            self.unreadable[path] = "not a regular file"
        elif not is_named and suffix_of(path) not in self.suffixes:
            self.others.add(path)
        elif not os.access(path, os.R_OK):
            self.unreadable[path] = "permission denied"
        else:
            self._claim(path, root, status)

    def _claim(self, path: Path, root: Path, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        before = self.files.get(identity)
        try:
            source = self.sources[before.source] if before else self._source_of(path, root)
        except OSError as error:
            self.unreadable[path] = _reason(error)
            return
        if source is None:
            reason = "empty" if status.st_size == 0 else "not a transcript of a known agent"
            self.unknown.setdefault(identity, (path, reason))
            return
        found = TranscriptFile(
            path, source.name, root, source.author(path, root), status.st_size, status.st_mtime_ns
        )
        if before is None or _preference(found) < _preference(before):
            self.files[identity] = found

    def _source_of(self, path: Path, root: Path) -> Source | None:
        known = self.sources.get(self.known.get(path, ""))
        return known if known is not None else source_of(path, root, self.sources)


def discover(
    patterns: Sequence[str], sources: Mapping[str, Source], *, known: Mapping[Path, str] | None = None
) -> Discovery:
    """Transcript files of folders, globs (`**` allowed) and single files; `~` is expanded.

    A folder means everything below it. Files whose source is `known` are not opened. What is missing or
    unreadable is reported, never raised. Raises TwoSourcesError where two sources claim a file, which is a
    fault of a source.
    """
    finds = _Finds(sources, known or {})
    for pattern in patterns:
        try:
            expanded = Path(pattern).expanduser().absolute()
        except RuntimeError:
            finds.unreadable[Path(pattern)] = "no such user; check the setting `transcripts`"
            continue
        if os.path.lexists(expanded):
            _discover_path(expanded, expanded, finds)
        elif glob.has_magic(str(expanded)):
            _discover_glob(expanded, finds)
        else:
            finds.unreadable[expanded] = "no such file or folder; check the setting `transcripts`"
    return Discovery(
        tuple(sorted(finds.files.values(), key=lambda file: file.path)),
        tuple(sorted(finds.unreadable.items())),
        tuple(sorted(finds.unknown.values())),
        len(finds.others),
    )


def source_of(path: Path, root: Path, sources: Mapping[str, Source]) -> Source | None:
    """The source whose transcript the file is, or None.

    Raises OSError where it cannot be read, and TwoSourcesError.
    """
    head = read_head(path, HEAD_BYTES)
    owners = _owners(path, head, sources)
    if not owners and len(head) == HEAD_BYTES:
        owners = _owners(path, read_head(path, HEAD_BYTES + DEEP_HEAD_BYTES), sources)
    if not owners and head:
        owners = [source for source in sources.values() if source.names(path, root)]
    if len(owners) > 1:
        names = " and ".join(source.name for source in owners)
        raise TwoSourcesError(f"{names} both claim {path}: make `owns` of one of them stricter.")
    return owners[0] if owners else None


def _owners(path: Path, head: bytes, sources: Mapping[str, Source]) -> list[Source]:
    return [source for source in sources.values() if head and source.owns(path, head)]


def found_instead(discovery: Discovery) -> str:
    """What lies there where no transcript does: "6 files, none of a known agent"."""
    count = len(discovery.unknown) + discovery.other_file_count
    if not count:
        return "no files at all"
    by_suffix = Counter(path.suffix.lower() or "no suffix" for path, _ in discovery.unknown)
    listed = ", ".join(f"{number} × {suffix}" for suffix, number in by_suffix.most_common(3))
    files = "1 file" if count == 1 else f"{count:,} files"
    return f"{files}, none of a known agent" + (f" ({listed})" if listed else "")


def _preference(file: TranscriptFile) -> tuple[bool, str, str]:
    """Of several ways to one file, the one that names an author, then the smallest path."""
    return (file.author is None, file.author or "", str(file.path))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _discover_path(path: Path, root: Path, finds: _Finds) -> None:
    """A folder with all below it, or a single file whatever it is called."""
    if path.is_dir():
        for file in _walk(path, finds):
            finds.add(file, root, is_named=False)
    else:
        finds.add(path, path.parent if path == root else root, is_named=path == root)


def _discover_glob(pattern: Path, finds: _Finds) -> None:
    """Everything a glob names. `**` is walked by hand: the library's walk runs round in link loops."""
    parts = pattern.parts
    plain = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    deep = next((i for i, part in enumerate(parts) if part == "**"), len(parts))
    root = Path(*parts[:plain])
    shallow = parts[plain:deep]
    heads = sorted(root.glob("/".join(shallow))) if shallow else [root]
    found = False
    for head in heads:
        if deep == len(parts):
            matches = [head]
        else:
            below = _walk(head, finds) if head.is_dir() else iter(())
            matches = [file for file in below if _matches(file.relative_to(head).parts, parts[deep:])]
        for match in matches:
            found = found or match.is_dir() or suffix_of(match) in finds.suffixes
            _discover_path(match, root, finds)
    if not found:
        finds.unreadable[pattern] = "nothing matches this pattern; check the setting `transcripts`"


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the path, or a folder above it, matches the pattern."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_matches(path[i:], pattern[1:]) for i in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(path[1:], pattern[1:])


def _walk(folder: Path, finds: _Finds) -> Iterator[Path]:
    """All files below a folder; each folder once, real folders before links to them."""
    seen: set[tuple[int, int]] = set()
    folders, links = [str(folder)], list[str]()
    while folders or links:
        current = folders.pop() if folders else links.pop(0)
        try:
            status = Path(current).stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(current) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            finds.unreadable[Path(current)] = _reason(error)
            continue
        for entry in entries:
            if _is_folder(entry):
                (links if entry.is_symlink() else folders).append(entry.path)
            else:
                yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether the entry is a folder or a link to one; a broken link is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False
