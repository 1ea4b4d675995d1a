"""What becomes of a granted request: sent, answered, failed, or left ambiguous by whoever sent it.

Each function is one step of a transaction that its caller holds. A result for a request that is gone
(its session was forgotten) or that has one already (a batch is collected again) changes nothing.
"""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from classifiers.ledger.entries import LedgerStateError, Recovery
from classifiers.ledger.prices import TokenUsage
from classifiers.ledger.tables import nano, state_of, stored_time

SETTLED = ("answered", "failed")


def sent(connection: sqlite3.Connection, request_id: str) -> None:
    """The request is about to leave the machine: reserved → in_flight."""
    if state_of(connection, request_id) != "reserved":
        raise LedgerStateError(
            f"Request {request_id} is not reserved, so it may not be sent: reserve it first, once. "
            "It is gone where its session was forgotten meanwhile."
        )
    connection.execute("update requests set state = 'in_flight' where request_id = ?", (request_id,))


def answered(  # one row's worth of facts
    connection: sqlite3.Connection,
    request_id: str,
    *,
    message: Mapping[str, Any],
    usage: TokenUsage,
    cost_usd: Decimal,
    api_request_id: str | None,
    at: datetime,
) -> bool:
    """Keep a message and what it cost; False where the request is gone or settled already."""
    if not _may_settle(connection, request_id, ("in_flight", "in_batch", "ambiguous")):
        return False
    cost = nano(cost_usd)
    connection.execute(
        "update requests set state = 'answered', cost_nano = ?, charged_nano = ?, input_tokens = ?, "
        "cache_creation_input_tokens = ?, cache_read_input_tokens = ?, output_tokens = ?, "
        "api_request_id = ?, error_type = null, http_status = null, settled_at = ? where request_id = ?",
        (
            cost, cost, usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens,
            usage.output_tokens, api_request_id, stored_time(at), request_id,
        ),
    )  # fmt: skip
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    connection.execute("insert into answers values (?, ?)", (request_id, text))
    return True


def failed(
    connection: sqlite3.Connection,
    request_id: str,
    *,
    error_type: str,
    http_status: int | None,
    api_request_id: str | None,
    at: datetime,
) -> bool:
    """An error came instead of a message: the reservation is free. False where it is gone or settled."""
    if not _may_settle(connection, request_id, ("in_flight", "in_batch")):
        return False
    connection.execute(
        "update requests set state = 'failed', cost_nano = 0, charged_nano = 0, error_type = ?, "
        "http_status = ?, api_request_id = ?, settled_at = ? where request_id = ?",
        (error_type, http_status, api_request_id, stored_time(at), request_id),
    )
    return True


def left_ambiguous(connection: sqlite3.Connection, request_id: str, *, error_type: str, at: datetime) -> None:
    """The connection was lost after sending: perhaps answered, so it stays charged at its bound."""
    if state_of(connection, request_id) != "ambiguous" and _may_settle(
        connection, request_id, ("in_flight",)
    ):
        connection.execute(
            "update requests set state = 'ambiguous', error_type = ?, settled_at = ? where request_id = ?",
            (error_type, stored_time(at), request_id),
        )


def recover(connection: sqlite3.Connection, *, at: datetime) -> Recovery:
    """Settle what a sender that is gone left half done; only whoever holds the sender's lock may."""
    now = stored_time(at)
    ambiguous = connection.execute(
        "update requests set state = 'ambiguous', error_type = 'process_ended', settled_at = ? "
        "where state = 'in_flight'",
        (now,),
    ).rowcount
    never_sent = connection.execute("delete from requests where state = 'reserved'").rowcount
    batches = connection.execute("update batches set state = 'ambiguous' where state = 'intended'").rowcount
    return Recovery(ambiguous, never_sent, batches)


def _may_settle(connection: sqlite3.Connection, request_id: str, open_states: tuple[str, ...]) -> bool:
    state = state_of(connection, request_id)
    if state in open_states:
        return True
    if state is None or state in SETTLED:
        return False
    raise LedgerStateError(
        f"Request {request_id} is {state}, so no result can have come for it: "
        f"a result belongs to a request that is {' or '.join(open_states)}. Call sent before sending."
    )
