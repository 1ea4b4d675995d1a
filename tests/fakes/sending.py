"""A ledger for tests of sending: its clock stands still, its budget is ample."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from classifiers.ledger.ledger import Budget, Ledger

AMPLE = Budget(Decimal(1_000), Decimal(1_000))
NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
SESSIONS = [f"session-{number}" for number in range(100)]


@contextmanager
def a_ledger(folder: Path) -> Iterator[Ledger]:
    """The ledger in a folder."""
    with Ledger.open(folder / "ledger.sqlite", clock=lambda: NOW) as ledger:
        yield ledger


def states(ledger: Ledger) -> dict[str, int]:
    """Requests by state, without the states that none is in."""
    return {state: count for state, count in ledger.state_counts().items() if count}
