"""Builds logs of API traffic in memory: requests with their answers, as a gateway writes them line by line.

A `Conversation` is one client: it keeps the messages so far and its own clock. Every `answer` is a line.
"""

import json
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.ingest.sources.source import SourceOptions
from tests.parsed import NOW, Tables, context, parse_folder

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LINKING = SourceOptions(links_requests=True)


class Conversation:
    """One conversation of one customer. `lines` can be taken over, cut and copied by a test."""

    numbers = 0

    def __init__(
        self,
        *,
        key: str = "sk-ant-first",
        customer: str | None = "acme",
        system: str | None = "You help in the shop.",
        at: datetime = START,
        model: str = "claude-sonnet-4-5",
        lines: list[dict[str, Any]] | None = None,
    ) -> None:
        self.key, self.customer, self.system, self.at, self.model = key, customer, system, at, model
        self.lines: list[dict[str, Any]] = [] if lines is None else lines
        self.messages: list[dict[str, Any]] = []
        Conversation.numbers += 1
        self.name = f"{Conversation.numbers:04d}"
        self.count = 0

    def ask(self, text: str) -> "Conversation":
        """Say something to the model."""
        self.messages.append({"role": "user", "content": text})
        return self

    def give(self, *results: str, is_error: bool = False) -> "Conversation":
        """Bring the results of the calls of the last answer, in order."""
        calls = [block for block in self.messages[-1]["content"] if block["type"] == "tool_use"]
        self.messages.append(
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": call["id"],
                        "content": result,
                        "is_error": is_error,
                    }
                    for call, result in zip(calls, results, strict=True)
                ],
            }
        )
        return self

    def answer(self, text: str = "", *calls: tuple[str, dict[str, Any]], **more: Any) -> "Conversation":
        """The model's answer, which ends a line of the log. `calls`: names of tools with their input."""
        self.count += 1
        blocks: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
        for number, (name, given) in enumerate(calls):
            call_id = f"toolu_{self.name}{self.count:04d}{number:02d}ABCDEFGH"
            blocks.append({"type": "tool_use", "id": call_id, "name": name, "input": given})
        request: dict[str, Any] = {"model": self.model, "messages": deepcopy(self.messages)}
        if self.system is not None:
            request["system"] = self.system
        line = {
            "time": self.at.isoformat(),
            "end_time": (self.at + timedelta(seconds=4)).isoformat(),
            "api_key": self.key,
            "customer": self.customer,
            "request": request,
            "response": {
                "id": f"msg_{self.name}{self.count:04d}",
                "type": "message",
                "role": "assistant",
                "model": self.model,
                "content": blocks,
                "stop_reason": "tool_use" if calls else "end_turn",
                "usage": {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 20},
            },
        }
        self.lines.append(line | more)
        self.messages.append({"role": "assistant", "content": blocks})
        self.at += timedelta(seconds=30)
        return self

    def fork(self) -> "Conversation":
        """The same conversation from here on in another way; its lines are the same log's."""
        other = Conversation(
            key=self.key,
            customer=self.customer,
            system=self.system,
            at=self.at,
            model=self.model,
            lines=self.lines,
        )
        other.messages = deepcopy(self.messages)
        return other


def work(conversation: Conversation, *, task: str = "Add a test.", steps: int = 2) -> Conversation:
    """A task with some calls and a last word."""
    conversation.ask(task)
    for step in range(steps):
        conversation.answer("I look.", ("Bash", {"command": f"pytest step{step}"})).give(f"step{step} passed")
    return conversation.answer("Done.")


def log(*conversations: Conversation) -> list[dict[str, Any]]:
    """The lines of several conversations in time order, as one gateway writes them."""
    lines = [line for conversation in conversations for line in conversation.lines]
    return sorted(lines, key=lambda line: line["time"])


def to_bytes(lines: Sequence[dict[str, Any] | bytes]) -> bytes:
    """Lines as a log holds them."""
    return b"".join(
        (line if isinstance(line, bytes) else json.dumps(line, sort_keys=True).encode()) + b"\n"
        for line in lines
    )


def parse_logs(
    tmp_path: Path,
    *logs: Sequence[dict[str, Any] | bytes],
    options: SourceOptions | None = None,
    now: datetime = NOW,
    **settings: Any,
) -> Tables:
    """Rows of logs, one file each."""
    folder = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
    (folder / "logs").mkdir(parents=True)
    for number, lines in enumerate(logs):
        (folder / "logs" / f"{number}.jsonl").write_bytes(to_bytes(lines))
    used = context(options=options or SourceOptions(), **settings)
    return parse_folder(folder / "logs", folder / "archive", settings=used, now=now)
