"""Batches between submission and collection: what is open, what has ended, what has been brought home.

Asking for a batch's state is free. Collecting twice is collecting once: the ledger knows each answer. An API
that cannot be reached stops no run: what is landed is released, and the batches wait for the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from classifiers.ledger.ledger import Ledger, LedgerBatch
from classifiers.send import (
    SendingStoppedError,
    collect_batch,
    open_client,
    poll_batches,
    reconcile_batches,
)
from orchestration.failures import RunStoppedError
from orchestration.labelling.choices import client_options_of, open_ledger
from orchestration.progress import Advance
from orchestration.run_log import LOGGER
from orchestration.settings import Settings

PATIENCE = 20
"""Looks in a row at which the API may be unreachable while one waits."""


@dataclass(frozen=True)
class BatchState:
    """The home's open batches; `days` are the dates that the ended ones hold answers for.

    `problem`: why the API could not be asked, and what to do.
    """

    open_batches: tuple[LedgerBatch, ...] = ()
    ended: tuple[LedgerBatch, ...] = ()
    days: tuple[date, ...] = ()
    problem: str | None = None

    @property
    def waiting_requests(self) -> int:
        return sum(batch.request_count for batch in self.open_batches if batch not in self.ended)


def batch_state(settings: Settings, *, ask: bool) -> BatchState:
    """What is open by the ledger; with `ask` the API is asked first, and doubtful batches are settled."""
    if not settings.ledger_path.exists():
        return BatchState()
    with open_ledger(settings) as ledger:
        if not ledger.open_batches():
            return BatchState()
        problem = _settled(settings, ledger) if ask else None
        found = tuple(ledger.open_batches())
        ended = tuple(batch for batch in found if batch.state == "ended")
        days = sorted({day for batch in ended for day in ledger.batch_days(batch.batch_key)})
    return BatchState(found, ended, tuple(days), problem)


def _settled(settings: Settings, ledger: Ledger) -> str | None:
    """Ask the API about every open batch; returns why it could not be asked."""
    try:
        with open_client(client_options_of(settings)) as client:
            reconcile_batches(client, ledger)
            poll_batches(client, ledger)
    except SendingStoppedError as error:
        LOGGER.warning("open batches: %s", error)
        return str(error)
    return None


def collect_ended(settings: Settings, *, advance: Advance | None = None) -> str | None:
    """Bring the answers of ended batches into the ledger; returns why one could not be collected."""
    state = batch_state(settings, ask=True)
    if not state.ended:
        return state.problem
    with open_ledger(settings) as ledger, open_client(client_options_of(settings)) as client:
        for done, batch in enumerate(state.ended, start=1):
            try:
                collect_batch(client, ledger, batch.batch_key)
            except SendingStoppedError as error:
                LOGGER.warning("collecting a batch: %s", error)
                return str(error)
            if advance is not None:
                advance(done, len(state.ended))
    return state.problem


def wait_for_batches(
    settings: Settings, *, pause: Callable[[float], None], seconds: float, advance: Advance
) -> BatchState:
    """Poll until a batch has ended or none is open; `pause` waits that many seconds between two looks.

    Raises RunStoppedError where the API stays unreachable; the batches go on without us.
    """
    total = batch_state(settings, ask=False).waiting_requests
    unreachable = 0
    while True:
        state = batch_state(settings, ask=True)
        advance(total - state.waiting_requests, total)
        if state.ended or not state.open_batches:
            return state
        unreachable = unreachable + 1 if state.problem else 0
        if unreachable >= PATIENCE:
            raise RunStoppedError(str(state.problem))
        pause(seconds)
