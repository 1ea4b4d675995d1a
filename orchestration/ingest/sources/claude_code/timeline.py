"""Files of one session → its records, each once, in time order.

Resumes, forks and checkpoint copies bring the same record in several files: the first copy (by content
hash, then line) is kept, the others are counted as duplicates. Order is time with file and line as
tie-break; neither file order nor parent links can be trusted for it. Knows records, not turns.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestration.ingest.json_values import parse_time, string_of
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
        agent_id = record.get("agentId")
        self.agent_id: str | None = agent_id if isinstance(agent_id, str) else None
        self.origin: RecordOrigin = "record"
        self.branch = 0
        self.turn_id: str | None = None


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
    counts: Counter[tuple[str, str, str, str | None, Disposition, str | None]] = field(
        default_factory=Counter
    )
    drift: Drift = field(default_factory=Drift)
    branch_count: int = 1
    main_file_count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    def note_time(self, at: datetime) -> None:
        """Widen the session's span, which counts records of every type."""
        self.first_at = at if self.first_at is None else min(self.first_at, at)
        self.last_at = at if self.last_at is None else max(self.last_at, at)

    def count_rows(self, session_id: str) -> list[RawRecordCount]:
        """Rows of raw_record_counts, sorted."""
        rows = [
            RawRecordCount(content_hash, source, session_id, kind, subtype, disposition, version, number)
            for (content_hash, source, kind, subtype, disposition, version), number in self.counts.items()
        ]
        return sorted(rows, key=lambda row: tuple("" if value is None else str(value) for value in row))


def build_timeline(files: Iterable[FileRecords], *, session_id: str) -> Timeline:
    """Merge the files of one session (sorted by content hash) into its timeline."""
    merge = _Merge(session_id)
    for index, file in enumerate(files):
        merge.add_file(index, file)
    merge.add_agent_progress()
    return merge.finish()


class _Merge:
    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.timeline = Timeline()
        self.seen: set[str] = set()
        self.message_ids: set[str] = set()
        self.progress: list[tuple[tuple[int, int], FileRecords, dict[str, Any], str | None]] = []
        self.branches = Branches()

    def add_file(self, index: int, file: FileRecords) -> None:
        """Every record of one file: an entry, a count or a duplicate."""
        self.timeline.main_file_count += not file.is_sidechain
        version: str | None = None
        at: datetime | None = None
        names = RecordNames(self.session_id)
        for line, record in file.records:
            kind, subtype = object_kind(record)
            stated = record.get("version")
            if isinstance(stated, str):
                version = stated
            own_time = parse_time(record.get("timestamp"))
            at = own_time or at
            if own_time is not None:
                self.timeline.note_time(own_time)
            identity = names.of(record, kind)
            disposition = self._place(record, identity, at, (index, line), file, version)
            key = (file.content_hash, file.source, kind, subtype, disposition, version)
            self.timeline.counts[key] += 1

    def _place(
        self,
        record: dict[str, Any],
        identity: str | None,
        at: datetime | None,
        place: tuple[int, int],
        file: FileRecords,
        version: str | None,
    ) -> Disposition:
        kind, subtype = object_kind(record)
        if identity is not None:
            if at is not None:
                is_talk = kind in MESSAGE_TYPES and not file.is_sidechain and not record.get("isSidechain")
                self.branches.note(place[0], identity, at, stamp=record.get("sessionId"), is_talk=is_talk)
            if identity in self.seen:
                return "duplicate"
            self.seen.add(identity)
        if kind == "progress" and subtype == "agent_progress":
            self.progress.append((place, file, record, version))
            return "counted"
        if not is_known(kind, subtype):
            drift_place: DriftPlace = "system_subtype" if kind == "system" else "record_type"
            self.timeline.drift.note(drift_place, subtype if kind == "system" else kind, version, record)
            return "unknown"
        if kind == "progress" and subtype not in KNOWN_PROGRESS:
            self.timeline.drift.note("progress_type", subtype, version, record.get("data"))
        if kind in COUNTED_TYPES and kind not in STATE_TYPES:
            return "counted"
        if at is None:
            return "counted"
        entry = Entry(record, at, place, identity or f"{file.content_hash}:{place[1]}")
        self.timeline.entries.append(entry)
        if kind == "assistant" and isinstance(message_id := record["message"].get("id"), str):
            self.message_ids.add(message_id)
        return "counted" if kind in STATE_TYPES else "row"

    def add_agent_progress(self) -> None:
        """Sub-agent messages that only the parent's progress records hold; files of agents come first."""
        for place, file, record, version in self.progress:
            data = record["data"]
            message = data.get("message")
            usable = self._progress_record(record, data, message)
            if usable is None:
                continue
            at = parse_time(usable.get("timestamp"))
            if at is None or usable["uuid"] in self.seen:
                continue
            if string_of(usable["message"].get("id")) in self.message_ids:
                continue
            self.seen.add(usable["uuid"])
            entry = Entry(usable, at, place, usable["uuid"])
            entry.origin = "agent_progress"
            self.timeline.entries.append(entry)
            key = (file.content_hash, file.source, "progress", "agent_progress")
            self.timeline.counts[(*key, "counted", version)] -= 1
            self.timeline.counts[(*key, "row", version)] += 1

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
        self.timeline.counts = Counter({key: n for key, n in self.timeline.counts.items() if n})
        return self.timeline


def in_branch(entries: Sequence[Entry], branch: int) -> list[Entry]:
    """Entries of the main conversation of one branch, in time order."""
    return [entry for entry in entries if entry.branch == branch and not entry.is_sidechain]
