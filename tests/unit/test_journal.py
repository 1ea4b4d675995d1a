"""One writer per home; a commit interrupted anywhere is finished or undone, never half done."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.landing.journal import (
    Commit,
    HomeLockedError,
    JournalError,
    RollForward,
    commit,
    home_lock,
    lock_holder,
    roll_forward,
    staging_dir,
    write_json,
)

CHECKOUT = Path(__file__).parents[2]


class KilledError(BaseException):
    """Stands for a kill: nothing of the code under test may catch it."""


def killed_at(step_name: str) -> Callable[[str], None]:
    def step(name: str) -> None:
        if name == step_name:
            raise KilledError

    return step


def contents(home: Path) -> dict[str, str]:
    """What readers see of the lake: every visible file and its text."""
    lake = home / "lake"
    return {
        path.relative_to(lake).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(lake.rglob("*"))
        if path.is_file() and not path.relative_to(lake).parts[0].startswith(".")
    }


OLD = {"landed/day.json": '{\n "is": "old"\n}', "turns/day/part": "old turns", "gone/day/part": "old"}
NEW = {
    "landed/day.json": '{\n "is": "new"\n}',
    "turns/day/part": "new turns",
    "events/day/part": "new events",
}


def prepare(home: Path) -> Commit:
    """The lake in its old state and a commit to the new one: one table replaced, one new, one gone."""
    lake = home / "lake"
    for name, text in OLD.items():
        path = lake / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folder = staging_dir(lake, "run.day")
    moves = []
    for table in ("turns", "events"):
        (folder / table).write_text(f"new {table}", encoding="utf-8")
        moves.append((folder / table, lake / table / "day" / "part"))
    deletes = (lake / "gone" / "day" / "part",)
    return Commit("run.day", folder, tuple(moves), deletes, lake / "landed" / "day.json", {"is": "new"})


def test_commit_replaces_adds_removes_and_leaves_nothing_behind(data_home: Path) -> None:
    steps: list[str] = []
    commit(data_home / "lake", prepare(data_home), step=steps.append)
    assert contents(data_home) == NEW
    assert not (data_home / "lake" / "gone" / "day").exists()
    assert list((data_home / "lake" / ".journal").iterdir()) == []
    assert list((data_home / "lake" / ".staging").iterdir()) == []
    assert steps == [
        "staged",
        "journal written",
        "moved 0",
        "moved 1",
        "deleted 0",
        "folders synced",
        "state written",
        "journal removed",
    ]


@pytest.mark.parametrize(
    ("step_name", "outcome"),
    [
        ("staged", OLD),
        ("journal written", NEW),
        ("moved 0", NEW),
        ("moved 1", NEW),
        ("deleted 0", NEW),
        ("folders synced", NEW),
        ("state written", NEW),
        ("journal removed", NEW),
    ],
)
def test_commit_interrupted_at_any_step_is_whole_after_roll_forward(
    data_home: Path, step_name: str, outcome: dict[str, str]
) -> None:
    change = prepare(data_home)
    with pytest.raises(KilledError):
        commit(data_home / "lake", change, step=killed_at(step_name))
    roll_forward(data_home)
    assert contents(data_home) == outcome
    assert list((data_home / "lake" / ".staging").iterdir()) == []
    assert roll_forward(data_home) == RollForward(finished=(), discarded=())


def test_roll_forward_says_what_it_found(data_home: Path) -> None:
    with pytest.raises(KilledError):
        commit(data_home / "lake", prepare(data_home), step=killed_at("journal written"))
    staging_dir(data_home / "lake", "other-run")
    assert roll_forward(data_home) == RollForward(finished=("run.day",), discarded=("other-run",))


def test_interrupted_roll_forward_is_finished_by_the_next(data_home: Path) -> None:
    lake = data_home / "lake"
    change = prepare(data_home)
    with pytest.raises(KilledError):
        commit(lake, change, step=killed_at("moved 0"))
    # A first roll-forward got as far as the second file.
    change.moves[1][1].parent.mkdir(parents=True)
    change.moves[1][0].replace(change.moves[1][1])
    roll_forward(data_home)
    assert contents(data_home) == NEW


def test_torn_journal_is_no_commit(data_home: Path) -> None:
    change = prepare(data_home)
    torn = data_home / "lake" / ".journal" / f"{change.commit_id}.json.partial"
    torn.parent.mkdir()
    torn.write_text('{"moves": [', encoding="utf-8")
    roll_forward(data_home)
    assert contents(data_home) == OLD
    assert not torn.exists()


def test_home_that_was_moved_can_be_recovered(data_home: Path) -> None:
    with pytest.raises(KilledError):
        commit(data_home / "lake", prepare(data_home), step=killed_at("moved 0"))
    moved = data_home.rename(data_home.with_name("elsewhere"))
    roll_forward(moved)
    assert contents(moved) == NEW


def test_lost_staged_file_is_an_error_that_says_what_to_do(data_home: Path) -> None:
    change = prepare(data_home)
    with pytest.raises(KilledError):
        commit(data_home / "lake", change, step=killed_at("journal written"))
    change.moves[0][0].unlink()
    with pytest.raises(JournalError, match="--force"):
        roll_forward(data_home)


def test_small_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "state.json"
    write_json(path, {"b": 1, "a": [1, 2]})
    write_json(path, {"b": 2})
    assert json.loads(path.read_text(encoding="utf-8")) == {"b": 2}
    assert [each.name for each in path.parent.iterdir()] == ["state.json"]


def test_second_thread_is_told_who_holds_the_home(data_home: Path) -> None:
    messages: list[str] = []

    def second() -> None:
        try:
            with home_lock(data_home, purpose="second"):
                messages.append("locked")
        except HomeLockedError as error:
            messages.append(str(error))

    with home_lock(data_home, purpose="landing"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(messages) == 1
    assert f"Process {os.getpid()} (landing, since " in messages[0]
    assert str(data_home) in messages[0]


def test_holder_may_take_the_lock_again_and_keeps_it(data_home: Path) -> None:
    with home_lock(data_home, purpose="outer"):
        with home_lock(data_home, purpose="inner"):
            pass
        holder = lock_holder(data_home)
        assert holder is not None
        assert holder["purpose"] == "outer"
    assert lock_holder(data_home) is None


def test_lock_is_free_after_an_error(data_home: Path) -> None:
    with pytest.raises(ValueError, match="broken"), home_lock(data_home, purpose="first"):
        raise ValueError("broken")
    with home_lock(data_home, purpose="second"):
        pass


HOLD_AND_FORK = """
import os, sys, time
from pathlib import Path
from orchestration.landing.journal import home_lock
with home_lock(Path(sys.argv[1]), purpose="parsing"):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    time.sleep(60)
"""


def test_killed_writer_frees_the_home_though_its_workers_live(data_home: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", HOLD_AND_FORK, str(data_home)]
    holder = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    worker = int(holder.stdout.readline())
    try:
        with pytest.raises(HomeLockedError, match=rf"`kill {holder.pid}`"), home_lock(data_home, purpose="x"):
            pass
        holder.kill()
        holder.wait()
        with home_lock(data_home, purpose="next run", wait_seconds=10):
            pass
    finally:
        os.kill(worker, 9)
        holder.stdout.close()
