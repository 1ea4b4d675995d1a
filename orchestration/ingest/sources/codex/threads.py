"""Files of one session → its threads, each record once, and what became of every object.

A child's file begins with a copy of its parent's turns under new times: the copy is dropped and counted
as duplicate (`inherited_places`). Checkpoints of one thread repeat each other: each record is kept from
the longest. Knows records and turns' ids, nothing of what is said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orchestration.ingest.json_values import string_of
from orchestration.ingest.rows import Disposition, RawRecordCount
from orchestration.ingest.sources.codex.foreign_turns import imported_places, inherited_places
from orchestration.ingest.sources.codex.records import (
    ITEM,
    KNOWN,
    READ,
    TITLE,
    TURN_STARTS,
    kind_of,
    name_of,
    time_of,
    words_in_item,
)
from orchestration.ingest.sources.codex.scan import turn_id_of
from orchestration.ingest.sources.codex.thread_meta import ThreadMeta, metas_in, read_meta


class Entry:
    """One own record of a thread. `fate` starts as what its kind says; a reader may lower it to counted."""

    __slots__ = ("at", "fate", "kind", "payload", "place", "record_id", "thread", "turn_id")

    def __init__(
        self, record: dict[str, Any], at: datetime, place: int, record_id: str, thread: "Thread"
    ) -> None:
        kind, subtype = kind_of(record)
        self.kind: str = subtype or kind
        self.payload: dict[str, Any] = record["payload"]
        self.at = at
        self.place = place
        self.record_id = record_id
        self.thread = thread
        self.turn_id: str | None = None
        self.fate: Disposition = "row"


@dataclass
class Thread:
    """One thread: its own records in order, the total of tokens that it inherited, its latest title."""

    meta: ThreadMeta
    entries: list[Entry] = field(default_factory=list)
    inherited_usage: Mapping[str, Any] | None = None
    title: tuple[datetime, str] | None = None

    @property
    def agent_id(self) -> str | None:
        """The thread's id where another agent began it."""
        return self.meta.thread_id if self.meta.is_sidechain else None


@dataclass(frozen=True)
class FileRecords:
    """The records of one file version that may be read, in file order."""

    content_hash: str
    source: str
    records: list[dict[str, Any]]


@dataclass
class Threads:
    """The threads of a session, in the order they began, with the fate of every object of its files."""

    threads: list[Thread] = field(default_factory=list)
    first_at: datetime | None = None
    last_at: datetime | None = None
    fixed: Counter[tuple[str, str, str, str | None, Disposition, str | None]] = field(default_factory=Counter)
    places: list[tuple[Entry, tuple[str, str, str, str | None], str | None]] = field(default_factory=list)

    def count_rows(self, session_id: str) -> list[RawRecordCount]:
        """Rows of raw_record_counts, sorted; to be asked for once all entries are read."""
        counts = Counter(self.fixed)
        for entry, (content_hash, source, kind, subtype), version in self.places:
            counts[(content_hash, source, kind, subtype, entry.fate, version)] += 1
        rows = [
            RawRecordCount(content_hash, source, session_id, kind, subtype, fate, version, number)
            for (content_hash, source, kind, subtype, fate, version), number in counts.items()
        ]
        return sorted(rows, key=lambda row: tuple("" if value is None else str(value) for value in row))


def read_threads(files: Iterable[FileRecords]) -> Threads:
    """The threads of one session's files."""
    told = Threads()
    of_thread: dict[str, list[tuple[FileRecords, ThreadMeta]]] = {}
    for file in files:
        metas = metas_in(file.records)
        if metas:
            meta = read_meta(metas[0])
            of_thread.setdefault(meta.thread_id, []).append((file, meta))
    turns = {
        thread_id: {turn for file, _ in copies for turn in map(turn_id_of, _starts(file.records)) if turn}
        for thread_id, copies in of_thread.items()
    }
    for copies in of_thread.values():
        copies.sort(key=lambda copy: (-len(copy[0].records), copy[0].content_hash))
        told.threads.append(_merge(copies, turns, told))
    told.threads.sort(key=_beginning)
    return told


def _beginning(thread: Thread) -> tuple[bool, datetime, str]:
    first = thread.entries[0].at if thread.entries else datetime.max.replace(tzinfo=UTC)
    return thread.meta.is_sidechain, first, thread.meta.thread_id


def _starts(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if kind_of(record)[1] in TURN_STARTS]


def _merge(
    copies: list[tuple[FileRecords, ThreadMeta]], turns: Mapping[str, set[str]], told: Threads
) -> Thread:
    """The thread that some files tell: what the longest holds, then what only others hold, by time."""
    thread = Thread(copies[0][1])
    seen: set[str] = set()
    ordered: list[tuple[datetime, int, Entry]] = []
    said = _words_in_events(record for file, _ in copies for record in file.records)
    for rank, (file, meta) in enumerate(copies):
        copied = inherited_places(file.records, meta, turns)
        imported = imported_places(file.records)
        repeated = Counter[str]()
        latest: datetime | None = None
        for place, record in enumerate(file.records):
            at = time_of(record)
            kind = kind_of(record)
            key = (file.content_hash, file.source, *kind)
            if at is not None:
                told.first_at = at if told.first_at is None else min(told.first_at, at)
                told.last_at = at if told.last_at is None else max(told.last_at, at)
            if place in imported:
                told.fixed[(*key, "duplicate", meta.cli_version)] += 1
                continue
            if place in copied:
                usage = _total_usage(record)
                thread.inherited_usage = usage if usage is not None and not rank else thread.inherited_usage
                told.fixed[(*key, "duplicate", meta.cli_version)] += 1
                continue
            name = name_of(record, meta.thread_id)
            repeated[name] += 1
            name = f"{name}:{repeated[name]}" if repeated[name] > 1 else name
            if name in seen:
                told.fixed[(*key, "duplicate", meta.cli_version)] += 1
                continue
            seen.add(name)
            thread.title = _later_title(thread.title, record, at)
            words = words_in_item(record) if kind == ITEM else None
            is_said_here = words is not None and words["message"] not in said
            if (kind not in READ and not is_said_here) or at is None:
                fate: Disposition = "counted" if kind in KNOWN else "unknown"
                told.fixed[(*key, fate, meta.cli_version)] += 1
                continue
            latest = at if latest is None else max(latest, at)
            read = {**record, "payload": words} if is_said_here else record
            entry = Entry(read, at, place, name, thread)
            ordered.append((latest, rank, entry))
            told.places.append((entry, key, meta.cli_version))
    # By the latest time so far: the order within a file stands, whatever its clock did.
    ordered.sort(key=lambda item: (item[0], item[1], item[2].place))
    thread.entries = [entry for _, _, entry in ordered]
    return thread


def _later_title(
    known: tuple[datetime, str] | None, record: dict[str, Any], at: datetime | None
) -> tuple[datetime, str] | None:
    """The title so far, or that of a record that names the thread later."""
    title = string_of(record["payload"].get("thread_name")) if kind_of(record) == TITLE else None
    return max(known or (at, title), (at, title)) if title and at is not None else known


def _words_in_events(records: Iterable[dict[str, Any]]) -> set[str | None]:
    """What persons said in a thread by its `user_message` events; items may repeat it."""
    said = (record["payload"] for record in records if kind_of(record)[1] == "user_message")
    return {string_of(payload.get("message")) for payload in said}


def _total_usage(record: dict[str, Any]) -> Mapping[str, Any] | None:
    """The running total of a `token_count` record; None where it states none."""
    if kind_of(record) != ("event_msg", "token_count"):
        return None
    info = record["payload"].get("info")
    total = info.get("total_token_usage") if isinstance(info, dict) else None
    return total if isinstance(total, dict) else None
