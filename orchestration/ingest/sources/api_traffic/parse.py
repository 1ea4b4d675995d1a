"""The logs that hold one session → its rows. With linking off a session is one exchange, which is no session.

Finds the session's exchanges in the logs, each once however often it was logged, and its customer. A log
holds many sessions and is parsed for one after the other, so where each exchange is, is remembered.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from orchestration.ingest.owner import home_names
from orchestration.ingest.pseudonyms import resolve_user
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.redaction import redact
from orchestration.ingest.redaction.kept_text import KeptText
from orchestration.ingest.rows import Disposition, Owner, RawRecordCount
from orchestration.ingest.scanned_file import plausible_times
from orchestration.ingest.sources.api_traffic.assemble import AssembleOptions, assemble_session
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

_Places = dict[str, list[tuple[int, int]]]
"""Where the exchanges of a log are: offset and size of each piece, by stamp."""

_MOST_REMEMBERED = 4
_remembered: OrderedDict[tuple[str, SourceOptions, datetime, datetime], _Places] = OrderedDict()


def parse_session(
    session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
) -> SessionTables:
    """Rows of one session by raw table; empty where none of its objects may be read."""
    exchanges, fates = dict[str, Exchange](), Counter[tuple[str, Disposition]]()
    for content_hash, exchange in _exchanges_of(session, files, context):
        fates[content_hash, "duplicate" if exchange.stamp in exchanges else "row"] += 1
        exchanges.setdefault(exchange.stamp, exchange)
    if not exchanges:
        return {}
    ordered = sorted(exchanges.values(), key=lambda exchange: (exchange.at, exchange.stamp))
    kept = KeptText(redact.redactor_for(home_names((), context)), cut_bytes=context.text_cut_bytes)
    tables = assemble_session(
        ordered,
        owner=Owner(session.session_id, _user_id(ordered, context), None, session.source),
        aliases=session.stamps,
        kept=kept,
        options=AssembleOptions(
            agent=AGENT,
            pseudonyms=context.pseudonyms,
            is_linked=context.options.links_requests,
            file_count=len({content_hash for content_hash, _ in fates}),
        ),
    )
    return {**tables, "raw_record_counts": list(_count_rows(session, fates))}


def count_objects(
    session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
) -> list[RawRecordCount]:
    """The exchanges of a session that is left out, by file."""
    fates = Counter[tuple[str, Disposition]]()
    for content_hash, _ in _exchanges_of(session, files, context):
        fates[content_hash, "set_aside"] += 1
    return _count_rows(session, fates)


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


def _exchanges_of(
    session: SessionInput, files: Iterable[SessionFile], context: ParseContext
) -> Iterator[tuple[str, Exchange]]:
    """The exchanges of a session with the log that each is in; one that was logged again comes again."""
    known = mappings(context.options.field_names)
    for file in files:
        earliest, latest = plausible_times(context.start_date, file.version.archived_at)
        places = _places_in(file, context.options, earliest, latest)
        for offset, size in sorted(place for stamp in session.stamps for place in places.get(stamp, ())):
            for piece in read_lines(file.content[offset : offset + size], LineCounts()):
                assert piece.record is not None  # it was read before
                read = read_exchange(piece.record, known, context.options, earliest=earliest, latest=latest)
                assert isinstance(read, Exchange)
                yield file.version.content_hash, read


def _places_in(file: SessionFile, options: SourceOptions, earliest: datetime, latest: datetime) -> _Places:
    key = (file.version.content_hash, options, earliest, latest)
    places = _remembered.get(key)
    if places is None:
        places = defaultdict(list)
        for piece, read in read_pieces(file.content, options, LineCounts(), earliest=earliest, latest=latest):
            if isinstance(read, Exchange):
                places[read.stamp].append((piece.byte_offset, piece.byte_count))
        _remembered[key] = places
    _remembered.move_to_end(key)
    while len(_remembered) > _MOST_REMEMBERED:
        _remembered.popitem(last=False)
    return places
