"""Parses transcripts the way a run does (discover, archive, parse) and holds the rows for tests to read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.parse import open_parser
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.rows import RAW_TABLES
from orchestration.ingest.sources import SOURCES, discovery, sources_with
from orchestration.ingest.sources.discovery import Discovery
from orchestration.ingest.sources.source import ParseContext
from tests.transcripts import Transcript, to_lines

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def discover(patterns: Sequence[str]) -> Discovery:
    """The transcripts of every source, as a run finds them."""
    return discovery.discover(patterns, SOURCES)


class Tables:
    """What a run lands: rows of every raw table as dictionaries, in landed order."""

    def __init__(self, rows: Mapping[str, list[dict[str, Any]]], *, report: Any = None) -> None:
        self.rows = rows
        self.report = report

    def __getattr__(self, name: str) -> list[dict[str, Any]]:
        return self.rows[f"raw_{name}"]

    def one(self, name: str, **where: Any) -> dict[str, Any]:
        """The one row that matches."""
        (row,) = self.all(name, **where)
        return row

    def all(self, name: str, **where: Any) -> list[dict[str, Any]]:
        rows = self.rows[f"raw_{name}"]
        return [row for row in rows if all(row[key] == value for key, value in where.items())]

    def column(self, name: str, column: str, **where: Any) -> list[Any]:
        return [row[column] for row in self.all(name, **where)]

    def kinds(self) -> list[str]:
        """The kinds of human acts, in time."""
        return [row["act_kind"] for row in sorted(self.human_acts, key=lambda row: row["acted_at"])]

    def events_of(self, kind: str) -> list[dict[str, Any]]:
        return self.all("events", event_kind=kind)

    def accounted(self) -> dict[str, tuple[int, int]]:
        """By file version: its objects, and the objects that have a stated fate. They must be equal."""
        fates = {row["content_hash"]: 0 for row in self.files}
        for row in self.record_counts:
            fates[row["content_hash"]] += row["object_count"]
        for row in self.quarantined_lines:
            fates[row["content_hash"]] += row["is_object"]
        return {row["content_hash"]: (row["object_count"], fates[row["content_hash"]]) for row in self.files}


def context(**more: Any) -> ParseContext:
    values: dict[str, Any] = {
        "pseudonyms": Pseudonyms(b"k" * 32),
        "users": {},
        "start_date": date(2025, 2, 24),
        "text_cut_bytes": 8000,
        "closing_lag_hours": 72,
    }
    return ParseContext(**(values | more))


def parse_archive(archive: Archive, *, settings: ParseContext | None = None, workers: int = 1) -> Tables:
    """Rows of everything an archive holds, date by date."""
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in RAW_TABLES}
    with open_parser(archive.archive_dir, context=settings or context(), workers=workers) as parser:
        parser.expect(map(archive.day, archive.dates()))
        for day in map(archive.day, archive.dates()):
            for scan in day.scans:
                rows["raw_files"].append(scan.file._asdict())
                rows["raw_quarantined_lines"] += [line._asdict() for line in scan.quarantined]
                rows["raw_record_counts"] += [count._asdict() for count in scan.without_session]
            for tables in parser.parse_day(day):
                for name, table in tables.items():
                    rows[name] += table.to_pylist()
    return Tables(rows)


def parse_folder(
    folder: Path, archive_dir: Path, *, settings: ParseContext | None = None, now: datetime = NOW
) -> Tables:
    """Rows of a folder of transcripts: discovered, archived, parsed."""
    used = settings or context()
    sources = sources_with(used.options)
    with Archive.open(archive_dir, start_date=used.start_date, sources=sources) as archive:
        report = archive.store(discovery.discover([str(folder)], sources), now=now)
        tables = parse_archive(archive, settings=used)
    tables.report = report
    return tables


def write_files(folder: Path, files: Mapping[str, "Transcript | bytes | list[dict[str, Any]]"]) -> Path:
    """The files under a project folder of `folder`; a name may hold folders."""
    for name, content in files.items():
        path = folder / "-home-ann-repo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        records = content.records if isinstance(content, Transcript) else content
        path.write_bytes(records if isinstance(records, bytes) else to_lines(records))
    return folder


def parse(tmp_path: Path, *transcripts: Transcript, **files: Any) -> Tables:
    """Rows of transcripts; each becomes a file named for its session or its agent."""
    named: dict[str, Any] = {}
    for transcript in transcripts:
        name = f"agent-{transcript.agent_id}" if transcript.agent_id else transcript.session
        named[f"{name}.jsonl"] = transcript
    named |= {f"{name}.jsonl": content for name, content in files.items()}
    number = len(list(tmp_path.glob("run-*")))
    folder = tmp_path / f"run-{number}"
    return parse_folder(write_files(folder / "projects", named), folder / "archive")


BY_FILE = frozenset({"raw_files", "raw_quarantined_lines", "raw_record_counts"})


def rows_of(tables: Tables) -> dict[str, list[dict[str, Any]]]:
    """The rows of sessions, without what belongs to the files they lay in."""
    return {name: rows for name, rows in tables.rows.items() if name not in BY_FILE}


def assert_accounted(tables: Tables) -> None:
    """Every object of every file has a stated fate."""
    assert tables.files
    for objects, fates in tables.accounted().values():
        assert objects == fates
