"""What the ledger holds, as values: requests, batches, skipped units, budgets, and what can go wrong.

Callers import these from `ledger`. Not here: how they are stored (tables) or change (ledger).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from classifiers.asking.label_request import RequestKind
from classifiers.label_row import Rendering, UnitKind
from classifiers.ledger.prices import TokenUsage

RequestState = Literal[
    "reserved",  # on disk, not sent
    "in_flight",  # a synchronous call is under way in a live process
    "in_batch",  # part of a batch that is intended, created or processing
    "ambiguous",  # its process died with the call under way: perhaps answered, charged at its bound
    "answered",  # the raw message is here (it may be a refusal or truncated)
    "failed",  # an error came back instead of a message; nothing was charged
]
BatchState = Literal[
    "intended",  # on disk, perhaps about to be created
    "ambiguous",  # whether the API created it is not known
    "created",  # the API has it
    "ended",  # the API has finished it; results can be collected
    "collected",  # every result is here
    "void",  # the API never created it; its requests are gone and their money is free
]


class LedgerError(Exception):
    """The ledger cannot do what it was asked; the message says what to do."""


class LedgerBusyError(LedgerError):
    """Another process sends, or keeps the ledger's old pages open."""


class LedgerVersionError(LedgerError):
    """The file was written by a newer program, or is no ledger."""


class LedgerStateError(LedgerError):
    """A request or batch is not in a state in which this may happen to it: a fault of the caller."""


class RequestHeldError(LedgerError):
    """A request that is already there was to be reserved again: the plan would pay twice."""


@dataclass(frozen=True)
class LedgerRequest:
    """One row of the ledger, without the text that was sent. `message` is the API's message as JSON.

    `record_ids` maps short ids to record ids. `cost_usd` is what was settled; None until then.
    """

    request_id: str
    kind: RequestKind
    classifier: str
    step: str
    unit_kind: UnitKind
    unit_id: str
    session_id: str
    session_date: date
    rendering: Rendering
    fingerprint: str
    replicate: int
    attempt: int
    part: int | None
    input_hash: str
    coverage: float
    record_ids: Mapping[str, str] = field(repr=False)
    model: str
    effort: str | None
    run_id: str
    state: RequestState
    batch_key: str | None
    batch_id: str | None
    reserved_usd: Decimal
    cost_usd: Decimal | None
    usage: TokenUsage | None
    api_request_id: str | None
    message: dict[str, Any] | None = field(repr=False)
    error_type: str | None
    http_status: int | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class Head:
    """A request as a plan reads it: what was asked, and what has become of it."""

    request_id: str
    kind: RequestKind
    classifier: str
    step: str
    unit_id: str
    fingerprint: str
    replicate: int
    attempt: int
    part: int | None
    state: RequestState
    input_hash: str
    error_type: str | None


@dataclass(frozen=True)
class SkippedUnit:
    """A unit, fingerprint and replicate that a budget did not allow; `bound_usd` is what it would need.

    Gone as soon as a later run is granted a request for it.
    """

    kind: RequestKind
    unit_kind: UnitKind
    unit_id: str
    classifier: str
    fingerprint: str
    replicate: int
    session_id: str
    session_date: date
    rendering: Rendering
    model: str
    input_hash: str
    coverage: float
    run_id: str
    bound_usd: Decimal
    skipped_at: datetime


@dataclass(frozen=True)
class LedgerBatch:
    """One batch: `batch_key` is ours and exists before the API's `batch_id`.

    `request_count` is what was handed over, forgotten requests included.
    """

    batch_key: str
    batch_id: str | None
    run_id: str
    state: BatchState
    request_count: int
    created_at: datetime
    ended_at: datetime | None
    collected_at: datetime | None


@dataclass(frozen=True)
class Budget:
    """Dollars that a run, and a calendar month (UTC), may reserve and spend."""

    run_usd: Decimal
    month_usd: Decimal | None


@dataclass(frozen=True)
class Reservation:
    """Which requests may be sent, and which would go beyond a budget."""

    granted: tuple[str, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Recovery:
    """What a process that died while sending had left: counts of requests, and of batches."""

    ambiguous: int
    never_sent: int
    ambiguous_batches: int
