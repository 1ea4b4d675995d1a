"""The commands explain themselves, refuse wrong usage with code 2, and say what to do without a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import app, main

COMMANDS = ["run", "demo", "dev", "dates", "doctor", "retention", "settings", "manifest", "release"]
COMMANDS += ["quote", "relabel", "evaluate", "forget"]


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
    assert f"{empty}: no .jsonl file in it" in capsys.readouterr().err


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
