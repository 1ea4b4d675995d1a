"""Builds Codex rollouts in memory: hand-made lines in the true shape, for tests to parse.

A `Rollout` is one thread with its own clock. Each method writes the records that the agent writes for one
thing that happens, in the order it writes them.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.parsed import Tables, parse_folder

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def uuid7(at: datetime, number: int = 0) -> str:
    """An id as Codex makes them: it begins with the time."""
    milliseconds = int(at.timestamp() * 1000)
    digits = f"{milliseconds:012x}7{number:03x}8{number:015x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Rollout:
    """One thread's file. `records` can be taken over, cut and copied by a test."""

    def __init__(
        self,
        *,
        at: datetime = START,
        thread: str | None = None,
        version: str = "0.140.0",
        source: Any = "cli",
        cwd: str = "/home/ann/shop",
        policy: Any = "on-request",
        model: str = "gpt-5.5",
        has_starts: bool = True,
        **meta: Any,
    ) -> None:
        self.at = at
        self.thread = thread or uuid7(at)
        self.policy, self.model, self.cwd, self.has_starts = policy, model, cwd, has_starts
        self.records: list[dict[str, Any]] = []
        self.total = {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0}
        self.turn = ""
        self.numbers = {"turn": 0, "call": 0}
        payload = {
            "id": self.thread,
            "timestamp": _text(at),
            "cwd": cwd,
            "originator": "codex-tui",
            "cli_version": version,
            "source": source,
            "model_provider": "openai",
            "git": {"branch": "main"},
        }
        self.add("session_meta", payload | meta)

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def add(self, kind: str, payload: dict[str, Any]) -> None:
        self.records.append({"timestamp": _text(self.at), "type": kind, "payload": payload})
        self.wait(0.1)

    def event(self, kind: str, **payload: Any) -> None:
        self.add("event_msg", {"type": kind, **payload})

    def item(self, kind: str, **payload: Any) -> None:
        self.add("response_item", {"type": kind, **payload})

    # --- turns --------------------------------------------------------------------------------

    def begins(self, *, policy: Any = None, model: str | None = None) -> str:
        """A turn begins; its settings follow."""
        self.policy = self.policy if policy is None else policy
        self.model = model or self.model
        self.numbers["turn"] += 1
        self.turn = uuid7(self.at, self.numbers["turn"])
        if self.has_starts:
            self.event("task_started", turn_id=self.turn, model_context_window=258400)
        self.context()
        return self.turn

    def context(self, **more: Any) -> None:
        values = {"turn_id": self.turn, "cwd": self.cwd, "approval_policy": self.policy, "model": self.model}
        self.add("turn_context", {**values, "sandbox_policy": {"type": "workspace-write"}, **more})

    def prompt(self, text: str, *, policy: Any = None, model: str | None = None) -> str:
        """A turn begins with what a person asks; returns its id."""
        turn = self.begins(policy=policy, model=model)
        self.asked(text)
        return turn

    def asked(self, text: str, *, images: Sequence[str] = ()) -> None:
        """What a person says, to the model and as an event."""
        self.to_model(text)
        self.event("user_message", message=text, images=list(images), local_images=[], text_elements=[])

    def to_model(self, *texts: str, role: str = "user") -> None:
        self.item("message", role=role, content=[{"type": "input_text", "text": text} for text in texts])

    def done(self, last: str | None = None, *, milliseconds: int | None = None) -> None:
        stated = {} if milliseconds is None else {"duration_ms": milliseconds}
        self.event("task_complete", turn_id=self.turn, last_agent_message=last, **stated)

    def aborted(self, reason: str = "interrupted", **more: Any) -> None:
        self.event("turn_aborted", turn_id=self.turn, reason=reason, **more)

    # --- what the agent does ------------------------------------------------------------------

    def thinks(self, summary: str = "") -> None:
        parts = [{"type": "summary_text", "text": summary}] if summary else []
        self.item("reasoning", summary=parts, content=None, encrypted_content="gAAA")

    def says(self, text: str) -> None:
        self.event("agent_message", message=text, phase="commentary")
        content = [{"type": "output_text", "text": text}]
        self.item("message", role="assistant", content=content, phase="commentary")

    def used(self, tokens: int, *, cached: int = 0, output: int = 0) -> None:
        """The total after one more response; `tokens` are its input, cached ones included."""
        for key, more in zip(self.total, (tokens, cached, output), strict=True):
            self.total[key] += more
        self.counted()

    def counted(self, **total: int) -> None:
        """The total as it is, told again."""
        whole = self.total | total
        info = {
            "total_token_usage": {**whole, "total_tokens": whole["input_tokens"] + whole["output_tokens"]}
        }
        self.event("token_count", info=info, rate_limits=None)

    def calls(self, name: str, arguments: Any, *, call_id: str | None = None, **more: Any) -> str:
        call_id = self._call_id(call_id)
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        self.item("function_call", name=name, arguments=text, call_id=call_id, **more)
        return call_id

    def _call_id(self, stated: str | None = None) -> str:
        self.numbers["call"] += 1
        return stated or f"call_{self.thread.replace('-', '')[:12]}{self.numbers['call']:03d}"

    def returns(self, call_id: str, output: Any) -> None:
        self.item("function_call_output", call_id=call_id, output=output)

    def runs(
        self,
        command: Any,
        output: str = "",
        *,
        code: int | None = 0,
        seconds: float = 0.2,
        name: str = "exec_command",
    ) -> str:
        """A shell call and its framed output; no code: it goes on in the background."""
        call_id = self.calls(name, {"cmd" if name == "exec_command" else "command": command})
        self.wait(seconds)
        state = (
            f"Process exited with code {code}" if code is not None else "Process running with session ID 77"
        )
        self.returns(
            call_id, f"Chunk ID: 1a2b3c\nWall time: {seconds:.4f} seconds\n{state}\nOutput:\n{output}"
        )
        return call_id

    def patches(self, patch: str, changes: dict[str, Any] | None = None, *, output: str | None = None) -> str:
        """A patch, the event of its end where `changes` are given, and its output."""
        call_id = self._call_id()
        self.item("custom_tool_call", name="apply_patch", input=patch, call_id=call_id, status="completed")
        if changes is not None:
            self.event("patch_apply_end", call_id=call_id, turn_id=self.turn, success=True, changes=changes)
        text = output if output is not None else "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess."
        self.item("custom_tool_call_output", call_id=call_id, output=text)
        return call_id

    # --- threads ------------------------------------------------------------------------------

    def child(self, *, role: str = "explorer", is_fork: bool = True, **more: Any) -> "Rollout":
        """A thread that this one spawns; its file begins with a copy of what was said so far."""
        thread = uuid7(self.at, 999)
        spawn = {"parent_thread_id": self.thread, "depth": 1, "agent_role": role}
        meta: dict[str, Any] = {"forked_from_id": self.thread} if is_fork else {}
        child = Rollout(
            at=self.at, thread=thread, source={"subagent": {"thread_spawn": spawn}}, **(meta | more)
        )
        if is_fork:
            child.copies(self)
        return child

    def copies(self, other: "Rollout") -> None:
        """All of another thread's records so far, written at once."""
        for record in other.records:
            if record["payload"].get("type") not in ("exec_command_end",):
                self.records.append({**record, "timestamp": _text(self.at)})
        self.total = dict(other.total)
        self.wait(0.01)

    def lines(self) -> bytes:
        return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in self.records)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def write_rollouts(folder: Path, *rollouts: Rollout | bytes) -> Path:
    """The files of some threads below a folder of a day, as Codex lays them."""
    day = folder / "2026" / "05" / "04"
    day.mkdir(parents=True, exist_ok=True)
    for number, rollout in enumerate(rollouts):
        content = rollout if isinstance(rollout, bytes) else rollout.lines()
        (day / f"rollout-2026-05-04T09-00-00-{number:04d}.jsonl").write_bytes(content)
    return folder


def parse_rollouts(tmp_path: Path, *rollouts: Rollout | bytes) -> Tables:
    """Rows of some threads, parsed as a run does."""
    number = len(list(tmp_path.glob("run-*")))
    folder = tmp_path / f"run-{number}"
    return parse_folder(write_rollouts(folder / "sessions", *rollouts), folder / "archive")
