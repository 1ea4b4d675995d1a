"""What one look at a file version gives: counters, what is set aside, which sessions it touches.

Every source's `scan` returns a `ScannedFile`; the archive keeps it and knows nothing else of the file.
What an object means, and which may be read at all, is decided in the source's own room.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import NamedTuple

from orchestration.ingest.read_lines import BadReason, LineCounts, Piece
from orchestration.ingest.rows import Disposition

CLOCK_TOLERANCE = timedelta(days=1)
"""How far ahead of the archive's clock a record may be before its time is implausible."""


class BadPiece(NamedTuple):
    """A piece of a file that is set aside: unreadable bytes, or an object that breaks a rule."""

    line_number: int
    byte_offset: int
    byte_count: int
    reason: BadReason
    is_object: bool
    record_type: str | None


class LooseCount(NamedTuple):
    """Objects that this file alone can date to no session. `stamp` is null where none is stamped."""

    stamp: str | None
    record_type: str
    record_subtype: str | None
    disposition: Disposition
    cli_version: str | None
    object_count: int


class ObjectKind(NamedTuple):
    """One object that may be read: its session stamp, what it is, and whether that kind is known."""

    stamp: str | None
    record_type: str
    record_subtype: str | None
    cli_version: str | None
    is_known: bool


class LineageKeys(NamedTuple):
    """What connects a file's sessions to others: hashes of ids, each with its session stamp.

    A key of `records` is an id (`key_of`), followed where records are known to repeat ids by a digest of
    what the record says (`record_key`). Two stamps are one session where they share a whole key of
    `records`, or where an id of one's `parents` begins a key of the other's `records`, unless unlike
    records bear that id. `leaves` connect nothing: only the retention report asks for them.
    """

    records: frozenset[tuple[bytes, str]]
    parents: frozenset[tuple[bytes, str]]
    leaves: frozenset[bytes]


@dataclass(frozen=True)
class ScannedFile:
    """One look at the bytes of a file version: counters, what is set aside, what its sessions are.

    `earliest` has every session id stamped in the file, with the time of its earliest record, or None
    where no record of it carries a time.
    """

    counts: LineCounts
    is_sidechain: bool
    first_cli_version: str | None
    last_cli_version: str | None
    earliest_at: datetime | None
    latest_at: datetime | None
    bad_pieces: tuple[BadPiece, ...]
    loose_counts: tuple[LooseCount, ...]
    earliest: Mapping[str, datetime | None]
    keys: LineageKeys

    @property
    def set_aside_count(self) -> int:
        return sum(piece.is_object for piece in self.bad_pieces)


@dataclass
class ContentSigns:
    """What the records of one content say of whose it is: working directories, session ids, record ids.

    Keys are those of the lineage in hexadecimal digits. `leaves` are the records that summaries point at.
    `customers` are the names of those whose requests a log holds.
    `old_record_keys` are record ids as tombstones of version 0.1.0 hold them.
    """

    cwds: set[str] = field(default_factory=set)
    stamps: set[str] = field(default_factory=set)
    record_keys: set[str] = field(default_factory=set)
    old_record_keys: set[str] = field(default_factory=set)
    leaves: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)


class StampTimes:
    """Earliest time of the file and of each stamp, and the latest of the file."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.of_stamp: dict[str, datetime | None] = {}

    def add(self, at: datetime | None, stamp: str | None) -> None:
        """Note a record; either may be missing."""
        if stamp is not None:
            known = self.of_stamp.setdefault(stamp, at)
            if at is not None and (known is None or at < known):
                self.of_stamp[stamp] = at
        if at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)

    def dated(self) -> set[str]:
        """Stamps that some record of the file dates."""
        return {stamp for stamp, at in self.of_stamp.items() if at is not None}


def plausible_times(start_date: date, archived_at: datetime) -> tuple[datetime, datetime]:
    """Earliest and latest plausible time of a record in a file version archived at that time."""
    return datetime.combine(start_date, time(), UTC), archived_at + CLOCK_TOLERANCE


ID_BYTES = 16
"""With 64 bits two strangers' sessions would be merged somewhere with a chance of a third at ten million
sessions; with 128 nowhere."""


def key_of(kind: str, identifier: str) -> bytes:
    """An id as 16 bytes; equal ids of other kinds differ."""
    return blake2b(_bytes(identifier), digest_size=ID_BYTES, person=kind.encode()).digest()


def record_key(identifier: bytes, content: str) -> bytes:
    """The key of a record: its id's, and 8 bytes that tell it from other records of the same id."""
    return identifier + blake2b(_bytes(content), digest_size=8, person=b"content").digest()


def old_key_of(kind: str, identifier: str) -> str:
    """An id as version 0.1.0 wrote it into tombstones: 64 bits as a signed decimal number."""
    digest = blake2b(_bytes(identifier), digest_size=8, person=kind.encode()).digest()
    return str(int.from_bytes(digest, "big", signed=True))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def fill_stamps(stamps: Sequence[str | None]) -> list[str | None]:
    """The stamp of each record: its own, else the nearest earlier one's, else the first later one's."""
    nearest = next((stamp for stamp in stamps if stamp), None)
    filled: list[str | None] = []
    for stamp in stamps:
        nearest = stamp or nearest
        filled.append(nearest)
    return filled


def bad_piece_of(piece: Piece, reason: BadReason) -> BadPiece:
    """A piece with the reason why it is set aside."""
    kind = None if piece.record is None else piece.record.get("type")
    return BadPiece(
        piece.line_number,
        piece.byte_offset,
        piece.byte_count,
        reason,
        piece.record is not None,
        kind if isinstance(kind, str) else None,
    )


def loose_counts_of(kinds: Iterable[ObjectKind], dated: set[str]) -> tuple[LooseCount, ...]:
    """Objects without a session, or of a session that no record of this file dates, by kind."""
    rows = list(kinds)
    if all(row[0] in dated for row in rows):  # as in nearly all files
        return ()
    counted = Counter(
        (stamp, *row[1:])
        for stamp, row in zip(fill_stamps([row.stamp for row in rows]), rows, strict=True)
        if stamp not in dated
    )
    loose = [
        LooseCount(stamp, kind, subtype, "counted" if known else "unknown", cli_version, count)
        for (stamp, kind, subtype, cli_version, known), count in counted.items()
    ]
    return tuple(sorted(loose, key=lambda row: tuple("" if part is None else str(part) for part in row)))
