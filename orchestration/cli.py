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
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from orchestration.failures import NoTranscriptsError, RunStoppedError, describe
from orchestration.settings import CHECKOUT, Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from orchestration.build import RunOptions

app = typer.Typer(
    name="sessionmart",
    help="Turns your own coding-agent transcripts into governed metrics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
releases_app = typer.Typer(help="The published releases.", no_args_is_help=True)
app.add_typer(releases_app, name="release")

Home = Annotated[
    Path | None, typer.Option("--home", help="Data home; else the setting `home`.", show_default=False)
]
Transcripts = Annotated[
    str | None,
    typer.Option("--transcripts", help="Folders or globs, several separated by ':'.", show_default=False),
]
Mode = Annotated[
    str | None, typer.Option("--mode", help="team or personal; else the setting `mode`.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Land every date again, also unchanged ones.")]
SkipStopped = Annotated[
    bool,
    typer.Option(
        "--skip-stopped", help="Leave dates that a gate refused at their last good state, and release."
    ),
]
Budget = Annotated[
    float | None,
    typer.Option("--budget-usd", min=0, help="Dollars this run may spend on labels.", show_default=False),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for submitted batches, with a progress bar.")]
Relabel = Annotated[
    str, typer.Option("--relabel", help="Count held labels as to ask: none, stale or all. Paid again.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks; they may quote transcripts.")]


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

    settings = _settings(home, transcripts, mode, budget_usd)
    _run(settings, RunOptions(force=force, skip_stopped=skip_stopped, wait=wait))


@app.command()
def quote(
    home: Home = None,
    relabel: Relabel = "none",
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Say what Claude's labels would cost, by classifier and way of sending. Free; needs no key."""
    from orchestration.labelling.commands import quote as print_quote

    print_quote(_settings(home, None, None), _console(), relabel=relabel)


@app.command()
def relabel(
    which: Annotated[str, typer.Option("--which", help="stale: given on another input; or all.")] = "stale",
    home: Home = None,
    budget_usd: Budget = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Ask again for labels that are held, within a budget; `quote --relabel` says what it costs."""
    from orchestration.build import RunOptions

    _run(_settings(home, None, None, budget_usd), RunOptions(relabel=which))


@app.command()
def evaluate(
    classifier: Annotated[list[str] | None, typer.Option(help="Only these; may be repeated.")] = None,
    split: Annotated[str, typer.Option(help="dev, test or both.")] = "both",
    home: Home = None,
    budget_usd: Budget = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Judge the labellers by the catalog's cases: the rules, and Claude where a key and a budget are set."""
    from orchestration.labelling.evaluation import evaluate_labellers

    settings = _settings(home, None, None, budget_usd)
    evaluate_labellers(settings, _console(), names=classifier or (), split=split)


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
    settings = _settings(folder, demo_transcripts(folder), None)
    write_demo(settings, sessions, today=datetime.now(UTC).date(), reporter=reporter_for(_console()))
    _run(settings, RunOptions())


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
    from orchestration.warehouse import require_manifest

    settings = _settings(home, transcripts, mode)
    require_manifest()
    write_instance_config(settings.dagster_home)
    program = str(Path(sys.executable).with_name("dagster"))
    arguments = [program, "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(CHECKOUT)
    os.execvpe(program, arguments, server_environment(settings))  # noqa: S606 - it becomes the server


@app.command()
def dates(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """List the dates that a run would bring up to date, and those that a gate holds back."""
    from orchestration.landed import read_stopped, stopped_dates
    from orchestration.stages import dirty_days

    settings = _settings(home, None, None)
    console = _console()
    held = stopped_dates(settings.lake_dir)
    dirty = dirty_days(settings) if settings.archive_dir.exists() else []
    for day in dirty:
        stopped = read_stopped(settings.lake_dir, day) if day in held else None
        console.print(f"{day}  {'stopped by a gate' if stopped else 'changed'}", highlight=False)
        for message in sorted(set(stopped.messages)) if stopped else ():
            console.print(f"    {message}", highlight=False, markup=False, soft_wrap=True)
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

    settings = _settings(home, transcripts, mode)
    findings = examine(settings)
    console = _console()
    print_findings(console, findings)
    print_settings(console, settings)
    if is_broken(findings):
        raise typer.Exit(1)


@app.command()
def retention(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Say which days were probably half gone before they were archived."""
    from orchestration.stages import open_archive

    settings = _settings(home, None, None)
    if not settings.archive_dir.exists():
        _console().print("Nothing is archived yet: `make run`, before the agent removes old transcripts.")
        return
    with open_archive(settings) as archive:
        report = archive.retention_report(now=datetime.now(UTC))
    for line in report.render():
        _console().print(line, highlight=False, markup=False, soft_wrap=True)


@app.command(name="settings")
def show_settings(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """List every setting, its value, and where the value is from."""
    from orchestration.printing import print_settings

    print_settings(_console(), _settings(home, transcripts, mode))


@app.command()
def manifest(debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Parse the dbt project, so that the definitions load without doing it."""
    from orchestration.warehouse import parse_project

    parse_project()


@releases_app.command("list")
def list_releases(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """List the complete releases, the newest last; the current one is marked."""
    from orchestration.release import current_release, releases

    settings = _settings(home, None, None)
    current = current_release(settings.home)
    for release_id in releases(settings.home):
        mark = "  current" if current is not None and current.name == release_id else ""
        _console().print(f"{release_id}{mark}", highlight=False)


def _settings(
    home: Path | None, transcripts: str | None, mode: str | None, budget_usd: float | None = None
) -> Settings:
    """Settings of file and environment, with what was given on the command line first.

    A demo's home reads the demo's transcripts and no others, whatever the settings say.
    """
    from orchestration.demo_home import demo_transcripts, is_demo

    given = {"home": home, "transcripts": transcripts, "mode": mode, "budget_usd": budget_usd}
    wanted = {name: value for name, value in given.items() if value is not None}
    settings = load_settings(**wanted)
    if not is_demo(settings.home):
        return settings
    own = demo_transcripts(settings.home)
    if transcripts is not None and transcripts != own:
        raise RunStoppedError(
            f"{settings.home} is the demo's data home and takes no other transcripts. Choose another one "
            "with --home (make: HOME_DIR=), or leave --transcripts out."
        )
    return load_settings(**{**wanted, "transcripts": own})


def _run(settings: Settings, options: "RunOptions") -> None:
    from orchestration.build import run_home
    from orchestration.labelling.commands import print_labelling
    from orchestration.printing import print_outcome
    from orchestration.progress import reporter_for
    from orchestration.run_log import logging_to

    console = _console()
    with logging_to(settings.log_path, title="sessionmart run"):
        outcome = run_home(settings, reporter_for(console), options)
    print_outcome(console, settings, outcome)
    print_labelling(settings, console, budget_run=outcome.budget_run)


def _console() -> Console:
    return Console(soft_wrap=not sys.stdout.isatty())


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
