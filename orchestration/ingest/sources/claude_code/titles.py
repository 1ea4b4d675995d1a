"""Which of the titles that records state is the session's.

A person's title outranks the agent's, the agent's outranks the summary of older versions; of one rank the
latest holds. The records have no time and are written again with every turn, so a title is as late as the
record before it. A summary names the last record of the conversation that it sums up, often one of another
session: it counts only where the session holds this record.
"""

from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from orchestration.ingest.json_values import string_of

_NEVER = datetime.min.replace(tzinfo=UTC)
_TITLES = {"custom-title": (2, "customTitle"), "ai-title": (1, "aiTitle"), "summary": (0, "summary")}
"""Type of a record → its rank, and the key of the title."""


class Titles:
    """The titles of one session, noted record by record in whatever order of files."""

    def __init__(self) -> None:
        self._stated: list[tuple[int, datetime, int, str, str | None]] = []

    def note(self, record: dict[str, Any], at: datetime | None, place: int) -> None:
        """Take the title of a record, if it states one. `at`: the latest time before it in its file."""
        rank, key = _TITLES.get(record["type"], (0, ""))
        title = string_of(record.get(key))
        if title and title.strip():
            leaf = string_of(record.get("leafUuid")) if record["type"] == "summary" else None
            self._stated.append((rank, at or _NEVER, place, title, leaf))

    def settled(self, record_ids: Container[str]) -> str | None:
        """The session's title; `record_ids` are those of the session's own records."""
        own = [
            (rank, at, place, title)
            for rank, at, place, title, leaf in self._stated
            if rank or leaf in record_ids
        ]
        return max(own)[-1] if own else None
