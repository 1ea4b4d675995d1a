"""The running total of tokens → what each model response used.

`token_count` repeats without a response in between, and its `last_token_usage` repeats with it: only
differences of the total add up. A total may fall back for a moment, or begin anew. Input holds the tokens
read from the cache; output holds those of reasoning.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from orchestration.ingest.json_values import count_of, mapping_of

_PARTS = ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens")


class Usage(NamedTuple):
    """Tokens of one response. `input_tokens` are those neither read from the cache nor written to it."""

    input_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


def usage_of(counts: Mapping[str, Any]) -> Usage | None:
    """The tokens of one response; None where none were used."""
    used = {key: count_of(counts.get(key)) for key in (*_PARTS, "reasoning_output_tokens")}
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


def total_in(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The running total that a `token_count` states; None where it states none."""
    total = mapping_of(payload.get("info")).get("total_token_usage")
    return total if isinstance(total, dict) else None


def total_before(payload: Mapping[str, Any]) -> dict[str, int] | None:
    """The total before the response that a `token_count` tells of; None where it does not say."""
    total, last = total_in(payload), mapping_of(payload.get("info")).get("last_token_usage")
    if total is None or not isinstance(last, dict):
        return None
    before = {key: (count_of(total.get(key)) or 0) - (count_of(last.get(key)) or 0) for key in _PARTS}
    return before if min(before.values()) >= 0 else None


class UsageMeter:
    """Follows one thread's total through its `token_count` payloads, from the total that it inherited."""

    def __init__(self, inherited: Mapping[str, Any] | None, payloads: Sequence[Mapping[str, Any]]) -> None:
        self._total: Mapping[str, Any] = inherited or {}
        self._ahead = [payload for payload in payloads if total_in(payload) is not None]
        self._ahead.reverse()

    def advance(self, payload: Mapping[str, Any]) -> Usage | None:
        """What was used since the last total; None where nothing was, or no total is stated.

        To be called with all the payloads, in their order.
        """
        total = total_in(payload)
        if total is None:
            return None
        self._ahead.pop()
        before = self._total
        if _is_below(total, before):
            if self._is_stale(payload):
                return None
            before = {}  # the count began anew
        self._total = total
        return usage_of(
            {key: _difference(total, before, key) for key in (*_PARTS, "reasoning_output_tokens")}
        )

    def _is_stale(self, payload: Mapping[str, Any]) -> bool:
        """Whether a total that fell is an old one told late: the count then goes on from where it was."""
        before = total_before(payload)
        if before is not None and not any(before.values()):
            return False
        later = next(
            (one for one in reversed(self._ahead) if not _is_below(total_in(one) or {}, self._total)), None
        )
        if later is None:
            return False
        mark = total_before(later)
        return mark is None or all(mark[key] == (count_of(self._total.get(key)) or 0) for key in _PARTS)


def _is_below(total: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    return any((count_of(total.get(part)) or 0) < (count_of(before.get(part)) or 0) for part in _PARTS)


def _difference(total: Mapping[str, Any], before: Mapping[str, Any], key: str) -> int | None:
    """How much a part grew; None where the total does not state it."""
    stated = count_of(total.get(key))
    return None if stated is None else stated - (count_of(before.get(key)) or 0)
