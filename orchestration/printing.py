"""What the commands print: the outcome of a run with its next commands, findings, settings.

Belongs here: laying values out for a terminal. Not here: finding them out (build, summary, doctor).
"""

import os
import tomllib
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.build import RunOutcome
from orchestration.doctor import Finding
from orchestration.publishing.summary import Summary, render_summary, summarise
from orchestration.settings import CHECKOUT, Settings, config_path, environment_names

MARKS = {"well": "[green]well[/]", "note": "[yellow]note[/]", "broken": "[red]broken[/]"}


def print_outcome(console: Console, settings: Settings, outcome: RunOutcome) -> None:
    """The summary of the current release, and what one would type next."""
    for path, reason in outcome.archived.unreadable:
        console.print(f"Not read: {path}: {reason}", highlight=False, markup=False, soft_wrap=True)
    if outcome.archived.deleted_person_file_count:
        passed = outcome.archived.deleted_person_file_count
        console.print(f"Passed over: {passed:,} files of people who were deleted.", highlight=False)
    summary = summarise(settings)
    if outcome.ending == "nothing_changed":
        console.print("Nothing has changed since the last release; --force lands everything again.")
    if summary is None:
        return
    for table in render_summary(summary):
        console.print(table)
    console.print(f"Released: {settings.published_dir / 'current'}", highlight=False, soft_wrap=True)
    console.print("\nWhat next:", highlight=False)
    for line in next_commands(settings, summary):
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def next_commands(settings: Settings, summary: Summary) -> list[str]:
    """The three commands a user would want: see the run, ask the release, go on with one's own files."""
    is_default = settings.home == CHECKOUT / "data"
    home = "" if is_default else f" HOME_DIR={_relative(settings.home)}"
    mode = " MODE=personal" if summary.mode == "personal" else ""
    database = _relative(settings.published_dir / "current" / "metrics.duckdb")
    query = "select metric_name, estimate from metrics.rpt_activity where period_kind = 'month'"
    ask = f"import duckdb; print(duckdb.connect('{database}', read_only=True).sql(\\\"{query}\\\"))"
    commands = [
        f"make dev{home}{mode}   # lineage, runs and backfills in the Dagster UI",
        f'.venv/bin/python -c "{ask}"',
    ]
    if summary.is_all_suppressed and summary.mode == "team":
        commands.append(
            "make run MODE=personal   # few people: cells below min_users are suppressed in team mode"
        )
    else:
        commands.append("make run TRANSCRIPTS=~/.claude/projects   # your own transcripts")
    return commands


def print_findings(console: Console, findings: list[Finding]) -> None:
    """The doctor's findings; below each that is not well, what to do."""
    for finding in findings:
        console.print(f"{MARKS[finding.health]:<14} {finding.subject}: ", end="", highlight=False)
        console.print(finding.detail, highlight=False, markup=False, soft_wrap=True)
        if finding.remedy:
            console.print(f"       → {finding.remedy}", highlight=False, markup=False, soft_wrap=True)


def print_settings(console: Console, settings: Settings) -> None:
    """Every setting with its value and where it is from."""
    table = Table(title="Settings", title_justify="left")
    for heading in ("setting", "value", "from"):
        table.add_column(heading)
    for name in type(settings).model_fields:
        table.add_row(name, _shown(getattr(settings, name)), source_of(settings, name))
    console.print(table)
    console.print(f"The settings file is {config_path()}.", highlight=False, soft_wrap=True)


def source_of(settings: Settings, name: str) -> str:
    """Where a setting's value comes from: command line, environment, file or default."""
    if name not in settings.model_fields_set:
        return "default"
    if name in environment_names() and _is_given_by_environment(settings, name):
        return f"SESSIONMART_{name.upper()}"
    if config_path().exists() and name in tomllib.loads(config_path().read_text(encoding="utf-8")):
        return str(config_path())
    return "command line"


def _is_given_by_environment(settings: Settings, name: str) -> bool:
    """Whether the value is what the environment alone would give, and not the command line's."""
    from orchestration.settings import load_settings

    return bool(getattr(load_settings(), name) == getattr(settings, name))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return f"{len(value)} names"  # whom the operator maps is nobody else's business
    if isinstance(value, tuple):
        return os.pathsep.join(str(part) for part in value)
    return str(value)


def _relative(path: Path) -> Path:
    return path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else path
