"""Batches between submission and collection: what is open, what has ended, what has been brought home.

Asking for a batch's state is free. Collecting twice is collecting once: the ledger knows each answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from classifiers.ledger.ledger import LedgerBatch
from classifiers.send import collect_batch, open_client, poll_batches, reconcile_batches
from orchestration.labelling.choices import client_options_of, open_ledger
from orchestration.progress import Advance
from orchestration.settings import Settings


@dataclass(frozen=True)
class BatchState:
    """The home's open batches; `days` are the dates that the ended ones hold answers for."""

    open_batches: tuple[LedgerBatch, ...]
    ended: tuple[LedgerBatch, ...]
    days: tuple[date, ...]

    @property
    def waiting_requests(self) -> int:
        return sum(batch.request_count for batch in self.open_batches if batch not in self.ended)


def batch_state(settings: Settings, *, ask: bool) -> BatchState:
    """What is open by the ledger; with `ask` the API is asked first, and doubtful batches are settled."""
    if not settings.ledger_path.exists():
        return BatchState((), (), ())
    with open_ledger(settings) as ledger:
        if not ledger.open_batches():
            return BatchState((), (), ())
        if ask:
            with open_client(client_options_of(settings)) as client:
                reconcile_batches(client, ledger)
                poll_batches(client, ledger)
        found = tuple(ledger.open_batches())
        ended = tuple(batch for batch in found if batch.state == "ended")
        days = sorted({day for batch in ended for day in ledger.batch_days(batch.batch_key)})
    return BatchState(found, ended, tuple(days))


def collect_ended(settings: Settings, *, advance: Advance | None = None) -> tuple[str, ...]:
    """Bring the answers of ended batches into the ledger; returns their keys."""
    state = batch_state(settings, ask=True)
    if not state.ended:
        return ()
    with open_ledger(settings) as ledger, open_client(client_options_of(settings)) as client:
        for done, batch in enumerate(state.ended, start=1):
            collect_batch(client, ledger, batch.batch_key)
            if advance is not None:
                advance(done, len(state.ended))
    return tuple(batch.batch_key for batch in state.ended)


def wait_for_batches(
    settings: Settings, *, pause: Callable[[float], None], seconds: float, advance: Advance
) -> BatchState:
    """Poll until a batch has ended or none is open; `pause` waits that many seconds between two looks."""
    total = batch_state(settings, ask=False).waiting_requests
    while True:
        state = batch_state(settings, ask=True)
        advance(total - state.waiting_requests, total)
        if state.ended or not state.open_batches:
            return state
        pause(seconds)
