"""Reading the ledger: in one order whatever was written first, and a digest that misses no change."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger.ledger import Budget, Head, Ledger
from tests.fakes.invented_requests import NOW, SetClock, asked, give_answer, grant

SESSIONS = ["session-1", "session-2"]
BUDGET = Budget(Decimal(10), None)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: SetClock) -> Iterator[Ledger]:
    """The ledger while run-1 sends, with ten dollars."""
    with Ledger.open(tmp_path / "ledger.sqlite", clock=clock) as opened, opened.sending("run-1", BUDGET):
        yield opened


def test_head_is_what_a_plan_reads(ledger: Ledger) -> None:
    request = asked("u1", part=3, attempt=2, replicate=1)
    grant(ledger, request)
    assert list(ledger.heads()) == [
        Head(
            request.request_id, "label", "outcome", "answer", "u1", "outcome-v1-whole-0",
            1, 2, 3, "reserved", "hash of u1", None,
        )
    ]  # fmt: skip


def test_requests_are_in_order_of_what_they_are_about(ledger: Ledger) -> None:
    in_order = [
        asked("a", classifier="goal"),
        asked("a", classifier="outcome"),
        asked("a", classifier="outcome", attempt=1),
        asked("a", classifier="outcome", part=0),
        asked("a", classifier="outcome", part=1),
        asked("a", classifier="outcome", replicate=1),
        asked("b", classifier="outcome"),
        asked("0", session="session-2"),
    ]
    grant(ledger, *reversed(in_order))
    found = [row.request_id for row in ledger.requests_of(SESSIONS)]
    assert found == [request.request_id for request in in_order]


def test_only_the_sessions_asked_for_are_read(ledger: Ledger) -> None:
    grant(ledger, asked("u1"), asked("u2", session="session-2"))
    assert [row.unit_id for row in ledger.requests_of(["session-2", "unknown"])] == ["u2"]
    assert list(ledger.requests_of([])) == []


def test_record_ids_are_those_of_each_request(ledger: Ledger) -> None:
    grant(ledger, asked("u1", record_ids={"h1": "x"}), asked("u2"), asked("u3", record_ids={}))
    assert [dict(row.record_ids) for row in ledger.requests_of(SESSIONS)] == [
        {"h1": "x"},
        {"h1": "record-1", "a1": "record-2"},
        {},
    ]


def test_rows_can_be_changed_while_they_are_read(ledger: Ledger) -> None:
    grant(ledger, *(asked(f"u{number}") for number in range(5)))
    for head in ledger.heads():
        ledger.sent(head.request_id)
    assert ledger.state_counts()["in_flight"] == 5


def test_skipped_units_are_in_order(ledger: Ledger) -> None:
    requests = [asked("b"), asked("a", classifier="z"), asked("a"), asked("c", session="session-0")]
    ledger.reserve([(request, Decimal(11)) for request in requests], run_id="run-1")
    found = [(unit.session_id, unit.classifier, unit.unit_id) for unit in ledger.skipped_of(
        [*SESSIONS, "session-0"]
    )]  # fmt: skip
    assert found == [
        ("session-0", "outcome", "c"),
        ("session-1", "outcome", "a"),
        ("session-1", "outcome", "b"),
        ("session-1", "z", "a"),
    ]


def _reserve(ledger: Ledger, request: LabelRequest) -> None:
    grant(ledger, request)


def _skip(ledger: Ledger, request: LabelRequest) -> None:
    ledger.reserve([(asked("too dear"), Decimal(11))], run_id="run-1")


def _send(ledger: Ledger, request: LabelRequest) -> None:
    ledger.sent(request.request_id)


def _fail(ledger: Ledger, request: LabelRequest) -> None:
    ledger.failed(request.request_id, error_type="api_error", http_status=500, api_request_id=None)


def _ask_again(ledger: Ledger, request: LabelRequest) -> None:
    grant(ledger, asked("u1", record_ids={"h1": "another record"}))


def _intend(ledger: Ledger, request: LabelRequest) -> None:
    ledger.intend_batch([request.request_id], run_id="run-1")


def _create(ledger: Ledger, request: LabelRequest) -> None:
    ledger.batch_created(ledger.open_batches()[0].batch_key, "msgbatch_1")


def _answer(ledger: Ledger, request: LabelRequest) -> None:
    give_answer(ledger, request)


def _grant_skipped(ledger: Ledger, request: LabelRequest) -> None:
    grant(ledger, asked("too dear"))


CHANGES: list[Callable[[Ledger, LabelRequest], None]] = [
    _reserve, _skip, _send, _fail, _ask_again, _intend, _create, _answer, _grant_skipped,
]  # fmt: skip


def test_digest_changes_with_every_change_and_only_then(ledger: Ledger, clock: SetClock) -> None:
    request = asked("u1")
    seen = [ledger.digest(SESSIONS)]
    for change in CHANGES:
        clock.at += timedelta(seconds=1)
        change(ledger, request)
        seen.append(ledger.digest(SESSIONS))
        assert ledger.digest(SESSIONS[::-1]) == seen[-1], "the order of the ids does not matter"
    assert len(set(seen)) == len(CHANGES) + 1
    grant(ledger, asked("elsewhere", session="session-3"))
    assert ledger.digest(SESSIONS) == seen[-1]


def test_runs_are_listed_in_order_of_their_start(tmp_path: Path) -> None:
    clock = SetClock()
    with Ledger.open(tmp_path / "another.sqlite", clock=clock) as ledger:
        for run_id in ("b", "a", "c"):
            with ledger.sending(run_id, BUDGET):
                clock.at += timedelta(seconds=1)
        assert ledger.run_ids() == ("b", "a", "c")


def test_messages_and_record_ids_are_not_printed(ledger: Ledger) -> None:
    grant(ledger, asked("u1", record_ids={"h1": "secret-record"}))
    ledger.sent(asked("u1").request_id)
    give_answer(ledger, asked("u1"), text="secret answer")
    (row,) = ledger.requests_of(SESSIONS)
    assert "secret" not in repr(row)
    assert row.settled_at == NOW
