"""Land Claude's labels: the ledger's answers, checked against the lake's rows, as tables of each date.

Free: nothing is asked here. A date is landed again when its ledger rows, its raw rows, the installed
fingerprints or what is eligible changed; labels of all classifiers land together, like those of the rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

import pyarrow as pa

from classifiers.asking.eligibility import LabelEligibility, SessionFrame
from classifiers.asking.questionnaire import Questionnaire
from classifiers.catalog import CATALOG
from classifiers.label_row import Rendering
from classifiers.label_rows.claude_labels import labels_of_day
from classifiers.label_tables import label_tables
from classifiers.ledger.ledger import Ledger, LedgerRequest
from classifiers.subject.session_subjects import SessionSubjects
from expectations.suites.eligibility import ELIGIBILITY
from orchestration.ingest.rows import arrow_schema, to_arrow
from orchestration.labelling.choices import limits_of, open_ledger, questionnaire_of, redactor_of
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.landed import labels_scope, landed_dates, read_landed
from orchestration.landing.landing import LabelDate, land_labels
from orchestration.progress import Advance
from orchestration.run_log import LOGGER
from orchestration.settings import Settings, has_api_key
from orchestration.stages import reader_of, writing

CLAUDE = "claude"


def claude_label_tables() -> dict[str, pa.Schema]:
    """Schema of every table that lands with Claude's labels: labels, items, and who could be asked."""
    return {**label_tables(), ELIGIBILITY: arrow_schema(LabelEligibility)}


def is_labelling_used(settings: Settings) -> bool:
    """Whether Claude's labels concern this home: a key is set, or answers are held."""
    return settings.ledger_path.exists() or has_api_key(settings)


def dirty_claude_days(settings: Settings) -> list[date]:
    """Dates whose label tables by Claude are not what ledger and lake make of them."""
    if not is_labelling_used(settings):
        return []
    questionnaire, now = questionnaire_of(settings), datetime.now(UTC)
    with open_ledger(settings) as ledger:
        days = set(days_with_sessions(settings)) | set(
            landed_dates(settings.lake_dir, scope=labels_scope(CLAUDE))
        )
        return sorted(
            day
            for day in days
            if _landed_fingerprint(settings, day) != _fingerprint(settings, day, ledger, questionnaire, now)
        )


def land_claude_labels(
    settings: Settings, days: Sequence[date], run: LandingRun, *, advance: Advance | None = None
) -> LandingReport:
    """Land the labels of the dirty dates among `days`; a date that a gate stops keeps its last good state."""
    dirty = set(dirty_claude_days(settings))
    wanted = [day for day in sorted(set(days)) if day in dirty]
    with writing(settings, "landing Claude's labels"), open_ledger(settings) as ledger:
        return land_labels(
            settings.home,
            CLAUDE,
            _labelled(settings, wanted, ledger, advance),
            schemas=claude_label_tables(),
            version=str(len(CATALOG)),
            run=run,
        )


def _labelled(
    settings: Settings, days: Sequence[date], ledger: Ledger, advance: Advance | None
) -> Iterator[LabelDate]:
    questionnaire, now = questionnaire_of(settings), datetime.now(UTC)
    for done, day in enumerate(days, start=1):
        frames = list(frames_of_day(settings, day))
        ids = [frame.session.session_id for frame in frames]
        rows = list(ledger.requests_of(ids))
        found = labels_of_day(
            (frame.session for frame in frames),
            rows,
            ledger.skipped_of(ids),
            catalog=CATALOG,
            installed=questionnaire.installed(),
            input_hashes=_input_hashes(settings, frames, rows),
        )
        eligible = [row for frame in frames for row in questionnaire.eligibility(frame, now=now)]
        schema = arrow_schema(LabelEligibility)
        yield LabelDate(
            day,
            _fingerprint(settings, day, ledger, questionnaire, now),
            {**found.tables, ELIGIBILITY: to_arrow(sorted(eligible), schema)},
        )
        for reason, left in sorted(found.left_out.items()):
            LOGGER.info("labels of %s: %s ledger rows in no label row: %s", day, left.row_count, reason)
        if advance is not None:
            advance(done, len(days))


def _input_hashes(
    settings: Settings, frames: Sequence[SessionFrame], rows: Sequence[LedgerRequest]
) -> Mapping[tuple[str, str], str]:
    """The present input of every unit that was asked about, by unit and rendering."""
    asked: dict[str, set[tuple[str, Rendering]]] = {}
    for row in rows:
        asked.setdefault(row.session_id, set()).add((row.unit_id, row.rendering))
    ends = frozenset().union(*(classifier.turn_ends for classifier in CATALOG))
    redactor, limits = redactor_of(settings), limits_of(settings)
    hashes: dict[tuple[str, str], str] = {}
    for frame in frames:
        own = asked.get(frame.session.session_id)
        if not own:
            continue
        subjects = SessionSubjects(frame, redactor=redactor, limits=limits, turn_ends=ends)
        for unit_id, rendering in sorted(own):
            subject = subjects.of(rendering, unit_id)
            if subject is not None:
                hashes[unit_id, rendering] = subject.input_hash
    return hashes


def _landed_fingerprint(settings: Settings, day: date) -> str | None:
    state = read_landed(settings.lake_dir, day, scope=labels_scope(CLAUDE))
    return state.fingerprint if state else None


def _fingerprint(
    settings: Settings, day: date, ledger: Ledger, questionnaire: Questionnaire, now: datetime
) -> str:
    """What the label tables of a date depend on."""
    state = read_landed(settings.lake_dir, day)
    sessions = reader_of(settings, day)("raw_sessions").select(["session_id", "ended_at"]).to_pylist()
    quiet = timedelta(hours=settings.label_quiet_hours)
    closed = sum(row["ended_at"].replace(tzinfo=UTC) + quiet <= now for row in sessions)
    parts = (
        state.fingerprint if state else "",
        ledger.digest([row["session_id"] for row in sessions]),
        sorted((name, sorted(prints)) for name, prints in questionnaire.installed().items()),
        closed,
        sorted((name, schema.names) for name, schema in claude_label_tables().items()),
    )
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
