"""What a summary says of the lake behind a release: sessions set aside, and what an upgrade changed.

Belongs here: reading the lake's own records and putting them into words. Not here: the figures of the
release (summary), noting them before an upgrade (landing).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
from rich.table import Table
from rich.text import Text

from orchestration.git_history.tables import git_lake_table
from orchestration.ingest.git_rows import REPOSITORIES
from orchestration.ingest.sources import SOURCES
from orchestration.landing.lake import landed_days, raw_lake_tables, read_partition, single_file
from orchestration.landing.set_aside import SET_ASIDE_TABLE
from orchestration.landing.upgrade import Upgrade, read_upgrade, row_counts

COMPARED = (
    ("raw_sessions", "sessions"),
    (SET_ASIDE_TABLE, "sessions set aside"),
    ("raw_turns", "turns"),
    ("raw_human_acts", "human acts"),
    ("raw_responses", "responses"),
    ("raw_tool_calls", "tool calls"),
    ("raw_events", "events"),
    ("raw_quarantined_lines", "lines set aside (quarantined)"),
)
"""Raw tables whose rows an upgrade is told by, and how they are called."""


FIRST_SOURCE = "claude_code"


@dataclass(frozen=True)
class UpgradeNote:
    """What an upgrade changed: rows before and after by name, and sentences that say why."""

    rows: Sequence[tuple[str, int, int]]
    reasons: Sequence[str]

    def render(self) -> Iterator[Table | Text]:
        """The rows as a table for the terminal, and below it the reasons."""
        table = Table(title="What the upgrade changed", title_justify="left")
        table.add_column("what")
        for heading in ("before", "after"):
            table.add_column(heading, justify="right")
        for name, before, after in self.rows:
            table.add_row(name, f"{before:,}", f"{after:,}")
        yield table
        yield Text("\n".join(self.reasons))


def repository_counts(lake_dir: Path) -> list[tuple[str, int]]:
    """Repositories read, then those set aside by reason, most first; empty where none was ever asked for."""
    path = single_file(lake_dir, git_lake_table(REPOSITORIES))
    if not path.exists():
        return []
    rows = pq.read_table(path, columns=["status", "reason"], partitioning=None).to_pylist()
    if not rows:
        return []
    aside = Counter(str(row["reason"]) for row in rows if row["status"] != "read")
    read = sum(row["status"] == "read" for row in rows)
    return [("read", read), *sorted(aside.items(), key=lambda item: (-item[1], item[0]))]


def set_aside_on(lake_dir: Path) -> dict[date, Counter[str]]:
    """Sessions that are set aside, by date and by what is wrong with them."""
    table = next(table for table in raw_lake_tables() if table.name == SET_ASIDE_TABLE)
    found: dict[date, Counter[str]] = {}
    for day in landed_days(lake_dir, table):
        rows = read_partition(lake_dir, table, day).to_pylist()
        found[day] = Counter(_what_is_wrong(row) for row in rows)
    return found


def set_aside_lines(lake_dir: Path) -> list[str]:
    """A line per date that landed without some of its sessions."""
    return [
        f"{day}  landed without {count:,} session{'s' if count > 1 else ''}: {wrong}"
        for day, reasons in set_aside_on(lake_dir).items()
        for wrong, count in sorted(reasons.items())
    ]


def set_aside_counts(lake_dir: Path) -> list[tuple[str, int]]:
    """Sessions that are set aside on all dates, by what is wrong with them, the most frequent first."""
    counted = sum(set_aside_on(lake_dir).values(), Counter[str]())
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def set_aside_in_all(lake_dir: Path) -> dict[str, int]:
    """What was read and is in no figure: lines in quarantine, and sessions by what is wrong with them."""
    lines = row_counts(lake_dir).get("raw_quarantined_lines", 0)
    sessions = {
        f"sessions ({reason.replace('_', ' ')})": count for reason, count in set_aside_counts(lake_dir)
    }
    return {"lines": lines, **sessions}


def upgrade_note(lake_dir: Path, release_versions: Sequence[str | None]) -> UpgradeNote | None:
    """What the last upgrade changed; None unless the newest of these releases is the first after it."""
    upgrade = read_upgrade(lake_dir)
    if upgrade is None or not release_versions or release_versions[-1] != upgrade.version_after:
        return None
    if upgrade.version_after in release_versions[:-1]:
        return None
    # A Counter: a table without rows on any date has no file and no count, and so none.
    before, after = Counter(upgrade.row_counts_before), Counter(row_counts(lake_dir))
    rows = [(name, before[table], after[table]) for table, name in COMPARED]
    return UpgradeNote(rows, tuple(_reasons(upgrade)))


def _reasons(upgrade: Upgrade) -> Iterator[str]:
    versions = ", ".join(upgrade.versions_before)
    yield (
        f"The parser's version changed from {versions} to {upgrade.version_after}, so every date was read "
        "anew from the archive. Labels stay with the units they were given to."
    )
    lineage = upgrade.lineage
    if lineage is not None:
        yield (
            f"Of {lineage.session_count_before:,} sessions {lineage.split_count:,} are now several, and "
            f"{lineage.merged_count:,} of the present {lineage.session_count_after:,} were several before."
        )
    before = dict(_versions(upgrade.versions_before))
    for name, source in sorted(SOURCES.items()):
        if name not in before:
            yield f"{name}: this source is new."
        for version, change in sorted(source.changes.items(), key=lambda item: int(item[0])):
            if name in before and int(version) > before[name]:
                yield f"{name} {version}: {change}"


def _versions(stated: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each source with the smallest of its versions, from `claude_code:3 codex:1` and the like.

    Version 0.1.0 read one source, and stated its number alone.
    """
    found: dict[str, int] = {}
    for part in (part for each in stated for part in each.split()):
        name, _, number = part.rpartition(":")
        if number.isdigit():
            name = name or FIRST_SOURCE
            found[name] = min(int(number), found.get(name, int(number)))
    yield from found.items()


def _what_is_wrong(row: Mapping[str, object]) -> str:
    if row["reason"] == "rule_broken":
        return str(row["rule_ids"])
    return f"its parser raised {row['error_type']} at {row['error_place']}"
