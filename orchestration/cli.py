"""`sessionmart`: the list of commands, and what becomes of an error in one.

Belongs here: which commands there are, exit codes. Not here: what a command does (commands, demo).
Exit codes: 0 done, 1 stopped by a gate or a failure, 2 wrong usage, settings or home, 130 stopped by
Ctrl-C. Nothing of a transcript is printed; a traceback only with `--debug`, because a library's message
may quote what it was given.
"""

import sys
import warnings
from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any, NoReturn

import typer
from rich.console import Console

from orchestration.commands.desk import diff_releases, show, sql
from orchestration.commands.forget import forget
from orchestration.commands.homes import dates, doctor, list_releases, push, retention, show_settings
from orchestration.commands.labels import evaluate, quote, relabel
from orchestration.commands.reviews import import_reviews, sample_for_review
from orchestration.commands.runs import dev, manifest, report, run, serve
from orchestration.failures import NoTranscriptsError, WrongInputError, describe, is_interrupt
from orchestration.home_folder import HomeError, umask_restored
from orchestration.interrupts import was_interrupted, watching_interrupts
from orchestration.settings import SettingsError

app = typer.Typer(
    name="sessionmart",
    help="Turns your own coding-agent transcripts into governed metrics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
releases_app = typer.Typer(help="List and compare the published releases.", no_args_is_help=True)
DEMO = "orchestration.demo.command:demo"
"""Found by name: nothing of the product imports the demo, which itself uses the product (import-linter)."""

PANELS: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "Start here": (resolve_name(DEMO), run, report),
    "Ask a release": (sql, show),
    "Labels by Claude": (quote, evaluate, relabel),
    "Labels by people": (sample_for_review, import_reviews),
    "Look after a data home": (doctor, show_settings, dates, retention, push, forget),
    "Dagster": (dev, serve, manifest),
}
"""The commands in the order of the help: by what people do first."""

NAMES: Mapping[Callable[..., Any], str] = {show_settings: "settings"}
"""Where a command is not called like its function."""

for panel, commands in PANELS.items():
    for command in commands:
        app.command(name=NAMES.get(command), rich_help_panel=panel)(command)
app.add_typer(releases_app, name="release", rich_help_panel="Ask a release")
releases_app.command("list")(list_releases)
releases_app.command("diff")(diff_releases)

WRONG_USAGE = (SettingsError, NoTranscriptsError, HomeError, WrongInputError)
STOPPED_BY_HAND = "Stopped. Data that has landed is kept; the next run continues from there."


def main() -> None:
    """Run a command; an error becomes one clear message and an exit code."""
    debug = "--debug" in sys.argv
    if not debug:
        warnings.simplefilter("ignore")  # Dagster's and dbt's deprecations are not the user's business
    with umask_restored(), watching_interrupts():
        try:
            app()
        except SystemExit as ended:
            if is_interrupt(ended):  # typer makes an exit without a word of it
                _fail(STOPPED_BY_HAND, 130)
            raise
        except BaseException as error:
            if is_interrupt(error) or was_interrupted():
                _fail(STOPPED_BY_HAND, 130)
            if debug or not isinstance(error, Exception):
                raise
            _fail(describe(error), 2 if isinstance(error, WRONG_USAGE) else 1)


def _fail(message: str, code: int) -> NoReturn:
    Console(stderr=True).print(message, style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
