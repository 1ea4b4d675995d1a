"""Files of one session → its records, each once, in time order.

Resumes, forks, replays and checkpoint copies bring the same record in several files: of copies that of
the main conversation is kept, then the more complete, then the first (by content hash, then line); the
others are counted as duplicates. Order is time with file and line as tie-break; neither file order nor
parent links can be trusted for it. Knows records, not turns.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestration.ingest.json_values import count_of, parse_time, string_of
from orchestration.ingest.rows import Disposition, DriftPlace, RawRecordCount, RecordOrigin
from orchestration.ingest.sources.claude_code.branches import Branches
from orchestration.ingest.sources.claude_code.drift import Drift
from orchestration.ingest.sources.claude_code.record_names import RecordNames
from orchestration.ingest.sources.claude_code.records import (
    COUNTED_TYPES,
    KNOWN_PROGRESS,
    MESSAGE_TYPES,
    STATE_TYPES,
    is_known,
    object_kind,
)
from orchestration.ingest.sources.claude_code.same_records import SameRecords, same_records
from orchestration.ingest.sources.claude_code.scan import excerpt_of, is_vendor_id
from orchestration.ingest.sources.claude_code.titles import Titles

CountKey = tuple[str, str, str, str | None, str | None, Disposition]
"""Content hash, source, type, subtype, CLI version and what became of the objects."""


class Entry:
    """One record on the timeline. `branch` is 0 for the trunk; a fork's own records have their own."""

    __slots__ = (
        "agent_id",
        "at",
        "branch",
        "is_sidechain",
        "origin",
        "place",
        "record",
        "record_id",
        "turn_id",
        "type",
    )

    def __init__(self, record: dict[str, Any], at: datetime, place: tuple[int, int], record_id: str) -> None:
        self.record = record
        self.type: str = record["type"]
        self.at = at
        self.place = place
        self.record_id = record_id
        self.is_sidechain = record.get("isSidechain") is True
        self.agent_id: str | None = string_of(record.get("agentId"))
        self.origin: RecordOrigin = "record"
        self.branch = 0
        self.turn_id: str | None = None

    def take(self, record: dict[str, Any]) -> None:
        """Hold a better copy of the same record; place and name stay."""
        self.record = record
        self.is_sidechain = record.get("isSidechain") is True
        self.agent_id = string_of(record.get("agentId"))


@dataclass
class FileRecords:
    """The records of one file version that belong to the session, in file order, with line numbers."""

    content_hash: str
    source: str
    is_sidechain: bool
    records: list[tuple[int, dict[str, Any]]]


@dataclass
class Timeline:
    """A session's entries in time order, and what became of every object of its files."""

    entries: list[Entry] = field(default_factory=list)
    counts: "Counter[CountKey]" = field(default_factory=Counter)
    drift: Drift = field(default_factory=Drift)
    branch_count: int = 1
    main_file_count: int = 0
    title: str | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None

    def note_time(self, at: datetime) -> None:
        """Widen the session's span, which counts records of every type."""
        self.note_start(at)
        if self.last_at is None or at > self.last_at:
            self.last_at = at

    def note_start(self, at: datetime) -> None:
        """Widen the span to its start only: the copies of a fork may bear later times than happened."""
        if self.first_at is None or at < self.first_at:
            self.first_at = at

    def count_rows(self, session_id: str) -> list[RawRecordCount]:
        """Rows of raw_record_counts, sorted."""
        rows = [
            RawRecordCount(content_hash, source, session_id, kind, subtype, disposition, version, number)
            for (content_hash, source, kind, subtype, version, disposition), number in self.counts.items()
        ]
        return sorted(rows, key=lambda row: tuple("" if value is None else str(value) for value in row))


@dataclass(slots=True)
class _Kept:
    """The copy of a record that is kept so far: what it was counted as, and its entry if it is one."""

    record: dict[str, Any]
    is_side: bool
    count_key: "CountKey"
    entry: Entry | None


def build_timeline(
    files: Iterable[FileRecords], *, session_id: str, contested: Iterable[str] = ()
) -> Timeline:
    """Merge the files of one session (sorted by content hash) into its timeline.

    `contested`: hashed ids that records of other sessions bear too (`SessionInput`).
    """
    read = list(files)
    copies = [[record for _, record in file.records] for file in read]
    merge = _Merge(same_records(copies, session_id=session_id, contested=contested))
    for index, file in enumerate(read):
        merge.add_file(index, file)
    merge.add_agent_progress()
    return merge.finish()


class _Merge:
    def __init__(self, same: SameRecords) -> None:
        self.same = same
        self.timeline = Timeline()
        self.kept: dict[str, _Kept] = {}
        self.agent_messages: set[tuple[str | None, ...]] = set()
        self.progress: list[tuple[tuple[int, int], FileRecords, dict[str, Any], str | None]] = []
        self.branches = Branches()
        self.titles = Titles()

    def add_file(self, index: int, file: FileRecords) -> None:
        """Every record of one file: an entry, a count or a duplicate."""
        self.timeline.main_file_count += not file.is_sidechain
        version: str | None = None
        at: datetime | None = None
        names = RecordNames(self.same)
        for line, record in file.records:
            kind, subtype = object_kind(record)
            stated = record.get("version")
            if isinstance(stated, str):
                version = stated
            own_time = parse_time(record.get("timestamp"))
            at = own_time or at
            self.titles.note(record, at, line)
            identity = names.of(record, kind)
            key = (file.content_hash, file.source, kind, subtype, version)
            is_side = file.is_sidechain or record.get("isSidechain") is True
            if identity is not None and at is not None:
                is_talk = kind in MESSAGE_TYPES and not is_side
                self.branches.note(index, identity, at, stamp=record.get("sessionId"), is_talk=is_talk)
            known = None if identity is None else self.kept.get(identity)
            if known is not None:
                if own_time is not None:
                    self.timeline.note_start(own_time)
                self._add_copy(known, record, key, is_side=is_side, at=own_time)
                continue
            if own_time is not None:
                self.timeline.note_time(own_time)
            disposition, entry = self._place(record, identity, at, (index, line), file, key)
            self.timeline.counts[(*key, disposition)] += 1
            if identity is not None:
                self.kept[identity] = _Kept(record, is_side, (*key, disposition), entry)

    def _add_copy(
        self,
        known: _Kept,
        record: dict[str, Any],
        key: tuple[str, str, str, str | None, str | None],
        *,
        is_side: bool,
        at: datetime | None,
    ) -> None:
        """Count a further copy as a duplicate; where it is the better one, it takes the other's place.

        The record's time is the earliest of its copies: a fork moves that of the last one.
        """
        counts = self.timeline.counts
        if known.entry is not None and at is not None:
            known.entry.at = min(known.entry.at, at)
        better = (known.is_side, *_completeness(record, known.record)) > (
            is_side,
            *_completeness(known.record, record),
        )
        if known.entry is None or not better or record["type"] != known.record["type"]:
            counts[(*key, "duplicate")] += 1
            return
        counts[known.count_key] -= 1
        counts[(*known.count_key[:-1], "duplicate")] += 1
        known.count_key = (*key, known.count_key[-1])
        counts[known.count_key] += 1
        known.record, known.is_side = record, is_side
        known.entry.take(record)

    def _place(
        self,
        record: dict[str, Any],
        identity: str | None,
        at: datetime | None,
        place: tuple[int, int],
        file: FileRecords,
        key: tuple[str, str, str, str | None, str | None],
    ) -> tuple[Disposition, Entry | None]:
        _, _, kind, subtype, version = key
        if kind == "progress" and subtype == "agent_progress":
            self.progress.append((place, file, record, version))
            return "counted", None
        if not is_known(kind, subtype):
            drift_place: DriftPlace = "system_subtype" if kind == "system" else "record_type"
            self.timeline.drift.note(drift_place, subtype if kind == "system" else kind, version, record)
            return "unknown", None
        if kind == "progress" and subtype not in KNOWN_PROGRESS:
            self.timeline.drift.note("progress_type", subtype, version, record.get("data"))
        if kind in COUNTED_TYPES and kind not in STATE_TYPES:
            return "counted", None
        if at is None:
            return "counted", None
        entry = Entry(record, at, place, identity or f"{file.content_hash}:{place[1]}")
        self.timeline.entries.append(entry)
        if kind == "assistant" and entry.is_sidechain:
            self.agent_messages.add(_agent_message(record, entry.agent_id))
        return ("counted" if kind in STATE_TYPES else "row"), entry

    def add_agent_progress(self) -> None:
        """Sub-agent messages that only the parent's progress records hold; files of agents come first."""
        for place, file, record, version in self.progress:
            data = record["data"]
            message = data.get("message")
            usable = self._progress_record(record, data, message)
            if usable is None:
                continue
            at, name = parse_time(usable.get("timestamp")), self.same.name_of(usable)
            if at is None or name is None or name in self.kept:
                continue
            if _agent_message(usable, string_of(usable["agentId"])) in self.agent_messages:
                continue
            entry = Entry(usable, at, place, name)
            entry.origin = "agent_progress"
            self.timeline.entries.append(entry)
            key = (file.content_hash, file.source, "progress", "agent_progress", version)
            self.kept[name] = _Kept(usable, True, (*key, "row"), entry)
            self.timeline.counts[(*key, "counted")] -= 1
            self.timeline.counts[(*key, "row")] += 1

    @staticmethod
    def _progress_record(record: dict[str, Any], data: dict[str, Any], message: Any) -> dict[str, Any] | None:
        """The sub-agent's record inside a progress record, with the parent's context; None if unusable."""
        if not isinstance(message, dict) or message.get("type") not in ("assistant", "user"):
            return None
        if not isinstance(message.get("message"), dict) or not isinstance(message.get("uuid"), str):
            return None
        return {
            **message,
            "isSidechain": True,
            "agentId": data.get("agentId"),
            "parentToolUseID": record.get("parentToolUseID"),
            "version": record.get("version"),
        }

    def finish(self) -> Timeline:
        branch_of, self.timeline.branch_count = self.branches.settle()
        for entry in self.timeline.entries:
            entry.branch = branch_of.get(entry.record_id, 0)
        self.timeline.entries.sort(key=lambda entry: (entry.at, entry.place))
        self.timeline.title = self.titles.settled(
            {uuid for entry in self.timeline.entries if isinstance(uuid := entry.record.get("uuid"), str)}
        )
        self.timeline.counts = Counter({key: n for key, n in self.timeline.counts.items() if n})
        return self.timeline


def _completeness(record: dict[str, Any], other: dict[str, Any]) -> tuple[bool, int, int]:
    """How complete a copy is: that it says why it stopped, its tokens, its size; alike where all alike."""
    message = record.get("message")
    if not isinstance(message, dict) or message == other.get("message"):
        return False, 0, 0
    usage = message.get("usage")
    tokens = count_of(usage.get("output_tokens")) if isinstance(usage, dict) else None
    return message.get("stop_reason") is not None, tokens or 0, len(repr(message.get("content")))


def _agent_message(record: dict[str, Any], agent_id: str | None) -> tuple[str | None, ...]:
    """What makes a response of a sub-agent the same one in its file and in the parent's progress.

    The message's id where it is the vendor's; a gateway gives the same to all, so its words as well.
    """
    message_id = string_of(record["message"].get("id"))
    if message_id is not None and is_vendor_id(message_id):
        return agent_id, message_id
    return agent_id, message_id, excerpt_of(record)


def in_branch(entries: Sequence[Entry], branch: int) -> list[Entry]:
    """Entries of the main conversation of one branch, in time order."""
    return [entry for entry in entries if entry.branch == branch and not entry.is_sidechain]
