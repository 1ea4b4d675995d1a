"""The ledger's file: private, made once, refused where not understood; one sender, many readers."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.ledger.ledger import Budget, Ledger, LedgerBusyError, LedgerVersionError
from tests.fakes.invented_requests import NOW, SetClock, asked, grant

CHECKOUT = Path(__file__).parents[2]
BUDGET = Budget(Decimal(1), None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.sqlite"


def modes(folder: Path) -> set[int]:
    return {file.stat().st_mode & 0o777 for file in folder.iterdir()}


def test_every_file_is_for_its_owner_alone(path: Path) -> None:
    with Ledger.open(path, clock=SetClock()) as ledger, ledger.sending("run-1", BUDGET):
        grant(ledger, asked("u1"))
        assert (path.parent / "ledger.sqlite-wal").exists()
        assert modes(path.parent) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    with Ledger.open(path, clock=SetClock()):
        pass
    path.chmod(0o644)
    with Ledger.open(path, clock=SetClock()):
        assert path.stat().st_mode & 0o777 == 0o600


def test_every_change_is_synced_in_a_write_ahead_log(path: Path) -> None:
    with Ledger.open(path, clock=SetClock()) as ledger:
        connection = ledger._connection
        for name, expected in (("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1)):
            assert connection.execute(f"pragma {name}").fetchone() == (expected,)


def test_opened_again_it_holds_what_it_held(path: Path) -> None:
    with Ledger.open(path, clock=SetClock()) as ledger, ledger.sending("run-1", BUDGET):
        grant(ledger, asked("u1"))
        ledger.sent(asked("u1").request_id)
    with Ledger.open(path, clock=SetClock()) as ledger:
        (row,) = ledger.requests_of(["session-1"])
        assert (row.state, row.reserved_usd, row.created_at) == ("ambiguous", Decimal("0.5"), NOW)


def test_processes_that_open_it_at_once_make_it_once(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from classifiers.ledger.ledger import Ledger\n"
        "from tests.fakes.invented_requests import SetClock\n"
        "with Ledger.open(Path(sys.argv[1]), clock=SetClock()) as ledger: print(len(list(ledger.heads())))"
    )
    command = [sys.executable, "-c", program, str(path)]

    def run(_number: int) -> str:
        return subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(run, range(4))) == {"0\n"}


def test_half_made_file_is_finished(path: Path) -> None:
    path.parent.mkdir()
    path.touch(mode=0o600)
    with Ledger.open(path, clock=SetClock()) as ledger:
        assert list(ledger.heads()) == []


def test_ledger_of_a_newer_program_is_refused(path: Path) -> None:
    with Ledger.open(path, clock=SetClock()):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(LedgerVersionError, match=r"version 99 .* Install the program that wrote it"):
        Ledger.open(path, clock=SetClock()).__enter__()


@pytest.mark.parametrize("content", [b"no database, but long enough to be taken for one" * 100, None])
def test_file_that_is_no_ledger_is_refused_and_left_alone(path: Path, content: bytes | None) -> None:
    path.parent.mkdir()
    if content is None:
        with sqlite3.connect(path) as connection:
            connection.execute("create table somebody_elses (x)")
        connection.close()
        content = path.read_bytes()
    else:
        path.write_bytes(content)
    with pytest.raises(LedgerVersionError, match="Restore it from a backup"):
        Ledger.open(path, clock=SetClock()).__enter__()
    assert path.read_bytes() == content


def test_one_process_sends_at_a_time(path: Path) -> None:
    with (
        Ledger.open(path, clock=SetClock()) as first,
        Ledger.open(path, clock=SetClock()) as second,
        first.sending("run-1", BUDGET),
    ):
        grant(first, asked("u1"))
        with pytest.raises(LedgerBusyError, match="Wait until it has finished"):
            second.sending("run-2", BUDGET).__enter__()
        with pytest.raises(LedgerBusyError, match="Wait until it has finished"):
            second.forget_sessions(["session-1"])
        assert [head.state for head in second.heads()] == ["reserved"], "and others read meanwhile"
        assert second.run_ids() == ("run-1",)


def test_next_sender_may_begin_when_one_has_stopped(path: Path) -> None:
    with Ledger.open(path, clock=SetClock()) as first, Ledger.open(path, clock=SetClock()) as second:
        with pytest.raises(ZeroDivisionError), first.sending("run-1", BUDGET):
            raise ZeroDivisionError
        with second.sending("run-2", BUDGET):
            grant(second, asked("u1"), run_id="run-2")
        with first.sending("run-3", BUDGET):
            assert first.run_ids() == ("run-1", "run-2", "run-3")


def test_process_that_holds_a_transaction_open_is_named_as_the_reason(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifiers.ledger.tables.BUSY_SECONDS", 0)
    with Ledger.open(path, clock=SetClock()) as ledger:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("begin immediate")
        with pytest.raises(LedgerBusyError, match="nothing was changed"):
            ledger.withdraw([])
        holder.rollback()
        holder.close()
        ledger.withdraw([])
