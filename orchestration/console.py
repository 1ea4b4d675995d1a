"""What every command shares: its options, settings with the command line first, the console, a run.

Heavy imports are inside the functions, so that `--help` answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from orchestration.failures import RunStoppedError
from orchestration.settings import Settings, load_settings

if TYPE_CHECKING:
    from orchestration.build import RunOptions

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
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks; they may quote transcripts.")]


def settings_of(
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


def run_and_print(settings: Settings, options: "RunOptions") -> None:
    from orchestration.build import run_home
    from orchestration.labelling.commands import print_labelling
    from orchestration.printing import print_outcome
    from orchestration.progress import reporter_for
    from orchestration.run_log import logging_to

    console = console_of()
    with logging_to(settings.log_path, title="sessionmart run"):
        outcome = run_home(settings, reporter_for(console), options)
    print_outcome(console, settings, outcome)
    print_labelling(settings, console, budget_run=outcome.budget_run)


def console_of() -> Console:
    return Console(soft_wrap=not sys.stdout.isatty())
