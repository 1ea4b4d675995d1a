"""The change that brought a bug in, found from the change that fixed it.

Belongs here: reading commits and their diffs from a repository's database, and the lines that a fix removed,
blamed at its parent (Śliwerski, Zimmermann and Zeller 2005). Nothing is checked out. Not here: which fixes
there are (find_changes), opening a repository (git_history).
"""

from collections import Counter
from typing import Any, NamedTuple

import pygit2
from pygit2.enums import DeltaStatus, DiffOption

MOST_BLAMED_FILES = 20
"""Files of a fix that are blamed; a fix of more files is a rework, whose lines have many origins."""

_CONTEXT_LINES = 5
_COMMENT = (b"#", b"//", b"/*", b"*", b"--", b"<!--")
"""How lines begin that cannot have a bug."""


class FileText(NamedTuple):
    """One file of a change: its path and its diff."""

    path: str
    text: str


def commit_of(git: pygit2.Repository, sha: str) -> pygit2.Commit | None:
    """A commit by its id, or a unique beginning of it; None where the repository has it not."""
    try:
        found = git.revparse_single(sha)
    except (KeyError, ValueError, pygit2.GitError):
        return None
    return found if isinstance(found, pygit2.Commit) else None


def introducing_commit(git: pygit2.Repository, fix: pygit2.Commit) -> pygit2.Commit | None:
    """The commit from which most of the lines come that the fix removed, the newest of several.

    None where the fix removed no line: a fix that only adds says nothing of where the bug came from.
    """
    if len(fix.parents) != 1:
        return None
    parent = fix.parents[0]
    diff = parent.tree.diff_to_tree(
        fix.tree, context_lines=0, flags=DiffOption.IGNORE_WHITESPACE | DiffOption.IGNORE_SUBMODULES
    )
    changed = [patch for patch in diff if patch is not None and _is_blamed(patch)]
    if len(changed) > MOST_BLAMED_FILES:
        return None
    origins: Counter[str] = Counter()
    for patch in changed:
        gone = [line.old_lineno for hunk in patch.hunks for line in hunk.lines if _has_code(line)]
        if gone:
            blame = git.blame(patch.delta.old_file.path, newest_commit=parent.id)
            origins.update(str(blame.for_line(number).final_commit_id) for number in gone)
    if not origins:
        return None
    most = max(origins.values())
    commits = [git[sha].peel(pygit2.Commit) for sha, count in origins.items() if count == most]
    return max(commits, key=lambda commit: (commit.commit_time, str(commit.id)))


def change_of(commit: pygit2.Commit) -> list[FileText]:
    """The text files that a commit changes against its first parent, or against nothing."""
    options: dict[str, Any] = {"context_lines": _CONTEXT_LINES, "flags": DiffOption.IGNORE_SUBMODULES}
    if commit.parents:
        diff = commit.parents[0].tree.diff_to_tree(commit.tree, **options)
    else:
        diff = commit.tree.diff_to_tree(swap=True, **options)
    return [
        FileText(patch.delta.new_file.path, patch.data.decode("utf-8", "replace"))
        for patch in diff
        if patch is not None and not patch.delta.is_binary
    ]


def _is_blamed(patch: pygit2.Patch) -> bool:
    return not patch.delta.is_binary and patch.delta.status in (DeltaStatus.MODIFIED, DeltaStatus.DELETED)


def _has_code(line: pygit2.DiffLine) -> bool:
    text = line.raw_content.strip()
    return line.origin == "-" and bool(text) and not text.startswith(_COMMENT)
