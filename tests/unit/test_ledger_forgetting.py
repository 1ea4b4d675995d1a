"""Forgetting sessions: no row, no byte in any file of the ledger, and spent stays spent."""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger import forgetting as ledger_forgetting
from classifiers.ledger.ledger import Budget, Ledger, LedgerBusyError
from tests.fakes.invented_requests import NOW, SetClock, asked, give_answer, grant

MARKER = "Zaunkoenig"
"""Planted wherever a session's data can stand; found nowhere afterwards."""

FORGOTTEN = f"session-{MARKER}"
BUDGET = Budget(Decimal(10), Decimal(10))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.open(path, clock=SetClock()) as opened:
        yield opened


def planted(name: str) -> LabelRequest:
    return asked(
        f"unit {name} {MARKER}",
        session=FORGOTTEN,
        record_ids={f"h{number}": f"record-{MARKER}-{name}-{number}" for number in range(300)},
    )


def fill(ledger: Ledger) -> str:
    """One request in each state, a skipped unit, and neighbours that stay; returns the open batch's key."""
    states = ("answered", "failed", "ambiguous", "batched")
    kept = [asked(f"kept {number}", session=f"kept-{number % 7}") for number in range(60)]
    with ledger.sending("run-1", BUDGET):
        for index, request in enumerate(kept):
            grant(ledger, request, bound_usd="0.01")
            ledger.sent(request.request_id)
            give_answer(ledger, request, cost_usd="0.01", text="k" * 900)
            if index % 15 == 0:
                _advance(ledger, states[index // 15])
        ledger.reserve([(planted("skipped"), Decimal(100))], run_id="run-1")
        batch_key = ledger.intend_batch([planted("batched").request_id], run_id="run-1")
        ledger.batch_created(batch_key, "msgbatch_1")
    return batch_key


def _advance(ledger: Ledger, state: str) -> None:
    request = planted(state)
    grant(ledger, request, bound_usd="1")
    if state == "batched":
        return
    ledger.sent(request.request_id)
    if state == "answered":
        give_answer(ledger, request, cost_usd="0.5", text=f"{MARKER} " * 3000)
    elif state == "failed":
        ledger.failed(request.request_id, error_type=MARKER, http_status=None, api_request_id=MARKER)
    else:
        ledger.left_ambiguous(request.request_id, error_type=MARKER)


def files_with(marker: str, folder: Path) -> list[str]:
    return [file.name for file in sorted(folder.iterdir()) if marker.encode() in file.read_bytes()]


def test_no_byte_of_a_forgotten_session_is_left_in_any_file(path: Path, ledger: Ledger) -> None:
    fill(ledger)
    assert files_with(MARKER, path.parent), "it was there to be found"
    assert ledger.forget_sessions([FORGOTTEN]) == 5
    assert files_with(MARKER, path.parent) == []
    assert list(ledger.requests_of([FORGOTTEN])) == []
    assert list(ledger.skipped_of([FORGOTTEN])) == []
    answered = list(ledger.requests_of([f"kept-{number}" for number in range(7)]))
    assert len(answered) == 60
    assert all(row.message is not None for row in answered)


def test_what_forgotten_requests_cost_or_still_reserve_stays_spent(ledger: Ledger) -> None:
    fill(ledger)
    before = ledger.spent("run-1"), ledger.month_spent(NOW)
    assert before == (Decimal("3.1"), Decimal("3.1")), "0.6 kept, 0.5 answered, 1 ambiguous, 1 in a batch"
    ledger.forget_sessions([FORGOTTEN])
    assert (ledger.spent("run-1"), ledger.month_spent(NOW)) == before
    with ledger.sending("run-1", BUDGET):
        assert not ledger.reserve([(asked("u"), Decimal("6.91"))], run_id="run-1").granted
        assert ledger.reserve([(asked("u"), Decimal("6.9"))], run_id="run-1").granted


def test_result_of_an_open_batch_for_a_forgotten_request_is_dropped(path: Path, ledger: Ledger) -> None:
    batch_key = fill(ledger)
    ledger.forget_sessions([FORGOTTEN])
    assert ledger.batch_request_ids(batch_key) == ()
    assert ledger.batch(batch_key).request_count == 1
    assert not give_answer(ledger, planted("batched"), text=MARKER)
    ledger.batch_ended(batch_key)
    ledger.batch_collected(batch_key)
    assert files_with(MARKER, path.parent) == []


def test_forgetting_again_or_somebody_unknown_changes_nothing(ledger: Ledger) -> None:
    fill(ledger)
    ledger.forget_sessions([FORGOTTEN])
    kept = [f"kept-{number}" for number in range(7)]
    before = ledger.digest(kept)
    assert ledger.forget_sessions([FORGOTTEN, "unknown"]) == 0
    assert ledger.digest(kept) == before


def test_reader_with_old_pages_is_an_error_that_says_so_and_the_same_call_ends_it(
    path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger)
    ledger._connection.execute("pragma busy_timeout = 10")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from answers").fetchone()
    with pytest.raises(LedgerBusyError, match="Close what reads"):
        ledger.forget_sessions([FORGOTTEN])
    assert list(ledger.requests_of([FORGOTTEN])) == [], "the rows are gone at once"
    reader.rollback()
    reader.close()
    assert ledger.forget_sessions([FORGOTTEN]) == 0
    assert files_with(MARKER, path.parent) == []


def test_removal_that_was_interrupted_is_finished_by_the_next_sender(
    path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger)

    def killed(_connection: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ledger_forgetting, "scrub", killed)
        with pytest.raises(KeyboardInterrupt):
            ledger.forget_sessions([FORGOTTEN])
    assert files_with(MARKER, path.parent), "deleted rows alone leave bytes in the log"
    with ledger.sending("run-2", BUDGET):
        assert files_with(MARKER, path.parent) == []


def test_sender_may_forget_while_it_sends(ledger: Ledger) -> None:
    with ledger.sending("run-1", BUDGET):
        grant(ledger, asked("u1"), asked("u2", session="other"))
        assert ledger.forget_sessions(["session-1"]) == 1
        ledger.sent(asked("u2", session="other").request_id)
