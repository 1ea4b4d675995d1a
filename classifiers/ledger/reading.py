"""Reading the ledger: heads for plans, whole requests for label rows, counts, and what changed.

Everything is in a stated order. Nothing here changes anything, and it works while another process sends.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, get_args

from classifiers.ledger import batches as ledger_batches
from classifiers.ledger import reserving as ledger_reserving
from classifiers.ledger.entries import Head, LedgerBatch, LedgerRequest, RequestState, SkippedUnit
from classifiers.ledger.prices import TokenUsage
from classifiers.ledger.tables import OF_SESSIONS, dollars

_REQUEST_ORDER = "session_id, classifier, fingerprint, unit_id, replicate, step, part, attempt, request_id"
_REQUEST_COLUMNS = """request_id, kind, classifier, step, unit_kind, unit_id, session_id, session_date,
    rendering, fingerprint, replicate, attempt, part, input_hash, coverage, map_id, model, effort,
    requests.run_id, requests.state, requests.batch_key, batch_id, reserved_nano, cost_nano, input_tokens,
    cache_creation_input_tokens, cache_read_input_tokens, output_tokens, api_request_id, error_type,
    http_status, requests.created_at, settled_at"""
_SKIPPED_COLUMNS = """kind, unit_kind, unit_id, classifier, fingerprint, replicate, session_id, session_date,
    rendering, model, input_hash, coverage, run_id, bound_nano, skipped_at"""


class LedgerReader:
    """What can be read of an open ledger."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def heads(self) -> Iterator[Head]:
        """Every request in order of its id, without answers."""
        rows = self._connection.execute(
            "select request_id, kind, classifier, step, unit_id, fingerprint, replicate, attempt, part, "
            "state, input_hash, error_type from requests order by request_id"
        )
        return (Head(*row) for row in rows)

    def newest_row(self) -> int:
        """Grows with each request: a ledger that an older copy was put in place of is behind itself."""
        return int(self._connection.execute("select coalesce(max(rowid), 0) from requests").fetchone()[0])

    def requests_of(self, session_ids: Collection[str]) -> Iterator[LedgerRequest]:
        """Requests of these sessions with their answers.

        In order of session, classifier, fingerprint, unit, replicate, step, part, attempt.
        """
        seen_map: tuple[str, Mapping[str, str]] | None = None
        for row in _request_rows(self._connection, session_ids):
            map_id = row.pop("map_id")
            if seen_map is None or seen_map[0] != map_id:
                seen_map = map_id, _record_ids(self._connection, map_id)
            yield _request(self._connection, row, seen_map[1])

    def skipped_of(self, session_ids: Collection[str]) -> Iterator[SkippedUnit]:
        """Units of these sessions that a budget did not allow.

        In order of session, classifier, fingerprint, unit, replicate.
        """
        for row in _skipped_rows(self._connection, session_ids):
            yield SkippedUnit(
                session_date=date.fromisoformat(row.pop("session_date")),
                bound_usd=dollars(row.pop("bound_nano")),
                skipped_at=datetime.fromisoformat(row.pop("skipped_at")),
                **row,
            )

    def digest(self, session_ids: Collection[str], *, without: Collection[str] = ()) -> str:
        """A hash that changes whenever requests_of or skipped_of of these sessions would.

        `without`: classifiers whose rows do not count.
        Answers and record maps are not read: an answer never changes once it is there, and a map's id is
        its content's hash.
        """
        hashed = blake2b(digest_size=16)
        for read in (_request_rows, _skipped_rows):
            for row in read(self._connection, session_ids):
                if row["classifier"] in without:
                    continue
                hashed.update(repr(tuple(row.values())).encode() + b"\x1e")
            hashed.update(b"\x1d")
        return hashed.hexdigest()

    def state_counts(self, run_id: str | None = None) -> Mapping[RequestState, int]:
        """Requests in each state, of one run or of all; a state that no request is in counts zero."""
        rows = self._connection.execute(
            "select state, count(*) from requests where ?1 is null or run_id = ?1 group by state", (run_id,)
        )
        found: dict[RequestState, int] = dict.fromkeys(get_args(RequestState), 0)
        found.update(rows)
        return found

    def skipped_count(self, run_id: str) -> int:
        """Units that this run's budgets did not allow and that no run was granted since."""
        (count,) = self._connection.execute(
            "select count(*) from skipped where run_id = ?", (run_id,)
        ).fetchone()
        return int(count)

    def run_ids(self) -> tuple[str, ...]:
        """Every run that sent, oldest first."""
        rows = self._connection.execute("select run_id from runs order by started_at, run_id")
        return tuple(run_id for (run_id,) in rows)

    def open_batches(self) -> list[LedgerBatch]:
        """Batches that something is still to come of, oldest first."""
        return ledger_batches.open_batches(self._connection)

    def batch(self, batch_key: str) -> LedgerBatch:
        """One batch; raises LedgerStateError where there is none of that key."""
        return ledger_batches.get(self._connection, batch_key)

    def batch_request_ids(self, batch_key: str) -> tuple[str, ...]:
        """The requests of a batch that were not forgotten, in order of their ids."""
        return ledger_batches.request_ids(self._connection, batch_key)

    def batch_days(self, batch_key: str) -> tuple[date, ...]:
        """The dates of the sessions that a batch asks about, in order."""
        return ledger_batches.session_dates(self._connection, batch_key)

    def spent(self, run_id: str) -> Decimal:
        """Dollars that a run has settled and still reserves."""
        return dollars(ledger_reserving.run_spent(self._connection, run_id))

    def month_spent(self, at: datetime) -> Decimal:
        """Dollars of requests reserved in the UTC month of `at`: settled, and still reserved."""
        return dollars(ledger_reserving.month_spent(self._connection, at))


def _request_rows(connection: sqlite3.Connection, session_ids: Collection[str]) -> Iterator[dict[str, Any]]:
    return _rows(
        connection,
        f"select {_REQUEST_COLUMNS} from requests left join batches using (batch_key) "  # noqa: S608 - our own names
        f"where {OF_SESSIONS} order by {_REQUEST_ORDER}",
        session_ids,
    )


def _skipped_rows(connection: sqlite3.Connection, session_ids: Collection[str]) -> Iterator[dict[str, Any]]:
    return _rows(
        connection,
        f"select {_SKIPPED_COLUMNS} from skipped where {OF_SESSIONS} "  # noqa: S608 - our own names
        "order by session_id, classifier, fingerprint, unit_id, replicate",
        session_ids,
    )


def _rows(
    connection: sqlite3.Connection, query: str, session_ids: Collection[str]
) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(query, (json.dumps(sorted(session_ids)),))
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _request(
    connection: sqlite3.Connection, row: dict[str, Any], record_ids: Mapping[str, str]
) -> LedgerRequest:
    """The row as a value; takes its stored forms out of `row`."""
    cost, settled_at = row.pop("cost_nano"), row.pop("settled_at")
    return LedgerRequest(
        session_date=date.fromisoformat(row.pop("session_date")),
        record_ids=record_ids,
        reserved_usd=dollars(row.pop("reserved_nano")),
        cost_usd=None if cost is None else dollars(cost),
        usage=_usage(row),
        message=_message(connection, row["request_id"]),
        created_at=datetime.fromisoformat(row.pop("created_at")),
        settled_at=None if settled_at is None else datetime.fromisoformat(settled_at),
        **row,
    )


def _usage(row: dict[str, Any]) -> TokenUsage | None:
    """The tokens of a row, taken out of it; None until it is answered."""
    counts = {field.name: row.pop(field.name) for field in fields(TokenUsage)}
    return None if counts["input_tokens"] is None else TokenUsage(**counts)


def _message(connection: sqlite3.Connection, request_id: str) -> dict[str, Any] | None:
    found = connection.execute("select message from answers where request_id = ?", (request_id,)).fetchone()
    return None if found is None else dict(json.loads(found[0]))


def _record_ids(connection: sqlite3.Connection, map_id: str) -> Mapping[str, str]:
    (text,) = connection.execute("select record_ids from record_maps where map_id = ?", (map_id,)).fetchone()
    return dict(json.loads(text))
