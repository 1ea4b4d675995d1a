"""One transcript file being written: envelopes, the uuid chain, the clock, and what each record counts.

Knows the shapes of records by version. It does not know why a record is written: turns and stories
decide that.
"""

import random
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from orchestration.demo.truth import Tally
from orchestration.demo.versions import Features

Record = dict[str, Any]


@dataclass(frozen=True)
class Stamp:
    """What every record of a session repeats."""

    session_id: str
    cwd: str
    branch: str
    slug: str
    entrypoint: str


@dataclass(frozen=True)
class Usage:
    """Token figures of one response."""

    fresh: int
    created: int
    read: int
    output: int


@lru_cache(maxsize=4096)
def _minute(number: int) -> str:
    return datetime.fromtimestamp(number * 60, UTC).strftime("%Y-%m-%dT%H:%M:")


def iso(at_ms: int) -> str:
    """Milliseconds since 1970 as the transcript writes them."""
    minute, rest = divmod(at_ms, 60_000)
    return f"{_minute(minute)}{rest // 1000:02d}.{rest % 1000:03d}Z"


def new_uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def new_token(rng: random.Random, prefix: str, size: int = 22) -> str:
    """Letters and digits after a prefix, as the API's ids are."""
    return prefix + b64encode(rng.randbytes(size), b"xy")[:size].decode()


class Transcript:
    """The records of one file, in file order. `listener` sees every record (agent_progress)."""

    def __init__(
        self, rng: random.Random, features: Features, stamp: Stamp, *, clock: int, tally: Tally
    ) -> None:
        self.rng, self.features, self.stamp, self.tally = rng, features, stamp, tally
        self.clock = clock
        self.lines: list[bytes] = []
        self.parent: str | None = None
        self.prompt_id: str | None = None
        self.agent_id: str | None = None
        self.model = features.model
        self.listener: Callable[[Record], None] | None = None
        self.last_message_id: str | None = None

    def tick(self, low: int = 2, high: int = 40) -> None:
        self.clock += self.rng.randint(low, high)

    def restamp(self, session_id: str) -> None:
        """Records from here on carry another session id (resume and fork)."""
        self.stamp = replace(self.stamp, session_id=session_id)

    def state(self, record: Record, *, is_timed: bool = False) -> None:
        """A record without uuid; `is_timed` puts the clock into its timestamp."""
        if is_timed:
            record["timestamp"] = iso(self.clock)
            self.tally.see_time(self.clock)
        self.lines.append(orjson.dumps(record))

    def record(
        self, body: Record, extra: Record | None = None, *, parent: str | None = "", at: int | None = None
    ) -> str:
        """A record with envelope; it follows the last one unless `parent` says otherwise."""
        at_ms = self.clock if at is None else at
        uuid = new_uuid(self.rng)
        before = self.parent if parent == "" else parent
        envelope = self._envelope(before, body["type"])
        tail = self._tail(body["type"])
        full = {**envelope, **body, "uuid": uuid, "timestamp": iso(at_ms), **(extra or {}), **tail}
        self.tally.see_time(at_ms)
        self.lines.append(orjson.dumps(full))
        if self.listener is not None:
            self.listener(full)
        self.parent = uuid
        return uuid

    def _envelope(self, parent: str | None, record_type: str) -> Record:
        has, stamp = self.features, self.stamp
        head: Record = {"parentUuid": parent, "isSidechain": self.agent_id is not None}
        if has.has_prompt_id:
            if record_type == "user" and self.prompt_id:
                head["promptId"] = self.prompt_id
            if self.agent_id:
                head["agentId"] = self.agent_id
            return head
        head |= {"userType": "external", "cwd": stamp.cwd, "sessionId": stamp.session_id}
        head["version"] = has.version
        if has.has_git_branch:
            head["gitBranch"] = stamp.branch
        if self.agent_id:
            head["agentId"] = self.agent_id
        if has.has_slug:
            head["slug"] = stamp.slug
        return head

    def _tail(self, record_type: str) -> Record:
        has, stamp = self.features, self.stamp
        if not has.has_prompt_id:
            return {}
        tail: Record = {}
        if has.has_second_session_id and record_type in ("assistant", "system"):
            tail["session_id"] = stamp.session_id
        tail["userType"] = "external"
        if has.has_entrypoint:
            tail["entrypoint"] = stamp.entrypoint
        tail |= {"cwd": stamp.cwd, "sessionId": stamp.session_id, "version": has.version}
        tail["gitBranch"] = stamp.branch
        if has.has_slug:
            tail["slug"] = stamp.slug
        return tail

    def respond(self, blocks: list[Record], *, is_cut: bool = False) -> list[str]:
        """One response, a line per block; returns the uuids of the lines. Counts message and tokens."""
        rng, has = self.rng, self.features
        message_id, request_id = new_token(rng, "msg_01"), new_token(rng, "req_011", 21)
        usage = self._usage_of(blocks)
        stop = "tool_use" if blocks[-1]["type"] == "tool_use" else "end_turn"
        placeholder = rng.randint(1, 9)
        is_final = has.usage != "lower_bound" and not is_cut
        late = has.usage == "lower_bound" and len(blocks) > 1 and not is_cut and rng.random() < 0.35
        uuids, kept = [], usage
        for index, block in enumerate(blocks):
            is_last = index == len(blocks) - 1
            knows = is_final and (is_last or has.usage == "every_line")
            shown = usage if knows or (late and is_last) else replace(usage, output=placeholder)
            message = self._message(message_id, block, shown, stop if knows else None)
            body = {"message": message, "requestId": request_id, "type": "assistant"}
            uuids.append(self.record(body))
            kept = shown
            if not is_last:
                self.tick()
        self.last_message_id = message_id
        self._count_response(kept, is_final, blocks)
        return uuids

    def _count_response(self, usage: Usage, is_final: bool, blocks: list[Record]) -> None:
        counts = self.tally.counts
        calls = sum(block["type"] == "tool_use" for block in blocks)
        counts["message_count"] += 1
        counts["tool_call_count"] += calls
        if self.agent_id is None:
            counts["root_message_count"] += 1
            counts["root_tool_call_count"] += calls
        counts["input_tokens"] += usage.fresh
        counts["cache_creation_input_tokens"] += usage.created
        counts["cache_read_input_tokens"] += usage.read
        counts["output_tokens"] += usage.output
        self.tally.is_usage_final = self.tally.is_usage_final and is_final

    def _usage_of(self, blocks: list[Record]) -> Usage:
        rng = self.rng
        size = sum(len(str(block.get("text") or block.get("input") or "")) for block in blocks)
        return Usage(
            rng.randint(1, 12),
            rng.randint(80, 4000),
            rng.randint(9000, 90000),
            30 + size // 3 + rng.randint(10, 400),
        )

    def _message(self, message_id: str, block: Record, usage: Usage, stop: str | None) -> Record:
        message: Record = {"model": self.model, "id": message_id, "type": "message", "role": "assistant"}
        message |= {"content": [block], "stop_reason": stop, "stop_sequence": None}
        if self.features.has_attachments:
            message["stop_details"] = None
        message["usage"] = self._usage_record(usage, is_full=stop is not None)
        return message

    def _usage_record(self, usage: Usage, *, is_full: bool) -> Record:
        record: Record = {
            "input_tokens": usage.fresh,
            "cache_creation_input_tokens": usage.created,
            "cache_read_input_tokens": usage.read,
        }
        has = self.features
        cache = {"ephemeral_5m_input_tokens": usage.created, "ephemeral_1h_input_tokens": 0}
        if has.has_git_branch:
            record["cache_creation"] = cache
        record |= {"output_tokens": usage.output, "service_tier": "standard"}
        if has.has_pr_link:
            record["inference_geo"] = "not_available"
        if is_full and has.has_caller:
            record["server_tool_use"] = {"web_search_requests": 0, "web_fetch_requests": 0}
            totals = {key: record[key] for key in list(record)[:3]}
            once = {**totals, "output_tokens": usage.output, "cache_creation": cache, "type": "message"}
            record["iterations"] = [once] if has.has_attachments else []
            record["speed"] = "standard"
        return record

    def synthetic(self, text: str, *, error: str | None = None) -> None:
        """A message the harness wrote itself: no model, no tokens, never a message of the counts."""
        usage = {
            "input_tokens": 0,
            "output_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
            "service_tier": None,
            "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
        }
        message: Record = {
            "id": new_uuid(self.rng),
            "container": None,
            "model": "<synthetic>",
            "role": "assistant",
        }
        message |= {"stop_reason": "stop_sequence", "stop_sequence": "", "type": "message", "usage": usage}
        message |= {"content": [{"type": "text", "text": text}], "context_management": None}
        extra: Record = {"error": error} if error else {}
        extra["isApiErrorMessage"] = error is not None
        self.record({"type": "assistant", "message": message}, extra)
        self.tally.counts["synthetic_message_count"] += 1
        self.tally.counts["api_error_count"] += error is not None

    def user(self, content: str | list[Record], extra: Record | None = None, *, at: int | None = None) -> str:
        """A `type:user` record; what it means is the caller's affair."""
        body = {"type": "user", "message": {"role": "user", "content": content}}
        return self.record(body, extra, at=at)

    def system(self, subtype: str, values: Record, *, at: int | None = None) -> str:
        return self.record({"type": "system", "subtype": subtype, **values}, {"isMeta": False}, at=at)

    def attachment(self, values: Record) -> str:
        return self.record({"attachment": values, "type": "attachment"})

    def progress(self, data: Record, *, tool_use_id: str, parent_tool_use_id: str) -> str:
        ids = {"toolUseID": tool_use_id, "parentToolUseID": parent_tool_use_id}
        return self.record({"type": "progress", "data": data, **ids})

    def queue(self, operation: str, content: str | None = None) -> None:
        """A queue-operation: text typed while the agent works, or what became of it."""
        record: Record = {"type": "queue-operation", "operation": operation, "timestamp": iso(self.clock)}
        record["sessionId"] = self.stamp.session_id
        if content is not None:
            record["content"] = content
        self.state(record, is_timed=True)
