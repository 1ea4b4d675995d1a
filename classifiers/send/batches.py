"""Asking in batches: submitted in portions, looked at until they end, collected result by result.

The intent is in the ledger before the API is asked for a batch, and creating one is never repeated: a
batch that may exist is ambiguous until it is found (reconcile). Collecting again changes nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import orjson

from classifiers.asking.label_request import LabelRequest
from classifiers.asking.message_params import message_params
from classifiers.ledger.ledger import Ledger
from classifiers.ledger.prices import bound_usd, price_usd
from classifiers.send.client import Client, count_tokens, token_limit, usage_of
from classifiers.send.documents import by_document, refuse_unknown_models
from classifiers.send.failures import failure_of
from classifiers.send.limits import SendingStoppedError, SendLimits

SURELY_NOT_CREATED = 529
"""Overloaded: turned away before anything was done. Other errors from 500 on say nothing of that kind."""

BatchItem = dict[str, Any]


@dataclass(frozen=True)
class CollectReport:
    """What one reading of a batch's results brought. Not complete: the stream broke off; read it again.

    `dropped`: results of requests that are forgotten, or that have their result already.
    """

    is_complete: bool
    answered: int
    failed: int
    dropped: int


def submit_batches(
    requests: Sequence[LabelRequest], *, client: Client, ledger: Ledger, run_id: str, limits: SendLimits
) -> tuple[str, ...]:
    """Submit every request that the budgets hold, inside `ledger.sending`; returns the keys of the batches.

    Raises UnknownModelError and BatchesUnavailableError before anything is sent, and SendingStoppedError
    where the API does not take a batch: those before it stay submitted.
    """
    client.require_batches()
    refuse_unknown_models(requests)
    keys = []
    tokens_of: Callable[[LabelRequest], int] = partial(count_tokens, client)
    for portion in _portions(requests, limits):
        if tokens_of is not token_limit:
            _count(portion, client, limits)
        priced = [(request, _bound(request, tokens_of(request))) for request, _ in portion]
        granted = set(ledger.reserve(priced, run_id=run_id).granted)
        if not granted:
            tokens_of = token_limit  # the budget is used up: no more documents leave to be counted
        items = [item for request, item in portion if request.request_id in granted]
        if items:
            keys.append(_submitted(items, client=client, ledger=ledger, run_id=run_id))
    return tuple(keys)


def poll_batches(client: Client, ledger: Ledger) -> tuple[str, ...]:
    """Look at every batch that the API has; returns the keys of those that have ended since.

    Raises SendingStoppedError where the API cannot be asked, after looking at all of them.
    """
    ended = []
    stopped: SendingStoppedError | None = None
    for batch in ledger.open_batches():
        if batch.state != "created":
            continue
        try:
            seen = client.api.messages.batches.retrieve(str(batch.batch_id))
        except Exception as error:
            stopped = stop_after(error, f"looking at batch {batch.batch_id}")
            continue
        if seen.processing_status == "ended":
            ledger.batch_ended(batch.batch_key)
            ended.append(batch.batch_key)
    if stopped is not None:
        raise stopped
    return tuple(ended)


def collect_batch(client: Client, ledger: Ledger, batch_key: str) -> CollectReport:
    """Bring the results of an ended batch into the ledger; safe to repeat, and to be killed.

    The batch is closed once as many results were read as it has requests. Where the API keeps no results
    any more (after 29 days), requests without one become `failed`. Raises SendingStoppedError.
    """
    batch = ledger.batch(batch_key)
    if batch.state == "collected":
        return CollectReport(is_complete=True, answered=0, failed=0, dropped=0)
    try:
        seen = client.api.messages.batches.retrieve(str(batch.batch_id))
    except Exception as error:
        raise stop_after(error, f"collecting batch {batch.batch_id}") from None
    counts = seen.request_counts
    expected = counts.succeeded + counts.errored + counts.canceled + counts.expired
    ends: dict[str, str] = {}
    if seen.archived_at is None:
        for result in results_of(client, str(batch.batch_id)):
            ends[result["custom_id"]] = _settled(ledger, result)
    is_complete = seen.archived_at is not None or len(ends) == expected
    if is_complete:
        ledger.batch_collected(batch_key)
    found = list(ends.values())
    return CollectReport(is_complete, found.count("answered"), found.count("failed"), found.count("dropped"))


def results_of(client: Client, batch_id: str) -> Iterator[dict[str, Any]]:
    """Results of an ended batch in any order, as JSON; the stream may end early without saying so.

    Raises SendingStoppedError where it cannot be opened.
    """
    import httpx2

    try:
        stream = client.api.messages.batches.results(batch_id)
    except Exception as error:
        raise stop_after(error, f"reading the results of batch {batch_id}") from None
    try:
        for line in stream.http_response.iter_lines():
            if line.strip():
                yield json.loads(line)
    except (httpx2.HTTPError, ValueError):
        return
    finally:
        stream.close()


def _portions(
    requests: Sequence[LabelRequest], limits: SendLimits
) -> Iterator[list[tuple[LabelRequest, BatchItem]]]:
    """Requests with their items, in portions of a batch's size, those of a document side by side."""
    portion: list[tuple[LabelRequest, BatchItem]] = []
    size = 0
    for request in (one for own in by_document(requests) for one in own):
        item = {"custom_id": request.request_id, "params": message_params(request, is_batch=True)}
        byte_count = len(orjson.dumps(item)) + 1
        if portion and (len(portion) >= limits.batch_requests or size + byte_count > limits.batch_bytes):
            yield portion
            portion, size = [], 0
        portion.append((request, item))
        size += byte_count
    if portion:
        yield portion


def _count(portion: Sequence[tuple[LabelRequest, BatchItem]], client: Client, limits: SendLimits) -> None:
    """Count the tokens of each document once, several at a time; the client remembers them."""
    firsts = [own[0] for own in by_document([request for request, _ in portion])]
    with ThreadPoolExecutor(limits.concurrency) as pool:
        list(pool.map(partial(count_tokens, client), firsts))


def _bound(request: LabelRequest, input_tokens: int) -> Decimal:
    envelope = request.envelope
    return bound_usd(
        envelope.model,
        input_tokens=input_tokens,
        max_output_tokens=envelope.max_output_tokens,
        is_batch=True,
    )


def _submitted(items: list[BatchItem], *, client: Client, ledger: Ledger, run_id: str) -> str:
    """Create one batch of reserved requests, or say what is known of it and stop."""
    batch_key = ledger.intend_batch([item["custom_id"] for item in items], run_id=run_id)
    try:
        response = client.api.with_options(max_retries=0).messages.batches.with_raw_response.create(
            requests=items  # type: ignore[arg-type]
        )
        batch_id = str(json.loads(response.http_response.content)["id"])
    except Exception as error:
        failure = failure_of(error)
        status = failure.http_status if failure is not None else None
        is_refused = status is not None and (status < 500 or status == SURELY_NOT_CREATED)
        if failure is not None and (is_refused or failure.error_type == "not_connected"):
            ledger.batch_void(batch_key)
        else:
            ledger.batch_ambiguous(batch_key)
        raise stop_after(error, "submitting a batch") from None
    ledger.batch_created(batch_key, batch_id)
    return batch_key


def _settled(ledger: Ledger, result: Mapping[str, Any]) -> str:
    """Settle one result: answered, failed, or dropped because the ledger does not wait for it.

    The price is that of the model which answered; raises UnknownModelError, and nothing is lost: results
    can be read again.
    """
    request_id, outcome = result["custom_id"], result["result"]
    if outcome["type"] != "succeeded":
        error_type = outcome["error"]["error"]["type"] if outcome["type"] == "errored" else outcome["type"]
        is_new = ledger.failed(request_id, error_type=error_type, http_status=None, api_request_id=None)
        return "failed" if is_new else "dropped"
    message = outcome["message"]
    usage = usage_of(message)
    is_new = ledger.answered(
        request_id,
        message=message,
        usage=usage,
        cost_usd=price_usd(message["model"], usage, is_batch=True),
        api_request_id=None,
    )
    return "answered" if is_new else "dropped"


def stop_after(error: Exception, doing: str) -> SendingStoppedError:
    """What to raise where the API could not be asked, or its answer not be read."""
    failure = failure_of(error)
    return SendingStoppedError(failure.error_type if failure else "unreadable_response", 1, doing=doing)
