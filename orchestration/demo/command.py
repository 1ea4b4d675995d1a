"""The command `demo`: a synthetic corpus in a data home of its own, and the whole way on it.

Belongs here: writing the demo's home and running it as a person would. This module is the only one of the
room that knows the product; the command line finds it by name, so that no product code imports the demo.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import rmtree
from typing import Annotated

import typer

from orchestration.commands.console import Debug, Home, console_of, opened, run_and_print
from orchestration.demo_home import (
    TRUTH_FILE,
    default_demo_home,
    demo_places,
    demo_transcripts,
    require_demo_home,
)
from orchestration.progress import Reporter, reporter_for
from orchestration.settings import Settings

PEOPLE = 40
"""Enough that what must be hidden for privacy does not hide the overall figures as well."""

MONTHS = 5
"""Enough months for a line over time; people work on weekdays alone, as most teams do."""

CODEX_SHARE = 0.5
"""Of the sessions that rollouts can tell: enough people and sessions that both agents show in the metrics."""

API_CONVERSATIONS = 0.75
"""With agents on the API, to each session: at 640 sessions enough calls that most domains have means."""


def demo(
    home: Home = None,
    sessions: Annotated[int, typer.Option(min=1, help="Number of synthetic sessions to write.")] = 640,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Write a synthetic corpus into its own data home and run every step on it, without a key.

    With transcripts come repositories, pull requests, a survey, incidents and wages.
    """
    from orchestration.run import RunOptions

    folder = home or default_demo_home()
    require_demo_home(folder)
    settings = opened(folder, demo_transcripts(folder))
    write_demo(settings, sessions, today=datetime.now(UTC).date(), reporter=reporter_for(console_of()))
    run_and_print(settings, RunOptions())


def write_demo(settings: Settings, sessions: int, *, today: date, reporter: Reporter) -> Path:
    """Write the corpus once; later calls leave it as it is. Returns the file of planted facts.

    Raises HomeError where the home holds an archive that is not the demo's.
    """
    from orchestration.demo.corpus import write_demo_corpus
    from orchestration.demo.organisation import write_organisation
    from orchestration.demo.plan import DemoPlan

    truth = settings.home / TRUTH_FILE
    if truth.exists():
        return truth
    require_demo_home(settings.home)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    plan = DemoPlan(
        end_date=today,
        users=PEOPLE,
        months=MONTHS,
        has_weekends=False,
        sessions=sessions,
        codex_share=CODEX_SHARE,
        api_conversations=int(sessions * API_CONVERSATIONS),
    )
    transcripts, places = Path(demo_transcripts(settings.home)), demo_places(settings.home)
    with reporter.task("Writing a synthetic corpus") as advance:
        planted = write_demo_corpus(transcripts, plan, progress=lambda written: advance(written, sessions))
    with reporter.task("Writing repositories and tables of its organisation"):
        rmtree(places["repositories"], ignore_errors=True)  # what a run wrote that was killed here
        planted = write_organisation(places, transcripts, plan, planted)
    partial = truth.with_suffix(".partial")
    partial.write_bytes(planted.to_json())
    json.loads(partial.read_bytes())
    partial.replace(truth)
    return truth
