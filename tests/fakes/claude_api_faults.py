"""Scripted faults of the fake API: what goes wrong, where, and how often.

A queue says it call by call (None: nothing); a rule says it for every n-th call. Both can be sent to a
fake in another process, because a fault is plain JSON.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Place = Literal[
    "messages",
    "count_tokens",
    "batch_create",
    "batch_list",
    "batch_retrieve",
    "batch_cancel",
    "batch_results",
    "batch_item",
]
FaultKind = Literal[
    "status",  # an HTTP error, nothing was processed
    "drop_before",  # the connection is dropped, nothing was processed
    "drop_after",  # the connection is dropped after processing: charged, never answered
    "slow",  # answered after `seconds`
    "garbage",  # 200 with a body that is no message
    "refusal",
    "max_tokens",
    "context_exceeded",
    "invalid_json",
    "wrong_enum",
    "missing_field",
    "thinking_first",
    "cut_off",  # results end half way (`batch_results`); `status` 0: cleanly, else by a dropped connection
    "errored",  # a batch item with an error of type `error_type`
    "canceled",
    "expired",
    "lost",  # a batch item that is in no results
]
ANSWER_FAULTS = frozenset({"max_tokens", "context_exceeded", "invalid_json", "wrong_enum", "missing_field"})


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. `status` for errors, `seconds` for slow ones and `retry-after`."""

    kind: FaultKind
    status: int = 500
    seconds: float | None = None
    error_type: str = "api_error"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class _Script:
    queue: deque[Fault | None] = field(default_factory=deque)
    always: Fault | None = None
    every: int = 1
    calls: int = 0


class Faults:
    """The scripts of every place. `next_fault` is asked once per call."""

    def __init__(self) -> None:
        self._scripts: dict[str, _Script] = {place: _Script() for place in get_args(Place)}
        self._lock = threading.Lock()

    def queue(self, place: Place, *faults: Fault | None) -> None:
        """The next calls meet these, in order; a None is a call without a fault."""
        self._scripts[place].queue.extend(faults)

    def always(self, place: Place, fault: Fault | None, *, every: int = 1) -> None:
        """Every n-th call meets this, once the queue is empty. None ends it."""
        script = self._scripts[place]
        script.always, script.every, script.calls = fault, every, 0

    def next_fault(self, place: Place) -> Fault | None:
        with self._lock:
            script = self._scripts[place]
            if script.queue:
                return script.queue.popleft()
            script.calls += 1
            return script.always if script.calls % script.every == 0 else None

    def read_script(self, script: Mapping[str, Any]) -> None:
        """A script as JSON: {"place", "queue": [fault or null, …]} or {"place", "always": fault, "every"}."""
        if "queue" in script:
            self.queue(script["place"], *(Fault(**one) if one else None for one in script["queue"]))
        else:
            always = script["always"]
            self.always(script["place"], Fault(**always) if always else None, every=script.get("every", 1))
