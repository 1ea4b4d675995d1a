"""What makes a record the same one in another copy of its transcript.

A uuid where there is one; else what the record says, and its place among equals. Positions in a file
are no identity: files grow, and checkpoint copies start anywhere. Knows records, not sessions.
"""

import json
from collections import Counter
from hashlib import blake2b
from typing import Any

from orchestration.ingest.sources.claude_code.records import READ_TYPES, STATE_TYPES


class RecordNames:
    """What makes a record of one file the same one elsewhere: its uuid, or what stands for it.

    Repeated records without an id (the queue's, of state) are told apart by their place among equals,
    which is the same in every copy of a transcript. `session_id` keeps those of two sessions apart: a
    script may say the same to both in the same millisecond.
    """

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.repeated = Counter[str]()
        self.previous: str | None = None

    def of(self, record: dict[str, Any], kind: str) -> str | None:
        """The identity of the next record; None where it has none: titles, snapshots, ticks."""
        uuid = record.get("uuid")
        if isinstance(uuid, str) and uuid:
            self.previous = uuid
            return uuid
        if kind in STATE_TYPES:
            return self._next(self._digest(kind, self.previous, record.get("permissionMode")))
        if kind == "queue-operation":
            name = self._digest(
                "queue", record.get("timestamp"), record.get("operation"), record.get("content")
            )
            return self._next(name)
        if kind == "pr-link":
            return self._digest("pr-link", record.get("timestamp"), record.get("prUrl"))
        if kind in READ_TYPES and record.get("timestamp"):
            text = record.get("message") or record.get("content") or record.get("attachment")
            try:
                said = json.dumps(text, sort_keys=True)
            except RecursionError:
                return None
            return self._digest(kind, record["timestamp"], record.get("agentId"), said)
        return None

    def _next(self, name: str) -> str:
        number = self.repeated[name]
        self.repeated[name] += 1
        return f"{name}:{number}" if number else name

    def _digest(self, *parts: object) -> str:
        """A hash, because ids are shown and texts are not."""
        text = "\x1f".join(map(str, (self.session_id, *parts)))
        return blake2b(text.encode(), digest_size=16).hexdigest()
