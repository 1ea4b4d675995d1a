"""Stand-ins for what landing is given: an archive of invented days, a parse of them, a judge.

Rows are of the true row types, filled by annotation, so that landing meets every raw table's schema.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.verdict import Verdict
from orchestration.ingest.archive.days import DayInput, FileScan
from orchestration.ingest.rows import (
    RawFile,
    RawQuarantinedLine,
    RawRedaction,
    RawSession,
    RawTurn,
    arrow_schema,
    to_arrow,
)
from orchestration.ingest.sources.source import SessionInput
from orchestration.landing.chunk import ChunkLimits, LandingRun
from orchestration.landing.journal import Step, no_step
from orchestration.landing.landing import DayParser

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
WEDNESDAY = date(2026, 3, 4)

BAD_SESSION = "bad-session"
"""A session of this name is what the judge below refuses."""


def example_row(row_type: type[Any], **values: object) -> Any:
    """A row of `row_type` with plausible values where `values` says nothing."""
    hints = get_type_hints(row_type)
    return row_type(**{name: values.get(name, _example(hints[name])) for name in row_type._fields})


def _example(annotation: object) -> object:
    if NoneType in get_args(annotation):
        return None
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    examples: dict[object, object] = {str: "x", int: 1, float: 1.5, bool: False, datetime: NOW}
    return examples[annotation]


@dataclass
class InventedArchive:
    """Invented days: `sessions[day][session_id]` is its number of turns, `files[day]` what was archived."""

    sessions: dict[date, dict[str, int]]
    files: dict[date, list[str]] = field(default_factory=dict)

    def dates(self) -> list[date]:
        return sorted({day for day, held in (*self.sessions.items(), *self.files.items()) if held})

    def day_fingerprint(self, day: date, *, salt: str) -> str:
        held = (sorted(self.sessions.get(day, {}).items()), self.files.get(day, []))
        return blake2b(f"{salt} {held}".encode()).hexdigest() if any(held) else ""

    def day(self, day: date) -> DayInput:
        sessions = tuple(
            SessionInput(session_id, (session_id,), day, "claude_code", files=(), byte_count=turn_count)
            for session_id, turn_count in sorted(self.sessions.get(day, {}).items())
        )
        return DayInput(day, sessions, tuple(_scan(name) for name in self.files.get(day, [])))


def _scan(content_hash: str) -> FileScan:
    quarantined = example_row(RawQuarantinedLine, content_hash=content_hash, path_id="plain")
    file = example_row(RawFile, content_hash=content_hash, path_id="plain", parser_version="")
    return FileScan(file, (quarantined,), ())


def parse_sessions(day_input: DayInput) -> Iterator[dict[str, pa.Table]]:
    """One session at a time: its row and its turns (`byte_count` says how many)."""
    for session in day_input.sessions:
        started_at = datetime(day_input.day.year, day_input.day.month, day_input.day.day)  # noqa: DTZ001
        row = example_row(RawSession, session_id=session.session_id, started_at=started_at)
        turns = [
            example_row(
                RawTurn,
                turn_id=f"{session.session_id}-{number}",
                session_id=session.session_id,
                started_at=started_at + timedelta(minutes=number),
            )
            for number in range(session.byte_count)
        ]
        redaction = RawRedaction(session.session_id, session.source, "e-mail", redaction_count=2)
        yield {
            "raw_sessions": to_arrow([row], arrow_schema(RawSession)),
            "raw_turns": to_arrow(turns, arrow_schema(RawTurn)),
            "raw_redactions": to_arrow([redaction], arrow_schema(RawRedaction)),
        }


def parser(
    parse: Callable[[DayInput], Iterator[dict[str, pa.Table]]] = parse_sessions, *, salt: str = "salt"
) -> DayParser:
    return DayParser(parse, key_path=lambda path_id: f"keyed-{path_id}", salt=salt, version="parser-1")


@dataclass
class SessionJudge:
    """Refuses dates that hold BAD_SESSION; remembers which dates it was asked about in each call."""

    calls: list[list[date]] = field(default_factory=list)
    warned: Sequence[date] = ()

    def __call__(self, staged: Mapping[date, Mapping[str, Path]]) -> list[Verdict]:
        self.calls.append(sorted(staged))
        return [self._verdict(day, files) for day, files in sorted(staged.items())]

    def _verdict(self, day: date, files: Mapping[str, Path]) -> Verdict:
        ids: list[str] = []
        if "raw_sessions" in files:
            ids = pq.read_table(files["raw_sessions"])["session_id"].to_pylist()
        bad_count = ids.count(BAD_SESSION)
        return Verdict(
            gate="raw_sessions",
            table_name="raw_sessions",
            partition_date=day,
            rule="raw_sessions.session_is_good",
            severity="fail",
            status="fail" if bad_count else "warn" if day in self.warned else "pass",
            unexpected_count=bad_count,
            row_count=len(ids),
            message="Mend the session and run again." if bad_count else "",
        )


def landing_run(
    judge: SessionJudge | None = None,
    *,
    run_id: str = "run-1",
    limits: ChunkLimits | None = None,
    step: Step = no_step,
) -> LandingRun:
    return LandingRun(run_id, NOW, judge or SessionJudge(), limits=limits or ChunkLimits(), step=step)


def lake_bytes(home: Path) -> dict[str, bytes]:
    """Every table file of the lake by its path: two lakes with equal values are equal to the byte."""
    lake_dir = home / "lake"
    return {
        path.relative_to(lake_dir).as_posix(): path.read_bytes()
        for part in ("raw", "labels", "estimates")
        for path in sorted((lake_dir / part).rglob("*.parquet"))
    }
