"""One look at a log: counters, what is set aside, its exchanges, and what connects them to others.

Every exchange is a session id of its own; where linking is on, the archive's lineage joins those that
continue each other. Says of each line what becomes of it; the parser applies the same rule.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple, get_args

from orchestration.ingest.read_lines import LineCounts, Piece, read_lines
from orchestration.ingest.scanned_file import (
    BadPiece,
    ContentSigns,
    LooseCount,
    ScannedFile,
    StampTimes,
    bad_piece_of,
)
from orchestration.ingest.sources.api_traffic.exchange import Exchange, OtherLine, read_exchange
from orchestration.ingest.sources.api_traffic.field_names import mappings
from orchestration.ingest.sources.api_traffic.links import lineage_keys
from orchestration.ingest.sources.source import SourceOptions

RECORD_TYPE = "exchange"
OTHER_LINES: frozenset[str] = frozenset(get_args(OtherLine))
_EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class ReadPiece(NamedTuple):
    """A piece of a log with what it is: an exchange, or a word for another line or for what is wrong."""

    piece: Piece
    read: Exchange | str


def read_pieces(
    content: bytes, options: SourceOptions, counts: LineCounts, *, earliest: datetime, latest: datetime
) -> Iterator[ReadPiece]:
    """Every piece of a log, in file order."""
    known = mappings(options.field_names)
    for piece in read_lines(content, counts):
        if piece.record is None:
            assert piece.reason is not None  # a piece is an object or has a reason
            yield ReadPiece(piece, piece.reason)
        else:
            yield ReadPiece(
                piece, read_exchange(piece.record, known, options, earliest=earliest, latest=latest)
            )


def scan_file(content: bytes, *, earliest: datetime, latest: datetime, options: SourceOptions) -> ScannedFile:
    """Everything the archive keeps about a log besides its bytes."""
    counts, times = LineCounts(), StampTimes()
    bad, others, exchanges = list[BadPiece](), Counter[str](), dict[str, Exchange]()
    for piece, read in read_pieces(content, options, counts, earliest=earliest, latest=latest):
        if isinstance(read, Exchange):
            times.add(read.at, read.stamp)
            exchanges.setdefault(read.stamp, read)
        elif read in OTHER_LINES:
            others[read] += 1
        else:
            bad.append(bad_piece_of(piece, read))  # type: ignore[arg-type]  # what is no other line is a reason
    loose = tuple(
        LooseCount(None, RECORD_TYPE, kind, "counted", None, number)
        for kind, number in sorted(others.items())
    )
    return ScannedFile(
        counts,
        False,
        None,
        None,
        times.first,
        times.last,
        tuple(bad),
        loose,
        times.of_stamp,
        lineage_keys(list(exchanges.values()), options),
    )


def signs_in(content: bytes, *, options: SourceOptions) -> ContentSigns:
    """Whose requests a log holds; also exchanges of implausible times speak."""
    signs = ContentSigns()
    earliest, latest = _EVER
    for _, read in read_pieces(content, options, LineCounts(), earliest=earliest, latest=latest):
        if isinstance(read, Exchange):
            signs.stamps.add(read.stamp)
            if read.customer is not None:
                signs.customers.add(read.customer)
    return signs
