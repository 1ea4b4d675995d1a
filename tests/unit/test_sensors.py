"""A tick sees changed files by their times, waits for them to rest, and asks for dirty dates once."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.date_states import dirty_days
from orchestration.home import OtherHomeError, change_home, open_home
from orchestration.labellers.landing import land_labels_by
from orchestration.labellers.rules import RULES
from orchestration.landing.chunk import LandingRun
from orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, SKIP_STOPPED_TAG, range_tags
from orchestration.sensors import changed_transcripts, settled_changes, wanted_run
from orchestration.settings import Settings, load_settings
from orchestration.stages import Scope, archive_transcripts, discover, land_raw
from tests.fakes.claude_lines import record, response, write
from tests.fakes.landing_days import BAD_SESSION, SessionJudge

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
FIRST, SECOND = "2026-03-01", "2026-03-03"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(transcripts=(str(tmp_path / "projects"),), debounce_seconds=60, workers=1)


def write_session(settings: Settings, session: str, day: str, *, prompts: int = 1) -> Path:
    records = []
    for number in range(prompts):
        at = f"{day}T10:{number:02}:00.000Z"
        records.append(record(f"{session}-u{number}", session, at))
        records.append(response(f"{session}-a{number}", session, at, message_id=f"msg-{session}-{number}"))
    return write(Path(settings.transcripts[0]) / "-home-ann-repo" / f"{session}.jsonl", *records)


def touch(path: Path, when: datetime) -> None:
    os.utime(path, (when.timestamp(), when.timestamp()))


def land_everything(settings: Settings, *, skip_stopped: bool = False) -> None:
    archive_transcripts(settings, discover(settings), now=NOW)
    days = dirty_days(settings)
    run, scope = LandingRun("run", NOW, SessionJudge()), Scope(skip_stopped=skip_stopped)
    land_raw(settings, days, run, scope=scope)
    land_labels_by(RULES, settings, days, run, scope=scope)


def test_a_file_that_is_being_written_is_left_for_a_later_tick(settings: Settings) -> None:
    touch(write_session(settings, "s1", FIRST), NOW - timedelta(seconds=10))
    assert settled_changes(settings, now=NOW) == []
    assert len(settled_changes(settings, now=NOW + timedelta(seconds=60))) == 1


def test_an_archived_file_is_no_change_until_it_grows(settings: Settings) -> None:
    path = write_session(settings, "s1", FIRST)
    archive_transcripts(settings, discover(settings), now=NOW)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert settled_changes(settings, now=later) == []
    write_session(settings, "s1", FIRST, prompts=2)
    assert [file.path for file in settled_changes(settings, now=later)] == [path]


def test_a_tick_reads_no_transcript_that_is_known(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_session(settings, "s1", FIRST)
    archive_transcripts(settings, discover(settings), now=NOW)
    path.write_bytes(path.read_bytes() * 2)
    opened: list[str] = []
    real_open = Path.open

    def spy(path: Path, *args: object, **kwargs: object) -> object:
        opened.append(path.name)
        return real_open(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", spy)
    assert len(settled_changes(settings, now=datetime.now(UTC) + timedelta(hours=1))) == 1
    assert [name for name in opened if name.endswith(".jsonl")] == []


def test_dirty_dates_are_asked_for_in_one_run_over_their_range(settings: Settings) -> None:
    write_session(settings, "s1", FIRST)
    write_session(settings, "s2", SECOND)
    archive_transcripts(settings, discover(settings), now=NOW)
    request = wanted_run(settings)
    assert isinstance(request, dg.RunRequest)
    assert request.job_name == "update"
    assert request.tags[RANGE_START_TAG] == FIRST
    assert request.tags[RANGE_END_TAG] == NOW.date().isoformat()  # the files were archived today
    assert request.tags[SKIP_STOPPED_TAG] == "true"


def test_the_same_state_has_the_same_key_and_another_has_another(settings: Settings) -> None:
    write_session(settings, "s1", FIRST)
    archive_transcripts(settings, discover(settings), now=NOW)
    first = wanted_run(settings)
    assert isinstance(first, dg.RunRequest)
    again = wanted_run(settings)
    assert isinstance(again, dg.RunRequest)
    assert again.run_key == first.run_key
    write_session(settings, "s1", FIRST, prompts=2)
    archive_transcripts(settings, discover(settings), now=NOW)
    changed = wanted_run(settings)
    assert isinstance(changed, dg.RunRequest)
    assert changed.run_key != first.run_key


def test_what_is_landed_but_not_released_is_asked_for_without_dates(settings: Settings) -> None:
    write_session(settings, "s1", FIRST)
    land_everything(settings)
    request = wanted_run(settings)
    assert isinstance(request, dg.RunRequest)
    assert request.job_name == "publish_landed"


def test_a_state_that_a_gate_refused_is_not_asked_for_again(settings: Settings) -> None:
    write_session(settings, BAD_SESSION, FIRST)
    write_session(settings, "s2", SECOND)
    land_everything(settings)
    answer = wanted_run(settings)
    assert isinstance(answer, dg.SkipReason)
    assert "gate" in str(answer.skip_message)


def test_a_range_over_a_refused_date_leaves_it_alone(settings: Settings) -> None:
    write_session(settings, BAD_SESSION, SECOND)
    land_everything(settings)
    write_session(settings, "s1", FIRST)
    archive_transcripts(settings, discover(settings), now=NOW)
    judge = SessionJudge()
    days = dirty_days(settings)
    report = land_raw(settings, days, LandingRun("run", NOW, judge), scope=Scope(skip_stopped=True))
    assert [day.isoformat() for day in report.landed] == [FIRST, NOW.date().isoformat()]
    assert not report.has_stopped


def test_range_tags_span_the_dates() -> None:
    days = [datetime(2026, 3, number, tzinfo=UTC).date() for number in (4, 2, 9)]
    assert range_tags(days) == {RANGE_START_TAG: "2026-03-02", RANGE_END_TAG: "2026-03-09"}


def tick(sensor: dg.SensorDefinition, instance: dg.DagsterInstance) -> list[Any]:
    said: Any = sensor(dg.build_sensor_context(instance=instance))
    return list(said)


def test_a_server_that_was_started_before_the_home_was_changed_asks_for_nothing(settings: Settings) -> None:
    write_session(settings, "s1", FIRST)
    served = open_home(settings)
    archive_transcripts(served, discover(served), now=NOW)
    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(changed_transcripts(served), instance)
        change_home(settings, {"mode": "personal"})
        with pytest.raises(OtherHomeError, match="mode is personal"):
            tick(changed_transcripts(served), instance)
