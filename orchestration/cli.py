"""`sessionmart`: the commands a person types. Each reads its options, calls one function, prints.

Exit codes: 0 done, 1 stopped by a gate or a failure, 2 wrong usage or settings. Nothing of a transcript
is printed; a traceback only with `--debug`, because a library's message may quote what it was given.
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

from orchestration.console import (
    Budget,
    Debug,
    Force,
    Home,
    Mode,
    SkipStopped,
    Transcripts,
    Wait,
    console_of,
    run_and_print,
    settings_of,
)
from orchestration.failures import NoTranscriptsError, describe
from orchestration.forgetting.command import forget
from orchestration.label_commands import evaluate, quote, relabel
from orchestration.reviewing.commands import import_reviews, sample_for_review
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
    from orchestration.build import RunOptions

    settings = settings_of(home, transcripts, mode, budget_usd)
    run_and_print(settings, RunOptions(force=force, skip_stopped=skip_stopped, wait=wait))


@app.command()
def demo(
    home: Home = None,
    sessions: Annotated[int, typer.Option(min=1, help="Synthetic sessions to write.")] = 320,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Write a synthetic corpus into a data home of its own and run the whole way on it, without a key."""
    from orchestration.build import RunOptions
    from orchestration.demo_home import demo_transcripts, write_demo
    from orchestration.progress import reporter_for

    folder = home or CHECKOUT / "demo-data"
    settings = settings_of(folder, demo_transcripts(folder), None)
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

    settings = settings_of(home, transcripts, mode)
    require_manifest()
    write_instance_config(settings.dagster_home)
    program = str(Path(sys.executable).with_name("dagster"))
    arguments = [program, "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(CHECKOUT)
    os.execvpe(program, arguments, server_environment(settings))  # noqa: S606 - it becomes the server


@app.command()
def dates(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """List the dates that a run would bring up to date, those that a gate stopped, and sessions set aside."""
    from orchestration.landing.landed import read_stopped, stopped_dates
    from orchestration.publishing.lake_notes import set_aside_lines
    from orchestration.stages import dirty_days

    settings = settings_of(home, None, None)
    console = console_of()
    held = stopped_dates(settings.lake_dir)
    dirty = dirty_days(settings) if settings.archive_dir.exists() else []
    for day in dirty:
        stopped = read_stopped(settings.lake_dir, day) if day in held else None
        console.print(f"{day}  {'stopped by a gate' if stopped else 'changed'}", highlight=False)
        for message in sorted(set(stopped.messages)) if stopped else ():
            console.print(f"    {message}", highlight=False, markup=False, soft_wrap=True)
    for line in set_aside_lines(settings.lake_dir):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if not dirty:
        console.print("Every archived date is up to date.")


@app.command()
def doctor(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Check paths, rights, disk, versions, key, retention, lock and settings, and say what to do."""
    from orchestration.doctor import examine, is_broken
    from orchestration.printing import print_findings, print_settings

    settings = settings_of(home, transcripts, mode)
    findings = examine(settings)
    console = console_of()
    print_findings(console, findings)
    print_settings(console, settings)
    if is_broken(findings):
        raise typer.Exit(1)


@app.command()
def retention(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Say which days were probably half gone before they were archived."""
    from orchestration.stages import open_archive

    settings = settings_of(home, None, None)
    if not settings.archive_dir.exists():
        console_of().print("Nothing is archived yet: `make run`, before the agent removes old transcripts.")
        return
    with open_archive(settings) as archive:
        report = archive.retention_report(now=datetime.now(UTC))
    for line in report.render():
        console_of().print(line, highlight=False, markup=False, soft_wrap=True)


@app.command(name="settings")
def show_settings(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """List every setting, its value, and where the value is from."""
    from orchestration.printing import print_settings

    print_settings(console_of(), settings_of(home, transcripts, mode))


@app.command()
def manifest(debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Parse the dbt project, so that the definitions load without doing it."""
    from orchestration.publishing.warehouse import parse_project

    parse_project()


@releases_app.command("list")
def list_releases(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """List the complete releases, the newest last; the current one is marked."""
    from orchestration.publishing.release import current_release, releases

    settings = settings_of(home, None, None)
    current = current_release(settings.home)
    for release_id in releases(settings.home):
        mark = "  current" if current is not None and current.name == release_id else ""
        console_of().print(f"{release_id}{mark}", highlight=False)


def main() -> None:
    """Run a command; an error becomes one clear message and an exit code."""
    debug = "--debug" in sys.argv
    if not debug:
        warnings.simplefilter("ignore")  # Dagster's and dbt's deprecations are not the user's business
    try:
        app()
    except KeyboardInterrupt:
        _fail("Stopped. What was landed stays; the next run goes on from there.", 130)
    except Exception as error:
        if debug:
            raise
        _fail(describe(error), 2 if isinstance(error, SettingsError | NoTranscriptsError) else 1)


def _fail(message: str, code: int) -> NoReturn:
    Console(stderr=True).print(message, style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
