"""Every command that is printed for a person to type, rendered in one place.

A printed command names the home it is about and is quoted for a shell, so that pasting it does what the
text beside it says. Not here: the commands themselves (cli), the targets of `make` (Makefile).
"""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which
from types import MappingProxyType

from orchestration.home_record import HOME_FILE, is_same, plain_pattern, shown
from orchestration.settings import CHECKOUT, IS_CHECKOUT, Settings, load_settings, own_folder

Option = str | bool | Sequence[str]

MAKE_VARIABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "run": {
            "transcripts": "TRANSCRIPTS",
            "mode": "MODE",
            "budget_usd": "BUDGET_USD",
            "wait": "WAIT",
        },
        "dev": {"transcripts": "TRANSCRIPTS", "mode": "MODE"},
        "doctor": {"transcripts": "TRANSCRIPTS", "mode": "MODE"},
        "sql": {"command": "QUERY"},
        "show": {"metric": "METRIC"},
        "quote": {"relabel": "RELABEL"},
        "demo": {},
        "report": {},
        "evaluate": {"budget_usd": "BUDGET_USD"},
        "sample-for-review": {},
        "import-reviews": {"file": "FILE"},
        "forget": {"user": "USER_NAME", "yes": "YES"},
        "manifest": {},
    }
)
"""Targets of the Makefile, with the variable that each takes an option or argument in."""

UVX_CACHE = "archive-v0"
"""Folder in which uvx keeps the environments that it makes for one call; a shell finds no program there."""

ARGUMENTS = frozenset({"file", "metric", "user"})
"""Given to a command by position and not by name."""


def command_line(settings: Settings | None, verb: str, **options: Option) -> str:
    """A line to paste into a shell that is in the checkout or elsewhere, about the home of `settings`.

    The `make` form where a Makefile is there, with a target that takes all options; else that of the program.
    A home that does not remember itself yet is told mode and transcripts too, where they are not the default.
    """
    given = {**(_first_run_options(settings) if settings and verb in ("run", "dev") else {}), **options}
    variables = MAKE_VARIABLES.get(verb)
    is_made = IS_CHECKOUT and variables is not None and all(name in variables for name in given)
    home = _home_word(settings) if settings is not None and verb != "manifest" else None
    if is_made and variables is not None:
        return _make_line(verb, home, {variables[name]: value for name, value in given.items()})
    return _program_line(verb, home, given)


def default_home_line() -> str:
    """How one's own transcripts get into the home that no setting has to name."""
    return command_line(load_settings(home=own_folder() / "data"), "run")


def _make_line(verb: str, home: str | None, variables: Mapping[str, Option]) -> str:
    elsewhere = [] if _is_in_own_folder() else ["--no-print-directory", "-C", str(CHECKOUT)]
    words = ["make", *elsewhere, verb, *([f"HOME_DIR={_for_make(home)}"] if home else [])]
    for name, value in variables.items():
        words.append(f"{name}={_for_make('1' if value is True else shown(value))}")
    return " ".join(map(_quoted, words))


def _program_line(verb: str, home: str | None, options: Mapping[str, Option]) -> str:
    words = [*_sessionmart(), *verb.split(), *(["--home", home] if home else [])]
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if name in ARGUMENTS:
            words += [shown(value)]
        elif value is True:
            words += [option]
        else:
            for each in [value] if isinstance(value, str) else value if not isinstance(value, bool) else []:
                words += [option, each]
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Quoted where a shell needs it; `NAME=value` with the quotes round the value alone."""
    name, equals, value = word.partition("=")
    if equals and name.isidentifier():
        return f"{name}={shlex.quote(value)}"
    return shlex.quote(word)


def _for_make(value: str) -> str:
    """A value as a variable on make's command line: make expands what follows a dollar sign."""
    return value.replace("$", "$$")


def _first_run_options(settings: Settings) -> dict[str, Option]:
    """What the run must be told because the home does not remember it yet."""
    if (settings.home / HOME_FILE).exists():
        return {}
    plain = load_settings(home=settings.home)
    options: dict[str, Option] = {}
    if not is_same("transcripts", settings.transcripts, plain.transcripts):
        options["transcripts"] = shown(tuple(map(plain_pattern, settings.transcripts)))
    if settings.mode != plain.mode:
        options["mode"] = settings.mode
    return options


def _home_word(settings: Settings) -> str | None:
    """The home as it is typed; None where it is the one that is meant without being named."""
    is_meant = settings.home == own_folder() / "data" == load_settings().home
    return None if is_meant else _word(settings.home)


def _word(path: Path) -> str:
    is_near = _is_in_own_folder() and path.is_relative_to(own_folder())
    return str(path.relative_to(own_folder())) if is_near else str(path)


def _sessionmart() -> list[str]:
    """The program; where only the checkout is there, the module that it calls."""
    if UVX_CACHE in Path(sys.executable).parts:
        return ["uvx", "sessionmart"]
    program = _program("sessionmart")
    is_installed = Path(sys.executable).with_name("sessionmart").exists()
    return [program] if is_installed else [_program("python"), "-m", "orchestration.cli"]


def _program(name: str) -> str:
    """A program of the environment that this process runs in, by its name where the shell finds it."""
    beside = Path(sys.executable).parent
    if beside == CHECKOUT / ".venv" / "bin":
        return f".venv/bin/{name}" if _is_in_own_folder() else str(beside / name)
    is_found = not IS_CHECKOUT and os.path.realpath(which(name) or "") == os.path.realpath(beside / name)
    return name if is_found else str(beside / name)


def _is_in_own_folder() -> bool:
    try:
        return Path.cwd() == own_folder()
    except OSError:  # the folder in which the person is was removed
        return False
