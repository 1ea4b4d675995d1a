"""The records of Claude Code transcripts by session, each once, from plain `json`.

Written from the format and sharing no code with the package. Sessions whose records share a `uuid`, or whose
records name each other as parents, are one: resumes and forks copy. Its name is the id on its earliest record.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

Record = dict[str, Any]


class At(NamedTuple):
    """A record at its moment; a record without a time has that of the one before it in its file."""

    time: datetime
    place: tuple[int, int]
    record: Record
    file: int


@dataclass
class PlainSession:
    """One session: its records in time order, and the files that hold records of its main conversation."""

    session_id: str
    started_at: datetime
    ended_at: datetime
    records: list[At] = field(default_factory=list)
    copies: dict[str, set[int]] = field(default_factory=dict)


def sessions_of(files: Iterable[Path]) -> list[PlainSession]:
    """Every session that has a record with a time."""
    owner = _Owners()
    first_of: dict[str, At] = {}
    times: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    loose: dict[tuple[str, str], At] = {}
    inner: list[At] = []
    copies: dict[str, set[int]] = defaultdict(set)
    for number, path in enumerate(files):
        time: datetime | None = None
        for line, record in enumerate(objects_of(path)):
            stamp = record.get("sessionId")
            if isinstance(record.get("timestamp"), str):
                time = datetime.fromisoformat(record["timestamp"])
                if isinstance(stamp, str):
                    times[stamp].append((time, stamp))
            if not isinstance(stamp, str) or time is None:
                continue
            owner.find(stamp)
            at = At(time, (number, line), record, number)
            uuid = record.get("uuid")
            if isinstance(uuid, str):
                copies[uuid].add(number)
                known = first_of.get(uuid)
                if known is None:
                    first_of[uuid] = at
                else:
                    owner.join(stamp, known.record["sessionId"])
                    first_of[uuid] = _fuller(known, at)
            elif record.get("type") == "progress":
                inner.append(at)
            else:
                loose.setdefault((stamp, json.dumps([str(time), record], sort_keys=True)), at)
            if record.get("type") == "progress":
                inner.append(at)
    for at in first_of.values():
        for key in ("parentUuid", "logicalParentUuid"):
            parent = first_of.get(at.record.get(key) or "")
            if parent is not None:
                owner.join(at.record["sessionId"], parent.record["sessionId"])
    return _gathered(owner, times, [*first_of.values(), *loose.values(), *_of_agents(inner, first_of)], copies)


def objects_of(path: Path) -> Iterator[Record]:
    """Every JSON object of a file; several may be glued on one line, comments and rubbish are passed over."""
    decoder = json.JSONDecoder()
    for line in path.read_bytes().decode("utf-8", "replace").split("\n"):
        text, at = line.strip(), 0
        while at < len(text):
            try:
                value, at = decoder.raw_decode(text, at)
            except ValueError:
                break
            if isinstance(value, dict):
                yield value
            while at < len(text) and text[at].isspace():
                at += 1


def _fuller(one: At, other: At) -> At:
    """Of two copies the one of the main conversation, then the one with more in it, at the earlier time."""

    def rank(at: At) -> tuple[bool, int]:
        return at.record.get("isSidechain") is not True, len(json.dumps(at.record.get("message")))

    best = other if rank(other) > rank(one) else one
    return best._replace(time=min(one.time, other.time), place=one.place)


def _of_agents(inner: Iterable[At], known: dict[str, At]) -> Iterator[At]:
    """Records of sub-agents that only the parent's progress records hold."""
    told = {
        (at.record.get("agentId"), at.record["message"].get("id"))
        for at in known.values()
        if at.record.get("type") == "assistant" and at.record.get("isSidechain") is True
    }
    seen = set(known)
    for at in inner:
        data = at.record.get("data") or {}
        message = data.get("message")
        if data.get("type") != "agent_progress" or not isinstance(message, dict):
            continue
        if message.get("type") not in ("assistant", "user") or message.get("uuid") in seen:
            continue
        if (data.get("agentId"), (message.get("message") or {}).get("id")) in told:
            continue
        seen.add(message["uuid"])
        more = {
            "isSidechain": True,
            "agentId": data.get("agentId"),
            "sessionId": at.record["sessionId"],
            "spawnedBy": at.record.get("parentToolUseID"),
        }
        time = datetime.fromisoformat(message["timestamp"]) if message.get("timestamp") else at.time
        yield at._replace(time=time, record={**message, **more})


def _gathered(
    owner: "_Owners", times: dict[str, list[tuple[datetime, str]]], records: list[At], copies: dict[str, set[int]]
) -> list[PlainSession]:
    moments: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for stamp, own in times.items():
        moments[owner.find(stamp)] += own
    found = {
        root: PlainSession(min(own)[1], min(own)[0], max(own)[0]) for root, own in moments.items() if own
    }
    for at in records:
        session = found.get(owner.find(at.record["sessionId"]))
        if session is not None:
            session.records.append(at)
            uuid = at.record.get("uuid")
            if isinstance(uuid, str) and at.record.get("isSidechain") is not True:
                session.copies[uuid] = copies.get(uuid, {at.file})
    for session in found.values():
        session.records.sort(key=lambda at: (at.time, at.place))
    return sorted(found.values(), key=lambda session: session.session_id)


class _Owners:
    """Which stamps are one session."""

    def __init__(self) -> None:
        self._over: dict[str, str] = {}

    def find(self, stamp: str) -> str:
        while (over := self._over.setdefault(stamp, stamp)) != stamp:
            stamp = over
        return stamp

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self._over[second] = first


def counted_types(session: PlainSession) -> Counter[str]:
    """How many records of each type a session has."""
    return Counter(str(at.record.get("type")) for at in session.records)
