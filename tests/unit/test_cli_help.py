"""The commands explain themselves, refuse wrong usage with code 2, and say what to do without a traceback."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import app, main
from orchestration.failures import RunStoppedError

COMMANDS = ["run", "demo", "dev", "dates", "doctor", "retention", "settings", "manifest", "release"]
COMMANDS += ["quote", "relabel", "evaluate", "forget", "sample-for-review", "import-reviews", "sql", "show"]


def call_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sessionmart", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_no_command_shows_the_list() -> None:
    output = CliRunner().invoke(app, []).output
    assert [command for command in COMMANDS if command not in output] == []


def test_an_unknown_option_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call_main(monkeypatch, "run", "--colour") == 2


def test_a_wrong_setting_ends_with_code_2_and_names_the_field(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call_main(monkeypatch, "dates", "--home", "/nonexistent") == 0
    monkeypatch.setenv("SESSIONMART_MIN_USERS", "many")
    assert call_main(monkeypatch, "dates") == 2
    printed = capsys.readouterr().err
    assert "min_users" in printed
    assert "Traceback" not in printed


def test_no_transcripts_at_all_says_where_it_looked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    assert call_main(monkeypatch, "run", "--transcripts", f"{empty}:{tmp_path / 'absent'}") == 2
    printed = capsys.readouterr().err
    assert str(tmp_path / "absent") in printed
    assert "make demo" in printed


def test_an_empty_folder_is_named_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    assert call_main(monkeypatch, "run", "--transcripts", str(empty)) == 2
    printed = capsys.readouterr().err
    assert str(empty) in printed
    assert "no files at all" in printed


def test_what_is_there_instead_of_transcripts_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "chat.jsonl").write_text('{"speaker": "a", "words": "hello"}\n')
    (folder / "empty.jsonl").write_text("")
    (folder / "notes.md").write_text("# Notes")
    assert call_main(monkeypatch, "run", "--transcripts", str(folder)) == 2
    assert "3 files, none of a known agent (2 × .jsonl)" in capsys.readouterr().err


def test_transcripts_without_a_session_make_no_release(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, data_home: Path
) -> None:
    (tmp_path / "only-a-summary.jsonl").write_text(
        '{"type": "summary", "summary": "Tidying up", "leafUuid": "0"}\n'
    )
    assert call_main(monkeypatch, "run", "--transcripts", str(tmp_path / "only-a-summary.jsonl")) == 2
    assert "No session was found" in capsys.readouterr().err
    assert not (data_home / "published").exists()
    assert not (data_home / "home.toml").exists()


def test_a_missing_review_file_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call_main(monkeypatch, "import-reviews", str(tmp_path / "absent.csv")) == 2
    assert "There is no file" in capsys.readouterr().err
    assert call_main(monkeypatch, "import-reviews", str(tmp_path)) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_an_interrupt_ends_with_a_sentence_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.run.run_home", interrupted)
    assert call_main(monkeypatch, "run") == 130
    assert "the next run continues from there" in capsys.readouterr().err


def test_an_interrupt_that_a_library_made_a_failure_of_is_still_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def swallowed(*_: object, **__: object) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        raise RunStoppedError("The step failed.")

    monkeypatch.setattr("orchestration.run.run_home", swallowed)
    assert call_main(monkeypatch, "run") == 130
    printed = capsys.readouterr().err
    assert "The step failed" not in printed
    assert "Stopped" in printed


def test_wrong_settings_do_not_keep_the_doctor_from_listing_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SESSIONMART_MIN_USERS", "many")
    assert call_main(monkeypatch, "doctor") == 2
    printed = capsys.readouterr().out
    assert "min_users" in printed
    assert "releases_kept" in printed


def test_a_home_without_enough_disk_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_home: Path
) -> None:
    monkeypatch.setenv("SESSIONMART_MIN_FREE_GB", "1000000000")
    assert call_main(monkeypatch, "run") == 1
    assert "min_free_gb" in capsys.readouterr().err
    assert not (data_home / "archive").exists()


def test_help_answers_without_loading_dagster_or_dbt() -> None:
    code = (
        "import sys; from orchestration.cli import app\n"
        "print([m for m in ('dagster', 'dbt', 'pandas', 'great_expectations') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_dev_says_where_the_ui_is_and_lets_dagster_say_warnings_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dbt_manifest: object, tmp_path: Path
) -> None:
    started: list[list[str]] = []

    def instead(_program: str, arguments: list[str], _environment: object) -> None:
        started.append(arguments)
        raise SystemExit(0)

    monkeypatch.chdir(tmp_path)  # the command goes to the checkout
    monkeypatch.setattr(os, "execvpe", instead)
    assert call_main(monkeypatch, "dev", "--port", "3999") == 0
    (arguments,) = started
    assert arguments[arguments.index("--log-level") + 1] == "warning"
    assert "http://127.0.0.1:3999" in capsys.readouterr().err
