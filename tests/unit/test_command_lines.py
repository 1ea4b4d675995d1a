"""A printed command is about the home that it was printed for, and survives a shell and make."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import command_lines
from orchestration.command_lines import MAKE_VARIABLES, command_line, default_home_line
from orchestration.home import open_home
from orchestration.home_record import remember
from orchestration.settings import CHECKOUT, Settings, load_settings

HARD_NAMES = ["it's a home", 'say "hi"', "$HOME and `date`", "a;b & c", "per cent %d #1", "büro"]


@pytest.fixture(params=HARD_NAMES)
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home of which nothing is remembered yet, with a name that shells and make take apart."""
    monkeypatch.chdir(CHECKOUT)
    folder = tmp_path / request.param
    return load_settings(home=folder / "home", transcripts=str(folder / "transcripts"), mode="personal")


def arguments_of(line: str, tmp_path: Path) -> list[str]:
    """What the program is given when a shell runs the line; make's is replaced by one that prints."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    printer = programs / "sessionmart"
    printer.write_text("#!/bin/bash\nprintf '%s\\0' \"$@\"\n")
    printer.chmod(0o755)
    made = f"make BIN={shlex.quote(str(programs))} -o .venv/.installed -o dbt_project/target/parsed.json "
    if line.startswith("make "):
        line = made + line.removeprefix("make ")
    else:
        line = shlex.join([str(printer), *shlex.split(line)[1:]])
    done = subprocess.run(["bash", "-c", line], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\0")[:-1]


def test_a_first_run_is_told_home_transcripts_and_mode(settings: Settings, tmp_path: Path) -> None:
    line = command_line(settings, "run")
    assert line.startswith("make run HOME_DIR=")
    assert arguments_of(line, tmp_path) == [
        "run", "--home", str(settings.home), "--transcripts", settings.transcripts[0], "--mode", "personal",
    ]  # fmt: skip


def test_a_home_that_remembers_is_told_its_name_alone(settings: Settings, tmp_path: Path) -> None:
    remember(open_home(settings))
    assert arguments_of(command_line(settings, "run"), tmp_path) == ["run", "--home", str(settings.home)]


@pytest.mark.parametrize(
    ("verb", "options", "given"),
    [
        ("run", {"budget_usd": "1.50"}, ["--budget-usd", "1.50"]),
        ("run", {"wait": True}, ["--wait"]),
        ("quote", {}, []),
        ("dev", {}, []),
        ("doctor", {}, []),
        ("forget", {"user": "o'neil smith", "yes": True}, ["o'neil smith", "--yes"]),
        ("import-reviews", {"file": "/a b/it's.csv"}, ["/a b/it's.csv"]),
        ("sql", {"command": "select 'it''s', 1;"}, ["-c", "select 'it''s', 1;"]),
        ("show", {"metric": "judged_success"}, ["judged_success"]),
        ("dates", {}, []),
        ("retention", {}, []),
        (
            "settings",
            {"set": ["mode=team", "transcripts=/a b"]},
            ["--set", "mode=team", "--set", "transcripts=/a b"],
        ),
    ],
)
def test_every_command_says_its_home_and_options(
    verb: str, options: dict[str, str], given: list[str], settings: Settings, tmp_path: Path
) -> None:
    remember(open_home(settings))
    line = command_line(settings, verb, **options)
    assert arguments_of(line, tmp_path) == [verb, "--home", str(settings.home), *given]


def test_from_elsewhere_make_is_told_where_the_checkout_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command_line(load_settings(), "quote"))
    assert words[words.index("-C") + 1] == str(CHECKOUT)
    assert Path(shlex.split(command_line(load_settings(), "dates"))[0]).is_absolute()


def test_only_the_home_that_nothing_names_goes_unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    assert "HOME_DIR" in command_line(load_settings(), "quote")
    assert "HOME_DIR" in default_home_line()  # another home is set, which a plain run would take
    monkeypatch.delenv("SESSIONMART_HOME")
    assert command_line(load_settings(), "quote") == "make quote"
    assert default_home_line().startswith("make run")


def test_every_make_form_is_a_target_with_its_variables() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    for verb, variables in MAKE_VARIABLES.items():
        assert f"\n{verb}:" in makefile
        assert [name for name in variables.values() if f"{name} ?=" not in makefile] == []


def test_without_a_checkout_commands_are_the_programs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_lines, "IS_CHECKOUT", False)
    settings = load_settings(home=tmp_path / "a home", transcripts="/a b", mode="personal")
    words = shlex.split(command_line(settings, "run"))
    assert words[-5:] == [str(tmp_path / "a home"), "--transcripts", "/a b", "--mode", "personal"]
    assert "make" not in words
    asked = shlex.split(command_line(settings, "sql", command="select 1;"))
    assert asked[-2:] == ["--command", "select 1;"]


def test_in_an_environment_of_uvx_the_command_is_uvx(monkeypatch: pytest.MonkeyPatch) -> None:
    """That environment is in a cache, on nobody's path."""
    monkeypatch.setattr(command_lines, "IS_CHECKOUT", False)
    monkeypatch.setattr(sys, "executable", "/home/somebody/.cache/uv/archive-v0/x1Y2/bin/python")
    assert command_line(None, "retention") == "uvx sessionmart retention"
