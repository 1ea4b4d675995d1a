"""The logs that hold one session → its rows. With linking off a session is one exchange, which is no session.

Finds the session's exchanges in the logs, each once however often it was logged, and its customer. A log
holds many sessions and is parsed for one after the other, so where each exchange is, is remembered.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from orchestration.ingest.owner import home_names
from orchestration.ingest.pseudonyms import resolve_user
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.redaction import redact
from orchestration.ingest.redaction.kept_text import KeptText
from orchestration.ingest.rows import Disposition, Owner, RawRecordCount
from orchestration.ingest.scanned_file import plausible_times
from orchestration.ingest.sources.api_traffic.assemble import (
    AssembleOptions,
    SessionReader,
    assemble_session,
)
from orchestration.ingest.sources.api_traffic.exchange import Exchange, read_exchange
from orchestration.ingest.sources.api_traffic.field_names import mappings
from orchestration.ingest.sources.api_traffic.scan import RECORD_TYPE, read_pieces
from orchestration.ingest.sources.source import (
    ParseContext,
    SessionFile,
    SessionInput,
    SessionTables,
    SourceOptions,
)

AGENT = "api_traffic"


class _Place(NamedTuple):
    """Where an exchange is in a log, and when it was: as exchanges are read."""

    at: datetime
    stamp: str
    content_hash: str
    offset: int
    size: int


_Places = dict[str, list[_Place]]
"""The exchanges of a log by stamp."""

_MOST_REMEMBERED = 4
_remembered: OrderedDict[tuple[str, SourceOptions, datetime, datetime], _Places] = OrderedDict()


def parse_session(
    session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
) -> SessionTables:
    """Rows of one session by raw table; empty where none of its objects may be read.

    Holds its logs and one exchange at a time: each repeats all those before it.
    """
    contents = dict[str, SessionFile]()
    places = list[_Place]()
    for file in files:
        found = _places_of(session, file, context)
        if found:
            contents[file.version.content_hash] = file
            places += found
    if not places:
        return {}
    places.sort()
    first = {place.stamp: place for place in reversed(places)}
    fates = Counter[tuple[str, Disposition]](
        (place.content_hash, "row" if first[place.stamp] is place else "duplicate") for place in places
    )
    in_time = (place for place in places if first[place.stamp] is place)
    reader = SessionReader(context.pseudonyms)
    for place in in_time:
        reader.read(_exchange_at(place, contents[place.content_hash], context))
    kept = KeptText(redact.redactor_for(home_names((), context)), cut_bytes=context.text_cut_bytes)
    tables = assemble_session(
        reader,
        owner=Owner(session.session_id, _user_id(reader.exchanges, context), None, session.source),
        aliases=session.stamps,
        kept=kept,
        options=AssembleOptions(
            agent=AGENT, is_linked=context.options.links_requests, file_count=len(contents)
        ),
    )
    return {**tables, "raw_record_counts": list(_count_rows(session, fates))}


def count_objects(
    session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
) -> list[RawRecordCount]:
    """The exchanges of a session that is left out, by file."""
    fates = Counter[tuple[str, Disposition]]()
    for file in files:
        fates[file.version.content_hash, "set_aside"] += len(_places_of(session, file, context))
    return _count_rows(session, +fates)


def _count_rows(session: SessionInput, fates: Counter[tuple[str, Disposition]]) -> list[RawRecordCount]:
    return [
        RawRecordCount(
            content_hash, session.source, session.session_id, RECORD_TYPE, None, fate, None, number
        )
        for (content_hash, fate), number in sorted(fates.items())
    ]


def _user_id(exchanges: list[Exchange], context: ParseContext) -> str | None:
    """Pseudonym of the customer; in a personal home its owner, whatever key was used."""
    if context.owner is not None:
        return context.pseudonyms.user(context.owner)
    customers = sorted({exchange.customer for exchange in exchanges if exchange.customer is not None})
    name = resolve_user(customers[0], (), context.users) if customers else None
    return None if name is None else context.pseudonyms.user(name)


def _exchange_at(place: _Place, file: SessionFile, context: ParseContext) -> Exchange:
    """The exchange at a place where one was read before."""
    earliest, latest = plausible_times(context.start_date, file.version.archived_at)
    (piece,) = read_lines(file.content[place.offset : place.offset + place.size], LineCounts())
    assert piece.record is not None
    known = mappings(context.options.field_names)
    read = read_exchange(piece.record, known, context.options, earliest=earliest, latest=latest)
    assert isinstance(read, Exchange)
    return read


def _places_of(session: SessionInput, file: SessionFile, context: ParseContext) -> list[_Place]:
    """Where the exchanges of a session are in a log; one that was logged again is there again."""
    places = _places_in(file, context)
    return [place for stamp in session.stamps for place in places.get(stamp, ())]


def _places_in(file: SessionFile, context: ParseContext) -> _Places:
    earliest, latest = plausible_times(context.start_date, file.version.archived_at)
    key = (file.version.content_hash, context.options, earliest, latest)
    places = _remembered.get(key)
    if places is None:
        places = defaultdict(list)
        pieces = read_pieces(file.content, context.options, LineCounts(), earliest=earliest, latest=latest)
        for piece, read in pieces:
            if isinstance(read, Exchange):
                place = _Place(read.at, read.stamp, key[0], piece.byte_offset, piece.byte_count)
                places[read.stamp].append(place)
        _remembered[key] = places
    _remembered.move_to_end(key)
    while len(_remembered) > _MOST_REMEMBERED:
        _remembered.popitem(last=False)
    return places
