"""From transcripts to raw rows, as functions of the settings: what assets and the command line both call.

Belongs here: putting settings, key, archive and lake together for one stage. Not here: how a stage works
(ingest, landing), labels (labellers), when it runs (jobs, schedules, sensors), what Dagster is told (assets).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from orchestration.configured_sources import (
    configured_sources,
    recognising_sources,
    source_options,
)
from orchestration.forgetting.tombstones import deleted_people
from orchestration.home_record import plain_pattern, remember
from orchestration.ingest.archive.archive import Archive, ArchiveReport
from orchestration.ingest.parse import PARSER_VERSION, open_parser, parse_salt
from orchestration.ingest.pseudonyms import OWNER, Pseudonyms, load_or_create_key
from orchestration.ingest.sources.discovery import Discovery
from orchestration.ingest.sources.discovery import discover as discover_transcripts
from orchestration.ingest.sources.source import ParseContext
from orchestration.interrupts import stop_if_interrupted
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.journal import home_lock
from orchestration.landing.lake import raw_lake_tables, read_partition
from orchestration.landing.landed import WantedRows, dirty_dates, raw_tables, read_landed
from orchestration.landing.landing import DayParser, land_dates
from orchestration.landing.set_aside import SetAsideLimits
from orchestration.landing.upgrade import note_upgrade
from orchestration.progress import Advance
from orchestration.project_roots import learn_roots, read_roots, write_roots
from orchestration.settings import Settings, usual_places

LOCK_WAIT_SECONDS = 3600.0
"""How long a stage waits for another writer of the home: a whole run of the command line, at most."""


def discover(settings: Settings, *, known: Mapping[Path, str] | None = None) -> Discovery:
    """The transcript files of every source, and what could not be read; `known` ones are not opened."""
    return discover_transcripts(_places_to_look(settings), recognising_sources(settings), known=known)


def _places_to_look(settings: Settings) -> Sequence[str]:
    """The setting `transcripts` without usual places of agents that are not used on this machine.

    They are looked at where nothing else is there, so that what is missing is said.
    """
    usual = {plain_pattern(place) for place in usual_places()}
    there = [
        pattern
        for pattern in settings.transcripts
        if plain_pattern(pattern) not in usual or Path(plain_pattern(pattern)).exists()
    ]
    return there or settings.transcripts


@dataclass(frozen=True)
class Scope:
    """Which of the dates that a stage is given it brings up to date: the dirty ones, unless said here.

    `force` takes all of them; `skip_stopped` leaves states alone that a gate has refused before.
    """

    force: bool = False
    skip_stopped: bool = False


@contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """The archive of the home, closed at the end; people who were deleted stay out of it."""
    with (
        deleted_people(settings) as deleted,
        Archive.open(
            settings.archive_dir,
            start_date=settings.start_date,
            deleted=deleted,
            sources=configured_sources(settings),
        ) as archive,
    ):
        yield archive


def archive_transcripts(
    settings: Settings, discovery: Discovery, *, now: datetime, advance: Advance | None = None
) -> ArchiveReport:
    """Take new and changed files into the archive; with the first session the home remembers itself."""
    with writing(settings, "archiving transcripts"), open_archive(settings) as archive:
        _learn_roots(settings, archive, discovery)
        report = archive.store(discovery, now=now, progress=advance)
        telemetry = archive.take_telemetry(settings.telemetry)
        if archive.has_sessions():
            # Not before: a first run that found nothing must not tie the home to the wrong folder.
            remember(settings)
    report.unreadable = (*report.unreadable, *telemetry.unreadable)
    return report


def _learn_roots(settings: Settings, archive: Archive, discovery: Discovery) -> None:
    """Ask about the folders of new and changed transcripts, and of all where nobody ever asked."""
    is_first = not settings.project_roots_path.exists()
    files = discovery.files if is_first else archive.pending(discovery)
    if not files:
        return
    roots = read_roots(settings.project_roots_path)
    pseudonyms = Pseudonyms(load_or_create_key(settings.pseudonym_key_path))
    learn_roots(roots, files, pseudonyms=pseudonyms, home=Path.home())
    write_roots(settings.project_roots_path, roots)


def parse_context(settings: Settings) -> ParseContext:
    """What parsing depends on; the pseudonym key is made on the first call."""
    roots = read_roots(settings.project_roots_path)
    return ParseContext(
        pseudonyms=Pseudonyms(load_or_create_key(settings.pseudonym_key_path)),
        users=settings.users,
        start_date=settings.start_date,
        text_cut_bytes=settings.text_cut_bytes,
        closing_lag_hours=settings.closing_lag_hours,
        owner=OWNER if settings.mode == "personal" else None,
        projects=settings.projects,
        roots=roots.projects,
        roots_change_key=roots.change_key,
        shows_names=settings.mode == "personal",
        options=source_options(settings),
    )


def is_lake_complete(settings: Settings) -> bool:
    """Whether every archived date is landed as it is: otherwise objects may lie on dates not there yet."""
    salt = parse_salt(parse_context(settings))
    with open_archive(settings) as archive:
        return not _dirty(settings, archive, salt)


def set_aside_limits(settings: Settings) -> SetAsideLimits:
    """How many sessions a date may lose before it stops."""
    return SetAsideLimits(settings.max_set_aside_share, settings.min_set_aside_sessions)


def land_raw(
    settings: Settings,
    days: Sequence[date],
    run: LandingRun,
    *,
    scope: Scope = Scope(),
    advance: Advance | None = None,
) -> LandingReport:
    """Parse, judge and land the raw tables of the dirty dates among `days` (of all of them with force)."""
    context = parse_context(settings)
    with (
        writing(settings, "landing raw tables"),
        open_archive(settings) as archive,
        open_parser(settings.archive_dir, context=context, workers=settings.workers) as sessions,
    ):
        parser = DayParser(
            parse=sessions.parse_day,
            key_path=context.pseudonyms.path,
            salt=parse_salt(context),
            version=PARSER_VERSION,
        )
        wanted, dirty = set(days), set(_dirty(settings, archive, parser.salt))
        if scope.skip_stopped:
            wanted -= dirty - set(_unrefused(settings, archive, parser.salt))
        sessions.expect(archive.day(day) for day in sorted(wanted if scope.force else wanted & dirty))
        note_upgrade(settings.lake_dir, archive.lineage_change(), version=PARSER_VERSION, now=run.now)
        run = replace(run, set_aside=set_aside_limits(settings))
        return land_dates(
            settings.home, archive, wanted, parser=parser, run=run, force=scope.force, progress=advance
        )


def _dirty(settings: Settings, archive: Archive, salt: str) -> list[date]:
    return dirty_dates(settings.lake_dir, raw_tables(), WantedRows(archive, settings.lake_dir, salt))


def _unrefused(settings: Settings, archive: Archive, salt: str) -> list[date]:
    """Dirty dates without those whose present state a gate has refused."""
    wanted = WantedRows(archive, settings.lake_dir, salt)
    return dirty_dates(settings.lake_dir, raw_tables(), wanted, skip_stopped=True)


@contextmanager
def writing(settings: Settings, purpose: str) -> Iterator[None]:
    """The home's lock, waited for: another stage of this home may still be at work.

    Raises KeyboardInterrupt where Ctrl-C was pressed and the stage before it did not notice.
    """
    stop_if_interrupted()
    with home_lock(settings.home, purpose=purpose, wait_seconds=LOCK_WAIT_SECONDS):
        yield


def reader_of(settings: Settings, day: date) -> Callable[[str], pa.Table]:
    tables = {table.name: table for table in raw_lake_tables()}
    return lambda name: read_partition(settings.lake_dir, tables[name], day)


def has_sessions(settings: Settings, day: date) -> bool:
    state = read_landed(settings.lake_dir, day)
    return state is not None and "raw_sessions" in state.row_counts
