"""Which files are Codex's: those whose records are rollout lines.

Rollouts of 2025's first versions are bare API items without a time; they are nobody's, listed and passed
over. `history.jsonl` beside the rollouts is none.
"""

from pathlib import Path
from typing import Any

from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.sources.codex.records import KNOWN_TYPES

RECORDS_LOOKED_AT = 20
"""A rollout begins with its `session_meta`; a slice of one begins with any other line of it."""


def owns(path: Path, head: bytes) -> bool:  # noqa: ARG001 - the records say it, wherever the file lies
    """Whether some record among the first is a line of a rollout."""
    for looked_at, piece in enumerate(read_lines(head, LineCounts())):
        if piece.record is not None and _is_own(piece.record):
            return True
        if looked_at == RECORDS_LOOKED_AT:
            break
    return False


def _is_own(record: dict[str, Any]) -> bool:
    """Time, type and payload, the type being one of a rollout's; other agents write `data` or `message`."""
    kind = record.get("type")
    return (
        isinstance(record.get("timestamp"), str)
        and isinstance(kind, str)
        and kind in KNOWN_TYPES
        and isinstance(record.get("payload"), dict)
    )
