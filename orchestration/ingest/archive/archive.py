"""The archive: every version of every transcript, kept before the agent's own clean-up removes it.

`Archive` takes files in (`store`) and says what a date is made of (`day`). Bytes are in
`objects.py`, tables in `index.py`, sessions in `lineage.py`. One process writes at a
time (the lock on the data home); killed at any moment, the next `store` finishes the work.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Self

import orjson

from orchestration.ingest.archive import days as archive_days
from orchestration.ingest.archive import forget as archive_forget
from orchestration.ingest.archive import index as archive_index
from orchestration.ingest.archive.days import DayInput
from orchestration.ingest.archive.decisions import TelemetryReport, take_telemetry, telemetry_files
from orchestration.ingest.archive.forget import ArchivedExtent, ArchivedFile, DeletedPeople, Removal
from orchestration.ingest.archive.objects import (
    content_hash_of,
    prefix_hashes,
    read_object,
    remove_object,
    remove_parts,
    write_failure,
    write_object,
)
from orchestration.ingest.archive.rescan import (
    LineageChange,
    is_rescan_due,
    read_lineage_change,
    rescan,
    scan_version,
)
from orchestration.ingest.archive.retention import RetentionReport, report_retention
from orchestration.ingest.archive.transactions import errors_explained, transaction, whole_or_not
from orchestration.ingest.packed_files import unpacked
from orchestration.ingest.sources import SOURCES
from orchestration.ingest.sources.discovery import Discovery
from orchestration.ingest.sources.raised import kind_of, place_of
from orchestration.ingest.sources.source import Source, TranscriptFile

COMMIT_FILES = 64
"""Files between two commits of the index: a commit waits for the disk, a crash repeats at most these."""

Progress = Callable[[int, int], None]


@dataclass
class ArchiveReport:
    """What one `store` did, in files, versions and bytes."""

    file_count: int = 0
    unchanged_file_count: int = 0
    new_version_count: int = 0
    extended_version_count: int = 0
    known_version_count: int = 0
    gone_file_count: int = 0
    deleted_person_file_count: int = 0
    object_count: int = 0
    bad_piece_count: int = 0
    set_aside_object_count: int = 0
    bytes_read: int = 0
    bytes_stored: int = 0
    unreadable: tuple[tuple[Path, str], ...] = ()
    unknown: tuple[tuple[Path, str], ...] = ()
    other_file_count: int = 0


class Archive:
    """One archive folder with its index; `open` it, and `close` it or use it in a `with`."""

    def __init__(
        self,
        archive_dir: Path,
        db: sqlite3.Connection,
        start_date: date,
        deleted: DeletedPeople | None = None,
        sources: Mapping[str, Source] = SOURCES,
    ) -> None:
        self.archive_dir = archive_dir
        self._db = db
        self._start_date = start_date
        self._deleted = deleted
        self._sources = sources

    @classmethod
    def open(
        cls,
        archive_dir: Path,
        *,
        start_date: date,
        deleted: DeletedPeople | None = None,
        sources: Mapping[str, Source] = SOURCES,
    ) -> Self:
        """Open or create; records before `start_date` are set aside, files of the `deleted` left out.

        `sources` read the files: those of the registry, with the operator's options where there are any.

        The index of an earlier version is brought up to date at once, which takes a scan of the whole
        archive: who asks for sessions, above all to delete some, must not be told that there are none.
        Raises ArchiveError with the mend.
        """
        try:
            (archive_dir / "objects").mkdir(mode=0o700, parents=True, exist_ok=True)
            archive_dir.chmod(0o700)
        except OSError as error:
            raise write_failure(archive_dir, error) from error
        archive = cls(archive_dir, archive_index.open_index(archive_dir), start_date, deleted, sources)
        if archive_index.is_unscanned(archive._db):
            with errors_explained(archive_dir):
                rescan(archive._db, archive.read, start_date, sources)
        return archive

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pending(self, discovery: Discovery) -> tuple[TranscriptFile, ...]:
        """The files that `store` would read: new or changed by size or time, as the stat says."""
        known = ((file, archive_index.known_path(self._db, file.path)) for file in discovery.files)
        return tuple(
            file
            for file, path in known
            if (path is None or not path.is_unchanged(file)) and not self._is_left_out(file)
        )

    def store(
        self, discovery: Discovery, *, now: datetime, progress: Progress | None = None
    ) -> ArchiveReport:
        """Archive and scan every new or changed file; `progress(files done, files in all)`.

        An unreadable file is reported and left for the next time. Raises ArchiveError where the archive
        itself cannot be written; what was archived before stays.
        """
        report = ArchiveReport(
            file_count=len(discovery.files),
            unreadable=discovery.unreadable,
            unknown=discovery.unknown,
            other_file_count=discovery.other_file_count,
        )
        with errors_explained(self.archive_dir):
            self._remove_doomed()
            if is_rescan_due(self._db, self._start_date, self._sources):
                rescan(self._db, self.read, self._start_date, self._sources)
            for first in range(0, len(discovery.files), COMMIT_FILES):
                with transaction(self._db):
                    for number, file in enumerate(discovery.files[first : first + COMMIT_FILES], first + 1):
                        with whole_or_not(self._db, "file"):
                            self._take(file, now=now, report=report)
                        if progress is not None:
                            progress(number, len(discovery.files))
                self._remove_doomed()
            with transaction(self._db):
                report.gone_file_count = archive_index.mark_gone(self._db, now=now)
                self._db.execute("insert or ignore into archive_days values (?)", (now.date().isoformat(),))
        return report

    def take_telemetry(self, patterns: Sequence[str]) -> TelemetryReport:
        """Keep what telemetry in these places says of tool calls; changed files are read whole."""
        report = TelemetryReport()
        files = telemetry_files(patterns, report)
        deleted = self._deleted
        with errors_explained(self.archive_dir), transaction(self._db), whole_or_not(self._db, "telemetry"):
            take_telemetry(
                self._db,
                files,
                report,
                is_left_out=lambda stamp: deleted is not None and deleted.has_session(stamp),
            )
        return report

    def sources_by_path(self) -> dict[Path, str]:
        """The source of every path that was ever read: such a file need not be opened to be known."""
        return {Path(path): source for path, source in self._db.execute("select path, source from paths")}

    def read(self, content_hash: str) -> bytes:
        """The bytes of an archived version; raises ArchiveError where they are gone or damaged."""
        return read_object(self.archive_dir, content_hash)

    def dates(self) -> list[date]:
        """All dates that have sessions or on which a file version was archived, sorted."""
        return archive_days.read_dates(self._db)

    def has_sessions(self) -> bool:
        """Whether there is any session that a date could be made of."""
        return self._db.execute("select 1 from sessions limit 1").fetchone() is not None

    def day(self, day: date) -> DayInput:
        """Everything that the raw tables of a date are made of."""
        return archive_days.read_day(self._db, day)

    def day_fingerprint(self, day: date, *, salt: str) -> str:
        """A hash of everything that `day` gives, and of `salt`; empty where the date has nothing."""
        content = self.day(day)
        if not content.sessions and not content.scans:
            return ""
        described = orjson.dumps(content, default=list)
        return content_hash_of(salt.encode() + b"\0" + described)[:32]

    def lineage_change(self) -> LineageChange | None:
        """What the last rescan made of the sessions known before it; None where there was none."""
        return read_lineage_change(self._db)

    def retention_report(self, *, now: datetime) -> RetentionReport:
        """Which days look partly removed from disk before they were archived."""
        return report_retention(self._db, now=now, sources=self._sources)

    def files(self) -> Iterator[ArchivedFile]:
        """Every live version with what says whose it is; reads the whole archive."""
        return archive_forget.archived_files(self._db, self.archive_dir, self._sources)

    def removal_of(self, version_ids: Iterable[int]) -> Removal:
        """The versions, all others that hold records of their sessions, and all that grew into them."""
        versions, stamps = archive_forget.whole_sessions(self._db, version_ids)
        hashes = archive_forget.hashes_of(self._db, versions)
        return Removal(tuple(sorted(hashes)), tuple(sorted(stamps)), ())

    def extent(self, removal: Removal) -> ArchivedExtent:
        """Which sessions, versions, paths and dates of a removal are still there."""
        return archive_forget.extent_of(self._db, removal)

    def remove(self, removal: Removal) -> None:
        """Take versions out for good, objects and index; killed half way, `remove` or `store` finishes."""
        with errors_explained(self.archive_dir):
            with transaction(self._db), whole_or_not(self._db, "removal"):
                archive_forget.remove_from_index(self._db, removal)
            self._remove_doomed()
            remove_parts(self.archive_dir)
            archive_forget.wipe(self._db)

    def _is_left_out(self, file: TranscriptFile) -> bool:
        """Whether a file is known, without reading it, to be a deleted person's."""
        if self._deleted is None:
            return False
        key = self._deleted.path_key(file.path)
        return self._deleted.is_named_by(file) or archive_forget.is_passed_over(self._db, key, file)

    def _take(self, file: TranscriptFile, *, now: datetime, report: ArchiveReport) -> None:
        """Archive one file as it is on disk, if it has changed since it was last read."""
        known = archive_index.known_path(self._db, file.path)
        if known is not None and known.is_unchanged(file):
            report.unchanged_file_count += 1
            if not known.is_described_as(file):
                archive_index.save_path(self._db, file, now=now)
            return
        if self._is_left_out(file):
            report.deleted_person_file_count += 1
            return
        try:
            content, seen = _read_once(file)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            report.unreadable = (*report.unreadable, (file.path, reason))
            return
        if self._deleted is not None and self._deleted.is_in(seen, content):
            archive_forget.pass_over(self._db, self._deleted.path_key(seen.path), seen)
            report.deleted_person_file_count += 1
            return
        report.bytes_read += len(content)
        path_id = archive_index.save_path(self._db, seen, now=now)
        raised = self._enter(content, path_id, file.source, now=now, report=report)
        if raised is not None:
            reason = f"archived, but its scan raised {kind_of(raised)} at {place_of(raised)}"
            report.unreadable = (*report.unreadable, (file.path, reason))

    def _enter(
        self, content: bytes, path_id: int, source: str, *, now: datetime, report: ArchiveReport
    ) -> Exception | None:
        """Enter a content at its path, and let it replace the versions that it only extends.

        Returns what its scan raised, if it did.
        """
        before = archive_index.versions_of_path(self._db, path_id)
        prefixes = prefix_hashes(content, [len(content), *(size for _, size in before.values())])
        content_hash = prefixes.pop(len(content))
        version_id, error = archive_index.live_version(self._db, content_hash), None
        if version_id is None:
            version_id, error = self._enter_version(content, content_hash, source, now=now, report=report)
        else:
            report.known_version_count += 1
        self._db.execute("insert or ignore into path_versions values (?, ?)", (path_id, version_id))
        for old_hash, (old_id, size) in before.items():
            if size in prefixes and prefixes[size] == old_hash:
                report.extended_version_count += archive_index.supersede(
                    self._db,
                    path_id=path_id,
                    version_id=old_id,
                    content_hash=old_hash,
                    successor=content_hash,
                )
        return error

    def _enter_version(
        self, content: bytes, content_hash: str, source: str, *, now: datetime, report: ArchiveReport
    ) -> tuple[int, Exception | None]:
        """Write the object, then look at it once: a file is safe before anything reads it."""
        report.bytes_stored += write_object(self.archive_dir, content_hash, content)
        version_id = archive_index.save_version(
            self._db, content_hash, source=source, byte_count=len(content), at=now
        )
        scanned, error = scan_version(self._sources[source], content, start_date=self._start_date, at=now)
        archive_index.save_scan(self._db, version_id, source, scanned)
        report.new_version_count += 1
        report.object_count += scanned.counts.objects
        report.bad_piece_count += scanned.counts.bad_pieces
        report.set_aside_object_count += scanned.set_aside_count
        return version_id, error

    def _remove_doomed(self) -> None:
        """Remove the objects of versions that a committed one has replaced."""
        doomed = self._db.execute("select content_hash from doomed_objects").fetchall()
        for (content_hash,) in doomed:
            remove_object(self.archive_dir, content_hash)
        if doomed:
            self._db.executemany("delete from doomed_objects where content_hash = ?", doomed)


def _read_once(file: TranscriptFile) -> tuple[bytes, TranscriptFile]:
    """The content of a file, unpacked, and the state that its bytes belong to.

    The time is taken before reading: a file that grows meanwhile looks changed at the next run.
    """
    with file.path.open("rb") as handle:
        modified_ns = os.fstat(handle.fileno()).st_mtime_ns
        content = handle.read()
    return unpacked(file.path, content), replace(file, size=len(content), modified_ns=modified_ns)
