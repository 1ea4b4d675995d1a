"""Which days were probably half gone before they were archived.

The agent removes transcripts about 30 days after their last change, and a half-removed day looks like
an idle one. Says what is certain (a sub-agent's file without its session's own; a file that now exists
only in the archive) apart from what is suspicion. Only reads the archive's index.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from orchestration.ingest.sources.source import Source

CLEAN_UP_DAYS = 30
"""After how many days without change the agent removes a transcript, unless it is set otherwise."""

FALL = 0.5
"""A week with fewer than this share of the weekly sessions of the four weeks after it stands out."""

FEWEST_WEEKLY_SESSIONS = 4
"""Below this weekly mean a fall says nothing."""

_GONE = """
select session_date, count(*) from sessions where exists (
    select 1 from stamps join version_stamps using (stamp_id)
    where stamps.lineage_id = sessions.lineage_id and not exists (
        select 1 from path_versions join paths using (path_id)
        where path_versions.version_id = version_stamps.version_id and gone_us is null
    )
) and sessions.source in (select value from json_each(:sources)) group by 1
"""
_SUBAGENT_ONLY = """
select session_date, count(*) from sessions where not exists (
    select 1 from stamps join version_stamps using (stamp_id) join versions using (version_id)
    where stamps.lineage_id = sessions.lineage_id and not is_sidechain
) and sessions.source in (select value from json_each(:sources)) group by 1
"""
_SESSIONS = """
select session_date, count(*) from sessions
where source in (select value from json_each(:sources)) group by 1
"""
_DANGLING = """
select session_date, count(distinct lineage_id)
from parents join stamps using (stamp_id) join sessions using (lineage_id)
where not exists (select 1 from record_keys where record_keys.id = parents.id)
and sessions.source in (select value from json_each(:sources)) group by 1
"""

Completeness = Literal[
    "covered",  # archived before the clean-up could remove anything
    "uncertain",  # first archived when the clean-up could already have removed files
    "suspect",  # uncertain, and far fewer sessions than in the weeks after, or references into the void
    "incomplete",  # certain: a session's own transcript was never archived, only its sub-agents'
]


@dataclass(frozen=True)
class RetentionDay:
    """One date with sessions. Counts are sessions of that date.

    `gone_from_disk_count`: some file is in the archive alone (certain, nothing is lost).
    `subagent_only_count`: the main transcript was never archived (certain, records are lost).
    `dangling_count`: records refer to a parent that was never archived (suspicion: slices do so too).
    """

    day: date
    session_count: int
    gone_from_disk_count: int
    subagent_only_count: int
    dangling_count: int
    is_covered: bool
    is_falling: bool

    @property
    def completeness(self) -> Completeness:
        if self.subagent_only_count:
            return "incomplete"
        if self.is_covered:
            return "covered"
        return "suspect" if self.is_falling or self.dangling_count else "uncertain"


@dataclass(frozen=True)
class RetentionReport:
    """All dates with sessions, sorted; and what cannot be put on a date.

    `missing_summary_target_count`: summaries that name a conversation no archived file holds.
    `last_archived`: date of the newest run, None before the first.
    """

    days: tuple[RetentionDay, ...]
    first_archived: date | None
    last_archived: date | None
    gone_file_count: int
    missing_summary_target_count: int
    overdue_days: int

    def render(self) -> list[str]:
        """The report in plain lines, the worst first."""
        if self.first_archived is None or self.last_archived is None:
            return ["Nothing is archived yet: run the ingestion, before the agent removes old transcripts."]
        by_kind = Counter(day.completeness for day in self.days)
        lines = [
            f"{len(self.days)} days with sessions: {by_kind['covered']} covered, "
            f"{by_kind['uncertain']} uncertain, {by_kind['suspect']} suspect, "
            f"{by_kind['incomplete']} incomplete.",
            f"Archived since {self.first_archived}, last on {self.last_archived}. The agent removes "
            f"transcripts about {CLEAN_UP_DAYS} days after their last change.",
        ]
        if self.overdue_days > 0:
            lines.append(
                f"Certain: no run for {self.overdue_days} days beyond the clean-up period; what was "
                "removed meanwhile is lost. Schedule a daily run."
            )
        if self.gone_file_count:
            lines.append(f"Certain: {self.gone_file_count} files exist only in the archive. Back it up.")
        lines += [line for day in self.days if (line := _describe(day))]
        lines += _describe_uncertain([day.day for day in self.days if day.completeness == "uncertain"])
        if self.missing_summary_target_count:
            lines.append(
                f"Suspicion: {self.missing_summary_target_count} summaries name conversations that are "
                "not in the archive; older days had more sessions than are here."
            )
        return lines


def report_retention(
    db: sqlite3.Connection, *, now: datetime, sources: Mapping[str, Source]
) -> RetentionReport:
    """The retention report from the archive's index, of agents that remove their own transcripts."""
    runs = _dates(db, "select day from archive_days order by day")
    cleaned_up = json.dumps([name for name, source in sources.items() if source.is_cleaned_up])
    sessions, gone, subagent_only, dangling = (
        _counts(db, statement, cleaned_up) for statement in (_SESSIONS, _GONE, _SUBAGENT_ONLY, _DANGLING)
    )
    days = tuple(
        RetentionDay(
            day,
            count,
            gone[day],
            subagent_only[day],
            dangling[day],
            _is_covered(day, runs),
            _is_falling(day, sessions),
        )
        for day, count in sorted(sessions.items())
    )
    return RetentionReport(
        days,
        runs[0] if runs else None,
        runs[-1] if runs else None,
        _number(db, "select count(*) from paths where gone_us is not null"),
        _number(db, "select count(*) from missing_leaves"),
        (now.date() - runs[-1]).days - CLEAN_UP_DAYS if runs else 0,
    )


def _is_covered(day: date, runs: Sequence[date]) -> bool:
    """Whether a run took place while every file changed on that day or later was still on disk."""
    return any(day <= run < day + timedelta(days=CLEAN_UP_DAYS) for run in runs)


def _is_falling(day: date, sessions: Mapping[date, int]) -> bool:
    """Whether the week from this day, at the oldest edge, has far fewer sessions than the four after."""
    if day > min(sessions) + timedelta(days=CLEAN_UP_DAYS):
        return False
    week = _sessions_between(sessions, day, 7)
    mean_after = _sessions_between(sessions, day + timedelta(days=7), 28) / 4
    return mean_after >= FEWEST_WEEKLY_SESSIONS and week < FALL * mean_after


def _sessions_between(sessions: Mapping[date, int], first: date, days: int) -> int:
    return sum(count for day, count in sessions.items() if first <= day < first + timedelta(days=days))


def _describe(day: RetentionDay) -> str:
    if day.completeness == "incomplete":
        return (
            f"{day.day}: certain: of {day.session_count} sessions {day.subagent_only_count} have only "
            "sub-agent files; their own transcripts were removed before the first run."
        )
    if day.completeness != "suspect":
        return ""
    reasons = ["far fewer sessions than in the weeks after"] if day.is_falling else []
    if day.dangling_count:
        reasons.append(f"{day.dangling_count} sessions refer to records that were never archived")
    return f"{day.day}: suspicion: {day.session_count} sessions; {' and '.join(reasons)}."


def _describe_uncertain(days: Sequence[date]) -> list[str]:
    if not days:
        return []
    return [
        f"Uncertain: {len(days)} days between {days[0]} and {days[-1]} were first archived when the "
        "clean-up could already have removed files; nothing else speaks against them."
    ]


def _dates(db: sqlite3.Connection, statement: str) -> list[date]:
    return [date.fromisoformat(day) for (day,) in db.execute(statement)]


def _counts(db: sqlite3.Connection, statement: str, sources: str) -> Counter[date]:
    """Sessions of some sources (a JSON list) per date; a date without a row had none."""
    rows = db.execute(statement, {"sources": sources})
    return Counter({date.fromisoformat(day): int(count) for day, count in rows})


def _number(db: sqlite3.Connection, statement: str) -> int:
    return int(db.execute(statement).fetchone()[0])
