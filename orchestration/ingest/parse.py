"""Archived files of one date → Arrow tables, session by session, in several processes.

Reads the archive and hands each session to its source. Memory is bounded by the largest session times
the number of processes.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.ingest.archive.days import DayInput
from orchestration.ingest.archive.objects import ArchiveError, read_object
from orchestration.ingest.boundaries import BOUNDARIES_VERSION, with_boundary_events
from orchestration.ingest.processes import open_pool
from orchestration.ingest.redaction.redact import REDACTOR_VERSION
from orchestration.ingest.rows import RAW_TABLES, RawRecordCount, RawSetAsideSession, to_arrow
from orchestration.ingest.scanned_file import plausible_times
from orchestration.ingest.sources import SOURCES, sources_with
from orchestration.ingest.sources.raised import kind_of, place_of
from orchestration.ingest.sources.source import (
    ParseContext,
    SessionFile,
    SessionInput,
    SessionTables,
    Source,
)

_VERSIONS = {name: source.version for name, source in SOURCES.items()} | {"boundaries": BOUNDARIES_VERSION}
PARSER_VERSION = " ".join(f"{name}:{version}" for name, version in sorted(_VERSIONS.items()))
"""Changes when the rows of an unchanged transcript change: every date is then parsed anew."""

BATCH_BYTES = 8 * 1024 * 1024
"""Sessions are handed to a process in batches of about this size; a larger session is its own batch."""

VALUE_ERRORS = (pa.ArrowException, OverflowError, TypeError, ValueError)
"""What Arrow raises where a value does not fit its column."""

SCHEMAS = {table.name: table.schema for table in RAW_TABLES}


def parse_salt(context: ParseContext) -> str:
    """Changes whenever the rows of unchanged transcripts would: a date's fingerprint is made with it."""
    parts = (
        PARSER_VERSION,
        REDACTOR_VERSION,
        context.pseudonyms.user("fingerprint of the key"),
        sorted(context.users.items()),
        context.start_date.isoformat(),
        context.text_cut_bytes,
        context.closing_lag_hours,
        context.owner,
        sorted(context.projects.items()),
        context.roots_change_key,
        context.shows_names,
        [source.version for _, source in sorted(sources_with(context.options).items())],
    )
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


class SessionParser:
    """Parses sessions of one archive in `workers` processes that live as long as the parser is open."""

    def __init__(self, archive_dir: Path, *, context: ParseContext, workers: int) -> None:
        self.archive_dir = archive_dir
        self.context = context
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._upcoming: Iterator[tuple[date, list[SessionInput]]] = iter(())
        self._begun: deque[tuple[date, Any]] = deque()

    def __enter__(self) -> "SessionParser":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def expect(self, days: Iterable[DayInput]) -> None:
        """Days that `parse_day` will be asked for, in this order: their batches are begun ahead.

        Most days are smaller than a batch, so that one day at a time would keep one process busy.
        """
        batches = ((day.day, batch) for day in days for batch in _batches(day.sessions))
        first = list(islice(batches, 2))
        if self.workers > 1 and len(first) > 1:
            self._upcoming = chain(first, batches)

    def parse_day(self, day: DayInput) -> Iterator[dict[str, pa.Table]]:
        """Arrow tables of each batch of a day's sessions, in order of session id.

        The same tables whether the day was expected or not; at most a few batches are in flight.
        """
        for batch in _batches(day.sessions):
            self._begin_ahead()
            if self._begun and self._begun[0][0] == day.day:
                yield self._begun.popleft()[1].result()
            else:
                yield parse_batch(batch, self.archive_dir, self.context)

    def _begin_ahead(self) -> None:
        """Keep every process busy, and a batch waiting for the first that is done."""
        for day, batch in islice(self._upcoming, self.workers + 1 - len(self._begun)):
            if self._pool is None:
                self._pool = open_pool(self.workers, preload=__name__)
            self._begun.append((day, self._pool.submit(parse_batch, batch, self.archive_dir, self.context)))


@contextmanager
def open_parser(archive_dir: Path, *, context: ParseContext, workers: int) -> Iterator[SessionParser]:
    """A parser whose processes end with the block."""
    with SessionParser(archive_dir, context=context, workers=workers) as parser:
        yield parser


def _batches(sessions: Sequence[SessionInput]) -> Iterator[list[SessionInput]]:
    """Sessions in order, in batches of about BATCH_BYTES; the cuts depend on sizes only."""
    total = 0

    def number(session: SessionInput) -> int:
        nonlocal total
        here = total // BATCH_BYTES
        total += session.byte_count
        return here

    for _, group in groupby([(number(session), session) for session in sessions], key=lambda item: item[0]):
        yield [session for _, session in group]


def parse_batch(
    batch: Sequence[SessionInput], archive_dir: Path, context: ParseContext
) -> dict[str, pa.Table]:
    """Rows of some sessions as one Arrow table per raw table that has any.

    A session whose parser raises, or whose rows do not fit their columns, is set aside; the others stay.
    """
    parsed = [parse_or_set_aside(session, archive_dir, context=context) for session in batch]
    try:
        return _as_arrow(parsed)
    except VALUE_ERRORS:
        return _as_arrow(
            [
                _fitting(session, tables, archive_dir, context)
                for session, tables in zip(batch, parsed, strict=True)
            ]
        )


def _as_arrow(parsed: Iterable[SessionTables]) -> dict[str, pa.Table]:
    rows: SessionTables = {}
    for tables in parsed:
        for name, more in tables.items():
            rows.setdefault(name, []).extend(more)
    return {name: to_arrow(table_rows, SCHEMAS[name]) for name, table_rows in rows.items()}


def _fitting(
    session: SessionInput, tables: SessionTables, archive_dir: Path, context: ParseContext
) -> SessionTables:
    """The rows of a session if they fit their columns; else what sets it aside."""
    try:
        _as_arrow([tables])
    except VALUE_ERRORS as error:
        return set_aside(session, archive_dir, context=context, error=error)
    return tables


def parse_or_set_aside(session: SessionInput, archive_dir: Path, *, context: ParseContext) -> SessionTables:
    """Rows of one session by raw table; where its parser raises, only what says so.

    An archive that cannot be read, or a machine out of memory or disk, is no fault of the session.
    """
    try:
        return parse_session(session, archive_dir, context=context)
    except (ArchiveError, OSError, MemoryError):
        raise
    except Exception as error:
        return set_aside(session, archive_dir, context=context, error=error)


def set_aside(
    session: SessionInput, archive_dir: Path, *, context: ParseContext, error: Exception
) -> SessionTables:
    """The row of a session that is left out, and the number of its objects."""
    counts = _count_objects(session, archive_dir, context)
    row = RawSetAsideSession(
        session_id=session.session_id,
        source=session.source,
        reason="parser_error",
        rule_ids=None,
        error_type=kind_of(error),
        error_place=place_of(error),
        file_count=len(session.files),
        object_count=sum(count.object_count for count in counts),
    )
    tables: SessionTables = {"raw_set_aside_sessions": [row], "raw_record_counts": list(counts)}
    return {name: rows for name, rows in tables.items() if rows}


def _count_objects(session: SessionInput, archive_dir: Path, context: ParseContext) -> list[RawRecordCount]:
    """The session's objects by its source's own count, else by a scan of files that are its own."""
    source, files = _source_of(session, context), _files_of(session, archive_dir)
    if source.count is not None:
        return source.count(session, files, context=context)
    counts = []
    for file in files:
        earliest, latest = plausible_times(context.start_date, file.version.archived_at)
        scanned = source.scan(file.content, earliest=earliest, latest=latest)
        others = sum(
            loose.object_count for loose in scanned.loose_counts if loose.stamp not in session.stamps
        )
        number = scanned.counts.objects - scanned.set_aside_count - others
        if number:
            counts.append(
                RawRecordCount(
                    file.version.content_hash, session.source, session.session_id,
                    "object", None, "set_aside", scanned.last_cli_version, number,
                )
            )  # fmt: skip
    return counts


def parse_session(session: SessionInput, archive_dir: Path, *, context: ParseContext) -> SessionTables:
    """Rows of one session by raw table, as its source reads them, and the events that follow from these.

    Empty where nothing may be read.
    """
    source = _source_of(session, context)
    return with_boundary_events(source.parse(session, _files_of(session, archive_dir), context=context))


def _source_of(session: SessionInput, context: ParseContext) -> Source:
    source = SOURCES[session.source]
    return source if source.with_options is None else source.with_options(context.options)


def _files_of(session: SessionInput, archive_dir: Path) -> Iterator[SessionFile]:
    read = _read_shared if SOURCES[session.source].has_shared_files else read_object
    for version in session.files:
        yield SessionFile(version, read(archive_dir, version.content_hash))


@lru_cache(maxsize=1)
def _read_shared(archive_dir: Path, content_hash: str) -> bytes:
    """The bytes of a file that holds many sessions: they are parsed one after the other."""
    return read_object(archive_dir, content_hash)
