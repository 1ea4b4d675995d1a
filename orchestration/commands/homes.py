"""The commands that look at a data home, or change what it keeps, without running anything.

Belongs here: `dates`, `doctor`, `retention`, `settings`, `push`, `release list`: options, and what is
printed in a line or two. Not here: finding things out (doctor, home), tables (printing). Looking makes
no home.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from orchestration.command_lines import command_line
from orchestration.commands.console import (
    Debug,
    Home,
    Mode,
    Transcripts,
    console_of,
    is_there,
    opened,
    readable_settings,
    settings_of,
)
from orchestration.failures import WrongInputError
from orchestration.settings import Settings


def dates(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """List dates that a run would update, dates that a gate stopped, and sessions that were set aside."""
    from orchestration.date_states import dirty_days, held_days
    from orchestration.publishing.lake_notes import set_aside_lines

    settings, console = opened(home, make=False, as_kept=True), console_of()
    if not is_there(settings, console):
        return
    held = held_days(settings)
    dirty = dirty_days(settings) if settings.archive_dir.exists() else []
    for day in sorted({*dirty, *(each.day for each in held)}):
        own = [each for each in held if each.day == day]
        if not own:
            console.print(f"{day}  changed", highlight=False)
        for each in own:
            console.print(f"{day}  stopped by a gate: {each.what}", highlight=False)
            for message in sorted(set(each.messages)):
                console.print(f"    {message}", highlight=False, markup=False, soft_wrap=True)
    if held:
        again = command_line(settings, "run")
        console.print(
            f"Nothing is released while a gate stops a date. When you have resolved it: {again}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    for line in set_aside_lines(settings.lake_dir):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if not dirty:
        console.print("Every archived date is up to date.")


def doctor(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Check paths, permissions, disk, versions, key, retention, lock and settings, and say what to do."""
    from orchestration.commands.doctor import examine, is_broken
    from orchestration.commands.printing import print_findings, print_settings

    console = console_of()
    settings = readable_settings(console, home, transcripts, mode)
    findings = examine(settings)
    print_findings(console, findings)
    print_settings(console, settings)
    if is_broken(findings):
        raise typer.Exit(1)


def retention(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Show which days had probably lost transcripts before they were archived."""
    from orchestration.stages import open_archive

    settings = opened(home, make=False, as_kept=True)
    if not settings.archive_dir.exists():
        console_of().print(
            f"Nothing is archived yet in {settings.home}. Archive before the agent removes old transcripts: "
            f"{command_line(settings, 'run')}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        return
    with open_archive(settings) as archive:
        report = archive.retention_report(now=datetime.now(UTC))
    for line in report.render():
        console_of().print(line, highlight=False, markup=False, soft_wrap=True)


def show_settings(
    home: Home = None,
    transcripts: Transcripts = None,
    mode: Mode = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change a setting that the data home keeps: mode, transcripts, time_zone, start_date, "
            "min_users, min_sessions. May be repeated.",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each setting what it means, and what it may be.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """List every setting with its value and source, or change settings that a data home keeps."""
    from orchestration.commands.printing import print_explained_settings, print_settings

    console = console_of()
    if changes:
        change_settings(console, settings_of(home, transcripts, mode), changes)
    else:
        show = print_explained_settings if explain else print_settings
        show(console, readable_settings(console, home, transcripts, mode))


def push(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """Copy the lake and the current release to the object store that the setting `store` names.

    Runs do it by themselves; this is for a home that is older than the setting, or a store that failed.
    """
    from orchestration.progress import reporter_for
    from orchestration.store.mirror import push_lake
    from orchestration.store.releases import put_release

    settings, console = opened(home, make=False, as_kept=True), console_of()
    if settings.store is None:
        raise WrongInputError(
            "No object store is named: set `store` to s3://bucket/prefix (docs/scaling.md)."
        )
    if not is_there(settings, console):
        return
    with reporter_for(console).task("Copying the lake") as advance:
        pushed = push_lake(settings, settings.store, advance=advance)
    release_id = put_release(settings, settings.store)
    console.print(
        f"{settings.store}: {pushed.put:,} files put, {pushed.removed:,} removed, {pushed.unchanged:,} as "
        f"they were; current release: {release_id or 'none yet'}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def list_releases(home: Home = None, debug: Debug = False) -> None:  # noqa: ARG001 - read by `main`
    """List the complete releases, newest last, and mark the current one."""
    from orchestration.publishing.release import current_release, releases

    settings = opened(home, make=False, as_kept=True)
    if not is_there(settings, console_of()):
        return
    current = current_release(settings.home)
    for release_id in releases(settings.home):
        mark = "  current" if current is not None and current.name == release_id else ""
        console_of().print(f"{release_id}{mark}", highlight=False)


def change_settings(console: Console, given: Settings, typed: list[str]) -> None:
    """Change what the home keeps by `NAME=VALUE`; nothing is built until the next run."""
    from orchestration.home import change_home, remembered

    pairs = [each.partition("=") for each in typed]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise WrongInputError(
            f"--set takes NAME=VALUE, for example --set mode=team; {wrong[0]} has no value."
        )
    if not given.home.exists():
        raise WrongInputError(f"There is no data home at {given.home}; name the right one with --home.")
    lines = change_home(given, {name.strip(): value for name, _, value in pairs})
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"Next: {command_line(remembered(given), 'run')}   # publishes a release with the new settings",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
