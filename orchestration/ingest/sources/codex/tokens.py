"""The running total of tokens → what each model response used.

`token_count` repeats without a response in between, and its `last_token_usage` repeats with it: only
differences of the total add up. Input holds the tokens read from the cache; output holds those of
reasoning.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from orchestration.ingest.json_values import count_of

_PARTS = ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens")


class Usage(NamedTuple):
    """Tokens of one response. `input_tokens` are those neither read from the cache nor written to it."""

    input_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


class UsageMeter:
    """Follows one thread's total; starts from the total that the thread inherited."""

    def __init__(self, inherited: Mapping[str, Any] | None) -> None:
        self._total: Mapping[str, Any] = inherited or {}

    def advance(self, payload: Mapping[str, Any]) -> Usage | None:
        """What was used since the last total; None where nothing was, or no total is stated."""
        info = payload.get("info")
        total = info.get("total_token_usage") if isinstance(info, dict) else None
        if not isinstance(total, dict):
            return None
        before, self._total = self._total, total
        if any((count_of(total.get(part)) or 0) < (count_of(before.get(part)) or 0) for part in _PARTS):
            before = {}  # the count began anew
        used = {key: _difference(total, before, key) for key in (*_PARTS, "reasoning_output_tokens")}
        if not any(used.values()):
            return None
        read, written = used["cached_input_tokens"], used["cache_write_input_tokens"]
        whole = used["input_tokens"]
        return Usage(
            input_tokens=None if whole is None else max(0, whole - (read or 0) - (written or 0)),
            cache_creation_input_tokens=written,
            cache_read_input_tokens=read,
            output_tokens=used["output_tokens"],
            reasoning_tokens=used["reasoning_output_tokens"],
        )


def _difference(total: Mapping[str, Any], before: Mapping[str, Any], key: str) -> int | None:
    """How much a part grew; None where the total does not state it."""
    stated = count_of(total.get(key))
    return None if stated is None else stated - (count_of(before.get(key)) or 0)
