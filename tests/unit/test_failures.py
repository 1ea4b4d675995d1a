"""What is said of a failure never holds what a library quoted from a transcript."""

import logging
from pathlib import Path

import pytest

from orchestration.failures import RunStoppedError, describe, frames
from orchestration.run_log import logging_to

SECRET = "the text of a prompt"


def caught(error: Exception) -> Exception:
    """The error as it is when it has been raised: with a traceback."""
    with pytest.raises(type(error)) as raised:
        raise error
    return raised.value


def test_our_own_message_is_said() -> None:
    assert describe(caught(RunStoppedError("Free some space."))) == "Free some space."


def test_a_foreign_error_gives_its_type_and_place_only() -> None:
    said = describe(caught(ValueError(SECRET)))
    assert said.startswith("ValueError at tests/unit/test_failures.py:")
    assert SECRET not in said


def test_an_error_of_the_system_gives_its_reason() -> None:
    said = describe(caught(PermissionError(13, "Permission denied", "/some/file")))
    assert "Permission denied (/some/file)" in said


def test_frames_hold_no_message_and_no_source() -> None:
    said = frames(caught(ValueError(SECRET)))
    assert "test_failures.py" in said
    assert SECRET not in said
    assert "raise error" not in said


def test_the_log_file_is_private_and_holds_no_foreign_message(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "sessionmart.log"
    with pytest.raises(ValueError, match=SECRET), logging_to(path, title="run"):
        raise ValueError(SECRET)
    written = path.read_text()
    assert "run: stopped: ValueError" in written
    assert SECRET not in written
    assert path.stat().st_mode & 0o077 == 0


def test_the_log_says_how_a_run_went(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "sessionmart.log"
    handlers = list(logging.getLogger("sessionmart").handlers)
    with logging_to(path, title="run") as log:
        log.info("12 files")
    assert [line.split(" ", 4)[-1] for line in path.read_text().splitlines()] == [
        "run: begins",
        "12 files",
        "run: done",
    ]
    assert logging.getLogger("sessionmart").handlers == handlers
