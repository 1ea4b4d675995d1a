"""Planning in parts: the same plan by any number of processes; dates with nothing to ask are not read."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from classifiers.asking.session_asks import Stand
from orchestration.date_states import dirty_days
from orchestration.demo import DemoPlan
from orchestration.labelling import asking, side_by_side
from orchestration.labelling.asked_out import ASKED_OUT_FILE
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.settings import Settings
from tests.demo_lake import NOW, DemoHome, archived_demo
from tests.fakes.landed_range import land

PLAN = DemoPlan(end_date=NOW.date(), sessions=20, users=5, months=1)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    home = archived_demo(tmp_path_factory.mktemp("planned"), PLAN, workers=1)
    land(home.settings, dirty_days(home.settings))
    return home


def plan_with(home: DemoHome, folder: Path, workers: int) -> asking.Plan:
    settings = home.copy(folder, workers=workers).settings
    return asking.plan_labels(settings, asking.AskScope(days_with_sessions(settings)))


def test_the_plan_of_three_processes_is_that_of_one(
    landed: DemoHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "SESSIONS_OF_A_PART", 8)
    started: list[int] = []
    opened = side_by_side.open_pool
    monkeypatch.setattr(
        side_by_side,
        "open_pool",
        lambda workers, preload: started.append(workers) or opened(workers, preload=preload),
    )
    one = plan_with(landed, tmp_path / "one", 1)
    settings = landed.copy(tmp_path / "few", workers=3).settings
    assert asking.days_to_ask(settings) == days_with_sessions(settings)
    assert started == []  # so few sessions are not worth a process
    monkeypatch.setattr(asking, "FEW_TO_PLAN", 1)
    assert plan_with(landed, tmp_path / "three", 3) == one
    assert started == [3]
    assert one.session_count > 10
    assert one.now_usd > 0


def test_parts_do_not_change_a_plan(
    landed: DemoHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one part is one tally that nothing was merged into: what was counted before there were parts."""
    whole = plan_with(landed, tmp_path / "whole", 1)
    monkeypatch.setattr(side_by_side, "SESSIONS_OF_A_PART", 1)
    parts = plan_with(landed, tmp_path / "parts", 1)
    assert [line.to_ask for line in parts.lines] == [line.to_ask for line in whole.lines]
    assert (parts.request_count, parts.prompt_tokens) == (whole.request_count, whole.prompt_tokens)
    assert (parts.largest, parts.bound_now_usd) == (whole.largest, whole.bound_now_usd)
    for ours, theirs in zip(parts.slices, whole.slices, strict=True):
        assert ours == pytest.approx(theirs, abs=Decimal("1e-20"))
    assert parts.now_usd == pytest.approx(whole.now_usd, abs=Decimal("1e-20"))


@pytest.fixture
def read_dates(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """Dates whose sessions are read."""
    read: list[date] = []
    frames = asking.frames_of_day

    def noted(settings: Settings, day: date) -> object:
        read.append(day)
        return frames(settings, day)

    monkeypatch.setattr(asking, "frames_of_day", noted)
    return read


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let every label stand as said."""
    return lambda standing: monkeypatch.setattr(asking, "stand_of", lambda *_, **__: Stand(standing))


@pytest.mark.parametrize("final", ["held", "gave_up"])
def test_a_date_with_nothing_to_ask_is_read_once(
    final: str,
    landed: DemoHome,
    tmp_path: Path,
    read_dates: list[date],
    standing: Callable[[str], None],
) -> None:
    settings = landed.copy(tmp_path, workers=1).settings
    days = days_with_sessions(settings)
    assert asking.days_to_ask(settings) == days  # nothing was asked yet
    standing(final)
    read_dates.clear()
    assert asking.days_to_ask(settings) == []
    assert read_dates == days
    read_dates.clear()
    assert asking.days_to_ask(settings) == []
    assert read_dates == []


@pytest.mark.parametrize("standing_of_all", ["waiting", "ask"])
def test_a_date_that_may_have_something_to_ask_is_read_again(
    standing_of_all: str,
    landed: DemoHome,
    tmp_path: Path,
    read_dates: list[date],
    standing: Callable[[str], None],
) -> None:
    settings = landed.copy(tmp_path, workers=1).settings
    standing(standing_of_all)
    asking.days_to_ask(settings)
    read_dates.clear()
    asking.days_to_ask(settings)
    assert read_dates == days_with_sessions(settings)


def test_sessions_that_are_not_quiet_yet_keep_their_date_open(
    landed: DemoHome, tmp_path: Path, read_dates: list[date], standing: Callable[[str], None]
) -> None:
    hours = (datetime.now(UTC) - (NOW - timedelta(days=10))) / timedelta(hours=1)
    settings = landed.copy(tmp_path, workers=1, label_quiet_hours=int(hours)).settings
    standing("held")
    asking.days_to_ask(settings)
    read_dates.clear()
    asking.days_to_ask(settings)
    quiet = [day for day in days_with_sessions(settings) if day < (NOW - timedelta(days=11)).date()]
    assert 0 < len(read_dates) < len(days_with_sessions(settings))
    assert not set(read_dates) & set(quiet)


def test_other_rows_questions_or_an_older_ledger_open_a_date_again(
    landed: DemoHome, tmp_path: Path, read_dates: list[date], standing: Callable[[str], None]
) -> None:
    home = landed.copy(tmp_path, workers=1)
    standing("held")
    days = days_with_sessions(home.settings)

    def read_after(settings: Settings) -> Sequence[date]:
        read_dates.clear()
        asking.days_to_ask(settings)
        return list(read_dates)

    assert read_after(home.settings) == days
    assert read_after(home.settings) == []
    (record,) = home.settings.lake_dir.glob(f"landed/{days[0]}.json")
    record.write_text(record.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    assert read_after(home.settings) == [days[0]]
    for changed in (
        {"label_replicate_share": 0.5},
        {"label_model": "claude-opus-5-5"},
        {"label_quiet_hours": 1},
    ):
        assert read_after(home.settings.model_copy(update=changed)) == days, changed
    assert read_after(home.settings) == days  # the file holds one choice of questions
    kept = home.settings.lake_dir / ASKED_OUT_FILE
    kept.write_text(kept.read_text().replace('"ledger_row": 0', '"ledger_row": 7'))
    assert read_after(home.settings) == days
    kept.write_text("{")
    assert read_after(home.settings) == days
