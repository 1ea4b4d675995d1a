"""One conversation with a deployment as the lines of a gateway's log: every request repeats what was said.

Belongs here: the shape of a line. Not here: what is said and called (logs). Chains can be linked.
"""

import random
import string
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from orchestration.demo.traffic.deployments import Deployment, ToolUse
from orchestration.demo.transcript import Record

ANSWER_SECONDS = 4
MODELS = ("claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101")


class Conversation:
    """A client's conversation; `lines` grows by a line with every answer."""

    def __init__(self, deployment: Deployment, customer: str, *, at: datetime, rng: random.Random) -> None:
        self.lines: list[Record] = []
        self._rng, self._at, self._customer = rng, at, customer
        self._key = f"key-of-{deployment.name}"
        self._model = rng.choice(MODELS)
        self._system = f'{deployment.purpose} Today is {at.date().isoformat()}. You work for "{customer}".'
        self._messages: list[Record] = [{"role": "user", "content": rng.choice(deployment.tasks)}]

    def call(self, uses: Sequence[ToolUse]) -> list[tuple[ToolUse, str, datetime]]:
        """An answer that calls tools, and then their results; the id and time of each call."""
        called = [(use, self._new_id("toolu_"), self._at) for use in uses]
        blocks: list[Record] = [{"type": "text", "text": "I look into it."}]
        blocks += [
            {"type": "tool_use", "id": call_id, "name": use.tool, "input": dict(use.given)}
            for use, call_id, _ in called
        ]
        self._answer(blocks, stop_reason="tool_use")
        results = [
            {"type": "tool_result", "tool_use_id": call_id, "content": use.result}
            for use, call_id, _ in called
        ]
        self._messages.append({"role": "user", "content": results})
        return called

    def end(self) -> None:
        """The last answer, in words."""
        self._answer([{"type": "text", "text": "That is done."}], stop_reason="end_turn")

    def _answer(self, blocks: list[Record], *, stop_reason: str) -> None:
        ended = self._at + timedelta(seconds=ANSWER_SECONDS)
        usage = {
            "input_tokens": self._rng.randint(200, 900),
            "output_tokens": self._rng.randint(20, 200),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 400 * len(self._messages),
        }
        request: dict[str, Any] = {
            "model": self._model,
            "system": self._system,
            "messages": deepcopy(self._messages),
        }
        self.lines.append(
            {
                "time": self._at.isoformat(),
                "end_time": ended.isoformat(),
                "id": self._new_id("request-"),
                "api_key": self._key,
                "customer": self._customer,
                "request": request,
                "response": {
                    "id": self._new_id("msg_"),
                    "type": "message",
                    "role": "assistant",
                    "model": self._model,
                    "content": blocks,
                    "stop_reason": stop_reason,
                    "usage": usage,
                },
            }
        )
        self._messages.append({"role": "assistant", "content": blocks})
        self._at = ended + timedelta(seconds=self._rng.randint(2, 40))

    def _new_id(self, prefix: str) -> str:
        return prefix + "".join(self._rng.choices(string.ascii_letters + string.digits, k=24))
