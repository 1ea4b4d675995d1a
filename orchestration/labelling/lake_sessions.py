"""Sessions of the lake as labelling reads them: the rows a subject is rendered from, date by date.

Memory is bounded by one date's rows.
"""

from collections.abc import Iterator
from datetime import date

from classifiers.asking.eligibility import ELIGIBILITY_COLUMNS, SessionFrame
from classifiers.label_rows.record_facts import FACT_COLUMNS
from classifiers.session_record import sessions_of_day
from classifiers.subject.render_session import SUBJECT_COLUMNS
from orchestration.landing.landed import landed_dates
from orchestration.settings import Settings
from orchestration.stages import has_sessions, reader_of

_FRAME_COLUMNS = ("session_id", "surface", "is_warmup_only")


def days_with_sessions(settings: Settings) -> list[date]:
    """Landed dates that hold sessions, in order."""
    return [day for day in landed_dates(settings.lake_dir) if has_sessions(settings, day)]


def frames_of_day(settings: Settings, day: date) -> Iterator[SessionFrame]:
    """The sessions of one date with what decides on asking, by session id. Warm-ups are no sessions."""
    read_table = reader_of(settings, day)
    framing = {
        row["session_id"]: row for row in read_table("raw_sessions").select(_FRAME_COLUMNS).to_pylist()
    }
    for session in sessions_of_day(read_table, columns=_columns()):
        own = framing[session.session_id]
        if not own["is_warmup_only"]:
            yield SessionFrame(session, own["surface"])


def _columns() -> dict[str, tuple[str, ...]]:
    """What is rendered, what decides on eligibility, and what evidence is checked against, by table."""
    needed: dict[str, list[str]] = {}
    for columns in (SUBJECT_COLUMNS, ELIGIBILITY_COLUMNS, FACT_COLUMNS):
        for table, names in columns.items():
            needed.setdefault(table, []).extend(names)
    return {table: tuple(dict.fromkeys(names)) for table, names in needed.items()}
