"""The line ledger of one repository: what each commit changed, which lines were merged, and when they went.

Belongs here: replaying the landings of the default branch, oldest first. Every line of every file that counts
has a number while it lives; a landing gives new lines new numbers, lets moved ones keep theirs, and notes
which went. Commits are immutable, so a later run goes on where the last one ended. It holds no person and no
text. Memory: four bytes per line that was ever merged, four per line alive, one landing.
Not here: what it looks like on disk (ledger_files), whose lines they are (attribution).
"""

from __future__ import annotations  # array[int] cannot be evaluated before Python 3.12

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pygit2

from orchestration.git_history.chain import Landing
from orchestration.git_history.diffs import (
    ExclusionOf,
    FileDiff,
    Moves,
    find_moves,
    patch_identity,
    read_diff,
)
from orchestration.git_history.exclusions import extension_of
from orchestration.git_history.linguist import Stated
from orchestration.git_history.repository import object_at
from orchestration.ingest.git_rows import Exclusion
from orchestration.ingest.written_lines import LineKeys

LEDGER_VERSION = 2
"""Changes when the ledger of an unchanged repository would: it is then read from the beginning."""

NO_COMMIT = 0
"""Number of no commit, file and line: numbers start at 1."""

Writer = tuple[int, int]
"""Commit that wrote a line, and the line's number in that commit's file."""


@dataclass
class FileRecord:
    """A path that a commit changed. `exclusion` is `unasked` as long as only binary files were there."""

    path_id: str
    extension: str | None
    name_key: int
    exclusion: Exclusion | Literal["unasked"] | None = "unasked"


@dataclass
class ChangedFiles:
    """Columns of the files of commits, in the order they were read."""

    commit: array[int] = field(default_factory=lambda: array("I"))
    file: array[int] = field(default_factory=lambda: array("I"))
    exclusion: list[Exclusion | None] = field(default_factory=list)
    added: array[int] = field(default_factory=lambda: array("I"))
    removed: array[int] = field(default_factory=lambda: array("I"))
    moved: array[int] = field(default_factory=lambda: array("I"))


@dataclass
class MergedLines:
    """Columns of lines in the order of their numbers. `hash` is 0 for lines too short to be told apart."""

    first_number: int = 1
    landing: array[int] = field(default_factory=lambda: array("I"))
    commit: array[int] = field(default_factory=lambda: array("I"))
    file: array[int] = field(default_factory=lambda: array("I"))
    line: array[int] = field(default_factory=lambda: array("I"))
    hash: array[int] = field(default_factory=lambda: array("q"))


@dataclass
class Ledger:
    """Everything kept of a repository's default branch up to its last landing.

    `changed` and `merged` hold what is not written yet. `gone`: by line number, the landing that removed it.
    `alive`: by file, the numbers of its lines in order. `unfiltered`: by commit, all its lines of landings.
    """

    path_of: Callable[[str], str]
    keys: LineKeys
    stated: Callable[[str], Stated]
    commits: dict[bytes, int] = field(default_factory=dict)
    patches: array[int] = field(default_factory=lambda: array("q", [0]))
    unfiltered: array[int] = field(default_factory=lambda: array("I", [0]))
    tip: bytes = b""
    files: list[FileRecord | None] = field(default_factory=lambda: [None])
    gone: array[int] = field(default_factory=lambda: array("I", [0]))
    alive: dict[int, array[int]] = field(default_factory=dict)
    changed: ChangedFiles = field(default_factory=ChangedFiles)
    merged: MergedLines = field(default_factory=MergedLines)
    exclusions: dict[str, Exclusion | None] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    by_id: dict[str, int] = field(default_factory=dict)

    def land(self, git: pygit2.Repository, landing: Landing) -> None:
        """Read one landing with all that it brought."""
        exclusion_of = ExclusionOf(self.exclusions, self.recall, self.stated)
        branch = _Branch()
        for sha in landing.brought:
            number = self._number(sha)
            commit = object_at(git, pygit2.Oid(raw=sha))
            if len(commit.parent_ids) < 2:
                files = read_diff(git, commit, self.keys, exclusion_of)
                moves = find_moves(files)
                self._note_commit(number, files, moves)
                branch.read(number, [(self.file(file.path), file) for file in files], moves)
        number = self._number(landing.commit)
        commit = object_at(git, pygit2.Oid(raw=landing.commit))
        files = read_diff(git, commit, self.keys, exclusion_of)
        moves = find_moves(files)
        if len(commit.parent_ids) < 2:
            self._note_commit(number, files, moves)
        self._merge(number, files, moves, branch)
        self.tip = landing.commit

    def file(self, path: str) -> int:
        """The number of a path."""
        number = self.numbers.get(path)
        if number is None:
            path_id = self.path_of(path)
            number = self.numbers[path] = self.by_id.setdefault(path_id, len(self.files))
            if number == len(self.files):
                self.files.append(FileRecord(path_id, extension_of(path), self.keys.file(path)))
        return number

    def remember_exclusions(self) -> None:
        """Write down with each file what this run was told of it."""
        for path, exclusion in self.exclusions.items():
            record = self.files[self.file(path)]
            assert record is not None
            record.exclusion = exclusion

    def recall(self, path: str) -> Exclusion | Literal["unasked"] | None:
        """What an earlier run was told of a path."""
        record = self.files[self.by_id.get(self.path_of(path), 0)]
        return "unasked" if record is None else record.exclusion

    def _number(self, sha: bytes) -> int:
        number = self.commits[sha] = len(self.commits) + 1
        self.patches.append(0)
        self.unfiltered.append(0)
        return number

    def _note_commit(self, number: int, files: Sequence[FileDiff], moves: Moves) -> None:
        moved = _moved_counts(files, moves)
        self.patches[number] = patch_identity(files)
        columns = self.changed
        for file, count in zip(files, moved, strict=True):
            columns.commit.append(number)
            columns.file.append(self.file(file.path))
            columns.exclusion.append(file.exclusion)
            columns.added.append(file.lines_added)
            columns.removed.append(file.lines_removed)
            columns.moved.append(count)

    def _merge(self, landing: int, files: Sequence[FileDiff], moves: Moves, branch: _Branch) -> None:
        """Give the landing's new lines their numbers, and note which lines went."""
        before = [self._taken(file) for file in files]
        taken = [
            [lines[hunk.old_at : hunk.old_at + len(hunk.removed)] for hunk in file.hunks]
            for file, lines in zip(files, before, strict=True)
        ]
        for f, file in enumerate(files):
            number = self.file(file.path)
            last = branch.last_writer(number, landing)
            if file.exclusion is not None or file.change == "deleted":
                self.unfiltered[last] += file.lines_added
                if file.exclusion is not None:
                    self._end(before[f], landing)
                    continue
            now: array[int] = array("I")
            at = 0
            for h, hunk in enumerate(file.hunks):
                now.extend(before[f][at : hunk.old_at])
                at = hunk.old_at + len(hunk.removed)
                for i, value in enumerate(hunk.added):
                    origin = moves.get((f, h, i))
                    if origin is None:
                        now.append(self._new_line(landing, number, value, hunk.new_line + i, branch))
                    else:
                        now.append(taken[origin.file][origin.hunk][origin.line])
                        taken[origin.file][origin.hunk][origin.line] = NO_COMMIT
                        self.unfiltered[last] += 1
            now.extend(before[f][at:])
            if now:
                self.alive[number] = now
        for hunks in taken:
            for lines in hunks:
                self._end(lines, landing)

    def _taken(self, file: FileDiff) -> array[int]:
        """The lines of a file as they were, which is then no more; lines nobody counted have number 0."""
        if file.old_path is None:
            return array("I")
        lines = self.alive.pop(self.file(file.old_path), None) or array("I")
        if file.hunks:
            last = file.hunks[-1]
            short = last.old_at + len(last.removed) - len(lines)
            if short > 0:
                lines.extend([NO_COMMIT] * short)
        return lines

    def _new_line(self, landing: int, file: int, value: int, line: int, branch: _Branch) -> int:
        commit, own_line = branch.writer_of(file, value) or (landing, line)
        columns = self.merged
        columns.landing.append(landing)
        columns.commit.append(commit)
        columns.file.append(file)
        columns.line.append(own_line)
        columns.hash.append(max(value, 0))
        self.unfiltered[commit] += 1
        self.gone.append(NO_COMMIT)
        return len(self.gone) - 1

    def _end(self, lines: array[int], landing: int) -> None:
        for number in lines:
            if number != NO_COMMIT:
                self.gone[number] = landing


class _Branch:
    """The lines that the commits of a merged branch wrote: by file and line, and by line alone."""

    def __init__(self) -> None:
        self._here: dict[tuple[int, int], list[Writer]] = {}
        self._anywhere: dict[int, list[Writer]] = {}
        self._last: dict[int, int] = {}

    def read(self, commit: int, files: Sequence[tuple[int, FileDiff]], moves: Moves) -> None:
        """A commit's lines; those that only moved were written before."""
        for f, (number, file) in enumerate(files):
            self._last[number] = commit
            for h, hunk in enumerate(file.hunks):
                for i, value in enumerate(hunk.added):
                    if (f, h, i) not in moves:
                        writer = (commit, hunk.new_line + i)
                        self._here.setdefault((number, value), []).append(writer)
                        if value > 0:
                            self._anywhere.setdefault(value, []).append(writer)

    def writer_of(self, file: int, value: int) -> Writer | None:
        """The latest commit that wrote this line into this file, else into any."""
        for found in (self._here.get((file, value)), self._anywhere.get(value)):
            if found:
                return found.pop()
        return None

    def last_writer(self, file: int, landing: int) -> int:
        """The branch's last commit that changed the file."""
        return self._last.get(file, landing)


def _moved_counts(files: Sequence[FileDiff], moves: Moves) -> list[int]:
    counts = [0] * len(files)
    for file, _, _ in moves:
        counts[file] += 1
    return counts
