"""Builds real-shaped Claude Code transcripts.

A `Transcript` is one file: ids, parents and times chain by themselves, so that a test shows only
what its situation is about. Shapes follow real files (keys, order of records, texts of the agent);
expected values belong to the tests, never here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

START = datetime(2026, 6, 1, 10, tzinfo=UTC)
NOT_NOW = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file"
    " edit, the new_string was NOT written to the file). "
)
STOPPED = NOT_NOW + "STOP what you are doing and wait for the user to tell you how to proceed."
FEEDBACK = NOT_NOW + "To tell you how to proceed, the user said:\n"
INTERRUPTED = "[Request interrupted by user]"
INTERRUPTED_TOOL = "[Request interrupted by user for tool use]"
ABSENT: Any = object()


def stamp(at: datetime) -> str:
    """A time as transcripts write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


@dataclass
class Transcript:
    """One transcript file in the making. `step` is the time between two records."""

    session: str = "s1"
    version: str = "2.1.70"
    at: datetime = START
    cwd: str = "/home/ann/repo"
    agent_id: str | None = None
    step: float = 1.0
    mode: str | None = "default"
    records: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    parent: str | None = None
    prefix: str = ""

    def wait(self, seconds: float) -> "Transcript":
        """Let time pass before the next record."""
        self.at += timedelta(seconds=seconds - self.step)
        return self

    def raw(self, record: dict[str, Any]) -> dict[str, Any]:
        self.records.append(record)
        return record

    def timed(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A record with uuid, parent, time and session; `ABSENT` leaves a key out."""
        self.at += timedelta(seconds=self.step)
        uuid = f"{self.prefix or self.agent_id or self.session}-{len(self.records) + 1:03d}"
        record: dict[str, Any] = {
            "parentUuid": self.parent,
            "isSidechain": self.agent_id is not None,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.session,
            "version": self.version,
            "gitBranch": "main",
            "type": kind,
            "uuid": uuid,
            "timestamp": stamp(self.at),
            **({"agentId": self.agent_id} if self.agent_id else {}),
            **self.more,
            **fields,
        }
        record = {key: value for key, value in record.items() if value is not ABSENT}
        if isinstance(record.get("uuid"), str):
            self.parent = record["uuid"]
        return self.raw(record)

    def user(self, content: Any, **fields: Any) -> dict[str, Any]:
        return self.timed("user", message={"role": "user", "content": content}, **fields)

    def prompt(self, text: Any = "Please add a test.", **fields: Any) -> dict[str, Any]:
        """A typed prompt; it has a permission mode from 2.1.15 on, and the brief of a sub-agent has none."""
        mode = {"permissionMode": self.mode} if self.mode and not self.agent_id else {}
        return self.user(text, **{**mode, **fields})

    def assistant(
        self,
        *blocks: dict[str, Any],
        message_id: str | None = None,
        usage: Any = None,
        stop: str | None = None,
        model: Any = "claude-opus-4-6",
        message: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """One line of a response; further lines of it repeat the `message_id`."""
        number = f"{self.prefix or self.agent_id or self.session}_{len(self.records) + 1:03d}"
        body = {
            "model": model,
            "id": message_id or f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "content": list(blocks),
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": tokens(output=20) if usage is None else usage,
            **(message or {}),
        }
        body = {key: value for key, value in body.items() if value is not ABSENT}
        return self.timed("assistant", **{"message": body, "requestId": f"req_{body.get('id')}", **fields})

    def says(self, text: str = "Done.", *, stop: str | None = "end_turn", **fields: Any) -> dict[str, Any]:
        return self.assistant({"type": "text", "text": text}, stop=stop, **fields)

    def calls(self, name: str = "Bash", arguments: Any = None, **fields: Any) -> str:
        """One tool call in a response of its own; returns its tool_use id."""
        call_id: str = fields.pop("call_id", None) or (
            f"toolu_{self.prefix or self.agent_id or self.session}_{len(self.records) + 1:03d}"
        )
        arguments = {"command": "ls"} if arguments is None else arguments
        block = {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
        self.assistant(block, **{"stop": "tool_use", **fields})
        return call_id

    def result(
        self,
        call_id: Any,
        content: Any = "ok",
        *,
        is_error: bool | None = None,
        outcome: Any = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """The result of a call; `outcome` is the record's toolUseResult."""
        block = {"tool_use_id": call_id, "type": "tool_result", "content": content}
        if is_error is not None:
            block["is_error"] = is_error
        extra = {} if outcome is None else {"toolUseResult": outcome}
        return self.user([block], **{**extra, **fields})

    def bash(self, command: str, stdout: str = "", **outcome: Any) -> str:
        """A shell command that ended well, with its result."""
        call_id = self.calls("Bash", {"command": command})
        shape = {"stdout": stdout, "stderr": "", "interrupted": False, "isImage": False, **outcome}
        self.result(call_id, stdout, is_error=False, outcome=shape)
        return call_id

    def bash_fails(self, command: str, code: int = 1, output: str = "") -> str:
        """A shell command that ended non-zero, with its result."""
        call_id = self.calls("Bash", {"command": command})
        text = f"Exit code {code}\n{output}"
        self.result(call_id, text, is_error=True, outcome=f"Error: {text}")
        return call_id

    def interrupt(self, *, for_tool: bool = False, **fields: Any) -> dict[str, Any]:
        text = INTERRUPTED_TOOL if for_tool else INTERRUPTED
        return self.user([{"type": "text", "text": text}], **fields)

    def queue(self, operation: str, content: str | None = None) -> dict[str, Any]:
        self.at += timedelta(seconds=self.step)
        record = {
            "type": "queue-operation",
            "operation": operation,
            "timestamp": stamp(self.at),
            "sessionId": self.session,
        }
        return self.raw(record | ({} if content is None else {"content": content}))

    def system(self, subtype: str, **fields: Any) -> dict[str, Any]:
        return self.timed("system", subtype=subtype, **fields)

    def attachment(self, kind: str, **inner: Any) -> dict[str, Any]:
        return self.timed("attachment", attachment={"type": kind, **inner})

    def progress(self, record: Mapping[str, Any], *, agent_id: str, call_id: str) -> dict[str, Any]:
        """A sub-agent's record as the main file repeats it (2.1.11 to 2.1.81)."""
        message = {key: record[key] for key in ("type", "message", "uuid", "timestamp") if key in record}
        if "requestId" in record:
            message["requestId"] = record["requestId"]
        data = {"type": "agent_progress", "message": message, "normalizedMessages": [], "agentId": agent_id}
        return self.timed("progress", data=data, parentToolUseID=call_id, toolUseID="agent_" + agent_id)

    def turn_duration(self, milliseconds: int) -> dict[str, Any]:
        return self.system("turn_duration", durationMs=milliseconds)

    @property
    def lines(self) -> bytes:
        return to_lines(self.records)


def tokens(
    *, output: Any = 20, given: Any = 3, created: Any = 100, read: Any = 1000, **more: Any
) -> dict[str, Any]:
    """A `usage` as the API reports it."""
    return {
        "input_tokens": given,
        "cache_creation_input_tokens": created,
        "cache_read_input_tokens": read,
        "output_tokens": output,
        "service_tier": "standard",
        **more,
    }


def patch(*lines: str) -> list[dict[str, Any]]:
    """A structuredPatch of one hunk."""
    return [{"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": list(lines)}]


def to_lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def plain(session: str = "s1", **more: Any) -> Transcript:
    """A short session that went well: a prompt, a command, an answer."""
    written = Transcript(session=session, **more)
    written.prompt("Say hello.")
    written.bash("echo hello", "hello")
    written.says("Hello.")
    return written
