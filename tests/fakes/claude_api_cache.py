"""The fake's tokens and its prompt cache: what a message would have been charged for.

Tokens by a stated rule: a text has one token for every four of its UTF-8 bytes, rounded up; the output
schema has those of its JSON. The cache holds prefixes up to a marked block, per model, system text, output
format and effort; an entry can be read once the first response to it has begun.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from tests.fakes.claude_api_checks import text_blocks

BYTES_PER_TOKEN = 4
TTL_SECONDS = {"5m": 300.0, "1h": 3600.0}


@dataclass(frozen=True)
class Prompt:
    """The tokens of a prompt: up to the last cache mark, and after it. `cache_key` is None without a mark."""

    prefix_tokens: int
    rest_tokens: int
    cache_key: str | None
    ttl: str


@dataclass(frozen=True)
class Usage:
    """Tokens of one message as its `usage` shows them. Written tokens are apart by how long they live."""

    input_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int
    ttl: str = "5m"

    def as_json(self, *, service_tier: str) -> dict[str, Any]:
        written = self.cache_creation_input_tokens
        return {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": self.cache_read_input_tokens,
            "cache_creation": {
                "ephemeral_5m_input_tokens": written if self.ttl == "5m" else 0,
                "ephemeral_1h_input_tokens": written if self.ttl == "1h" else 0,
            },
            "output_tokens": self.output_tokens,
            "service_tier": service_tier,
        }


def token_count(text: str) -> int:
    """Tokens of a text: one for every four bytes, rounded up."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def read_prompt(params: Mapping[str, Any]) -> Prompt:
    """A prompt's tokens, cut at its last cache mark."""
    config = params.get("output_config") or {}
    output_format = config.get("format")
    schema_tokens = token_count(json.dumps(output_format["schema"])) if output_format else 0
    blocks = [*text_blocks(params.get("system", [])), *text_blocks(params["messages"][0]["content"])]
    marked = [number for number, block in enumerate(blocks) if block.get("cache_control")]
    cut = marked[-1] + 1 if marked else 0
    tokens = [token_count(block["text"]) for block in blocks]
    envelope = [params["model"], output_format, config.get("effort"), params.get("thinking")]
    prefix = json.dumps([envelope, [block["text"] for block in blocks[:cut]]], sort_keys=True)
    return Prompt(
        prefix_tokens=sum(tokens[:cut]) + (schema_tokens if cut else 0),
        rest_tokens=sum(tokens[cut:]) + (0 if cut else schema_tokens),
        cache_key=blake2b(prefix.encode(), digest_size=16).hexdigest() if cut else None,
        ttl=blocks[cut - 1]["cache_control"].get("ttl", "5m") if cut else "5m",
    )


class PromptCache:
    """Cached prefixes with the time at which each ends. Shorter prefixes than the minimum are not cached."""

    def __init__(self, *, clock: Callable[[], float], min_tokens: int) -> None:
        self.clock = clock
        self.min_tokens = min_tokens
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()

    def look_up(self, prompt: Prompt, *, is_allowed: bool = True) -> Usage:
        """What is read and written for a prompt that arrives; a hit lets the entry live on.

        `is_allowed` false: a batch item that went to a machine without the entry.
        """
        if prompt.cache_key is None or prompt.prefix_tokens < self.min_tokens:
            return Usage(prompt.prefix_tokens + prompt.rest_tokens, 0, 0, 0)
        with self._lock:
            is_hit = is_allowed and self._ends.get(prompt.cache_key, 0.0) > self.clock()
            if is_hit:
                self._ends[prompt.cache_key] = self.clock() + TTL_SECONDS[prompt.ttl]
        if is_hit:
            return Usage(prompt.rest_tokens, 0, prompt.prefix_tokens, 0, prompt.ttl)
        return Usage(prompt.rest_tokens, prompt.prefix_tokens, 0, 0, prompt.ttl)

    def begin_response(self, prompt: Prompt) -> None:
        """The first token is out: from here on others can read the prefix."""
        if prompt.cache_key is not None and prompt.prefix_tokens >= self.min_tokens:
            with self._lock:
                self._ends[prompt.cache_key] = self.clock() + TTL_SECONDS[prompt.ttl]
