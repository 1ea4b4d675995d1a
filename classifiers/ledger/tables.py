"""The ledger's file: its tables, how it is opened, transactions, and how money and times are stored.

Money is integer nano-dollars, rounded up; times are ISO 8601 in UTC. What runs and months have spent is
kept by triggers, so that no change of a request can forget it. Not here: what the changes are.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

from filelock import FileLock

from classifiers.ledger.entries import LedgerBusyError, LedgerVersionError

SCHEMA_VERSION = 1
FILE_MODE = 0o600
BUSY_SECONDS = 30
"""How long one process waits for another's transaction; each takes milliseconds."""
NANO = Decimal("1e9")
OF_SESSIONS = "session_id in (select value from json_each(?))"
"""Rows of the sessions whose ids are given as one JSON list."""

_SCHEMA = """
create table runs (
    run_id text primary key,
    run_budget_nano integer not null,
    month_budget_nano integer,
    started_at text not null
) strict;
create table batches (
    batch_key text primary key,
    batch_id text unique,
    run_id text not null references runs,
    state text not null,
    request_count integer not null,
    created_at text not null,
    ended_at text,
    collected_at text
) strict;
-- Short id to record id, once for all questions on one document.
create table record_maps (
    map_id text primary key,
    session_id text not null,
    record_ids text not null
) strict;
create table requests (
    request_id text primary key,
    kind text not null,
    classifier text not null,
    step text not null,
    unit_kind text not null,
    unit_id text not null,
    session_id text not null,
    session_date text not null,
    rendering text not null,
    fingerprint text not null,
    replicate integer not null,
    attempt integer not null,
    part integer,
    input_hash text not null,
    coverage real not null,
    map_id text not null references record_maps,
    model text not null,
    effort text,
    run_id text not null references runs,
    month text not null,
    state text not null,
    batch_key text references batches,
    reserved_nano integer not null,
    cost_nano integer,
    -- What counts against the budgets: the reservation until it is settled or freed.
    charged_nano integer not null,
    input_tokens integer,
    cache_creation_input_tokens integer,
    cache_read_input_tokens integer,
    output_tokens integer,
    api_request_id text,
    error_type text,
    http_status integer,
    created_at text not null,
    settled_at text
) strict;
create index requests_by_session on requests (session_id);
create index requests_by_batch on requests (batch_key) where batch_key is not null;
create index requests_by_state on requests (state);
-- Apart, so that reading states does not read answers.
create table answers (
    request_id text primary key references requests on delete cascade,
    message text not null
) strict;
create table skipped (
    unit_id text not null,
    classifier text not null,
    fingerprint text not null,
    replicate integer not null,
    kind text not null,
    unit_kind text not null,
    session_id text not null,
    session_date text not null,
    rendering text not null,
    model text not null,
    input_hash text not null,
    coverage real not null,
    run_id text not null,
    bound_nano integer not null,
    skipped_at text not null,
    primary key (unit_id, classifier, fingerprint, replicate)
) strict;
create index skipped_by_session on skipped (session_id);
-- Charges whose requests are gone (forgotten, or asked again): spent stays spent.
create table past_charges (
    run_id text not null,
    month text not null,
    charged_nano integer not null
) strict;
create table totals (
    run_id text not null,
    month text not null,
    charged_nano integer not null,
    primary key (run_id, month)
) strict;
create trigger request_charged after insert on requests begin
    insert into totals values (new.run_id, new.month, new.charged_nano)
    on conflict do update set charged_nano = charged_nano + excluded.charged_nano;
end;
create trigger request_settled after update of charged_nano on requests begin
    update totals set charged_nano = charged_nano + new.charged_nano - old.charged_nano
    where run_id = old.run_id and month = old.month;
end;
create trigger request_removed after delete on requests begin
    update totals set charged_nano = charged_nano - old.charged_nano
    where run_id = old.run_id and month = old.month;
end;
create trigger past_charge after insert on past_charges begin
    insert into totals values (new.run_id, new.month, new.charged_nano)
    on conflict do update set charged_nano = charged_nano + excluded.charged_nano;
end;
-- Set while rows were forgotten whose bytes may still lie in the file.
create table scrubbing (is_due integer not null) strict;
insert into scrubbing values (0);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the ledger's file, made first where there is none; raises LedgerVersionError."""
    if not path.exists():
        _create(path)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _configure(connection, path)
        if _version(connection, path) == 0:
            _create(path)
        _check_version(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise LedgerVersionError(_not_a_ledger(path)) from None
        raise
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One change, on disk when the block ends, undone where it raises; raises LedgerBusyError."""
    try:
        connection.execute("begin immediate")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise LedgerBusyError(
            f"The ledger was locked by another process for {BUSY_SECONDS} s. Find it with `fuser` on the "
            "ledger's file, wait for it or end it, and run again; nothing was changed."
        ) from None
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def scrub(connection: sqlite3.Connection) -> None:
    """Rewrite the file so that no byte of removed rows is left in it or beside it.

    Deleted content is overwritten, the file is built anew, and the write-ahead log emptied. Raises
    LedgerBusyError where a reader still holds old pages; it is due until it succeeds.
    """
    try:
        connection.execute("vacuum")
        (is_busy, _, _) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    except sqlite3.OperationalError as error:
        raise LedgerBusyError(_scrub_message(str(error))) from None
    if is_busy:
        raise LedgerBusyError(_scrub_message("a reader holds old pages"))
    with transaction(connection):
        connection.execute("update scrubbing set is_due = 0")


def state_of(connection: sqlite3.Connection, request_id: str) -> str | None:
    """What state a request is in; None where the ledger has none of that id."""
    found = connection.execute("select state from requests where request_id = ?", (request_id,)).fetchone()
    return None if found is None else str(found[0])


def nano(dollars: Decimal) -> int:
    """Dollars as stored: integer nano-dollars, rounded up."""
    if not dollars.is_finite() or dollars < 0:
        raise ValueError(f"{dollars} is no amount of money: amounts are zero or more.")
    return int((dollars * NANO).to_integral_value(rounding=ROUND_CEILING))


def dollars(amount: int) -> Decimal:
    """A stored amount as dollars."""
    return Decimal(amount) / NANO


def stored_time(at: datetime) -> str:
    """An aware time as stored; sorts as time does."""
    if at.tzinfo is None:
        raise ValueError("The ledger's clock must give aware times; give it one like datetime.now(UTC).")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def month_of(at: datetime) -> str:
    """The calendar month in UTC, like 2026-11."""
    return stored_time(at)[:7]


def _create(path: Path) -> None:
    """Make the file with its tables; of several processes one does it, the others find it made."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(path.with_name(f"{path.name}.new.lock"), mode=FILE_MODE):
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            _configure(connection, path)
            connection.execute("pragma journal_mode = wal")
            if _version(connection, path) == 0:
                connection.executescript(
                    f"begin immediate;{_SCHEMA}pragma user_version = {SCHEMA_VERSION};commit;"
                )


def _configure(connection: sqlite3.Connection, path: Path) -> None:
    """The settings of every connection; transactions are begun by hand."""
    if path.stat().st_mode & 0o077:
        path.chmod(FILE_MODE)
    for setting in ("synchronous = full", "secure_delete = on", "foreign_keys = on"):
        connection.execute(f"pragma {setting}")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The version that the file says it has; 0 while it has no tables yet."""
    (found,) = connection.execute("pragma user_version").fetchone()
    (table_count,) = connection.execute("select count(*) from sqlite_schema").fetchone()
    if found == 0 and table_count:
        raise LedgerVersionError(_not_a_ledger(path))
    return int(found)


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    found = _version(connection, path)
    if found != SCHEMA_VERSION:
        raise LedgerVersionError(
            f"{path} has version {found} and this program reads version {SCHEMA_VERSION}. "
            "Install the program that wrote it, or a newer one; do not remove the file: it holds every "
            "answer that was paid for."
        )


def _not_a_ledger(path: Path) -> str:
    return (
        f"{path} is not a ledger or is damaged. Restore it from a backup: it holds every answer that "
        "was paid for. Moved out of the way, everything would be asked and paid again."
    )


def _scrub_message(reason: str) -> str:
    return (
        f"Rows were removed, but their bytes are still in the ledger's files ({reason}). Close what reads "
        "the ledger (other runs, the server, a database browser) and run the same command again."
    )
