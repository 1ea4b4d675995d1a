"""Budgets: which requests may be sent, what that reserves, and what runs and months have spent.

Each function is one step of a transaction that its caller holds. Not here: what becomes of a request that
was granted (settling).
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger.entries import Budget, LedgerStateError, RequestHeldError, Reservation
from classifiers.ledger.tables import month_of, nano, state_of, stored_time

ASKABLE_AGAIN = ("failed", "ambiguous")


def begin_run(connection: sqlite3.Connection, run_id: str, budget: Budget, *, at: datetime) -> None:
    """Write a run and its budget; a run that goes on after a kill keeps its start and takes the new one."""
    month_usd = None if budget.month_usd is None else nano(budget.month_usd)
    connection.execute(
        "insert into runs values (?, ?, ?, ?) on conflict do update set "
        "run_budget_nano = excluded.run_budget_nano, month_budget_nano = excluded.month_budget_nano",
        (run_id, nano(budget.run_usd), month_usd, stored_time(at)),
    )


def reserve(
    connection: sqlite3.Connection,
    requests: Sequence[tuple[LabelRequest, Decimal]],
    *,
    run_id: str,
    at: datetime,
) -> Reservation:
    """Grant, in order, each request that both budgets still hold; the others are written as skipped.

    Raises RequestHeldError, and grants nothing, where one is there already.
    """
    left = _money_left(connection, run_id, at)
    granted: list[str] = []
    skipped: list[str] = []
    for request, bound in requests:
        amount = nano(bound)
        request_id = request.request_id
        _refuse_held(connection, request_id)
        if left.holds(amount):
            left.take(amount)
            _replace(connection, request_id)
            _insert_request(connection, request, amount, run_id=run_id, at=at)
            granted.append(request_id)
        else:
            _insert_skipped(connection, request, amount, run_id=run_id, at=at)
            skipped.append(request_id)
    return Reservation(tuple(granted), tuple(skipped))


def refuse(
    connection: sqlite3.Connection, request: LabelRequest, *, run_id: str, error_type: str, at: datetime
) -> None:
    """Write a request that is not sent as failed, so that it is a row and not silence."""
    _refuse_held(connection, request.request_id)
    _replace(connection, request.request_id)
    _insert_request(connection, request, 0, run_id=run_id, at=at)
    connection.execute(
        "update requests set state = 'failed', cost_nano = 0, error_type = ?, settled_at = ? "
        "where request_id = ?",
        (error_type, stored_time(at), request.request_id),
    )


def skip(
    connection: sqlite3.Connection, requests: Iterable[LabelRequest], *, run_id: str, at: datetime
) -> None:
    """Write down units that wait for a request which a budget did not allow; their own price is not known."""
    for request in requests:
        _insert_skipped(connection, request, 0, run_id=run_id, at=at)


def withdraw(connection: sqlite3.Connection, request_ids: Iterable[str]) -> None:
    """Take back reservations; ids that are not there are passed over (forgotten meanwhile)."""
    for request_id in request_ids:
        state = state_of(connection, request_id)
        if state not in (None, "reserved"):
            raise LedgerStateError(
                f"Request {request_id} is {state} and cannot be withdrawn: only what was never sent can. "
                "Report its end with answered, failed or left_ambiguous."
            )
        connection.execute("delete from requests where request_id = ?", (request_id,))


def run_spent(connection: sqlite3.Connection, run_id: str) -> int:
    """Nano-dollars that a run has settled and still reserves."""
    return _total(connection, "run_id", run_id)


def is_spent(connection: sqlite3.Connection, run_id: str, *, at: datetime) -> bool:
    """Whether the run's budget, or that of the month of `at`, holds nothing more."""
    return not _money_left(connection, run_id, at).holds(1)


def left(connection: sqlite3.Connection, run_id: str, *, at: datetime) -> int:
    """Nano-dollars that may still be reserved in a run, by its own budget and by that of the month."""
    money = _money_left(connection, run_id, at)
    return max(0, money.run if money.month is None else min(money.run, money.month))


def month_spent(connection: sqlite3.Connection, at: datetime) -> int:
    """Nano-dollars of all requests reserved in the month of `at`, settled or still reserved."""
    return _total(connection, "month", month_of(at))


@dataclass
class _MoneyLeft:
    """Nano-dollars that may still be reserved; `month` is None where months have no budget."""

    run: int
    month: int | None

    def holds(self, amount: int) -> bool:
        return amount <= self.run and (self.month is None or amount <= self.month)

    def take(self, amount: int) -> None:
        self.run -= amount
        if self.month is not None:
            self.month -= amount


def _money_left(connection: sqlite3.Connection, run_id: str, at: datetime) -> _MoneyLeft:
    budget = connection.execute(
        "select run_budget_nano, month_budget_nano from runs where run_id = ?", (run_id,)
    ).fetchone()
    if budget is None:
        raise LedgerStateError(f"The run {run_id} has no budget: reserve inside `sending(run_id, budget)`.")
    run, month = budget
    return _MoneyLeft(
        run - run_spent(connection, run_id), None if month is None else month - month_spent(connection, at)
    )


def _total(connection: sqlite3.Connection, column: str, value: str) -> int:
    (found,) = connection.execute(
        f"select coalesce(sum(charged_nano), 0) from totals where {column} = ?",  # noqa: S608 - our own names
        (value,),
    ).fetchone()
    return int(found)


def _refuse_held(connection: sqlite3.Connection, request_id: str) -> None:
    state = state_of(connection, request_id)
    if state is not None and state not in ASKABLE_AGAIN:
        raise RequestHeldError(
            f"Request {request_id} is {state} already and would be paid twice; nothing was reserved. "
            "Plan again from the ledger's heads, or raise the attempt of a deliberate repeat."
        )


def _replace(connection: sqlite3.Connection, request_id: str) -> None:
    """Remove an earlier failed or ambiguous request of this id; what it may have cost stays spent."""
    connection.execute(
        "insert into past_charges select run_id, month, charged_nano from requests "
        "where request_id = ? and charged_nano > 0",
        (request_id,),
    )
    connection.execute("delete from requests where request_id = ?", (request_id,))


def _insert_request(
    connection: sqlite3.Connection, request: LabelRequest, amount: int, *, run_id: str, at: datetime
) -> None:
    row = {
        "request_id": request.request_id,
        "kind": request.kind,
        "classifier": request.classifier,
        "step": request.step,
        "unit_kind": request.unit_kind,
        "unit_id": request.unit_id,
        "session_id": request.session_id,
        "session_date": request.session_date.isoformat(),
        "rendering": request.rendering,
        "fingerprint": request.fingerprint,
        "replicate": request.replicate,
        "attempt": request.attempt,
        "part": request.part,
        "input_hash": request.input_hash,
        "coverage": request.coverage,
        "map_id": _record_map(connection, request),
        "model": request.envelope.model,
        "effort": request.envelope.effort,
        "run_id": run_id,
        "month": month_of(at),
        "state": "reserved",
        "reserved_nano": amount,
        "charged_nano": amount,
        "created_at": stored_time(at),
    }
    _insert(connection, "insert into requests", row)
    connection.execute(
        "delete from skipped where unit_id = ? and classifier = ? and fingerprint = ? and replicate = ?",
        (request.unit_id, request.classifier, request.fingerprint, request.replicate),
    )


def _insert_skipped(
    connection: sqlite3.Connection, request: LabelRequest, amount: int, *, run_id: str, at: datetime
) -> None:
    row = {
        "unit_id": request.unit_id,
        "classifier": request.classifier,
        "fingerprint": request.fingerprint,
        "replicate": request.replicate,
        "kind": request.kind,
        "unit_kind": request.unit_kind,
        "session_id": request.session_id,
        "session_date": request.session_date.isoformat(),
        "rendering": request.rendering,
        "model": request.envelope.model,
        "input_hash": request.input_hash,
        "coverage": request.coverage,
        "run_id": run_id,
        "bound_nano": amount,
        "skipped_at": stored_time(at),
    }
    _insert(connection, "insert or replace into skipped", row)


def _record_map(connection: sqlite3.Connection, request: LabelRequest) -> str:
    """Keep the short ids of a document once, whatever the number of questions on it."""
    record_ids = json.dumps(request.record_ids, sort_keys=True)
    map_id = blake2b(f"{request.session_id}\x1f{record_ids}".encode(), digest_size=16).hexdigest()
    connection.execute(
        "insert or ignore into record_maps values (?, ?, ?)", (map_id, request.session_id, record_ids)
    )
    return map_id


def _insert(connection: sqlite3.Connection, verb: str, row: dict[str, object]) -> None:
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(f"{verb} ({names}) values ({places})", row)
