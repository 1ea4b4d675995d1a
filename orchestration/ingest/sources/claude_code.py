"""Claude Code: where its transcripts lie.

Finds `<project slug>/<sessionId>.jsonl` and sub-agent files below folders, globs and single files.
What the lines mean is in `records.py`, `scan.py` and the parser. Nothing found unreadable stops the rest.
"""

import glob
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from orchestration.ingest.scan import SCAN_VERSION, scan_file
from orchestration.ingest.sources.source import Discovery, Source, TranscriptFile

NAME = "claude_code"
_SLUG = re.compile(r"-|[A-Za-z]--")
"""How a project slug begins: `-Users-…` or, from a Windows drive, `C--Users-…`."""


@dataclass
class _Finds:
    """What one call of `discover` has met so far; one file reached by several ways is kept once."""

    files: dict[tuple[int, int], TranscriptFile] = field(default_factory=dict)
    unreadable: dict[Path, str] = field(default_factory=dict)

    def add(self, path: Path, root: Path) -> None:
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
        elif not os.access(path, os.R_OK):
            self.unreadable[path] = "permission denied"
        else:
            found = TranscriptFile(
                path,
                NAME,
                root,
                author_of(path, root),
                status.st_size,
                status.st_mtime_ns,
            )
            identity = (status.st_dev, status.st_ino)
            known = self.files.get(identity)
            if known is None or _preference(found) < _preference(known):
                self.files[identity] = found


def discover(patterns: Sequence[str]) -> Discovery:
    """Transcript files of folders, globs (`**` allowed) and single files; `~` is expanded.

    A folder means every `.jsonl` below it. What is missing or unreadable is reported, never raised.
    """
    finds = _Finds()
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
    files = sorted(finds.files.values(), key=lambda file: file.path)
    return Discovery(tuple(files), tuple(sorted(finds.unreadable.items())))


def author_of(path: Path, root: Path) -> str | None:
    """The author, where the path is `<root>/<author>/<project slug>/…`; else None.

    Only a folder that stands directly above a project slug and is none itself names an author.
    """
    parts = path.relative_to(root).parts
    if len(parts) < 3 or _SLUG.match(parts[0]) or not _SLUG.match(parts[1]):
        return None
    return parts[0]


def _preference(file: TranscriptFile) -> tuple[bool, str, str]:
    """Of several ways to one file, the one that names an author, then the smallest path."""
    return (file.author is None, file.author or "", str(file.path))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _is_transcript(name: str) -> bool:
    return name.lower().endswith(".jsonl")


def _discover_path(path: Path, root: Path, finds: _Finds) -> None:
    """A folder with all below it, or a single file whatever it is called."""
    if path.is_dir():
        for file in _walk(path, finds):
            finds.add(file, root)
    else:
        finds.add(path, path.parent if path == root else root)


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
            matches = [head] if head.is_dir() or _is_transcript(head.name) else []
        else:
            below = _walk(head, finds) if head.is_dir() else iter(())
            matches = [file for file in below if _matches(file.relative_to(head).parts, parts[deep:])]
        for match in matches:
            found = True
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
    """Transcript paths below a folder; each folder once, real folders before links to them."""
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
            elif _is_transcript(entry.name):
                yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether the entry is a folder or a link to one; a broken link is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


CLAUDE_CODE = Source(NAME, discover, scan_file, SCAN_VERSION)
