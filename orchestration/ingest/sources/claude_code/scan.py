"""One look at a Claude Code file version: counters, what is set aside, which sessions it touches.

Says which objects may be read at all (`set_aside_reason`) and to which session an object belongs
(`assign_stamps`); the parser applies the same two rules. What records mean is not decided here.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from orchestration.ingest.read_lines import BadReason, LineCounts, read_lines
from orchestration.ingest.scanned_file import (
    BadPiece,
    ContentSigns,
    LineageKeys,
    ObjectKind,
    ScannedFile,
    StampTimes,
    bad_piece_of,
    fill_stamps,
    key_of,
    loose_counts_of,
)
from orchestration.ingest.sources.claude_code.records import MESSAGE_TYPES, is_known, object_kind, time_of

TIMED_TYPES = frozenset({"assistant", "user", "system", "attachment", "progress"})
"""Types that always carry uuid, timestamp and sessionId (TRANSCRIPT_FORMAT, Appendix A)."""


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


def scan_file(content: bytes, *, earliest: datetime, latest: datetime) -> ScannedFile:
    """Everything the archive keeps about a file version beside its bytes.

    Objects whose time lies outside `earliest`–`latest`, or whose shape cannot be read, are set aside.
    """
    counts, bad, lineage, times = LineCounts(), list[BadPiece](), _Lineage(), StampTimes()
    kinds: list[ObjectKind] = []
    sidechain: list[bool] = []
    version: str | None = None
    first_version: str | None = None
    for piece in read_lines(content, counts):
        record, reason = piece.record, piece.reason
        if record is not None:
            reason = set_aside_reason(record, earliest=earliest, latest=latest)
        if reason is not None:
            bad.append(bad_piece_of(piece, reason))
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
        kind, subtype = object_kind(record)
        kinds.append(ObjectKind(stamp, kind, subtype, version, is_known(kind, subtype)))
    return ScannedFile(
        counts,
        bool(sidechain) and all(sidechain),
        first_version,
        version,
        times.first,
        times.last,
        tuple(bad),
        loose_counts_of(kinds, times.dated()),
        times.of_stamp,
        lineage.keys(),
    )


def signs_in(content: bytes) -> ContentSigns:
    """What a content says of whose it is, in one look; also objects that the scan sets aside speak."""
    signs = ContentSigns()
    for piece in read_lines(content, LineCounts()):
        if piece.record is not None:
            _add_signs(signs, piece.record)
    return signs


def _add_signs(signs: ContentSigns, record: dict[str, Any]) -> None:
    cwd, uuid, leaf, stamp = (record.get("cwd"), record.get("uuid"), record.get("leafUuid"), stamp_of(record))
    message = record.get("message")
    message_id = message.get("id") if isinstance(message, dict) else None
    if isinstance(cwd, str) and cwd:
        signs.cwds.add(cwd)
    if stamp is not None:
        signs.stamps.add(stamp)
    if isinstance(uuid, str) and uuid:
        signs.record_keys.add(_record_key(uuid).hex())
    if isinstance(message_id, str) and message_id:
        signs.record_keys.add(_message_key(message_id).hex())
    if isinstance(leaf, str) and record.get("type") == "summary":
        signs.leaves.add(_record_key(leaf).hex())
