"""Forgetting sessions: their rows leave the tables, their bytes the files, what they cost stays spent.

Not here: copies that others made of the file, and what the API's vendor keeps.
"""

import json
import sqlite3
from collections.abc import Collection

from classifiers.ledger.tables import OF_SESSIONS, scrub, transaction


def forget(connection: sqlite3.Connection, session_ids: Collection[str]) -> int:
    """Remove the sessions' requests, skipped units and record maps; returns requests and skipped units.

    Raises LedgerBusyError where the bytes could not be removed yet: the same call again does it.
    """
    sessions = (json.dumps(sorted(session_ids)),)
    with transaction(connection):
        connection.execute("update scrubbing set is_due = 1")
        connection.execute(
            "insert into past_charges select run_id, month, sum(charged_nano) from requests "  # noqa: S608 - our own names
            f"where {OF_SESSIONS} group by run_id, month",
            sessions,
        )
        removed = sum(
            connection.execute(f"delete from {table} where {OF_SESSIONS}", sessions).rowcount  # noqa: S608
            for table in ("requests", "skipped")
        )
        connection.execute(f"delete from record_maps where {OF_SESSIONS}", sessions)  # noqa: S608
    scrub(connection)
    return removed


def scrub_if_due(connection: sqlite3.Connection) -> None:
    """Finish a removal of bytes that was interrupted."""
    if connection.execute("select is_due from scrubbing").fetchone() == (1,):
        scrub(connection)
