"""An independent multiplication: tokens of a plain count times the providers' published prices.

Shares no code with the package and none with its price library: prices are written out from the
provider's page, and tests hold the published dollars against what comes out here.
"""

from collections import Counter, defaultdict
from typing import Any

from tests.plain_count import PlainCount

PRICES = {
    "claude-opus-4-5": (5, 25),
    "claude-opus-4-6": (5, 25),
    "claude-opus-4-7": (5, 25),
    "claude-opus-4-8": (5, 25),
    "claude-sonnet-4-2": (3, 15),
    "claude-sonnet-4-5": (3, 15),
    "claude-sonnet-4-6": (3, 15),
    "claude-haiku-4-5": (1, 5),
    "claude-fable-5": (10, 50),
}
"""Dollars per million tokens of plain input and output, by start of the name (platform.claude.com)."""

WRITE_5M, WRITE_1H, READ = 1.25, 2, 0.1
"""Cache prices in prices of plain input, the same for all of these models."""

LONG_PROMPT = 200_000
"""Longer prompts cost twice the input and one and a half times the output …"""

LONG_UNTIL = {"claude-opus-4-6": "2026-03-13", "claude-sonnet-4-6": "2026-03-13", "claude-sonnet-4-5": "9999"}
"""… of these models, before the day."""

SEARCH = 10 / 1000


def used_by_stamp(count: PlainCount) -> dict[str, Counter[str]]:
    """Tokens by kind and dollars by session id, other models' work for an answer included.

    `unpriced` counts uses of models that have no price here.
    """
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for message_id, usage in count.usage.items():
        stamp, model = count.session_of_message[message_id], count.model_of_message[message_id]
        beside = [step for step in usage.get("iterations") or [] if step["type"] != "message"]
        parts = [(model, usage), *((step.get("model") or model, step) for step in beside)]
        for used, tokens in parts:
            _add(sums[stamp], used, tokens, count.day_of_message[message_id])
    return sums


def _add(sums: Counter[str], model: str, usage: dict[str, Any], day: str) -> None:
    plain, output = usage.get("input_tokens") or 0, usage.get("output_tokens") or 0
    written, read = usage.get("cache_creation_input_tokens") or 0, usage.get("cache_read_input_tokens") or 0
    hour = (usage.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0
    sums.update(input_tokens=plain, output_tokens=output, cache_read_input_tokens=read)
    sums.update(cache_creation_5m_input_tokens=written - hour, cache_creation_1h_input_tokens=hour)
    name = next((start for start in PRICES if model.startswith(start)), None)
    if name is None:
        sums["unpriced"] += 1
        return
    price_in, price_out = PRICES[name]
    is_long = plain + written + read > LONG_PROMPT and day < LONG_UNTIL.get(name, "")
    searches = (usage.get("server_tool_use") or {}).get("web_search_requests") or 0
    weighted = plain + WRITE_5M * (written - hour) + WRITE_1H * hour + READ * read
    dollars = weighted * price_in * (2 if is_long else 1) + output * price_out * (1.5 if is_long else 1)
    sums["cost_usd"] += dollars / 1e6 + searches * SEARCH  # type: ignore[assignment]
