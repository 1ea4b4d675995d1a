"""The commands that run or open something: `run`, `report`, `dev`, `serve`, `manifest`.

Belongs here: options, and which function does it. Not here: the main job's order (run), dbt's project
(publishing). Heavy imports are inside the commands, so that `--help` answers at once.
"""

import os
import sys
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from orchestration.command_lines import command_line
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
from orchestration.dagster_instance import DEFINITIONS
from orchestration.failures import WrongInputError
from orchestration.report import PAGE, REPORT
from orchestration.settings import CHECKOUT, Settings


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

    With a key and a budget, the run also collects Claude's labels and asks for missing ones: small plans
    at once, larger ones as batches. `sessionmart quote` shows beforehand what this costs.
    """
    from orchestration.run import RunOptions

    settings = opened(home, transcripts, mode, budget_usd)
    run_and_print(settings, RunOptions(force=force, skip_stopped=skip_stopped, wait=wait))


def report(
    home: Home = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address without opening a browser.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Open the page of the current release in a browser; the page needs no server and contacts no host."""
    import webbrowser

    from orchestration.publishing.release import current_release

    settings, console = opened(home, make=False, as_kept=True), console_of()
    folder = current_release(settings.home)
    if folder is None or not (folder / REPORT / PAGE).exists():
        raise WrongInputError(
            f"There is no report in {settings.home} yet. `{command_line(settings, 'run')}` makes one."
        )
    address = (settings.published_dir / "current" / REPORT / PAGE).as_uri()
    console.print(address, highlight=False, markup=False, soft_wrap=True)
    if not no_browser:
        webbrowser.open(address)


def dev(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    port: Annotated[int, typer.Option(help="Port on this machine for the UI.")] = 3000,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> NoReturn:
    """Open the Dagster UI of a data home: lineage, runs, backfills, schedule, sensors."""
    settings = opened(home, transcripts, mode)
    typer.echo(
        f"The Dagster UI of {settings.home} is at http://127.0.0.1:{port} in some seconds; Ctrl-C ends it. "
        "Warnings of its processes follow.",
        err=True,
    )
    _become(settings, "dagster", "dev", *_DEFINITIONS, "-h", "127.0.0.1", "-p", str(port), *_QUIET)


class Server(StrEnum):
    """The two processes that keep a data home running."""

    WEBSERVER = "webserver"
    DAEMON = "daemon"


def serve(
    server: Annotated[Server, typer.Argument(help="webserver: the UI. daemon: schedule, sensors, runs.")],
    home: Home = None,
    host: Annotated[str, typer.Option(help="Address that the webserver listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port that the webserver listens on.")] = 3000,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="The webserver shows everything and starts nothing.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> NoReturn:
    """Serve a data home for an organisation: the webserver or the daemon, each as a process of its own.

    The webserver asks nobody who they are: before others can reach it, put a proxy in between that does ask.
    """
    settings = opened(home)
    if server is Server.DAEMON:
        _become(settings, "dagster._daemon", "run", *_DEFINITIONS)
    shown = ["--read-only"] if read_only else []
    _become(settings, "dagster_webserver", *_DEFINITIONS, "-h", host, "-p", str(port), *shown)


_DEFINITIONS = ("-m", DEFINITIONS)

_QUIET = ("--log-level", "warning")
"""Otherwise each tick of each daemon is a line of the terminal."""


def _become(settings: Settings, module: str, *arguments: str) -> NoReturn:
    """Replace this process by one of Dagster's, on a data home."""
    from orchestration.dagster_instance import server_environment, write_instance_config
    from orchestration.publishing.parsed_project import require_manifest

    require_manifest()
    write_instance_config(settings.dagster_home, settings.dagster_file)
    os.chdir(CHECKOUT)  # Dagster puts the current folder on the path, before all others
    program = sys.executable
    os.execvpe(program, [program, "-m", module, *arguments], server_environment(settings))  # noqa: S606


def manifest(debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Parse the dbt project, so that the Dagster definitions can load without parsing it."""
    from orchestration.publishing.warehouse import parse_project

    parse_project()
