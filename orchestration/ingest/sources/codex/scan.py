"""One look at a rollout: counters, what is set aside, which thread it is and what connects it to others.

Says which objects may be read at all (`set_aside_reason`); the parser applies the same rule. A file is
one thread, that of its first `session_meta`: later ones repeat it or are the parent's, copied.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.read_lines import BadReason, LineCounts, read_lines
from orchestration.ingest.scanned_file import (
    BadPiece,
    ContentSigns,
    LineageKeys,
    ObjectKind,
    ScannedFile,
    StampTimes,
    bad_piece_of,
    key_of,
    loose_counts_of,
)
from orchestration.ingest.sources.codex.records import (
    KNOWN,
    KNOWN_TYPES,
    TURN_STARTS,
    is_uuid,
    kind_of,
    time_of,
)
from orchestration.ingest.sources.codex.thread_meta import ThreadMeta, metas_in, read_meta
from orchestration.ingest.sources.source import Places


def set_aside_reason(record: dict[str, Any], *, earliest: datetime, latest: datetime) -> BadReason | None:
    """Why an object is quarantined, or None where it may be read."""
    kind = record.get("type")
    if not isinstance(kind, str) or not kind:
        return "malformed_record"
    at = time_of(record)
    if kind in KNOWN_TYPES and (at is None or not isinstance(record.get("payload"), dict)):
        return "malformed_record"
    if at is not None and not earliest <= at <= latest:
        return "implausible_time"
    return None


def scan_file(content: bytes, *, earliest: datetime, latest: datetime) -> ScannedFile:
    """Everything the archive keeps about a file version beside its bytes."""
    counts, bad, records = LineCounts(), list[BadPiece](), list[dict[str, Any]]()
    for piece in read_lines(content, counts):
        if piece.record is None:
            assert piece.reason is not None  # a piece is an object or has a reason
            bad.append(bad_piece_of(piece, piece.reason))
        elif reason := set_aside_reason(piece.record, earliest=earliest, latest=latest):
            bad.append(bad_piece_of(piece, reason))
        else:
            records.append(piece.record)
    metas = [read_meta(payload) for payload in metas_in(records)]
    own = metas[0] if metas else None
    stamp = own.thread_id if own else None
    versions = [meta.cli_version for meta in metas if meta.thread_id == stamp and meta.cli_version]
    times = StampTimes()
    for record in records:
        times.add(time_of(record), stamp)
    kinds = [_object_kind(record, own) for record in records]
    return ScannedFile(
        counts,
        own is not None and own.is_sidechain,
        versions[0] if versions else None,
        versions[-1] if versions else None,
        times.first,
        times.last,
        tuple(bad),
        loose_counts_of(kinds, times.dated()),
        times.of_stamp,
        _lineage(records, own),
    )


def _object_kind(record: dict[str, Any], own: ThreadMeta | None) -> ObjectKind:
    kind = kind_of(record)
    stamp, version = (own.thread_id, own.cli_version) if own else (None, None)
    return ObjectKind(stamp, *kind, version, kind in KNOWN)


def _lineage(records: Sequence[dict[str, Any]], own: ThreadMeta | None) -> LineageKeys:
    """A thread belongs to the thread it came from, and to every other that holds one of its turns."""
    if own is None:
        return LineageKeys(frozenset(), frozenset(), frozenset())
    here = {key_of("thread", own.thread_id)} | {key_of("turn", turn) for turn in turn_ids(records)}
    return LineageKeys(
        frozenset((key, own.thread_id) for key in here),
        frozenset((key_of("thread", parent), own.thread_id) for parent in own.parents),
        frozenset(),
    )


def turn_ids(records: Sequence[dict[str, Any]]) -> set[str]:
    """The turns begun in a file, copied ones too; ids that are only counters connect nothing."""
    found = {turn_id_of(record) for record in records if kind_of(record)[1] in TURN_STARTS}
    return {turn for turn in found if turn is not None and is_uuid(turn)}


def turn_id_of(record: dict[str, Any]) -> str | None:
    """The turn that a record names."""
    payload = record.get("payload")
    return string_of(payload.get("turn_id")) or None if isinstance(payload, dict) else None


def signs_in(content: bytes) -> ContentSigns:
    """What a content says of whose it is, in one look; also objects that the scan sets aside speak."""
    signs, records = ContentSigns(), list[dict[str, Any]]()
    for piece in read_lines(content, LineCounts()):
        if piece.record is not None and isinstance(piece.record.get("payload"), dict):
            records.append(piece.record)
    for record in records:
        cwd = string_of(record["payload"].get("cwd"))
        if cwd and record.get("type") in ("session_meta", "turn_context"):
            signs.cwds.add(cwd)
    metas = [read_meta(payload) for payload in metas_in(records)]
    if metas:
        signs.stamps.add(metas[0].thread_id)
        signs.record_keys.update(key.hex() for key, _ in _lineage(records, metas[0]).records)
    return signs


def places_in(content: bytes) -> Places:
    """Where a rollout was written: its thread's folder, and the repository that it names."""
    for piece in read_lines(content, LineCounts()):
        if piece.record is not None and piece.record.get("type") == "session_meta":
            payload = mapping_of(piece.record.get("payload"))
            url = string_of(mapping_of(payload.get("git")).get("repository_url"))
            return Places(string_of(payload.get("cwd")) or None, (url,) if url else ())
    return Places()
