"""Lines that one tool call added to and removed from a file, and how they are known.

By patch where the result states one, else by what the call asked for: sub-agents that only progress
records hold have no patch. Unknown is null, never zero. Knows one call; what a session saw before is
handed in.
"""

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from orchestration.ingest.rows import LinesKnownBy

_CREATED = re.compile(
    r"\A\s*(?:successfully )?(?:(?:new )?file )?created\b|\b(?:was|has been) (?:successfully )?created\b",
    re.IGNORECASE,
)
_OVERWRITTEN = re.compile(r"\b(?:updated|overwritten|overwrote)\b", re.IGNORECASE)


MOST_COMPARISONS = 4_000_000
"""Two texts of 2,000 lines. The worst case grows with the square: one edit must not take minutes."""


class LinesChanged(NamedTuple):
    """Lines of one call; all null where nothing is known of them, or the call changes no file."""

    added: int | None = None
    removed: int | None = None
    known_by: LinesKnownBy | None = None
    is_new_file: bool | None = None


NOTHING_KNOWN = LinesChanged()


def lines_of_result(detail: Any) -> LinesChanged | None:
    """What the result states: its patch, or the content of a file it created; None where it states neither.

    A new file has an empty patch: its content's lines are added.
    """
    if not isinstance(detail, dict):
        return None
    patch = detail.get("structuredPatch")
    is_new = detail.get("type") == "create" if "type" in detail else None
    if is_new and not patch and isinstance(detail.get("content"), str):
        return LinesChanged(line_count(detail["content"]), 0, "patch", True)
    if not isinstance(patch, list):
        return None
    added = removed = 0
    for hunk in patch:
        lines = hunk.get("lines") if isinstance(hunk, dict) else None
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, str):
                added += line.startswith("+")
                removed += line.startswith("-")
    return LinesChanged(added, removed, "patch", is_new)


def lines_of_input(
    tool_name: str, given: dict[str, Any], *, result_text: str, detail: Any, was_seen: bool
) -> LinesChanged:
    """What a call that succeeded asked for. `was_seen`: the session touched the file before."""
    if tool_name == "Write":
        return _written(given.get("content"), result_text, detail, was_seen=was_seen)
    if tool_name == "Edit":
        return _edited([given])
    if tool_name == "MultiEdit":
        edits = given.get("edits")
        return _edited(edits if isinstance(edits, list) else [])
    if tool_name == "NotebookEdit" and given.get("edit_mode") == "insert":
        source = given.get("new_source")
        if isinstance(source, str):
            return LinesChanged(line_count(source), 0, "input", None)
    return NOTHING_KNOWN


def _written(content: Any, result_text: str, detail: Any, *, was_seen: bool) -> LinesChanged:
    """A created file's lines; what an overwrite removed is not in the transcript."""
    is_new = _is_creation(result_text, detail, was_seen=was_seen)
    if not is_new or not isinstance(content, str):
        return LinesChanged(is_new_file=is_new)
    return LinesChanged(line_count(content), 0, "input", True)


def _is_creation(result_text: str, detail: Any, *, was_seen: bool) -> bool:
    """Whether a write made the file: as the result says, else whether nothing touched it before.

    The harness refuses to overwrite a file that was not read, so an unseen file is a new one.
    """
    stated = detail.get("type") if isinstance(detail, dict) else None
    if stated in ("create", "update"):
        return bool(stated == "create")
    head = result_text[:400]
    if _CREATED.search(head):
        return True
    return not was_seen and not _OVERWRITTEN.search(head)


def _edited(edits: list[Any]) -> LinesChanged:
    """Lines that differ between the old and the new text of each edit.

    A `replace_all` states no count: it replaced at least one place, so its lines are a lower bound.
    """
    added = removed = 0
    is_bound = is_new = False
    for number, edit in enumerate(edits):
        old = edit.get("old_string") if isinstance(edit, dict) else None
        new = edit.get("new_string") if isinstance(edit, dict) else None
        if not isinstance(old, str) or not isinstance(new, str):
            return NOTHING_KNOWN
        if old == "":
            # Only a file that does not exist, or is empty, can be edited from nothing.
            is_new = is_new or number == 0
            added += line_count(new)
            continue
        more, fewer, is_exact = differing_lines(old, new)
        added, removed = added + more, removed + fewer
        is_bound = is_bound or not is_exact or edit.get("replace_all") in (True, "true")
    if not edits:
        return NOTHING_KNOWN
    return LinesChanged(added, removed, "input_at_least" if is_bound else "input", is_new or None)


def differing_lines(old: str, new: str) -> tuple[int, int, bool]:
    """Lines added and removed between two pieces of a file, and whether that is exact.

    Both stand inside lines, so a text is cut at every line feed, and what follows the last one is a line.
    Of very large texts only what one has more often than the other counts: a lower bound in linear time.
    """
    before, after = old.split("\n"), new.split("\n")
    if new == "":
        # The line feed after a removed text goes with it.
        return 0, line_count(old), True
    if len(before) * len(after) > MOST_COMPARISONS:
        was, is_now = Counter(before), Counter(after)
        return (is_now - was).total(), (was - is_now).total(), False
    added = removed = 0
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += j - i
            added += m - k
    return added, removed, True


def line_count(content: str) -> int:
    """Lines as a patch counts them: U+2028 or a form feed ends none."""
    return content.count("\n") + (content != "" and not content.endswith("\n"))
