"""What the fake API counts: calls, texts it was shown, and its own bill.

A charge is made for every message that is processed, delivered or not, so that a test can compare what
was paid with what the ledger knows, and prove that nothing was paid twice.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from classifiers.ledger.prices import TokenUsage, price_usd
from tests.fakes.claude_api_cache import Usage
from tests.fakes.claude_api_checks import text_blocks


@dataclass(frozen=True)
class Charge:
    """One processed message. `key` is the same for the same model, effort and texts."""

    key: str
    custom_id: str | None
    model: str
    usage: Usage
    usd: Decimal

    @property
    def is_batch(self) -> bool:
        return self.custom_id is not None


def request_key(params: Mapping[str, Any]) -> str:
    """What is asked, without how it is cached: the same in a batch and outside."""
    config = params.get("output_config") or {}
    blocks = [*text_blocks(params.get("system", [])), *text_blocks(params["messages"][0]["content"])]
    parts = [params["model"], config.get("effort"), *(block["text"] for block in blocks)]
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


class Account:
    """Calls by place, texts by hash, charges in order. Safe to use from several threads."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.charges: list[Charge] = []
        self._texts: dict[bytes, str] = {}
        self._lock = threading.Lock()

    def count_call(self, place: str) -> None:
        with self._lock:
            self.calls[place] += 1

    def see_texts(self, params: Mapping[str, Any]) -> None:
        """Remember each different text that arrived, whatever becomes of its request."""
        for block in [*text_blocks(params["system"]), *text_blocks(params["messages"][0]["content"])]:
            digest = blake2b(block["text"].encode(), digest_size=16).digest()
            with self._lock:
                self._texts.setdefault(digest, block["text"])

    def charge(self, params: Mapping[str, Any], usage: Usage, *, custom_id: str | None) -> Charge:
        """Write a processed message on the bill."""
        tokens = TokenUsage(
            usage.input_tokens,
            usage.cache_creation_input_tokens,
            usage.cache_read_input_tokens,
            usage.output_tokens,
        )
        usd = price_usd(
            params["model"], tokens, is_batch=custom_id is not None, ttl="1h" if usage.ttl == "1h" else "5m"
        )
        made = Charge(request_key(params), custom_id, params["model"], usage, usd)
        with self._lock:
            self.charges.append(made)
        return made

    @property
    def texts(self) -> list[str]:
        """Every different text block that arrived: what has left the machine."""
        return list(self._texts.values())

    @property
    def usd(self) -> Decimal:
        return sum((charge.usd for charge in self.charges), Decimal(0))

    @property
    def paid(self) -> Counter[str]:
        """How often each request was paid: batch items by custom id, others by what they ask."""
        return Counter(charge.custom_id or charge.key for charge in self.charges)

    def as_json(self) -> dict[str, Any]:
        """The state that a fake in another process reports."""
        return {
            "calls": dict(self.calls),
            "usd": str(self.usd),
            "paid": dict(self.paid),
            "message_count": sum(not charge.is_batch for charge in self.charges),
            "batch_item_count": sum(charge.is_batch for charge in self.charges),
            "tokens": {
                name: sum(getattr(charge.usage, name) for charge in self.charges)
                for name in (
                    "input_tokens",
                    "cache_creation_input_tokens",
                    "cache_read_input_tokens",
                    "output_tokens",
                )
            },
        }
