"""The commands that run something: `run`, `dev`, `manifest`.

Belongs here: options, and which function does it. Not here: the main job's order (run), dbt's project
(publishing). Heavy imports are inside the commands, so that `--help` answers at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from orchestration.commands.console import (
    Budget,
    Debug,
    Force,
    Home,
    Mode,
    SkipStopped,
    Transcripts,
    Wait,
    opened,
    run_and_print,
)
from orchestration.settings import CHECKOUT


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


def manifest(debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Parse the dbt project, so that the definitions load without doing it."""
    from orchestration.publishing.warehouse import parse_project

    parse_project()
