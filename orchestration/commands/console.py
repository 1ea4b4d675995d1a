"""What every command shares: its options, the home with the command line's settings first, a run.

Heavy imports are inside the functions, so that `--help` answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from orchestration.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from orchestration.run import RunOptions

Home = Annotated[
    Path | None, typer.Option("--home", help="Data home; by default the setting `home`.", show_default=False)
]
Transcripts = Annotated[
    str | None,
    typer.Option(
        "--transcripts", help="Folders or globs that hold transcripts, separated by ':'.", show_default=False
    ),
]
Mode = Annotated[
    str | None,
    typer.Option("--mode", help="team or personal; by default the setting `mode`.", show_default=False),
]
Force = Annotated[bool, typer.Option("--force", help="Land every date again, including unchanged ones.")]
SkipStopped = Annotated[
    bool,
    typer.Option(
        "--skip-stopped", help="Release although gates refused dates; these keep their last good state."
    ),
]
Budget = Annotated[
    float | None,
    typer.Option("--budget-usd", min=0, help="Dollars this run may spend on labels.", show_default=False),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for submitted batches, with a progress bar.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks; they may quote transcripts.")]


def settings_of(
    home: Path | None, transcripts: str | None, mode: str | None, budget_usd: float | None = None
) -> Settings:
    """Settings of file and environment, with what was given on the command line first; opens nothing."""
    given = {"home": home, "transcripts": transcripts, "mode": mode, "budget_usd": budget_usd}
    return load_settings(**{name: value for name, value in given.items() if value is not None})


def opened(
    home: Path | None,
    transcripts: str | None = None,
    mode: str | None = None,
    budget_usd: float | None = None,
    *,
    make: bool = True,
    as_kept: bool = False,
) -> Settings:
    """The data home that a command is about, opened; a person at a terminal is asked where it changes.

    Without `make`, a home that is not there is left so: looking at nothing makes nothing. `as_kept`: what the
    home keeps holds, for commands that neither take transcripts in nor publish.
    """
    from orchestration.home import open_home

    is_asked = sys.stdin.isatty() and sys.stderr.isatty()
    confirm = (lambda question: typer.confirm(question, err=True)) if is_asked else None
    return open_home(
        settings_of(home, transcripts, mode, budget_usd), make=make, as_kept=as_kept, confirm=confirm
    )


def readable_settings(
    console: Console, home: Path | None, transcripts: str | None, mode: str | None
) -> Settings:
    """Settings for commands that only look; where they cannot be read, every setting is listed instead."""
    from orchestration.commands.printing import print_what_settings_are_for

    try:
        return settings_of(home, transcripts, mode)
    except SettingsError as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        print_what_settings_are_for(console)
        raise typer.Exit(2) from None


def is_there(settings: Settings, console: Console) -> bool:
    """Whether the home exists; where not, that is what is printed."""
    if settings.home.exists():
        return True
    console.print(
        f"There is no data home at {settings.home}. If it should be there, name the right one with --home.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    return False


def run_and_print(settings: Settings, options: "RunOptions") -> None:
    from orchestration.commands.label_costs import print_labelling
    from orchestration.commands.printing import print_outcome
    from orchestration.progress import reporter_for
    from orchestration.run import run_home
    from orchestration.run_log import logging_to

    console = console_of()
    with logging_to(settings.log_path, title="sessionmart run"):
        outcome = run_home(settings, reporter_for(console), options)
    print_outcome(console, settings, outcome)
    print_labelling(settings, console, budget_run=outcome.budget_run)


def console_of() -> Console:
    return Console(soft_wrap=not sys.stdout.isatty())
