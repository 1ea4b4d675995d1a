"""One look at a Claude Code file version: counters, what is set aside, which sessions it touches.

Says which objects may be read at all (`set_aside_reason`) and to which session an object belongs
(`assign_stamps`); the parser applies the same two rules. What records mean is not decided here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

from orchestration.ingest.read_lines import BadReason, LineCounts, Piece, read_lines
from orchestration.ingest.records import MESSAGE_TYPES, is_known, object_kind, time_of
from orchestration.ingest.rows import Disposition

SCAN_VERSION = "1"
"""Raised when a rule of this module or of `read_lines` changes: the archive then looks again."""

TIMED_TYPES = frozenset({"assistant", "user", "system", "attachment", "progress"})
"""Types that always carry uuid, timestamp and sessionId (TRANSCRIPT_FORMAT, Appendix A)."""

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


class LineageKeys(NamedTuple):
    """What connects a file's sessions to others: 64-bit hashes of ids, each with its session stamp."""

    records: frozenset[tuple[int, str]]
    parents: frozenset[tuple[int, str]]
    leaves: frozenset[int]


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


def plausible_times(start_date: date, archived_at: datetime) -> tuple[datetime, datetime]:
    """Earliest and latest plausible time of a record in a file version archived at that time."""
    return datetime.combine(start_date, time(), UTC), archived_at + CLOCK_TOLERANCE


def stamp_of(record: dict[str, Any]) -> str | None:
    """The session id stamped on a record, or None."""
    stamp = record.get("sessionId")
    return stamp if isinstance(stamp, str) and stamp else None


def set_aside_reason(record: dict[str, Any], *, earliest: datetime, latest: datetime) -> BadReason | None:
    """Why an object is quarantined, or None where it may be read."""
    kind = record.get("type")
    if not isinstance(kind, str) or not kind:
        return "malformed_record"
    at = time_of(record)
    if kind in TIMED_TYPES and (at is None or stamp_of(record) is None):
        return "malformed_record"
    if kind in MESSAGE_TYPES and not isinstance(record.get("message"), dict):
        return "malformed_record"
    if at is not None and not earliest <= at <= latest:
        return "implausible_time"
    return None


def assign_stamps(records: Sequence[dict[str, Any]]) -> list[str | None]:
    """The session id of each record of a file that may be read, in file order.

    A record without one belongs to the nearest earlier stamped record's session, else to the first
    later one's; in a file without any stamp to none.
    """
    return fill_stamps([stamp_of(record) for record in records])


def fill_stamps(stamps: Sequence[str | None]) -> list[str | None]:
    """The rule of `assign_stamps` on the stamps alone."""
    nearest = next((stamp for stamp in stamps if stamp), None)
    filled: list[str | None] = []
    for stamp in stamps:
        nearest = stamp or nearest
        filled.append(nearest)
    return filled


def key_of(kind: str, identifier: str) -> int:
    """A record uuid or message id as a signed 64-bit number; equal ids of other kinds differ."""
    digest = blake2b(identifier.encode("utf-8", "replace"), digest_size=8, person=kind.encode())
    return int.from_bytes(digest.digest(), "big", signed=True)


_record_key = partial(key_of, "uuid")
_message_key = partial(key_of, "message")


class _Lineage:
    """Collects what connects the sessions of one file to those of others."""

    def __init__(self) -> None:
        self.records: set[tuple[str, str]] = set()
        self.messages: set[tuple[str, str]] = set()
        self.parents: set[tuple[str, str]] = set()
        self.leaves: set[str] = set()

    def add(self, record: dict[str, Any], stamp: str | None) -> None:
        if stamp is None:
            leaf = record.get("leafUuid")
            if record["type"] == "summary" and isinstance(leaf, str):
                self.leaves.add(leaf)
            return
        uuid, parent = record.get("uuid"), record.get("parentUuid")
        if isinstance(uuid, str) and uuid:
            self.records.add((uuid, stamp))
        if isinstance(parent, str) and parent:
            self.parents.add((parent, stamp))
        if record["type"] == "assistant":
            message_id = record["message"].get("id")
            if isinstance(message_id, str) and message_id:
                self.messages.add((message_id, stamp))

    def keys(self) -> LineageKeys:
        """A parent with the same stamp in the same file connects nothing and is left out."""
        return LineageKeys(
            frozenset(
                [(_record_key(uuid), stamp) for uuid, stamp in self.records]
                + [(_message_key(message), stamp) for message, stamp in self.messages]
            ),
            frozenset((_record_key(uuid), stamp) for uuid, stamp in self.parents - self.records),
            frozenset(map(_record_key, self.leaves)),
        )


class _Times:
    """Earliest time of the file and of each stamp, and the latest of the file."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.of_stamp: dict[str, datetime | None] = {}

    def add(self, at: datetime | None, stamp: str | None) -> None:
        if stamp is not None:
            known = self.of_stamp.setdefault(stamp, at)
            if at is not None and (known is None or at < known):
                self.of_stamp[stamp] = at
        if at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)


def scan_file(content: bytes, *, earliest: datetime, latest: datetime) -> ScannedFile:
    """Everything the archive keeps about a file version beside its bytes.

    Objects whose time lies outside `earliest`–`latest`, or whose shape cannot be read, are set aside.
    """
    counts, bad, lineage, times = LineCounts(), list[BadPiece](), _Lineage(), _Times()
    kinds: list[tuple[str | None, str, str | None, str | None]] = []
    sidechain: list[bool] = []
    version: str | None = None
    first_version: str | None = None
    for piece in read_lines(content, counts):
        record, reason = piece.record, piece.reason
        if record is not None:
            reason = set_aside_reason(record, earliest=earliest, latest=latest)
        if reason is not None:
            bad.append(_bad_piece(piece, reason))
        if record is None or reason is not None:
            continue
        stamp, stated = stamp_of(record), record.get("version")
        if isinstance(stated, str) and stated:
            version = stated
            first_version = first_version or stated
        if isinstance(record.get("isSidechain"), bool):
            sidechain.append(record["isSidechain"])
        times.add(time_of(record), stamp)
        lineage.add(record, stamp)
        kinds.append((stamp, *object_kind(record), version))
    return ScannedFile(
        counts,
        bool(sidechain) and all(sidechain),
        first_version,
        version,
        times.first,
        times.last,
        tuple(bad),
        _loose_counts(kinds, {stamp for stamp, at in times.of_stamp.items() if at is not None}),
        times.of_stamp,
        lineage.keys(),
    )


def _bad_piece(piece: Piece, reason: BadReason) -> BadPiece:
    kind = None if piece.record is None else piece.record.get("type")
    return BadPiece(
        piece.line_number,
        piece.byte_offset,
        piece.byte_count,
        reason,
        piece.record is not None,
        kind if isinstance(kind, str) else None,
    )


def _loose_counts(
    kinds: Iterable[tuple[str | None, str, str | None, str | None]], dated: set[str]
) -> tuple[LooseCount, ...]:
    """Objects without a session, or of a session that no record of this file dates, by kind."""
    rows = list(kinds)
    counted = Counter(
        (stamp, *row[1:])
        for stamp, row in zip(fill_stamps([row[0] for row in rows]), rows, strict=True)
        if stamp not in dated
    )
    loose = [
        LooseCount(
            stamp,
            kind,
            subtype,
            "counted" if is_known(kind, subtype) else "unknown",
            cli_version,
            count,
        )
        for (stamp, kind, subtype, cli_version), count in counted.items()
    ]
    return tuple(
        sorted(
            loose,
            key=lambda row: tuple("" if part is None else str(part) for part in row),
        )
    )
