"""Which files are Claude Code's, and whose: by what their first records say, else by their path.

`history.jsonl`, workflow journals and to-do lists lie beside transcripts and are none (§12.13).
"""

import re
from pathlib import Path
from typing import Any

from orchestration.ingest.read_lines import LineCounts, read_lines

_SLUG = re.compile(r"-|[A-Za-z]--")
"""How a project slug begins: `-Users-…` or, from a Windows drive, `C--Users-…`."""

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FILE_NAME = re.compile(rf"(?:{_UUID}|agent-[\w-]+)\.jsonl", re.IGNORECASE)

RECORDS_LOOKED_AT = 200
"""How many objects of a file's head are looked at: state records without ids may come first."""


def owns(path: Path, head: bytes) -> bool:  # noqa: ARG001 - the records say it, wherever the file lies
    """Whether some record among the first is one of a session, a title or a file snapshot."""
    for looked_at, piece in enumerate(read_lines(head, LineCounts())):
        if piece.record is not None and _is_own(piece.record):
            return True
        if looked_at == RECORDS_LOOKED_AT:
            break
    return False


def _is_own(record: dict[str, Any]) -> bool:
    """By the fields that only Claude Code's records have together (TRANSCRIPT_FORMAT, Appendix B)."""
    if not isinstance(record.get("type"), str):
        return False
    has = record.keys()
    return (
        "sessionId" in has
        or {"uuid", "timestamp", "parentUuid"} <= has
        or {"summary", "leafUuid"} <= has
        or {"messageId", "snapshot"} <= has
    )


def has_transcript_path(path: Path, root: Path) -> bool:  # noqa: ARG001 - the same below every root
    """Whether a file lies and is called as Claude Code's do, so that a damaged one is read all the same."""
    return bool(_FILE_NAME.fullmatch(path.name)) and any(
        len(part) > 1 and _SLUG.match(part) for part in path.parent.parts[-3:]
    )


def author_of(path: Path, root: Path) -> str | None:
    """The author, where the path is `<root>/<author>/<project slug>/…`; else None.

    Only a folder that stands directly above a project slug and is none itself names an author.
    """
    parts = path.relative_to(root).parts
    if len(parts) < 3 or _SLUG.match(parts[0]) or not _SLUG.match(parts[1]):
        return None
    return parts[0]
