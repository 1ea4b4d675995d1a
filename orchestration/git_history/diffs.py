"""The diff of one commit to a parent: files, and the hashes of the lines that came and went.

Belongs here: libgit2's diff made into plain values, which lines only moved, a patch's identity. Objects are
read from the repository's database and compared there: nothing is checked out, so no filter is applied.
Not here: what is excluded by its path or head (exclusions), what is kept of it (ledger).
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, NamedTuple

import pygit2
from pygit2.enums import DeltaStatus, DiffFind, DiffOption, FileMode

from orchestration.git_history.exclusions import (
    HEAD_BYTES,
    OVERSIZED_LINES,
    exclusion_of_head,
    exclusion_of_path,
    with_stated,
)
from orchestration.git_history.linguist import Stated
from orchestration.git_history.repository import object_at
from orchestration.ingest.git_rows import Exclusion
from orchestration.ingest.written_lines import LineKeys

RENAME_LIMIT = 400
"""Pairs of files beyond which a commit's renames are only found where the content is the same."""

FileChange = Literal["added", "modified", "deleted", "renamed"]

_CHANGES: dict[DeltaStatus, FileChange] = {
    DeltaStatus.ADDED: "added",
    DeltaStatus.DELETED: "deleted",
    DeltaStatus.RENAMED: "renamed",
}


class Hunk(NamedTuple):
    """A place where lines were replaced. `old_at` counts from 0; `new_line` is the first added line's number.

    Hashes of lines too short to be told apart are below zero.
    """

    old_at: int
    removed: list[int]
    new_line: int
    added: list[int]


@dataclass(slots=True)
class FileDiff:
    """One changed file. Hunks are there only where the file's lines count."""

    path: str
    old_path: str | None
    change: FileChange
    exclusion: Exclusion | None
    lines_added: int
    lines_removed: int
    hunks: list[Hunk] = field(default_factory=list)
    content: bytes = b""


class LineRef(NamedTuple):
    """A removed line: which file and hunk of the diff, and which of its removed lines."""

    file: int
    hunk: int
    line: int


Moves = dict[tuple[int, int, int], LineRef]
"""Added line (file, hunk, place) → the removed line that it is."""


class ExclusionOf(NamedTuple):
    """Whether a file's lines count, by its path: told when it first comes up, the same ever after.

    `known`: paths of this run. `recall`: what an earlier run was told of a path, `unasked` where it was not.
    `stated`: what the repository says of a path.
    """

    known: dict[str, Exclusion | None]
    recall: Callable[[str], Exclusion | Literal["unasked"] | None]
    stated: Callable[[str], Stated]

    def __call__(self, path: str, git: pygit2.Repository, new_id: pygit2.Oid | None) -> Exclusion | None:
        if path not in self.known:
            found = self.recall(path)
            if found == "unasked":
                found = exclusion_of_path(path)
                if found is None and new_id is not None:
                    found = exclusion_of_head(path, object_at(git, new_id).data[:HEAD_BYTES])
                found = with_stated(found, self.stated(path))
            self.known[path] = found
        return self.known[path]


def read_diff(
    git: pygit2.Repository,
    commit: pygit2.Commit,
    keys: LineKeys,
    exclusion_of: ExclusionOf,
) -> list[FileDiff]:
    """The files that a commit changes against its first parent, or against nothing."""
    parent = object_at(git, commit.parent_ids[0]).tree if commit.parent_ids else None
    flags = DiffOption.INDENT_HEURISTIC | DiffOption.IGNORE_SUBMODULES
    if parent is None:
        diff = commit.tree.diff_to_tree(flags=flags, context_lines=0, swap=True)
    else:
        diff = parent.diff_to_tree(commit.tree, flags=flags, context_lines=0)
    statuses = {delta.status for delta in diff.deltas}
    if {DeltaStatus.ADDED, DeltaStatus.DELETED} <= statuses:
        diff.find_similar(flags=DiffFind.FIND_RENAMES, rename_threshold=50, rename_limit=RENAME_LIMIT)
    return [file for patch in diff if patch is not None for file in _file(git, patch, keys, exclusion_of)]


def _file(
    git: pygit2.Repository, patch: pygit2.Patch, keys: LineKeys, exclusion_of: ExclusionOf
) -> Iterator[FileDiff]:
    delta = patch.delta
    old, new = delta.old_file, delta.new_file
    if FileMode.COMMIT in (old.mode, new.mode):  # a submodule: its lines are another repository's
        return
    change = _CHANGES.get(delta.status, "modified")
    path = _path_of(old if change == "deleted" else new)
    old_path = None if change == "added" else _path_of(old)
    _, added, removed = patch.line_stats
    exclusion: Exclusion | None
    if delta.is_binary:
        exclusion = "binary"
    else:
        exclusion = exclusion_of(path, git, None if change == "deleted" else new.id)
        if exclusion is None and added > OVERSIZED_LINES:
            exclusion = "oversized"
    file = FileDiff(path, old_path, change, exclusion, added, removed)
    if exclusion is None:
        file.hunks = [_hunk(hunk, keys) for hunk in patch.hunks]
    else:
        file.content = new.id.raw
    yield file


def _path_of(file: pygit2.DiffFile) -> str:
    return file.raw_path.decode("utf-8", "replace")


def _hunk(hunk: pygit2.DiffHunk, keys: LineKeys) -> Hunk:
    line_key = keys.line
    removed: list[int] = []
    added: list[int] = []
    for line in hunk.lines:
        origin = line.origin
        if origin == "+":
            added.append(line_key(line.raw_content))
        elif origin == "-":
            removed.append(line_key(line.raw_content))
    old_at = hunk.old_start - 1 if hunk.old_lines else hunk.old_start
    return Hunk(old_at, removed, hunk.new_start, added)


def find_moves(files: Sequence[FileDiff]) -> Moves:
    """Added lines that are lines removed elsewhere by the same diff, or whose white space alone changed.

    Short lines are looked for only where they were: everywhere else there are others like them.
    """
    moves: Moves = {}
    gone: dict[int, list[LineRef]] = {}
    come: list[tuple[int, tuple[int, int, int]]] = []
    for f, file in enumerate(files):
        for h, hunk in enumerate(file.hunks):
            here: dict[int, list[int]] = {}
            for i in range(len(hunk.removed) - 1, -1, -1):
                here.setdefault(hunk.removed[i], []).append(i)
            for i, value in enumerate(hunk.added):
                if own := here.get(value):
                    moves[f, h, i] = LineRef(f, h, own.pop())
                elif value > 0:
                    come.append((value, (f, h, i)))
            for value, left in here.items():
                if value > 0:
                    gone.setdefault(value, []).extend(LineRef(f, h, i) for i in left)
    if gone:
        for value, place in come:
            if others := gone.get(value):
                moves[place] = others.pop()
    return moves


def patch_identity(files: Sequence[FileDiff]) -> int:
    """The same for the same changes, wherever they are made; 0 where nothing is changed."""
    if not files:
        return 0
    digest = blake2b(digest_size=8, person=b"patch")
    for file in sorted(files, key=lambda file: file.path):
        digest.update(f"{file.path}\0{file.lines_added}\0{file.lines_removed}\0".encode("utf-8", "replace"))
        digest.update(file.content)
        for hunk in file.hunks:
            digest.update(array("q", hunk.removed).tobytes() + b"\0" + array("q", hunk.added).tobytes())
    return int.from_bytes(digest.digest(), "big") >> 1 or 1
