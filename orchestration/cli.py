"""`sessionmart`: the commands a person types. Each reads its options, calls one function, prints.

Exit codes: 0 done, 1 stopped by a gate or a failure, 2 wrong usage, settings or home, 130 stopped by
Ctrl-C. Nothing of a transcript is printed; a traceback only with `--debug`, because a library's message
may quote what it was given.
Heavy imports are inside the commands, so that `--help` answers at once.
"""

import os
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from orchestration.commands.console import (
    Budget,
    Debug,
    Force,
    Home,
    Mode,
    SkipStopped,
    Transcripts,
    Wait,
    console_of,
    opened,
    run_and_print,
)
from orchestration.failures import NoTranscriptsError, WrongInputError, describe, is_interrupt
from orchestration.commands.forget import forget
from orchestration.commands.homes import dates, doctor, list_releases, retention, show_settings
from orchestration.home_folder import HomeError, umask_restored
from orchestration.interrupts import was_interrupted, watching_interrupts
from orchestration.commands.labels import evaluate, quote, relabel
from orchestration.commands.reviews import import_reviews, sample_for_review
from orchestration.settings import CHECKOUT, SettingsError

app = typer.Typer(
    name="sessionmart",
    help="Turns your own coding-agent transcripts into governed metrics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
releases_app = typer.Typer(help="The published releases.", no_args_is_help=True)
app.add_typer(releases_app, name="release")
for command in (quote, relabel, evaluate, sample_for_review, import_reviews, forget):
    app.command()(command)
app.command()(dates)
app.command()(doctor)
app.command()(retention)
app.command(name="settings")(show_settings)
releases_app.command("list")(list_releases)

WRONG_USAGE = (SettingsError, NoTranscriptsError, HomeError, WrongInputError)
STOPPED_BY_HAND = "Stopped. What was landed stays; the next run goes on from there."


@app.command()
def run(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    force: Force = False,
    skip_stopped: SkipStopped = False,
    budget_usd: Budget = None,
    wait: Wait = False,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Archive transcripts, bring changed dates up to date, and publish a release.

    With a key and a budget Claude's labels are brought home, small plans asked at once, larger ones
    submitted as batches; `sessionmart quote` says beforehand what that costs.
    """
    from orchestration.run import RunOptions

    settings = opened(home, transcripts, mode, budget_usd)
    run_and_print(settings, RunOptions(force=force, skip_stopped=skip_stopped, wait=wait))


@app.command()
def demo(
    home: Home = None,
    sessions: Annotated[int, typer.Option(min=1, help="Synthetic sessions to write.")] = 320,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Write a synthetic corpus into a data home of its own and run the whole way on it, without a key."""
    from orchestration.run import RunOptions
    from orchestration.demo_home import demo_transcripts, require_demo_home, write_demo
    from orchestration.progress import reporter_for

    folder = home or CHECKOUT / "demo-data"
    require_demo_home(folder)
    settings = opened(folder, demo_transcripts(folder))
    write_demo(settings, sessions, today=datetime.now(UTC).date(), reporter=reporter_for(console_of()))
    run_and_print(settings, RunOptions())


@app.command()
def dev(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 3000,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> NoReturn:
    """Open the Dagster UI of a data home: lineage, runs, backfills, schedule, sensors."""
    from orchestration.dagster_instance import server_environment, write_instance_config
    from orchestration.publishing.warehouse import require_manifest

    settings = opened(home, transcripts, mode)
    require_manifest()
    write_instance_config(settings.dagster_home)
    program = str(Path(sys.executable).with_name("dagster"))
    arguments = [program, "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(CHECKOUT)
    os.execvpe(program, arguments, server_environment(settings))  # noqa: S606 - it becomes the server


@app.command()
def manifest(debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Parse the dbt project, so that the definitions load without doing it."""
    from orchestration.publishing.warehouse import parse_project

    parse_project()


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
