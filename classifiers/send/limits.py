"""Limits of sending, when it stops, and what it reports. Pure: nothing is sent here."""

from dataclasses import dataclass
from decimal import Decimal

RUN_AGAIN = "What is answered is kept; the next run sends only what is missing."

_ADVICE = {
    "authentication_error": "The API does not accept the key: check ANTHROPIC_API_KEY.",
    "permission_error": "The key may not use this model: choose another model or key.",
    "billing_error": "The account cannot pay: check its credit and limits in the vendor's console.",
    "not_found_error": "The API does not know the model or the address: check the model's name and "
    "ANTHROPIC_BASE_URL.",
    "rate_limit_error": "The account's rate limit is reached: lower the concurrency or the requests per "
    "minute, or wait.",
    "overloaded_error": "The API is overloaded: wait, or submit batches.",
    "not_connected": "The API cannot be reached: check the network, proxy and ANTHROPIC_BASE_URL.",
    "connection_lost": "The connection was lost after sending: check the network. These requests are "
    "ambiguous and stay charged at their bound.",
    "timeout": "No answer came in time: raise the timeout or lower the concurrency. These requests are "
    "ambiguous and stay charged at their bound.",
    "unreadable_response": "The answer is not a message: check which server ANTHROPIC_BASE_URL names. These "
    "requests are ambiguous and stay charged at their bound.",
    "invalid_request_error": "The API refuses the requests: check model, effort and the length budget.",
    "request_too_large": "The requests are too large: lower the length budget or the bytes of a batch.",
    "invalid": "The answers do not have the form of the output schema: check that the endpoint and the model "
    "support structured output.",
    "truncated": "The answers are cut off: raise the bound on output tokens.",
}
_ON_THE_DOCUMENT = frozenset({"invalid_request_error", "request_too_large", "invalid", "truncated"})
"""Kinds that may lie in one document: however many questions on it fail so, it counts once."""


class SendingStoppedError(Exception):
    """Sending stopped after failures of one kind; the message says which, how many and what to do."""

    def __init__(self, kind: str, count: int, *, doing: str = "sending") -> None:
        self.kind = kind
        self.count = count
        times = "once" if count == 1 else f"{count} times in a row"
        advice = _ADVICE.get(kind, "The API or the way to it has a fault: wait a while.")
        super().__init__(f"Stopped {doing}: {kind}, {times}. {advice} {RUN_AGAIN}")


@dataclass(frozen=True)
class SendLimits:
    """How fast and how much is sent. A batch of the API holds at most 100,000 requests and 256 MB."""

    concurrency: int = 8
    requests_per_minute: float = 50.0
    has_canary: bool = False
    breaker_failures: int = 10
    batch_requests: int = 10_000
    batch_bytes: int = 200_000_000


@dataclass(frozen=True)
class SendReport:
    """How many requests came to which end. `cost_usd` is what the answered ones cost."""

    asked: int
    answered: int
    failed: int
    ambiguous: int
    skipped: int
    cost_usd: Decimal


class Breaker:
    """Opens after a number of failures of one kind without a success or another kind between them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kind: str | None = None
        self._failures: set[str] = set()

    def succeeded(self) -> None:
        if not self.is_open:
            self._kind, self._failures = None, set()

    def failed(self, kind: str, *, request_id: str, document_key: str) -> None:
        """Count a failure; on an open breaker nothing counts, so that it names why it opened."""
        if self.is_open:
            return
        if kind != self._kind:
            self._kind, self._failures = kind, set()
        self._failures.add(document_key if kind in _ON_THE_DOCUMENT else request_id)

    def trip(self) -> None:
        """Open now, at the failure that was counted last: a canary failed."""
        self._limit = 1

    @property
    def has_failures(self) -> bool:
        """Whether the last request failed."""
        return bool(self._failures)

    @property
    def is_open(self) -> bool:
        return len(self._failures) >= self._limit

    def raise_if_open(self) -> None:
        """Raise SendingStoppedError if it has opened."""
        if self.is_open and self._kind is not None:
            raise SendingStoppedError(self._kind, len(self._failures))
