"""The ledger: every request that may leave the machine, what it may cost, what came back, what it cost.

SQLite, WAL, full synchronous: the truth about labels (decision 5). An intent and a reservation of the
upper bound are on disk before anything leaves; the raw answer and the settled cost after. Knows requests,
batches, money and answers; nothing of transcripts, prompts or the SDK. Each method is one transaction,
on disk when it returns; a ledger belongs to the thread that opened it.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger import batches as ledger_batches
from classifiers.ledger import forgetting as ledger_forgetting
from classifiers.ledger import reserving as ledger_reserving
from classifiers.ledger import settling as ledger_settling
from classifiers.ledger.entries import (
    BatchState,
    Budget,
    Head,
    LedgerBatch,
    LedgerBusyError,
    LedgerError,
    LedgerRequest,
    LedgerStateError,
    LedgerVersionError,
    Recovery,
    RequestHeldError,
    RequestState,
    Reservation,
    SkippedUnit,
)
from classifiers.ledger.prices import TokenUsage
from classifiers.ledger.reading import LedgerReader
from classifiers.ledger.tables import FILE_MODE, connect, dollars, transaction

__all__ = [
    "BatchState",
    "Budget",
    "Head",
    "Ledger",
    "LedgerBatch",
    "LedgerBusyError",
    "LedgerError",
    "LedgerRequest",
    "LedgerStateError",
    "LedgerVersionError",
    "Recovery",
    "RequestHeldError",
    "RequestState",
    "Reservation",
    "SkippedUnit",
]


class Ledger(LedgerReader):
    """The ledger of one data home. Open it with `Ledger.open`; one process at a time sends."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Callable[[], datetime]) -> None:
        super().__init__(connection)
        self._path = path
        self._clock = clock
        self._is_sending = False

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, clock: Callable[[], datetime]) -> Iterator["Ledger"]:
        """The ledger at `path`, made where there is none; `clock` gives aware times.

        Raises LedgerVersionError. Any number of processes may have it open.
        """
        with closing(connect(path)) as connection:
            yield cls(connection, path, clock)

    @contextmanager
    def sending(self, run_id: str, budget: Budget, *, wait_seconds: float = 0.0) -> Iterator[Recovery]:
        """Be the one process that sends; yields what an earlier one that died had left.

        In flight becomes ambiguous and stays charged, reserved was never sent and is removed, intended
        batches become ambiguous; the same for what the block itself leaves. Raises LedgerBusyError.
        """
        with self._sender_lock(wait_seconds):
            recovery = self._recover()
            with transaction(self._connection) as connection:
                ledger_reserving.begin_run(connection, run_id, budget, at=self._clock())
            with suppress(LedgerBusyError):  # a reader keeps old pages: it stays due
                ledger_forgetting.scrub_if_due(self._connection)
            self._is_sending = True
            try:
                yield recovery
            finally:
                self._is_sending = False
                self._recover()

    def reserve(self, requests: Sequence[tuple[LabelRequest, Decimal]], *, run_id: str) -> Reservation:
        """Grant, in order, each request whose bound both budgets still hold; the others are skipped.

        Raises RequestHeldError where one is there already and neither failed nor ambiguous.
        """
        self._require_sending()
        with transaction(self._connection) as connection:
            return ledger_reserving.reserve(connection, requests, run_id=run_id, at=self._clock())

    def refuse(self, request: LabelRequest, *, run_id: str, error_type: str) -> None:
        """Write a request that must not leave the machine as failed, at no cost.

        Raises RequestHeldError where it is there already and neither failed nor ambiguous.
        """
        self._require_sending()
        with transaction(self._connection) as connection:
            ledger_reserving.refuse(
                connection, request, run_id=run_id, error_type=error_type, at=self._clock()
            )

    def skip(self, requests: Iterable[LabelRequest], *, run_id: str) -> None:
        """Write down units whose turn did not come, because what they wait for was beyond the budget."""
        self._require_sending()
        with transaction(self._connection) as connection:
            ledger_reserving.skip(connection, requests, run_id=run_id, at=self._clock())

    def withdraw(self, request_ids: Iterable[str]) -> None:
        """Remove reserved requests that will not be sent; their money is free."""
        with transaction(self._connection) as connection:
            ledger_reserving.withdraw(connection, request_ids)

    def sent(self, request_id: str) -> None:
        """Say that a reserved request leaves now; call it before the call."""
        with transaction(self._connection) as connection:
            ledger_settling.sent(connection, request_id)

    def answered(
        self,
        request_id: str,
        *,
        message: Mapping[str, Any],
        usage: TokenUsage,
        cost_usd: Decimal,
        api_request_id: str | None,
    ) -> bool:
        """Keep a message and settle its cost; False where the request is forgotten or settled already."""
        with transaction(self._connection) as connection:
            return ledger_settling.answered(
                connection,
                request_id,
                message=message,
                usage=usage,
                cost_usd=cost_usd,
                api_request_id=api_request_id,
                at=self._clock(),
            )

    def failed(
        self, request_id: str, *, error_type: str, http_status: int | None, api_request_id: str | None
    ) -> bool:
        """An error came instead; its money is free. False where the request is forgotten or settled."""
        with transaction(self._connection) as connection:
            return ledger_settling.failed(
                connection,
                request_id,
                error_type=error_type,
                http_status=http_status,
                api_request_id=api_request_id,
                at=self._clock(),
            )

    def left_ambiguous(self, request_id: str, *, error_type: str) -> None:
        """The connection was lost after sending: it stays charged at its bound."""
        with transaction(self._connection) as connection:
            ledger_settling.left_ambiguous(connection, request_id, error_type=error_type, at=self._clock())

    def intend_batch(self, request_ids: Sequence[str], *, run_id: str) -> str:
        """Put reserved requests into a new batch, before the API is asked for one; returns its key."""
        self._require_sending()
        with transaction(self._connection) as connection:
            return ledger_batches.intend(connection, request_ids, run_id=run_id, at=self._clock())

    def batch_created(self, batch_key: str, batch_id: str) -> None:
        """The API has it under `batch_id`: just created, or an ambiguous one that was found."""
        with transaction(self._connection) as connection:
            ledger_batches.created(connection, batch_key, batch_id)

    def batch_ambiguous(self, batch_key: str) -> None:
        """The connection was lost while it was being created."""
        with transaction(self._connection) as connection:
            ledger_batches.ambiguous(connection, batch_key)

    def batch_void(self, batch_key: str) -> None:
        """It was never created: its requests are removed and their money is free."""
        with transaction(self._connection) as connection:
            ledger_batches.void(connection, batch_key)

    def batch_ended(self, batch_key: str) -> None:
        """The API has finished it: its results can be collected."""
        with transaction(self._connection) as connection:
            ledger_batches.ended(connection, batch_key, at=self._clock())

    def batch_collected(self, batch_key: str) -> None:
        """All results were read; requests without one failed as `no_result`, at no cost."""
        with transaction(self._connection) as connection:
            ledger_batches.collected(connection, batch_key, at=self._clock())

    def is_spent(self, run_id: str) -> bool:
        """Whether a budget of the run has no money left, or did not allow a unit of it."""
        return self.skipped_count(run_id) > 0 or ledger_reserving.is_spent(
            self._connection, run_id, at=self._clock()
        )

    def left(self, run_id: str) -> Decimal:
        """Dollars that may still be reserved in a run. Raises LedgerStateError for a run without a budget."""
        return dollars(ledger_reserving.left(self._connection, run_id, at=self._clock()))

    def forget_sessions(self, session_ids: Collection[str]) -> int:
        """Remove every row of these sessions, and every byte of them from the ledger's files.

        Returns how many requests and skipped units there were. What they cost, or still reserve, stays
        spent. Raises LedgerBusyError while another process sends, or where a reader keeps old pages from
        going.
        """
        if self._is_sending:
            return ledger_forgetting.forget(self._connection, session_ids)
        with self._sender_lock():
            return ledger_forgetting.forget(self._connection, session_ids)

    @contextmanager
    def _sender_lock(self, wait_seconds: float = 0.0) -> Iterator[None]:
        path = self._path.with_name(f"{self._path.name}.lock")
        lock = FileLock(path, mode=FILE_MODE)
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout:
            raise LedgerBusyError(
                f"Another process is sending with the ledger {self._path}, and one at a time may. Wait "
                f"until it has finished, or end it (`fuser {path}` names it): the lock goes with its "
                "process, and the next run settles what was begun."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _recover(self) -> Recovery:
        with transaction(self._connection) as connection:
            return ledger_settling.recover(connection, at=self._clock())

    def _require_sending(self) -> None:
        if not self._is_sending:
            raise LedgerStateError("Requests are reserved inside `with ledger.sending(run_id, budget)`.")
