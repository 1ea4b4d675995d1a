"""What the commands print: the outcome of a run with its next commands, findings, settings.

Belongs here: laying values out for a terminal. Not here: finding them out (run, summary, doctor).
"""

import os
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from orchestration.clusters.land_clusters import INSTALL
from orchestration.clusters.partition import is_available
from orchestration.command_lines import command_line, default_home_line
from orchestration.commands.findings import Finding
from orchestration.commands.settings_page import default_of, kind_of, meaning_of
from orchestration.demo_home import is_demo
from orchestration.home import remembered
from orchestration.home_record import HOME_FILE, REMEMBERED
from orchestration.ingest.archive.archive import ArchiveReport
from orchestration.publishing.summary import Summary, render_summary, summarise
from orchestration.report import PAGE, REPORT
from orchestration.run import RunOutcome
from orchestration.setting_sources import source_of
from orchestration.settings import IS_CHECKOUT, Settings, config_path, groups

SHOWN_PATHS = 3
"""Paths that are passed over are shown up to here; a folder may hold thousands."""

FIRST_QUERY = ".run 4"
"""A question that every release answers, a team's too: nothing in the marts is hidden."""

MARKS = {"well": "[green]well[/]", "note": "[yellow]note[/]", "broken": "[red]broken[/]"}


def print_outcome(console: Console, settings: Settings, outcome: RunOutcome) -> None:
    """The summary of the current release, and what one would type next."""
    for line in passed_over(outcome.archived):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    summary = summarise(settings)
    if outcome.ending == "nothing_changed":
        console.print("Nothing has changed since the last release; --force lands every date again.")
    if summary is None:
        return
    if not is_available():
        told = f"No clusters of tool calls: scikit-learn is missing. Install it: {INSTALL}"
        console.print(told, highlight=False, markup=False, soft_wrap=True)
    page = settings.published_dir / "current" / REPORT / PAGE
    console.print(f"Report: {page.as_uri()}", highlight=False, markup=False, soft_wrap=True)
    for table in render_summary(summary):
        console.print(table)
    console.print(f"Released: {settings.published_dir / 'current'}", highlight=False, soft_wrap=True)
    console.print("\nWhat next:", highlight=False)
    for line in next_commands(settings, summary):
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def passed_over(archived: ArchiveReport) -> Iterator[str]:
    """What lay in the folders and was not taken in, with the first paths; the log has them all."""
    for path, reason in archived.unreadable[:SHOWN_PATHS]:
        yield f"Not read: {path}: {reason}"
    if len(archived.unreadable) > SHOWN_PATHS:
        yield f"Not read: {len(archived.unreadable) - SHOWN_PATHS:,} more; the log lists them."
    if archived.deleted_person_file_count:
        yield f"Passed over: {_files(archived.deleted_person_file_count)} of people who were deleted."
    if archived.unknown:
        yield (
            f"Passed over: {_files(len(archived.unknown))} named like a transcript, but of no known "
            "agent; the log lists them."
        )
        for path, reason in archived.unknown[:SHOWN_PATHS]:
            yield f"  {path}: {reason}"
    if archived.other_file_count:
        yield f"Passed over: {_files(archived.other_file_count)} of other kinds."


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def next_commands(settings: Settings, summary: Summary) -> list[str]:
    """What a user would want next: the page, the run, a question to the release, the way on."""
    ask = command_line(settings, "sql", command=FIRST_QUERY)
    query = "QUERY" if IS_CHECKOUT else "--command"
    return [
        f"{command_line(settings, 'report')}   # the page of this release, in a browser",
        f"{command_line(settings, 'dev')}   # lineage, runs and backfills in the Dagster UI",
        f"{ask}   # tokens and dollars by model; without {query}, it opens an SQL prompt",
        _third_command(settings, summary),
    ]


def _third_command(settings: Settings, summary: Summary) -> str:
    if summary.is_all_suppressed and summary.mode == "team":
        change = command_line(settings, "settings", set=["mode=personal"])
        return f"{change} && {command_line(settings, 'run')}   # one person's own data: nothing is suppressed"
    if is_demo(settings.home):
        return f"{default_home_line()}   # your own transcripts, in a data home of their own"
    return f"{command_line(settings, 'quote')}   # what labels by Claude would cost; free"


def print_findings(console: Console, findings: list[Finding]) -> None:
    """The doctor's findings; below each that is not well, what to do."""
    for finding in findings:
        console.print(f"{MARKS[finding.health]:<14} {finding.subject}: ", end="", highlight=False)
        console.print(finding.detail, highlight=False, markup=False, soft_wrap=True)
        if finding.remedy:
            console.print(f"       → {finding.remedy}", highlight=False, markup=False, soft_wrap=True)


def print_settings(console: Console, given: Settings) -> None:
    """Every setting with its value and where it is from; what a home keeps is from the home."""
    settings = remembered(given)
    table = Table(title="Settings", title_justify="left")
    for heading in ("setting", "value", "from"):
        table.add_column(heading)
    for name in type(settings).model_fields:
        table.add_row(name, _shown(getattr(settings, name)), _from(given, settings, name))
    console.print(table)
    _say_settings_file(console)


def print_explained_settings(console: Console, given: Settings) -> None:
    """Every setting by what it is about: its value, where that is from, what it may be, what it means."""
    settings = remembered(given)
    for group, names in groups().items():
        console.print(f"\n[bold]{group}[/]")
        for name in names:
            line = f"  {name} = {_shown(getattr(settings, name))}   # {_from(given, settings, name)}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)
            for text in (meaning_of(name), f"It is {kind_of(name)}; by default {default_of(name)}."):
                console.print(f"      {text}", style="dim", highlight=False, markup=False, soft_wrap=True)
    console.print()
    _say_settings_file(console)


def _from(given: Settings, settings: Settings, name: str) -> str:
    kept = settings.home / HOME_FILE
    return str(kept) if name in REMEMBERED and kept.exists() else source_of(given, name)


def _say_settings_file(console: Console) -> None:
    console.print(f"The settings file is {config_path()}.", highlight=False, soft_wrap=True)


def print_what_settings_are_for(console: Console) -> None:
    """Every setting with its meaning, for someone whose own cannot be read."""
    table = Table(title="Settings", title_justify="left")
    for heading in ("setting", "what it is for"):
        table.add_column(heading)
    for name in Settings.model_fields:
        table.add_row(name, meaning_of(name))
    console.print(table)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return f"{len(value)} names"  # whom the operator maps is nobody else's business
    if isinstance(value, tuple):
        return os.pathsep.join(str(part) for part in value)
    return str(value)
