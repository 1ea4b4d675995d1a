"""The anchor set is drawn once, by a rule that holds no session id, and stays as it is."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.failures import RunStoppedError
from orchestration.labelling import anchor
from orchestration.labelling.anchor import ANCHOR_FILE, ANCHOR_SIZE, AnchorFrame, anchor_of, read_anchor
from orchestration.settings import Settings, load_settings

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LAST = date(2026, 5, 31)
IDS = [f"session-{number}" for number in range(4_000)]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(anchor, "days_with_sessions", lambda _settings: [LAST])
    monkeypatch.setattr(anchor, "_frame", lambda _settings, _days: AnchorFrame(len(IDS), LAST))
    return load_settings(home=tmp_path)


def test_about_two_hundred_sessions_are_drawn_and_later_dates_never_join(settings: Settings) -> None:
    found = anchor_of(settings, now=NOW, keep=True)
    assert found is not None
    held = [one for one in IDS if found.holds(one, LAST)]
    assert abs(len(held) - ANCHOR_SIZE) < 50
    assert not any(found.holds(one, date(2026, 6, 1)) for one in IDS)


def test_the_set_is_drawn_once_and_a_larger_lake_changes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = anchor_of(settings, now=NOW, keep=True)
    monkeypatch.setattr(anchor, "_frame", lambda _settings, _days: AnchorFrame(10**6, date(2027, 1, 1)))
    assert (
        anchor_of(settings, now=datetime(2027, 1, 2, tzinfo=UTC), keep=True) == first == read_anchor(settings)
    )


def test_a_quote_draws_and_keeps_nothing(settings: Settings) -> None:
    assert anchor_of(settings, now=NOW, keep=False) is not None
    assert read_anchor(settings) is None


def test_all_are_drawn_where_there_are_few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchor, "_frame", lambda _settings, _days: AnchorFrame(12, LAST))
    found = anchor_of(settings, now=NOW, keep=True)
    assert found is not None
    assert all(found.holds(one, LAST) for one in IDS)


def test_no_session_id_is_kept(settings: Settings) -> None:
    anchor_of(settings, now=NOW, keep=True)
    assert "session-" not in (settings.home / ANCHOR_FILE).read_text()


def test_a_damaged_file_says_what_to_do(settings: Settings) -> None:
    (settings.home / ANCHOR_FILE).write_text('{"share": 2}')
    with pytest.raises(RunStoppedError, match="remove it"):
        read_anchor(settings)
