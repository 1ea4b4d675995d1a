"""Batches that may or may not exist: looked for at the API, and proved by the ids in their results.

A batch of the right size is only a suspect. Once it has ended, one custom id says whose it is. Not here:
submitting and collecting (batches).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from classifiers.ledger.ledger import Ledger
from classifiers.send.batches import results_of, stop_after
from classifiers.send.client import Client

if TYPE_CHECKING:
    from anthropic.types.messages import MessageBatch

Verdict = Literal["ours", "not_ours", "open"]

VOID_AFTER = timedelta(hours=1)
"""A request that was on its way is with the API long before; after this, what is not listed is not there."""

CLOCK_DIFFERENCE = timedelta(days=1)
"""How far our clock and the API's may be apart: it widens the search, the ids decide."""


def reconcile_batches(
    client: Client,
    ledger: Ledger,
    *,
    void_after: timedelta = VOID_AFTER,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[str, ...]:
    """Settle ambiguous batches: found ones are adopted, missing ones become void; returns settled keys.

    While a suspect is still processing its batch stays ambiguous. Raises SendingStoppedError where the
    API cannot be asked.
    """
    found = ledger.open_batches()
    doubtful = [batch for batch in found if batch.state == "ambiguous"]
    if not doubtful:
        return ()
    known = {batch.batch_id for batch in found}
    listed = [one for one in _listed(client, since=doubtful[0].created_at) if one.id not in known]
    settled = []
    adopted: set[str] = set()
    for batch in doubtful:
        ids = frozenset(ledger.batch_request_ids(batch.batch_key))
        suspects = [one for one in listed if one.id not in adopted and _size(one) == batch.request_count]
        verdicts = {one.id: _verdict(client, one, ids) for one in suspects}
        own = next((batch_id for batch_id, verdict in verdicts.items() if verdict == "ours"), None)
        if own is not None:
            adopted.add(own)
            ledger.batch_created(batch.batch_key, own)
            ledger.batch_ended(batch.batch_key)
            settled.append(batch.batch_key)
        elif "open" not in verdicts.values() and clock() - batch.created_at > void_after:
            ledger.batch_void(batch.batch_key)
            settled.append(batch.batch_key)
    return tuple(settled)


def _listed(client: Client, *, since: datetime) -> "list[MessageBatch]":
    """The API's batches, newest first, back to a day before `since`."""
    listed = []
    try:
        for one in client.api.messages.batches.list(limit=100):
            if one.created_at < since - CLOCK_DIFFERENCE:
                break
            listed.append(one)
    except Exception as error:
        raise stop_after(error, "looking for a batch that may have been created") from None
    return listed


def _verdict(client: Client, suspect: "MessageBatch", ids: frozenset[str]) -> Verdict:
    """Whose an equally large batch is; open while it is processing, or while its results broke off.

    One id is proof that it is ours, because ids derive from content. That it is not needs all of them:
    requests of forgotten sessions are in its results, and not among the ids.
    """
    if suspect.processing_status != "ended":
        return "open"
    if suspect.archived_at is not None:
        return "not_ours"
    read = 0
    for result in results_of(client, suspect.id):
        if result["custom_id"] in ids:
            return "ours"
        read += 1
    return "not_ours" if read >= _size(suspect) else "open"


def _size(batch: "MessageBatch") -> int:
    counts = batch.request_counts
    return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
