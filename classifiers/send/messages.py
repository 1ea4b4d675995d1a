"""Asking one by one: the first question of a document alone, because it warms the cache, then the others.

Each request is reserved right before it is sent and settled when it comes back. A call whose end is not
known stays ambiguous and charged. Not here: the SDK's clients and errors (client), batches.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from classifiers.asking.label_request import LabelRequest
from classifiers.asking.message_params import message_params
from classifiers.label_rows.read_response import read_message
from classifiers.ledger.ledger import Ledger
from classifiers.ledger.prices import bound_usd, price_usd
from classifiers.send.client import (
    Client,
    count_tokens,
    token_limit,
    usage_of,
)
from classifiers.send.documents import by_document, document_key, refuse_unknown_models
from classifiers.send.failures import ApiFailure, failure_of
from classifiers.send.limits import Breaker, SendLimits, SendReport

if TYPE_CHECKING:
    from aiolimiter import AsyncLimiter
    from anthropic import AsyncAnthropic

Advance = Callable[[int, int], None]


async def ask_now(
    requests: Sequence[LabelRequest],
    *,
    client: Client,
    ledger: Ledger,
    run_id: str,
    limits: SendLimits,
    advance: Advance | None = None,
) -> SendReport:
    """Ask every request once, inside `ledger.sending`; what a budget does not hold is skipped.

    Raises UnknownModelError before anything is sent, and SendingStoppedError after repeated failures of
    one kind, when the calls under way have come back. When cancelled, they are left ambiguous.
    """
    from aiolimiter import AsyncLimiter

    refuse_unknown_models(requests)
    async with client.open_async() as api:
        asker = _Asker(api, client, ledger, run_id=run_id, limits=limits, advance=advance)
        asker.rate = AsyncLimiter(limits.requests_per_minute, 60.0)
        asker.total = len(requests)
        documents = deque(deque(own) for own in by_document(requests))
        if limits.has_canary and documents:
            await asker.ask_canary(documents[0].popleft())
        await _all_of(asker.ask_documents(documents) for _ in range(limits.concurrency))
    asker.breaker.raise_if_open()
    return asker.report()


class _Asker:
    """What one run of `ask_now` shares between its tasks; all of them are of one thread."""

    rate: "AsyncLimiter"
    total: int

    def __init__(
        self,
        api: "AsyncAnthropic",
        client: Client,
        ledger: Ledger,
        *,
        run_id: str,
        limits: SendLimits,
        advance: Advance | None,
    ) -> None:
        self.api = api
        self.client = client
        self.ledger = ledger
        self.run_id = run_id
        self.breaker = Breaker(limits.breaker_failures)
        self.ends: Counter[str] = Counter()
        self.cost_usd = Decimal(0)
        self._advance = advance
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._is_beyond_budget = False

    async def ask_canary(self, request: LabelRequest) -> None:
        """Ask one alone; if it fails, or its answer has no form, nothing more is asked."""
        await self._ask(request)
        if self.breaker.has_failures:
            self.breaker.trip()

    async def ask_documents(self, documents: deque[deque[LabelRequest]]) -> None:
        """Take documents until there are none; several of these run side by side.

        A document's questions follow each other at once, while its cache entry lives.
        """
        while documents and not self.breaker.is_open:
            waiting = documents.popleft()
            is_warm = False
            while waiting and not is_warm and not self.breaker.is_open:
                is_warm = await self._ask(waiting.popleft())
            await _all_of(self._ask(request) for request in waiting)

    def report(self) -> SendReport:
        return SendReport(
            asked=self.total,
            answered=self.ends["answered"],
            failed=self.ends["failed"],
            ambiguous=self.ends["ambiguous"],
            skipped=self.ends["skipped"],
            cost_usd=self.cost_usd,
        )

    async def _ask(self, request: LabelRequest) -> bool:
        """Ask one request; whether it was answered."""
        async with self._slots:
            if self.breaker.is_open:
                return False
            end = await self._end_of(request)
        self.ends[end] += 1
        if self._advance is not None and end != "withdrawn":
            self._advance(self.ends.total(), self.total)
        return end == "answered"

    async def _end_of(self, request: LabelRequest) -> str:
        """Reserve, wait for the rate limit, send: how the request ended."""
        bound = await self._bound(request)
        if not self.ledger.reserve([(request, bound)], run_id=self.run_id).granted:
            self._is_beyond_budget = True
            return "skipped"
        await self.rate.acquire()
        if self.breaker.is_open:
            self.ledger.withdraw([request.request_id])
            return "withdrawn"
        self.ledger.sent(request.request_id)
        return await self._sent(request)

    async def _bound(self, request: LabelRequest) -> Decimal:
        """The most that it can cost. Once a budget is used up, no more documents leave to be counted."""
        tokens = (
            token_limit(request)
            if self._is_beyond_budget
            else await asyncio.to_thread(count_tokens, self.client, request)
        )
        envelope = request.envelope
        return bound_usd(
            envelope.model,
            input_tokens=tokens,
            max_output_tokens=envelope.max_output_tokens,
            is_batch=False,
        )

    async def _sent(self, request: LabelRequest) -> str:
        """Send a request that the ledger has as in flight, and settle it whatever happens."""
        try:
            response = await self.api.messages.with_raw_response.create(**message_params(request))
            content, api_request_id = response.http_response.content, response.request_id
        except asyncio.CancelledError:
            self.ledger.left_ambiguous(request.request_id, error_type="interrupted")
            raise
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                self.ledger.left_ambiguous(request.request_id, error_type="unexpected")
                raise
            return self._not_answered(request, failure)
        return self._answered(request, content, api_request_id)

    def _answered(self, request: LabelRequest, content: bytes, api_request_id: str | None) -> str:
        """Settle a response; one that is no message may have cost something, so it is ambiguous."""
        try:
            message: dict[str, Any] = json.loads(content)
            usage = usage_of(message)
            read = read_message(message)
        except (ValueError, KeyError, TypeError):
            unreadable = ApiFailure("unreadable_response", 200, api_request_id, is_ambiguous=True)
            return self._not_answered(request, unreadable)
        cost = price_usd(request.envelope.model, usage, is_batch=False)
        self.ledger.answered(
            request.request_id, message=message, usage=usage, cost_usd=cost, api_request_id=api_request_id
        )
        self.cost_usd += cost
        if read.status in ("invalid", "truncated"):
            self._count_failure(request, read.status)
        else:
            self.breaker.succeeded()
        return "answered"

    def _not_answered(self, request: LabelRequest, failure: ApiFailure) -> str:
        self._count_failure(request, failure.error_type)
        if failure.is_ambiguous:
            self.ledger.left_ambiguous(request.request_id, error_type=failure.error_type)
            return "ambiguous"
        self.ledger.failed(
            request.request_id,
            error_type=failure.error_type,
            http_status=failure.http_status,
            api_request_id=failure.api_request_id,
        )
        return "failed"

    def _count_failure(self, request: LabelRequest, kind: str) -> None:
        self.breaker.failed(kind, request_id=request.request_id, document_key=document_key(request))


async def _all_of(work: Iterable[Any]) -> None:
    """Do all of it side by side; at the first error the rest is cancelled and settled, then it is raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
