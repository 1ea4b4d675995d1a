"""The commands that ask a release: `sql`, `show` and `release diff`.

Belongs here: options, and where the answer goes. Not here: what is asked and answered (desk). Heavy imports
are inside the commands, so that `--help` answers at once.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from orchestration.command_lines import command_line
from orchestration.commands.console import Debug, Home, opened
from orchestration.failures import WrongInputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from orchestration.desk.shell import Desk
    from orchestration.settings import Settings

Choice = TypeVar("Choice", bound=str)

File = Annotated[
    Path | None,
    typer.Option(
        "--file",
        help="A release's marts.duckdb or metrics.duckdb; by default the home's current release.",
        show_default=False,
    ),
]


def sql(
    home: Home = None,
    file: File = None,
    commands: Annotated[
        list[str] | None,
        typer.Option(
            "--command", "-c", help="SQL or a command such as .tables, instead of a prompt. May be repeated."
        ),
    ] = None,
    to: Annotated[str, typer.Option("--format", help="table, csv or json (one object per row).")] = "table",
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Query the current release in SQL, read only: at a prompt, with -c, or from standard input.

    .tables, .describe TABLE, .questions and .run N show what there is to query; .help lists all commands.
    """
    from orchestration.desk.prompt import converse, is_terminal
    from orchestration.desk.release_file import opened_release
    from orchestration.desk.result_table import FORMATS
    from orchestration.desk.shell import Desk, statements

    form = _one_of("--format", to, FORMATS)
    path = _release_file(home, file)
    with opened_release(path) as connection:
        if commands:
            pieces = (piece for one in commands for piece in statements(one.splitlines()))
            _answer_all(Desk(connection, form), pieces)
        elif is_terminal():
            typer.echo(
                f"{path}, read only. .tables and .questions show what there is; .help lists all commands."
            )
            desk = Desk(connection, form, get_terminal_size().columns)
            converse(desk, typer.echo, lambda text: typer.echo(text, err=True))
        else:
            _answer_all(Desk(connection, form), statements(line.rstrip("\n") for line in sys.stdin))


def show(  # noqa: PLR0913, PLR0917 - the options of a command
    what: Annotated[
        str,
        typer.Argument(
            help="A metric, as docs/metrics.md lists them, or a session's id or its first characters.",
            show_default=False,
        ),
    ],
    home: Home = None,
    file: File = None,
    period: Annotated[
        str, typer.Option(help="Length of the period: overall, quarter, month, week or day.")
    ] = "overall",
    segment: Annotated[
        str | None,
        typer.Option(help="Show one segment only, for example work_mode; all: the figure that is not split."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A metric as one JSON object.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File for a session's page; else one in the temporary folder."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address of a session's page and open nothing.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Show what a metric means, with its figures; or a session's redacted transcript, labels and evidence.

    A session's page is written outside the data home, for you alone to read: delete it when you are done.
    """
    from orchestration.desk.figures import PERIODS, render_figures, shown_metric
    from orchestration.desk.release_file import opened_release
    from orchestration.desk.session_page import is_session

    chosen = _one_of("--period", period, PERIODS)
    with opened_release(_release_file(home, file)) as connection:
        if is_session(connection, what):
            _show_session(
                opened(home, make=False, as_kept=True), connection, what, out, is_opened=not no_browser
            )
            return
        found = shown_metric(connection, what, period=chosen, segment=segment)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
        return
    for line in render_figures(found):
        typer.echo(line)


def _show_session(
    settings: "Settings",
    connection: "DuckDBPyConnection",
    name: str,
    out: Path | None,
    *,
    is_opened: bool,
) -> None:
    """Write the page of a session, print its address, and open it."""
    import tempfile
    import webbrowser

    from orchestration.desk.session_page import session_page
    from orchestration.reviewing.review_folder import write_private

    session_id, page = session_page(settings, connection, name)
    path = out or Path(tempfile.mkdtemp(prefix="sessionmart-")) / f"{session_id}.html"
    write_private(path, page)
    typer.echo(path.absolute().as_uri())
    if is_opened:
        webbrowser.open(path.absolute().as_uri())


def _one_of(option: str, given: str, allowed: Sequence[Choice]) -> Choice:
    """The value that was given, if it is allowed; raises WrongInputError."""
    for one in allowed:
        if one == given:
            return one
    raise WrongInputError(f"{option} must be one of {', '.join(allowed)}, not {given}.")


def _release_file(home: Path | None, file: Path | None) -> Path:
    """The file that is asked: the one that is named, else the home's current release."""
    from orchestration.demo_home import default_demo_home
    from orchestration.desk.release_file import current_file

    if file is not None:
        return file
    settings = opened(home, make=False, as_kept=True)
    return current_file(settings.home, command=command_line(settings, "run"), demo=default_demo_home())


def _answer_all(desk: "Desk", pieces: Iterable[str]) -> None:
    """Print the answers one after the other; the first mistake ends the command."""
    from orchestration.desk.shell import LeaveDesk

    with suppress(LeaveDesk):
        for piece in pieces:
            for line in desk.answers(piece):
                typer.echo(line)


def diff_releases(
    before: Annotated[
        str | None,
        typer.Argument(
            help="Id of the earlier release; by default the one before AFTER.", show_default=False
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Argument(help="Id of the later release; by default the current one.", show_default=False),
    ] = None,
    home: Home = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Show how two releases differ: how they were made, and their tables, rows and figures."""
    from orchestration.desk.release_diff import compare_releases, render_diff

    settings = opened(home, make=False, as_kept=True)
    for line in render_diff(compare_releases(*_two_releases(settings.home, before, after))):
        typer.echo(line)


def _two_releases(home: Path, before: str | None, after: str | None) -> tuple[Path, Path]:
    """The folders of two releases of a home. Raises WrongInputError where there are not both."""
    from orchestration.publishing.release import current_release, releases

    kept = releases(home)
    current = current_release(home)
    if current is None:
        raise WrongInputError(f"There is no release in {home}.")
    later = after or current.name
    unknown = [name for name in (before, later) if name is not None and name not in kept]
    if unknown:
        raise WrongInputError(f"There is no release {unknown[0]}. This home keeps: {', '.join(kept)}.")
    earlier = before or max((name for name in kept if name < later), default=None)
    if earlier is None:
        raise WrongInputError(f"This home has no release before {later}, so there is nothing to compare.")
    folder = home / "published" / "releases"
    return folder / earlier, folder / later
