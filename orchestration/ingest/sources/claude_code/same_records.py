"""Which records of a session's files are one record under several ids: forks, excerpts, replays (§12.4).

A fork gives every copied record a new uuid and names the original; a resumed excerpt repeats time and
words under new uuids; side questions and compactions replay the conversation in files of their own. The
other way round, one uuid on unlike records of a file names none of them. Knows records, not turns.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from orchestration.ingest.scanned_file import key_of
from orchestration.ingest.sources.claude_code.records import READ_TYPES
from orchestration.ingest.sources.claude_code.scan import excerpt_of, forked_from

HARNESS_MADE = re.compile(r"a[a-z_]+-\w+")
"""Agent ids of files that the harness makes: `acompact-…`, `aprompt_suggestion-…`, `aside_question-…`.

Ids of sub-agents are hexadecimal digits and hold no hyphen.
"""

Record = dict[str, Any]


def uuid_of(record: Record) -> str | None:
    """The record's own id; None where it has none."""
    uuid = record.get("uuid")
    return uuid if isinstance(uuid, str) and uuid else None


def is_side(record: Record) -> bool:
    """Whether a record is told apart from the main conversation."""
    return record.get("isSidechain") is True


def words_of(record: Record) -> bytes | None:
    """What a record says, without what changes from copy to copy; None where it cannot be written down."""
    message = record.get("message")
    if isinstance(message, dict):
        said: object = [message.get("id"), message.get("content")]
    else:
        names = ("subtype", "content", "attachment", "durationMs", "compactMetadata", "toolUseID")
        said = [record.get(name) for name in names]
    try:
        written = orjson.dumps([record.get("type"), said], option=orjson.OPT_SORT_KEYS)
    except TypeError:  # deeper or larger than JSON is written: such a record is only ever itself
        return None
    return blake2b(written, digest_size=16).digest()


@dataclass
class SameRecords:
    """The one name of each record: its uuid, its original's, or that of the record it repeats."""

    session_id: str
    contested: frozenset[str] = frozenset()
    _same_as: dict[str, str] = field(default_factory=dict)
    _repeated: set[str] = field(default_factory=set)

    def name_of(self, record: Record) -> str | None:
        """The name; None for a record without an id of its own or of its original."""
        uuid = forked_from(record)[1] or uuid_of(record)
        if uuid is None:
            return None
        if uuid in self._repeated:
            uuid = f"{uuid}:{_digest_of(record)}"
        seen = {uuid}
        while (other := self._same_as.get(uuid)) is not None and other not in seen:
            seen.add(other)
            uuid = other
        if self.contested and key_of("uuid", uuid).hex() in self.contested:
            return f"{uuid}:{self.session_id}"
        return uuid


def same_records(
    files: Sequence[Sequence[Record]], *, session_id: str, contested: Iterable[str] = ()
) -> SameRecords:
    """Find out which records of the files are one, in whatever order the files come."""
    same = SameRecords(session_id, frozenset(contested))
    for records in files:
        same._repeated |= _repeated_ids(records)
    for records in files:
        for record in records:
            original, uuid = forked_from(record)[1], uuid_of(record)
            if original is not None and uuid is not None and original != uuid:
                same._same_as[uuid] = original
    _Moments(same).read(files)
    if any(HARNESS_MADE.fullmatch(str(record.get("agentId"))) for each in files for record in each[:1]):
        _find_replays(same, files)
    return same


def _repeated_ids(records: Iterable[Record]) -> set[str]:
    """Ids that stand on unlike records of one file: a tool's constant. A copy made whole is not unlike."""
    first: dict[str, Record] = {}
    repeated: set[str] = set()
    for record in records:
        uuid = uuid_of(record)
        if uuid is None:
            continue
        known = first.setdefault(uuid, record)
        if known is not record and _is_unlike(known, record):
            repeated.add(uuid)
    return repeated


def _is_unlike(one: Record, other: Record) -> bool:
    if one.get("type") != other.get("type"):
        return True
    if one.get("timestamp") == other.get("timestamp"):
        return False
    short, long = sorted((excerpt_of(one), excerpt_of(other)), key=len)
    return not long.startswith(short)


def _digest_of(record: Record) -> str:
    text = f"{record.get('type')}\x1f{record.get('timestamp')}\x1f{excerpt_of(record)}"
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _shared_moments(files: Sequence[Sequence[Record]]) -> set[tuple[str, str]]:
    """Times at which records of one type stand under several ids: only there can one be told twice.

    Most records have their millisecond to themselves, so that this one look spares nearly all of them.
    """
    first: dict[tuple[Any, Any], str | None] = {}
    shared: set[tuple[str, str]] = set()
    for records in files:
        for record in records:
            moment = (record.get("timestamp"), record.get("type"))
            if isinstance(moment[0], str) and first.setdefault(moment, uuid_of(record)) != uuid_of(record):
                shared.add(moment)  # type: ignore[arg-type]  # both are strings: the type was looked at
    return shared


class _Moments:
    """Finds records of one time and the same words under several ids."""

    def __init__(self, same: SameRecords) -> None:
        self.same = same
        self.by_moment: dict[tuple[Any, ...], list[tuple[int, str, Record]]] = {}

    def read(self, files: Sequence[Sequence[Record]]) -> None:
        """The main conversation first: what a side file repeats of it is a copy."""
        shared = _shared_moments(files)
        if not shared:
            return
        for wants_side in (False, True):
            for number, records in enumerate(files):
                latest = ""
                for record in records:
                    at = record.get("timestamp")
                    if not isinstance(at, str) or record.get("type") not in READ_TYPES:
                        continue
                    if (at, record["type"]) in shared and is_side(record) == wants_side:
                        self._read(number, record, at, is_later_known=latest > at)
                    latest = max(latest, at)

    def _read(self, file: int, record: Record, at: str, *, is_later_known: bool) -> None:
        name = self.same.name_of(record)
        if name is None:
            return
        own = (at, record["type"], record.get("agentId") if is_side(record) else None)
        known = self.by_moment.setdefault(own, [])
        others = known if own[2] is None else [*known, *self.by_moment.get((at, own[1], None), ())]
        # Within a file only what is told again is a copy: parallel work may say the same at once.
        candidates = [
            (other, each)
            for place, other, each in others
            if other != name and (place != file or is_later_known)
        ]
        if candidates:
            words = words_of(record)
            for other, each in candidates:
                if words is not None and words_of(each) == words:
                    self._tie(name, record, other, each)
                    return
        if all(other != name for _, other, _ in known):
            known.append((file, name, record))

    def _tie(self, name: str, record: Record, other: str, each: Record) -> None:
        """Two names of one record: that of the session's own id stands, else the smaller."""
        ours, theirs = self._rank(name, record), self._rank(other, each)
        first, second = (name, other) if ours < theirs else (other, name)
        self.same._same_as[second] = first

    def _rank(self, name: str, record: Record) -> tuple[bool, bool, str]:
        return is_side(record), record.get("sessionId") != self.same.session_id, name


def _find_replays(same: SameRecords, files: Sequence[Sequence[Record]]) -> None:
    """What a file of the harness's own making repeats of the conversation, whatever its ids and times."""
    told: dict[bytes, list[str]] = defaultdict(list)
    for record in (record for records in files for record in records if not is_side(record)):
        words, name = words_of(record), same.name_of(record)
        if words is not None and name is not None and name not in told[words]:
            told[words].append(name)
    for records in files:
        for uuid, name in _replayed(records, told):
            if uuid != name:
                same._same_as.setdefault(uuid, name)


def _replayed(records: Iterable[Record], told: Mapping[bytes, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Ids in a file with the names of the records they repeat: the first time the first of equal ones."""
    times = Counter[bytes]()
    for record in records:
        uuid = uuid_of(record)
        if uuid is None or not HARNESS_MADE.fullmatch(str(record.get("agentId"))):
            continue
        words = words_of(record)
        if words is None or words not in told:
            continue
        names = told[words]
        yield uuid, names[min(times[words], len(names) - 1)]
        times[words] += 1
