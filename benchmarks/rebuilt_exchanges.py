"""Transcripts of Claude Code taken back to the exchanges that made them: a log whose truth is known.

Every response of a transcript was the answer to one request, which held all that had been said on the way to
it. Both are put together again from the records, as a client sends them: thoughts of earlier answers are left
out, marks for the cache and reminders come and go, old results are cleared, some requests are sent twice and
some lines are logged twice. So whoever reads the log knows of every line which conversation it is of. Long
texts are cut and a digest of the whole put in: equal texts stay equal, and a log stays small.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

KEPT_CHARS = 160
CUSTOMERS = 4
"""API keys that the conversations are shared out to: many of one key run side by side."""

RETRIED, LOGGED_TWICE, CLEARED = 0.02, 0.02, 0.3
"""Shares: requests sent again after an answer that was lost, lines logged twice, conversations with old
results cleared."""

_SUMMARISER = "acompact"
"""How recent versions name the sub-agent that asks for a summary of the main conversation."""

_OF_THE_CLIENT = re.compile(
    r"\n(?=If you need specific details from before|Please continue the conversation)"
)
"""Where the summary ends, and what the client says with it begins."""

_SUMMARY_TIME = timedelta(minutes=15)

_SUMMARISE = "Summarise the conversation so far. Say what was asked, what was done and what is left."


@dataclass(frozen=True)
class Truth:
    """Whose a line is. `part`: of the conversation, up to where its context was summarised."""

    customer: str
    session: str
    conversation: str
    part: str


@dataclass(frozen=True)
class Logged:
    """One line of the log with the truth about it."""

    line: dict[str, Any] = field(repr=False)
    truth: Truth


@dataclass
class _Response:
    """One answer: its lines' blocks, and where it is in the tree."""

    first: dict[str, Any]
    blocks: list[dict[str, Any]] = field(default_factory=list)


class _Records:
    """The records of some files that share records: one session, with its forks and sub-agents."""

    def __init__(self) -> None:
        self.by_uuid: dict[str, dict[str, Any]] = {}
        self.responses: dict[str, _Response] = {}
        self.results: dict[str, dict[str, Any]] = {}
        self._latest: dict[str, str] = {}
        self._before: dict[str, str] = {}

    def add(self, record: dict[str, Any]) -> None:
        uuid, message = record.get("uuid"), record.get("message")
        if not isinstance(uuid, str) or uuid in self.by_uuid:
            return
        self.by_uuid[uuid] = record
        talk = f"{record.get('sessionId')} {record.get('isSidechain') and record.get('agentId')}"
        if talk in self._latest:
            self._before[uuid] = self._latest[talk]
        if not isinstance(message, dict):
            return
        self._latest[talk] = uuid
        content = message.get("content")
        blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
        if record.get("type") == "assistant" and message.get("model") != "<synthetic>":
            self.responses.setdefault(_response_key(record), _Response(record)).blocks.extend(blocks)
        elif record.get("type") == "user":
            for block in blocks:
                if block.get("type") == "tool_result" and isinstance(block.get("tool_use_id"), str):
                    self.results.setdefault(block["tool_use_id"], block)

    def path_to(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        """The records on the way to a record, from the root, without itself."""
        path: list[dict[str, Any]] = []
        seen: set[str] = set()
        uuid = self._parent_of(record)
        while uuid is not None and uuid not in seen:
            seen.add(uuid)
            path.append(self.by_uuid[uuid])
            uuid = self._parent_of(path[-1])
        return path[::-1]

    def before(self, record: dict[str, Any], uuid: str) -> dict[str, Any] | None:
        """The record that another names as the one before, else what was last said before it."""
        known = uuid if uuid in self.by_uuid else self._before.get(str(record.get("uuid")), "")
        return self.by_uuid.get(known)

    def _parent_of(self, record: dict[str, Any]) -> str | None:
        """The record before. Where a session is resumed, a parent is named that no file holds: the client
        goes on from what was last said."""
        uuid = record.get("parentUuid")
        if not isinstance(uuid, str):
            return None
        return uuid if uuid in self.by_uuid else self._before.get(str(record.get("uuid")))


def rebuilt_exchanges(paths: Iterable[Path], *, seed: int = 1) -> Iterator[Logged]:
    """The exchanges of all transcripts, session by session; the same for the same files and seed."""
    for number, records in enumerate(_sessions(paths)):
        yield from _Client(records, number, random.Random(f"{seed} {number}")).exchanges()  # noqa: S311 - no secret


def _sessions(paths: Iterable[Path]) -> list[_Records]:
    """Records grouped by session: files of one session id, or that share a record, are one."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    owner: dict[str, str] = {}
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        while joined.get(name, name) != name:
            name = joined[name]
        return name

    for path in paths:
        for record in _read(path):
            session, uuid = record.get("sessionId"), record.get("uuid")
            if not isinstance(session, str) or not isinstance(uuid, str):
                continue
            groups[session].append(record)
            joined.setdefault(session, session)
            other = owner.setdefault(uuid, session)
            if root(other) != root(session):
                joined[max(root(other), root(session))] = min(root(other), root(session))
    sessions: dict[str, _Records] = defaultdict(_Records)
    for session in sorted(groups):
        for record in groups[session]:
            sessions[root(session)].add(record)
    return [sessions[name] for name in sorted(sessions)]


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(record, dict):
            yield record


class _Client:
    """One client as it sends the requests of one session."""

    def __init__(self, records: _Records, number: int, chance: random.Random) -> None:
        self.records, self.chance = records, chance
        self.session = f"session {number}"
        self.customer = f"customer {number % CUSTOMERS}"
        self.is_clearing = chance.random() < CLEARED
        starts = (one.first for one in records.responses.values() if _is_summariser(one.first))
        self.asked = [at for record in starts if (at := _time_of(record)) is not None]

    def exchanges(self) -> Iterator[Logged]:
        """Every response of the session as an exchange, with what a log has besides."""
        summarised: set[str] = set()
        for key, response in self.records.responses.items():
            path = self.records.path_to(response.first)
            messages = self._messages(path)
            at = _time_of(response.first)
            if not messages or at is None:
                continue
            truth = self._truth(response.first, path)
            summary = next((record for record in path if record.get("isCompactSummary") is True), None)
            if summary is not None and summary["uuid"] not in summarised:
                summarised.add(summary["uuid"])
                yield from self._summarising(summary, truth)
            line = self._line(messages, response.blocks, at, key)
            if self.chance.random() < RETRIED:
                lost = [{"type": "text", "text": f"An answer that was lost ({key[-6:]})."}]
                yield Logged(self._line(messages, lost, at - timedelta(seconds=20), f"{key} lost"), truth)
            yield Logged(line, truth)
            if self.chance.random() < LOGGED_TWICE:
                yield Logged(line, truth)

    def _summarising(self, summary: dict[str, Any], after: Truth) -> Iterator[Logged]:
        """The request for a summary, where the transcript has none: what was said before, and the summary."""
        boundary = self.records.by_uuid.get(str(summary.get("parentUuid")), summary)
        before = self.records.before(boundary, str(boundary.get("logicalParentUuid")))
        at = _time_of(summary)
        if (
            before is None
            or at is None
            or any(timedelta() <= at - asked < _SUMMARY_TIME for asked in self.asked)
        ):
            return
        path = [*self.records.path_to(before), before]
        messages = [
            *self._messages(path),
            {"role": "user", "content": [{"type": "text", "text": _SUMMARISE}]},
        ]
        text = "\n".join(block["text"] for block in _blocks(summary) if block.get("type") == "text")
        told = _OF_THE_CLIENT.split(text.split("\n\n", 1)[-1])[0]
        blocks = [{"type": "text", "text": f"<summary>\n{told}\n</summary>"}]
        truth = Truth(after.customer, after.session, after.conversation, _part(after.conversation, path))
        yield Logged(
            self._line(messages, blocks, at - timedelta(seconds=1), f"summary {summary['uuid']}"), truth
        )

    def _truth(self, record: dict[str, Any], path: list[dict[str, Any]]) -> Truth:
        agent = "main"
        if record.get("isSidechain") is True:
            agent = str(record.get("agentId") or (path[0] if path else record)["uuid"])
            if agent.startswith(_SUMMARISER):
                agent = "main"
        conversation = f"{self.session} {agent}"
        return Truth(self.customer, self.session, conversation, _part(conversation, path or [record]))

    def _messages(self, path: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The messages that a request holds: answers whole, with the results of all their calls."""
        messages: list[dict[str, Any]] = []
        told: set[str] = set()
        for record in path:
            if record.get("type") == "assistant" and (key := _response_key(record)) in self.records.responses:
                if key in told:
                    continue
                told.add(key)
                blocks = self.records.responses[key].blocks
                _append(messages, "assistant", [block for block in blocks if block.get("type") != "thinking"])
                calls = [block.get("id") for block in blocks if block.get("type") == "tool_use"]
                _append(
                    messages,
                    "user",
                    [self.records.results[call] for call in calls if call in self.records.results],
                )
            elif record.get("type") == "user" and isinstance(record.get("message"), dict):
                _append(messages, "user", [b for b in _blocks(record) if b.get("type") != "tool_result"])
        if messages and messages[-1]["role"] == "assistant":
            messages.append({"role": "user", "content": [{"type": "text", "text": "Continue."}]})
        return messages

    def _line(
        self, messages: list[dict[str, Any]], blocks: list[dict[str, Any]], at: datetime, key: str
    ) -> dict[str, Any]:
        sent = [{**message, "content": list(map(_cut_block, message["content"]))} for message in messages]
        if self.is_clearing:
            for message in sent[:-4]:
                for block in message["content"]:
                    if block["type"] == "tool_result":
                        block["content"] = "[Old tool result content cleared]"
        reminder = f"<system-reminder>It is {at.isoformat()}.</system-reminder>"
        sent[0]["content"] = [*sent[0]["content"], {"type": "text", "text": reminder}]
        sent[-1]["content"] = [
            *sent[-1]["content"][:-1],
            {**sent[-1]["content"][-1], "cache_control": {"type": "ephemeral"}},
        ]
        return {
            "time": at.isoformat(),
            "api_key": f"key of {self.customer}",
            "customer": self.customer,
            "request": {"system": f"You are an agent. Today is {at.date()}.", "messages": sent},
            "response": {
                "id": blake2b(key.encode(), digest_size=12).hexdigest(),
                "role": "assistant",
                "content": list(map(_cut_block, blocks)),
            },
        }


def _is_summariser(record: dict[str, Any]) -> bool:
    return str(record.get("agentId")).startswith(_SUMMARISER)


def _part(conversation: str, path: list[dict[str, Any]]) -> str:
    return f"{conversation} from {path[0]['uuid']}"


def _response_key(record: dict[str, Any]) -> str:
    message = record["message"] if isinstance(record.get("message"), dict) else {}
    return f"{record.get('requestId')} {message.get('id') or record.get('uuid')}"


def _blocks(record: dict[str, Any]) -> list[dict[str, Any]]:
    content = record["message"].get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _append(messages: list[dict[str, Any]], role: str, blocks: list[dict[str, Any]]) -> None:
    if not blocks:
        return
    if messages and messages[-1]["role"] == role:
        messages[-1]["content"].extend(blocks)
    else:
        messages.append({"role": role, "content": list(blocks)})


def _cut_block(block: dict[str, Any]) -> dict[str, Any]:
    kind = block.get("type")
    if kind == "text":
        return {"type": "text", "text": _cut_lines(str(block.get("text", "")))}
    if kind == "tool_use":
        given = {"text": _cut(orjson.dumps(block.get("input"), default=str).decode())}
        return {"type": kind, "id": block.get("id"), "name": block.get("name"), "input": given}
    if kind == "tool_result":
        content = block.get("content")
        text = content if isinstance(content, str) else orjson.dumps(content, default=str).decode()
        return {"type": kind, "tool_use_id": block.get("tool_use_id"), "content": _cut(text)}
    return {"type": kind}


def _cut_lines(text: str) -> str:
    """Every line cut: a line that is quoted elsewhere is still the same there."""
    return "\n".join(map(_cut, text.split("\n")))


def _cut(text: str) -> str:
    if len(text) <= KEPT_CHARS:
        return text
    return f"{text[:KEPT_CHARS]} … {blake2b(text.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def _time_of(record: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(record.get("timestamp"))).astimezone(UTC)
    except ValueError:
        return None
