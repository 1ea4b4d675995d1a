"""What a patch changes: files, lines added and removed, new files.

Two ways: what the agent asked for (the grammar of `apply_patch`) and what came of it
(`patch_apply_end.changes`). A deleted or overwritten file's lines are known only from the latter.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from orchestration.ingest.json_values import string_of
from orchestration.ingest.rows import LinesKnownBy

_BEGIN = "*** Begin Patch"
_END = "*** End Patch"
_FILE = re.compile(r"\*\*\* (Add|Update|Delete) File: (.*)")
_MOVE = re.compile(r"\*\*\* Move to: (.*)")


class FileChange(NamedTuple):
    """One file of a patch; lines are None where the patch does not say them."""

    path: str
    lines_added: int | None
    lines_removed: int | None
    is_new: bool


class Change(NamedTuple):
    """A whole patch: its first file stands for it, its lines are all files'.

    `known_by` is None where the lines of no file are known.
    """

    path: str
    lines_added: int | None
    lines_removed: int | None
    known_by: LinesKnownBy | None
    is_new: bool


def patch_in(text: str) -> str | None:
    """The patch that a text holds, as one of its own or inside a command or script."""
    start = text.find(_BEGIN)
    if start < 0:
        return None
    end = text.find(_END, start)
    patch = text[start : end + len(_END)] if end >= 0 else text[start:]
    # Inside a script the patch is a string literal: its line ends are written out.
    return patch.replace("\\n", "\n") if "\n" not in patch else patch


def asked_changes(patch: str) -> list[FileChange]:
    """The files of a patch as the agent wrote it."""
    found: list[FileChange] = []
    path, kind, added, removed = "", "", 0, 0

    def close() -> None:
        if kind:
            # What stood in a deleted file the patch does not say.
            found.append(FileChange(path, added, None if kind == "Delete" else removed, kind == "Add"))

    for line in patch.splitlines():
        if match := _FILE.match(line):
            close()
            kind, path, added, removed = match.group(1), match.group(2).strip(), 0, 0
        elif match := _MOVE.match(line):
            path = match.group(1).strip()
        elif kind in ("Add", "Update"):
            added += line.startswith("+")
            removed += line.startswith("-")
    close()
    return found


def applied_changes(changes: Any) -> list[FileChange]:
    """The files of `patch_apply_end.changes`: added and deleted ones with content, others as a diff."""
    if not isinstance(changes, dict):
        return []
    return [_applied(path, change) for path, change in changes.items() if isinstance(change, dict)]


def _applied(path: str, change: dict[str, Any]) -> FileChange:
    kind, content = change.get("type"), string_of(change.get("content"))
    if kind == "add":
        return FileChange(path, None if content is None else _line_count(content), 0, True)
    if kind == "delete":
        return FileChange(path, 0, None if content is None else _line_count(content), False)
    diff = string_of(change.get("unified_diff"))
    moved = string_of(change.get("move_path"))
    if diff is None:
        return FileChange(moved or path, None, None, False)
    lines = diff.splitlines()
    body = [line for line in lines if not line.startswith(("+++ ", "--- "))]
    return FileChange(
        moved or path,
        sum(line.startswith("+") for line in body),
        sum(line.startswith("-") for line in body),
        False,
    )


def whole_change(files: Iterable[FileChange], *, known_by: LinesKnownBy) -> Change | None:
    """A patch as one. Where some files' lines are not known, those of the others are a lower bound."""
    parts = list(files)
    if not parts:
        return None
    known = [part for part in parts if part.lines_added is not None and part.lines_removed is not None]
    if not known:
        return Change(parts[0].path, None, None, None, parts[0].is_new)
    return Change(
        parts[0].path,
        sum(part.lines_added or 0 for part in known),
        sum(part.lines_removed or 0 for part in known),
        known_by if len(known) == len(parts) else "input_at_least",
        parts[0].is_new,
    )


def _line_count(content: str) -> int:
    return content.count("\n") + (content != "" and not content.endswith("\n"))
