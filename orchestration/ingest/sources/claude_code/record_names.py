"""What makes a record the same one in another copy of its transcript.

Its uuid or its original's where there is one (`same_records`); else what the record says, and its place
among equals. Positions in a file are no identity: files grow, and checkpoint copies start anywhere.
"""

import json
from collections import Counter
from hashlib import blake2b
from typing import Any

from orchestration.ingest.sources.claude_code.records import MESSAGE_TYPES, READ_TYPES, STATE_TYPES
from orchestration.ingest.sources.claude_code.same_records import SameRecords


class RecordNames:
    """What makes a record of one file the same one elsewhere: its name, or what stands for it.

    Repeated records without an id (the queue's, of state) are told apart by their place among equals,
    which is the same in every copy of a transcript. The session's id keeps those of two sessions apart:
    a script may say the same to both in the same millisecond.
    """

    def __init__(self, same: SameRecords) -> None:
        self.same = same
        self.repeated = Counter[str]()
        self.previous: str | None = None

    def of(self, record: dict[str, Any], kind: str) -> str | None:
        """The identity of the next record; None where it has none: titles, snapshots, ticks."""
        name = self.same.name_of(record)
        if name is not None:
            self.previous = name
            return name
        if kind in STATE_TYPES:
            return self._next(self._digest(kind, self.previous, record.get("permissionMode")))
        if kind == "queue-operation":
            queued = self._digest(
                "queue", record.get("timestamp"), record.get("operation"), record.get("content")
            )
            return self._next(queued)
        if kind == "pr-link":
            return self._digest("pr-link", record.get("timestamp"), record.get("prUrl"))
        if kind in READ_TYPES and record.get("timestamp"):
            said = record.get("message") or record.get("content") or record.get("attachment")
            if kind in MESSAGE_TYPES:  # a later copy may have other usage, and be the complete one
                said = [record["message"].get("id"), record["message"].get("content")]
            try:
                text = json.dumps(said, sort_keys=True)
            except RecursionError:
                return None
            return self._digest(kind, record["timestamp"], record.get("agentId"), text)
        return None

    def _next(self, name: str) -> str:
        number = self.repeated[name]
        self.repeated[name] += 1
        return f"{name}:{number}" if number else name

    def _digest(self, *parts: object) -> str:
        """A hash, because ids are shown and texts are not."""
        text = "\x1f".join(map(str, (self.same.session_id, *parts)))
        return blake2b(text.encode(), digest_size=16).hexdigest()
