"""Batches: intended before the API is asked, then created, ended and collected, or ambiguous, or void.

Each function is one step of a transaction that its caller holds. Not here: the results of single
requests (settling), or how an ambiguous batch is looked for (send).
"""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import blake2b

from classifiers.ledger.entries import BatchState, LedgerBatch, LedgerStateError
from classifiers.ledger.tables import stored_time

OPEN_STATES: tuple[BatchState, ...] = ("intended", "ambiguous", "created", "ended")


def intend(connection: sqlite3.Connection, request_ids: Sequence[str], *, run_id: str, at: datetime) -> str:
    """Put reserved requests into a new batch; returns its key, which derives from them."""
    if not request_ids:
        raise LedgerStateError("A batch needs at least one request: intend it for what was granted.")
    batch_key = _new_key(connection, request_ids)
    connection.execute(
        "insert into batches values (?, null, ?, 'intended', ?, ?, null, null)",
        (batch_key, run_id, len(request_ids), stored_time(at)),
    )
    for request_id in request_ids:
        changed = connection.execute(
            "update requests set state = 'in_batch', batch_key = ? "
            "where request_id = ? and state = 'reserved'",
            (batch_key, request_id),
        ).rowcount
        if not changed:
            raise LedgerStateError(
                f"Request {request_id} is not reserved, so it cannot go into a batch; no batch was made. "
                "Reserve it first, and name it once."
            )
    return batch_key


def created(connection: sqlite3.Connection, batch_key: str, batch_id: str) -> None:
    """The API has the batch under this id; saying so twice is saying it once."""
    batch = get(connection, batch_key)
    other = connection.execute(
        "select batch_key from batches where batch_id = ? and batch_key <> ?", (batch_id, batch_key)
    ).fetchone()
    if other is not None:
        raise LedgerStateError(f"The API's batch {batch_id} is already batch {other[0]}: it cannot be two.")
    if batch.batch_id == batch_id:
        return
    _move(connection, batch, ("intended", "ambiguous"), "created")
    connection.execute("update batches set batch_id = ? where batch_key = ?", (batch_id, batch_key))


def ambiguous(connection: sqlite3.Connection, batch_key: str) -> None:
    """Whether the API created it is not known: its requests stay charged until it is found or void."""
    _move(connection, get(connection, batch_key), ("intended", "ambiguous"), "ambiguous")


def void(connection: sqlite3.Connection, batch_key: str) -> None:
    """The API never created it: its requests are removed and may be asked again, their money is free."""
    _move(connection, get(connection, batch_key), ("intended", "ambiguous"), "void")
    connection.execute("delete from requests where batch_key = ?", (batch_key,))


def ended(connection: sqlite3.Connection, batch_key: str, *, at: datetime) -> None:
    """The API has finished it."""
    batch = get(connection, batch_key)
    if batch.state not in ("ended", "collected"):
        _move(connection, batch, ("created",), "ended")
        connection.execute(
            "update batches set ended_at = ? where batch_key = ?", (stored_time(at), batch_key)
        )


def collected(connection: sqlite3.Connection, batch_key: str, *, at: datetime) -> None:
    """All its results were read; a request that had none among them failed, and cost nothing."""
    batch = get(connection, batch_key)
    if batch.state == "collected":
        return
    _move(connection, batch, ("ended",), "collected")
    now = stored_time(at)
    connection.execute("update batches set collected_at = ? where batch_key = ?", (now, batch_key))
    connection.execute(
        "update requests set state = 'failed', error_type = 'no_result', cost_nano = 0, charged_nano = 0, "
        "settled_at = ? where batch_key = ? and state = 'in_batch'",
        (now, batch_key),
    )


def get(connection: sqlite3.Connection, batch_key: str) -> LedgerBatch:
    """One batch; raises LedgerStateError where there is none of that key."""
    found = list_batches(connection, "batch_key = ?", (batch_key,))
    if not found:
        raise LedgerStateError(f"The ledger has no batch {batch_key}: take keys from open_batches.")
    return found[0]


def open_batches(connection: sqlite3.Connection) -> list[LedgerBatch]:
    """Batches that something is still to come of, oldest first."""
    return list_batches(connection, f"state in ({', '.join('?' * len(OPEN_STATES))})", OPEN_STATES)


def request_ids(connection: sqlite3.Connection, batch_key: str) -> tuple[str, ...]:
    """Its requests that were not forgotten, in order of their ids."""
    get(connection, batch_key)
    rows = connection.execute(
        "select request_id from requests where batch_key = ? order by request_id", (batch_key,)
    )
    return tuple(request_id for (request_id,) in rows)


def session_dates(connection: sqlite3.Connection, batch_key: str) -> tuple[date, ...]:
    """The dates of the sessions that it asks about, in order."""
    rows = connection.execute(
        "select distinct session_date from requests where batch_key = ? order by session_date", (batch_key,)
    )
    return tuple(date.fromisoformat(text) for (text,) in rows)


def list_batches(connection: sqlite3.Connection, condition: str, values: Sequence[str]) -> list[LedgerBatch]:
    rows = connection.execute(
        "select batch_key, batch_id, run_id, state, request_count, created_at, ended_at, collected_at "  # noqa: S608 - our own conditions
        f"from batches where {condition} order by created_at, batch_key",
        values,
    )
    return [LedgerBatch(*row[:5], *(_time(text) for text in row[5:])) for row in rows]


def _new_key(connection: sqlite3.Connection, request_ids: Sequence[str]) -> str:
    """A hash of the requests; a number is added where the same ones were in a batch that became void."""
    number = 0
    while True:
        digest = blake2b(repr((number, sorted(request_ids))).encode(), digest_size=16).hexdigest()
        if not connection.execute("select 1 from batches where batch_key = ?", (digest,)).fetchone():
            return digest
        number += 1


def _move(
    connection: sqlite3.Connection, batch: LedgerBatch, allowed: tuple[BatchState, ...], state: BatchState
) -> None:
    if batch.state not in allowed:
        raise LedgerStateError(
            f"Batch {batch.batch_key} is {batch.state} and cannot become {state}: "
            f"it would have to be {' or '.join(allowed)}. Read it again before changing it."
        )
    connection.execute("update batches set state = ? where batch_key = ?", (state, batch.batch_key))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
