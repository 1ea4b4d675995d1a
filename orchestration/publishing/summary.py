"""What a person reads when a run has ended: what came in, what was set aside, the first figures.

Belongs here: reading the current release and the lake's records, and laying the figures out. Not here:
the figures themselves (headlines), computing one (estimates) or deciding what may be shown (privacy).
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from orchestration.date_states import HeldDate, held_days
from orchestration.landing.drift_kinds import DriftKind, drift_kinds
from orchestration.landing.lake import gate_results_lake_table
from orchestration.landing.landed import landed_dates, read_landed
from orchestration.privacy.rules import PublishingRules
from orchestration.publishing.headlines import Headline, hidden_cells, read_headlines
from orchestration.publishing.lake_notes import UpgradeNote, repository_counts, set_aside_counts, upgrade_note
from orchestration.publishing.release import current_release, releases
from orchestration.settings import Settings

MAX_REASONS = 5
"""How many of the reasons for which sessions are set aside are listed; all are counted."""


@dataclass(frozen=True)
class Summary:
    """The figures of the current release and of the lake behind it."""

    release: Path
    mode: str
    counts: Sequence[tuple[str, int | None]]
    quarantined_count: int
    redaction_count: int
    unknown_kinds: Sequence[DriftKind]
    rules_passed: int
    rules_warned: int
    headlines: Sequence[Headline]
    set_aside: Sequence[tuple[str, int]] = ()
    upgrade: UpgradeNote | None = None
    held: Sequence[HeldDate] = ()
    hidden: str = ""
    repositories: Sequence[tuple[str, int]] = ()

    @property
    def is_all_suppressed(self) -> bool:
        """Whether not one headline may be shown."""
        return all(headline.estimate is None for headline in self.headlines)


def summarise(settings: Settings) -> Summary | None:
    """The summary of the current release; None where there is none."""
    folder = current_release(settings.home)
    if folder is None:
        return None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    passed, warned = _rule_counts(settings, manifest["made_by"]["run_id"])
    states = [read_landed(settings.lake_dir, day) for day in landed_dates(settings.lake_dir)]
    landed = [state for state in states if state is not None]
    return Summary(
        release=folder,
        mode=manifest["settings"]["mode"],
        counts=_counts(folder),
        quarantined_count=sum(
            state.row_counts["raw_quarantined_lines"]
            for state in landed
            if "raw_quarantined_lines" in state.row_counts
        ),
        redaction_count=sum(sum(state.redaction_counts.values()) for state in landed),
        unknown_kinds=drift_kinds(settings),
        rules_passed=passed,
        rules_warned=warned,
        headlines=read_headlines(folder),
        set_aside=set_aside_counts(settings.lake_dir),
        upgrade=upgrade_note(settings.lake_dir, _parser_versions(settings)),
        held=held_days(settings),
        hidden=hidden_cells(folder, _rules(manifest["settings"], settings)),
        repositories=repository_counts(settings.lake_dir),
    )


def _rules(released: dict[str, Any], settings: Settings) -> PublishingRules:
    """The rules that the release was made by; the least number of sessions is not in its manifest."""
    return PublishingRules(released["mode"], released["min_users"], settings.min_sessions)


def _parser_versions(settings: Settings) -> list[str | None]:
    """The parser's version of each release that is kept, oldest first, the current one last."""
    current = current_release(settings.home)
    names = [name for name in releases(settings.home) if current is None or name <= current.name]
    manifests = [settings.published_dir / "releases" / name / "manifest.json" for name in names]
    made_by = [json.loads(path.read_text(encoding="utf-8"))["made_by"] for path in manifests]
    return [each.get("parser_version") for each in made_by]


def render_summary(summary: Summary) -> Iterator[Table | Text]:
    """The summary as tables for the terminal, after an upgrade with what it changed."""
    figures = Table(title=f"Release {summary.release.name} ({summary.mode} mode)", title_justify="left")
    figures.add_column("what")
    figures.add_column("how many", justify="right")
    for name, count in summary.counts:
        figures.add_row(name, "unknown" if count is None else f"{count:,}")
    figures.add_row("lines set aside (quarantined)", f"{summary.quarantined_count:,}")
    aside = sum(count for _, count in summary.set_aside)
    figures.add_row("sessions set aside", f"{aside:,}")
    for wrong, count in summary.set_aside[:MAX_REASONS]:
        figures.add_row(f"  {wrong}", f"{count:,}")
    if summary.held:
        figures.add_row("dates that a gate holds back", f"{len({each.day for each in summary.held}):,}")
        for what, count in sorted(Counter(each.what for each in summary.held).items()):
            figures.add_row(f"  {what}", f"{count:,}")
    for what, count in summary.repositories:
        name = "repositories read" if what == "read" else f"  set aside: {what.replace('_', ' ')}"
        figures.add_row(name, f"{count:,}")
    figures.add_row("redactions", f"{summary.redaction_count:,}")
    names = ", ".join(kind.name for kind in summary.unknown_kinds[:5])
    figures.add_row(
        "unknown kinds in the transcripts",
        f"{len(summary.unknown_kinds):,}" + (f" ({names})" if names else ""),
    )
    figures.add_row("gate rules passed / warned", f"{summary.rules_passed:,} / {summary.rules_warned:,}")
    yield figures
    if summary.upgrade is not None:
        yield from summary.upgrade.render()
    metrics = Table(title="Over everything, 95 % interval by user", title_justify="left")
    metrics.add_column("metric")
    metrics.add_column("estimate")
    for headline in summary.headlines:
        metrics.add_row(headline.label, headline.render())
    yield metrics
    if summary.hidden:
        yield Text(summary.hidden)


def _counts(folder: Path) -> list[tuple[str, int | None]]:
    """What the release holds of each agent, which is named where there are several."""
    import duckdb

    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as release:
        rows = release.execute(
            "select agent, count(*) filter (where is_session), count(distinct user_id), sum(turn_count),"
            " sum(human_prompt_count),"
            " sum(tool_call_count),"
            " sum(input_tokens + cache_creation_input_tokens + cache_read_input_tokens),"
            " sum(output_tokens) from marts.fct_sessions group by agent order by agent"
        ).fetchall()
    names = ("sessions", "users", "turns", "typed prompts", "tool calls", "tokens read", "tokens written")
    found: list[tuple[str, int | None]] = []
    for agent, *values in rows or [(None,) + (None,) * len(names)]:
        for name, value in zip(names, values, strict=True):
            label = _named(name, agent if len(rows) > 1 else None)
            found.append((label, None if value is None else int(value)))
    return found


def _named(label: str, *of: str | None) -> str:
    """A label with whose figure it is."""
    told = ", ".join(name for name in of if name)
    return f"{label} ({told})" if told else label


def _rule_counts(settings: Settings, run_id: str) -> tuple[int, int]:
    """Verdicts of the run that made the release: passed and warned."""
    import duckdb

    from expectations.verdict import gate_results_schema

    glob = settings.lake_dir / gate_results_lake_table(gate_results_schema()).folder / "*" / "*.parquet"
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select status, count(*) from read_parquet(?) where run_id = ? group by 1", [str(glob), run_id]
        ).fetchall()
    counted = Counter({str(status): int(count) for status, count in rows})
    return counted["pass"], counted["warn"]
