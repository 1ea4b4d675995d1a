"""The fake's message batches: in progress for a number of looks, then ended, with results in any order."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from tests.fakes.claude_api_checks import Refused
from tests.fakes.claude_api_faults import Fault, Faults

ProcessItem = Callable[[str, Mapping[str, Any], Fault | None], dict[str, Any]]
"""(custom id, params, fault in the answer) → the item's result."""


@dataclass
class FakeBatch:
    """One batch. `looks_left`: how often it is looked at before it has ended; then its `items` are gone."""

    batch_id: str
    created_at: datetime
    items: list[Mapping[str, Any]]
    looks_left: int
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended_at: datetime | None = None
    cancel_initiated_at: datetime | None = None
    archived_at: datetime | None = None
    lost: set[str] = field(default_factory=set)

    @property
    def status(self) -> str:
        if self.ended_at is not None:
            return "ended"
        return "canceling" if self.cancel_initiated_at else "in_progress"

    def as_json(self, base_url: str) -> dict[str, Any]:
        counts = dict.fromkeys(("succeeded", "errored", "canceled", "expired"), 0)
        for result in self.results.values():
            counts[result["type"]] += 1
        is_ended = self.ended_at is not None
        is_readable = is_ended and self.archived_at is None
        return {
            "id": self.batch_id,
            "type": "message_batch",
            "processing_status": self.status,
            "request_counts": {"processing": 0 if is_ended else len(self.items), **counts},
            "created_at": self.created_at.isoformat(),
            "expires_at": (self.created_at + timedelta(hours=24)).isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "archived_at": self.archived_at.isoformat() if self.archived_at else None,
            "cancel_initiated_at": self.cancel_initiated_at.isoformat() if self.cancel_initiated_at else None,
            "results_url": f"{base_url}/v1/messages/batches/{self.batch_id}/results" if is_readable else None,
        }


class FakeBatches:
    """All batches, newest last. A batch is processed, and charged, when it ends."""

    def __init__(self, faults: Faults, process: ProcessItem, *, clock: Callable[[], datetime]) -> None:
        self.faults = faults
        self.process = process
        self.clock = clock
        self.by_id: dict[str, FakeBatch] = {}
        self._lock = threading.RLock()

    def create(self, items: list[Mapping[str, Any]], *, looks: int) -> FakeBatch:
        with self._lock:
            number = len(self.by_id)
            made = FakeBatch(f"msgbatch_{number:024d}", self.clock(), items, looks)
            self.by_id[made.batch_id] = made
            return made

    def get(self, batch_id: str) -> FakeBatch:
        """The batch as it stands, without looking at it."""
        if batch_id not in self.by_id:
            raise Refused(404, "batch: not found")
        return self.by_id[batch_id]

    def look_at(self, batch_id: str) -> FakeBatch:
        """One look: the last that it takes ends the batch."""
        with self._lock:
            batch = self.get(batch_id)
            if batch.ended_at is None:
                if batch.looks_left <= 0 or batch.cancel_initiated_at:
                    self._end(batch)
                batch.looks_left -= 1
            return batch

    def cancel(self, batch_id: str) -> FakeBatch:
        """Nothing that is not processed yet will be."""
        with self._lock:
            batch = self.get(batch_id)
            if batch.ended_at is None:
                batch.cancel_initiated_at = self.clock()
            return batch

    def archive(self, batch_id: str) -> None:
        """The time is over for which results are kept."""
        self.get(batch_id).archived_at = self.clock()

    def page(self, *, limit: int, after_id: str | None) -> tuple[list[FakeBatch], bool]:
        """Newest first, from behind `after_id`; each batch on the page is looked at. And: is there more?"""
        newest_first = list(reversed(self.by_id.values()))
        if after_id is not None:
            ids = [batch.batch_id for batch in newest_first]
            newest_first = newest_first[ids.index(after_id) + 1 :]
        listed = [self.look_at(batch.batch_id) for batch in newest_first[:limit]]
        return listed, len(newest_first) > limit

    def results(self, batch_id: str) -> list[bytes]:
        """Lines of the results, in an order that has nothing to do with that of the requests."""
        batch = self.get(batch_id)
        if batch.ended_at is None or batch.archived_at is not None:
            raise Refused(400, "batch: results are not available")
        shuffled = sorted(batch.results, key=lambda one: blake2b(one.encode(), digest_size=8).digest())
        return [
            json.dumps({"custom_id": custom_id, "result": batch.results[custom_id]}).encode() + b"\n"
            for custom_id in shuffled
            if custom_id not in batch.lost
        ]

    def _end(self, batch: FakeBatch) -> None:
        for item in batch.items:
            custom_id = item["custom_id"]
            fault = self.faults.next_fault("batch_item")
            kind = fault.kind if fault else None
            if batch.cancel_initiated_at or kind == "canceled":
                batch.results[custom_id] = {"type": "canceled"}
            elif kind == "expired":
                batch.results[custom_id] = {"type": "expired"}
            elif fault is not None and kind == "errored":
                batch.results[custom_id] = errored(fault.error_type, "scripted")
            else:
                batch.results[custom_id] = self.process(custom_id, item["params"], fault)
                if kind == "lost":
                    batch.lost.add(custom_id)
        batch.items = []
        batch.ended_at = self.clock()


def errored(error_type: str, message: str) -> dict[str, Any]:
    """The result of an item that could not be processed; nothing is charged for it."""
    return {
        "type": "errored",
        "error": {"type": "error", "error": {"type": error_type, "message": message}, "request_id": None},
    }
