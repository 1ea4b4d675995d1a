"""The records of Claude Code transcripts by session, each once, from plain `json`.

Written from the format and sharing no code with the package. Sessions whose records share a `uuid`, or whose
records name each other as parents, are one: resumes and forks copy. The id on its earliest record names it.
"""

import json
from collections import defaultdict
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


@dataclass
class PlainSession:
    """One session with its records in time order."""

    session_id: str
    started_at: datetime
    ended_at: datetime
    records: list[At] = field(default_factory=list)
    files: set[Path] = field(default_factory=set)


def sessions_of(files: Iterable[Path]) -> list[PlainSession]:
    """Every session that has a record with a time."""
    reader = _Reader()
    for number, path in enumerate(files):
        reader.read(number, path)
    return reader.sessions()


class _Reader:
    """Gathers records over all files; of copies the fuller one is kept, at the earliest of their times."""

    def __init__(self) -> None:
        self._owner = _Owners()
        self._files: dict[int, Path] = {}
        self._named: dict[str, At] = {}
        self._loose: dict[tuple[str, str], At] = {}
        self._of_agents: list[At] = []
        self._times: dict[str, list[tuple[datetime, str]]] = defaultdict(list)

    def read(self, number: int, path: Path) -> None:
        self._files[number] = path
        time: datetime | None = None
        for line, record in enumerate(objects_of(path)):
            stamp, stated = record.get("sessionId"), record.get("timestamp")
            time = datetime.fromisoformat(stated) if isinstance(stated, str) else time
            if isinstance(stamp, str) and time is not None:
                if isinstance(stated, str):
                    self._times[stamp].append((time, stamp))
                self._add(At(time, (number, line), record), stamp)

    def _add(self, at: At, stamp: str) -> None:
        uuid = at.record.get("uuid")
        self._owner.find(stamp)
        if at.record.get("type") == "progress":
            self._of_agents.append(at)
        if isinstance(uuid, str):
            known = self._named.setdefault(uuid, at)
            self._owner.join(stamp, known.record["sessionId"])
            self._named[uuid] = _fuller(known, at)
        else:
            self._loose.setdefault((stamp, json.dumps([str(at.time), at.record], sort_keys=True)), at)

    def sessions(self) -> list[PlainSession]:
        for at in self._named.values():
            for key in ("parentUuid", "logicalParentUuid"):
                parent = self._named.get(at.record.get(key) or "")
                if parent is not None:
                    self._owner.join(at.record["sessionId"], parent.record["sessionId"])
        moments: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for stamp, own in self._times.items():
            moments[self._owner.find(stamp)] += own
        found = {root: PlainSession(min(own)[1], min(own)[0], max(own)[0]) for root, own in moments.items()}
        inner = _of_agents(self._of_agents, self._named)
        for at in [*self._named.values(), *self._loose.values(), *inner]:
            session = found.get(self._owner.find(at.record["sessionId"]))
            if session is not None:
                session.records.append(at)
                session.files.add(self._files[at.place[0]])
        for session in found.values():
            session.records.sort(key=lambda at: (at.time, at.place))
        return sorted(found.values(), key=lambda session: session.session_id)


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
