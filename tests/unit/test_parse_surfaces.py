"""Where a session was run is decided by who was there, not by what started it (format, section 12.9)."""

from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.sources.claude_code.records import KNOWN_ENTRYPOINTS
from orchestration.ingest.sources.claude_code.surfaces import start_of
from tests.parsed import parse
from tests.transcripts import Transcript

TYPED = {"origin": {"kind": "human"}, "promptSource": "typed"}


def surface(tmp_path: Path, *parts: tuple[str | None, dict[str, Any]], mode: str = "default") -> str:
    """The surface of a session with one prompt per part: its entry point, and what its record states."""
    written = Transcript(version="2.1.268", mode=mode)
    for entrypoint, stated in parts:
        written.more = {} if entrypoint is None else {"entrypoint": entrypoint}
        written.wait(60).prompt("Go on.", **stated)
        written.bash("work")
        written.says()
    return str(parse(tmp_path, written).one("sessions")["surface"])


@pytest.mark.parametrize(
    ("entrypoint", "alone", "with_a_person"),
    [
        ("cli", "interactive", "interactive"),
        ("claude-desktop", "interactive", "interactive"),
        ("remote_mobile", "interactive", "interactive"),
        (None, "interactive", "interactive"),
        ("claude-vscode", "ide", "ide"),
        ("claude-jetbrains", "ide", "ide"),
        ("some-zed-adapter", "ide", "ide"),
        ("sdk-cli", "sdk", "interactive"),
        ("sdk-py", "sdk", "other"),
        ("sdk-go", "sdk", "other"),
        ("headless", "headless", "other"),
        ("claude-code-github-action", "action", "other"),
        ("the-moon", "unknown", "other"),
    ],
)
def test_a_stated_person_makes_a_session_theirs_whatever_started_it(
    tmp_path: Path, entrypoint: str | None, alone: str, with_a_person: str
) -> None:
    assert surface(tmp_path, (entrypoint, {})) == alone
    assert surface(tmp_path, (entrypoint, TYPED)) == with_a_person


def test_program_s_session_that_a_person_goes_on_with_is_the_person_s(tmp_path: Path) -> None:
    program = ("sdk-cli", {"promptSource": "sdk"})
    assert surface(tmp_path, program, ("cli", {})) == "interactive"
    assert surface(tmp_path, program, program, ("claude-vscode", {})) == "ide"
    assert surface(tmp_path, program, ("sdk-ts", {"promptSource": "queued"})) == "other"
    assert surface(tmp_path, program, ("sdk-ts", {})) == "sdk"


def test_person_in_two_places_is_where_most_of_it_was_said(tmp_path: Path) -> None:
    assert surface(tmp_path, ("claude-vscode", {}), ("cli", {}), ("cli", {})) == "interactive"
    assert surface(tmp_path, ("claude-vscode", {}), ("claude-vscode", {}), ("cli", {})) == "ide"


def test_channel_is_a_person_s_way_in(tmp_path: Path) -> None:
    stated = {"origin": {"kind": "channel"}, "isMeta": True}
    assert surface(tmp_path, ("sdk-cli", stated)) == "interactive"


def test_messages_of_machines_make_no_person(tmp_path: Path) -> None:
    assert surface(tmp_path, ("cli", {"origin": {"kind": "cron"}})) == "no_human_act"
    assert surface(tmp_path, ("sdk-cli", {"origin": {"kind": "peer"}})) == "sdk"
    assert surface(tmp_path, ("cli", {"promptSource": "sdk"})) == "sdk"


def test_unmarked_headless_run_is_presumed_unless_a_person_is_stated(tmp_path: Path) -> None:
    assert surface(tmp_path, (None, {}), mode="bypassPermissions") == "presumed_headless"
    assert surface(tmp_path, (None, TYPED), mode="bypassPermissions") == "interactive"
    assert surface(tmp_path, (None, {}), (None, {}), mode="bypassPermissions") == "interactive"
    assert surface(tmp_path, (None, {}), mode="default") == "interactive"


def test_reported_duration_shows_that_somebody_watched(tmp_path: Path) -> None:
    written = Transcript(version="2.1.60", mode="bypassPermissions")
    written.prompt()
    written.says()
    written.turn_duration(2000)
    assert parse(tmp_path, written).one("sessions")["surface"] == "interactive"


def test_every_known_entry_point_says_who_starts_a_session_there() -> None:
    assert {name for name in KNOWN_ENTRYPOINTS if start_of(name) == "unknown"} == set()
