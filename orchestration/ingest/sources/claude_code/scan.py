"""One look at a Claude Code file version: counters, what is set aside, which sessions it touches.

Says which objects may be read at all (`set_aside_reason`) and to which session an object belongs
(`assign_stamps`); the parser applies the same two rules. What records mean is not decided here.
"""

from collections.abc import Iterable, Sequence
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
    old_key_of,
    record_key,
)
from orchestration.ingest.sources.claude_code.records import MESSAGE_TYPES, is_known, object_kind, time_of

TIMED_TYPES = frozenset({"assistant", "user", "system", "attachment", "progress"})
"""Types that always carry uuid, timestamp and sessionId (TRANSCRIPT_FORMAT, Appendix A)."""


def stamp_of(record: dict[str, Any]) -> str | None:
    """The session id stamped on a record, or None."""
    stamp = record.get("sessionId")
    return stamp if isinstance(stamp, str) and stamp else None


def set_aside_reason(
    record: dict[str, Any], at: datetime | None, *, earliest: datetime, latest: datetime
) -> BadReason | None:
    """Why an object is quarantined, or None where it may be read; `at` is its time (`time_of`)."""
    kind = record.get("type")
    if not isinstance(kind, str) or not kind:
        return "malformed_record"
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


EXCERPT_CHARS = 160
"""How much of a record's words tells it from another one of the same id and time."""

VENDOR_ID_CHARS = 20
"""A shorter message id is a gateway's own: `relay`, `msg_1`, `chatcmpl-0`."""

_SAYS_ABOUT = ("text", "thinking", "id", "tool_use_id")
"""Fields of a block that say what it is about; the first that is there counts."""

_record_key = partial(key_of, "uuid")
_session_key = partial(key_of, "session")


def excerpt_of(record: dict[str, Any]) -> str:
    """The first words of a record, or what its first block is about."""
    message = record.get("message")
    content = message.get("content") if isinstance(message, dict) else record.get("content")
    if isinstance(content, str):
        return content[:EXCERPT_CHARS]
    first = content[0] if isinstance(content, list) and content else None
    if not isinstance(first, dict):
        return str(record.get("subtype"))
    words = ""
    for name in _SAYS_ABOUT:
        about = first.get(name)
        if about and isinstance(about, str):
            words = about
            break
    return f"{first.get('type')} {words[:EXCERPT_CHARS]}"


def _content_of(record: dict[str, Any]) -> str:
    """What tells a record from others that bear its id."""
    return f"{record.get('type')}\x1f{record.get('timestamp')}\x1f{excerpt_of(record)}"


def forked_from(record: dict[str, Any]) -> tuple[str | None, str | None]:
    """Session and record that a fork says it copied this record from (`forkedFrom`)."""
    origin = record.get("forkedFrom")
    if not isinstance(origin, dict):
        return None, None
    session, uuid = origin.get("sessionId"), origin.get("messageUuid")
    return (
        session if isinstance(session, str) and session else None,
        uuid if isinstance(uuid, str) and uuid else None,
    )


def _keys_of(uuid: object, original: str | None, content: str) -> list[bytes]:
    """Every name under which a copy of a record may be found: its uuid's, and its original's."""
    keys = []
    if uuid and isinstance(uuid, str):
        keys.append(record_key(_record_key(uuid), content))
    if original is not None:
        keys.append(record_key(_record_key(original), content))
    return keys


def is_vendor_id(message_id: str) -> bool:
    """Whether a message's id is long enough to be drawn at random, once for all."""
    return len(message_id) >= VENDOR_ID_CHARS and any(map(str.isdigit, message_id))


def _said_key(record: dict[str, Any], content: str) -> bytes | None:
    """The key of a line of a response by what it says, when and where: excerpts are copied under new uuids.

    None where the message's id is not the vendor's: behind one gateway strangers get equal ids.
    """
    message = record.get("message")
    message_id = message.get("id") if isinstance(message, dict) else None
    if record.get("type") != "assistant" or not isinstance(message_id, str):
        return None
    if not is_vendor_id(message_id):
        return None
    return key_of("said", f"{message_id}\x1f{record.get('cwd')}\x1f{content}")


class _Lineage:
    """Collects what connects the sessions of one file to those of others: never a message or tool id."""

    def __init__(self) -> None:
        self.records: set[tuple[bytes, str]] = set()
        self.holders: dict[str, list[tuple[bytes, str]]] = {}
        self.parents: set[tuple[str, str]] = set()
        self.origins: set[tuple[str, str]] = set()
        self.said: set[tuple[str, str]] = set()
        self.leaves: set[str] = set()

    def add(self, record: dict[str, Any], stamp: str | None) -> None:
        if stamp is None:
            leaf = record.get("leafUuid")
            if record["type"] == "summary" and isinstance(leaf, str):
                self.leaves.add(leaf)
            return
        uuid, parent = record.get("uuid"), record.get("parentUuid")
        session, original = forked_from(record)
        content = _content_of(record)
        keys = [(key, stamp) for key in _keys_of(uuid, original, content)]
        self.records.update(keys)
        if uuid and isinstance(uuid, str):
            self.holders.setdefault(uuid, []).append(keys[0])
        if parent and isinstance(parent, str):
            self.parents.add((parent, stamp))
        if session is not None:
            self.origins.add((session, stamp))
        if record["type"] == "assistant":
            self._add_said(record, stamp, content)

    def _add_said(self, record: dict[str, Any], stamp: str, content: str) -> None:
        """One key a message, that of its first line here: the index would grow by a third otherwise."""
        message = (str(record["message"].get("id")), stamp)
        if message not in self.said:
            self.said.add(message)
            key = _said_key(record, content)
            if key is not None:
                self.records.add((key, stamp))

    def keys(self, stamps: Iterable[str]) -> LineageKeys:
        """What connects `stamps`, those of the file.

        A parent in the same file is settled here: under the same stamp it connects nothing, under
        another one the child counts as a holder of that very record.
        """
        parents: set[tuple[bytes, str]] = set()
        for parent, stamp in self.parents:
            held = self.holders.get(parent)
            if held is None:
                parents.add((_record_key(parent), stamp))
            elif all(own != stamp for _, own in held):
                self.records.update((key, stamp) for key, _ in held)
        parents.update((_session_key(session), stamp) for session, stamp in self.origins if session != stamp)
        self.records.update((_session_key(stamp), stamp) for stamp in stamps)
        return LineageKeys(
            frozenset(self.records), frozenset(parents), frozenset(map(_record_key, self.leaves))
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
        record, reason, at = piece.record, piece.reason, None
        if record is not None:
            at = time_of(record)
            reason = set_aside_reason(record, at, earliest=earliest, latest=latest)
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
        times.add(at, stamp)
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
        lineage.keys(times.of_stamp),
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
    if isinstance(cwd, str) and cwd:
        signs.cwds.add(cwd)
    if stamp is not None:
        signs.stamps.add(stamp)
    content, (_, original) = _content_of(record), forked_from(record)
    signs.record_keys.update(key.hex() for key in _keys_of(uuid, original, content))
    said = _said_key(record, content)
    if said is not None:
        signs.record_keys.add(said.hex())
    for each in (uuid, original):
        if isinstance(each, str) and each:
            signs.old_record_keys.add(old_key_of("uuid", each))
    if isinstance(leaf, str) and record.get("type") == "summary":
        signs.leaves.add(_record_key(leaf).hex())
