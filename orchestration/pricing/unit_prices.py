"""What a million tokens of a model cost on a day, by the dated price table of genai-prices.

One row per model, day, speed, service tier and price step, for what a transcript says was used; a model
that the table does not hold has no row, so that its use is never priced zero. The table is the one that
is installed: nothing is fetched. Not here: what our own requests cost (classifiers/ledger/prices.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

NO_STEP = 2**62
"""Upper end of the last price step: no prompt is as long."""

STANDARD = frozenset({"", "standard", "default", "auto"})
"""Speeds and service tiers at the plain price, as the providers name them."""

FIVE_MINUTE_WRITE, HOUR_WRITE = Decimal("1.25"), Decimal(2)
"""Anthropic's cache writes, in prices of plain input (platform.claude.com: Prompt caching, Pricing); used
only where the price table has no price for them."""

CLAUDE_WEB_SEARCH_USD = Decimal(10)
"""Per 1,000 searches (platform.claude.com: Web search tool, Usage and pricing); used likewise."""

CLAUDE_BATCH_FACTOR = Decimal("0.5")
"""Batches cost half (platform.claude.com: Batch processing, Pricing); the table has it from October 2026."""

CLAUDE_FAST_FACTORS = {"anthropic/claude-opus-4-6": Decimal(6)}
"""Fast mode of models that no longer have it (platform.claude.com: Fast mode, Pricing, spring 2026); the
table has the others."""

_VARIANT_SUFFIX = re.compile(r"\[[^\]]*\]\Z")
"""What Claude Code adds to a model's name for a longer context: `claude-sonnet-4-5[1m]`."""


class Used(NamedTuple):
    """A model as it was used on a UTC day; speed and tier are empty where none is recorded."""

    model: str
    used_date: date
    speed: str
    service_tier: str


class UnitPrice(NamedTuple):
    """One row per model, day, speed, service tier and price step: dollars per million tokens.

    A step holds for prompts of `from_prompt_tokens` to `up_to_prompt_tokens`, to the last token. Searches
    are in dollars per 1,000; null where no price is known.
    `is_exact`: false where the table does not know what this speed or tier costs: it is the plain price.
    """

    model: str
    used_date: date
    speed: str
    service_tier: str
    from_prompt_tokens: int
    up_to_prompt_tokens: int
    price_list: str
    input_usd: float
    cache_write_5m_usd: float
    cache_write_1h_usd: float
    cache_read_usd: float
    output_usd: float
    web_search_usd: float | None
    is_exact: bool


def unit_prices(uses: Iterable[Used]) -> list[UnitPrice]:
    """The prices of what was used, sorted; models without a known price have none."""
    return sorted(price for used in set(uses) for price in _prices_of(used))


def _prices_of(used: Used) -> Iterator[UnitPrice]:
    found = _priced_model(used)
    if found is None:
        return
    price_list, prices, is_exact = found
    is_claude = "claude" in used.model.lower()
    factor = Decimal(1)
    if is_claude and not is_exact:
        stated = CLAUDE_BATCH_FACTOR if used.service_tier == "batch" else _fast_factor(used, price_list)
        factor, is_exact = stated or factor, stated is not None
    given, output = prices.input_mtok, prices.output_mtok
    assert given is not None  # _priced_model looked
    assert output is not None
    write, hour = prices.cache_write_mtok, prices.cache_write_1h_mtok
    kinds = [
        _steps(given),
        _steps(write) or _steps(given, FIVE_MINUTE_WRITE if is_claude else Decimal(1)),
        _steps(hour) or (_steps(given, HOUR_WRITE) if is_claude else _steps(write) or _steps(given)),
        _steps(prices.cache_read_mtok) or _steps(given),
        _steps(output),
    ]
    search = prices.web_searches_kcount or (CLAUDE_WEB_SEARCH_USD if is_claude else None)
    starts = sorted({start for kind in kinds for start in kind})
    for above, up_to in zip(starts, [*starts[1:], NO_STEP], strict=True):
        plain, minutes, hours, read, written = (float(_at_step(kind, above) * factor) for kind in kinds)
        yield UnitPrice(
            *used,
            from_prompt_tokens=above + 1 if above else 0,
            up_to_prompt_tokens=up_to,
            price_list=price_list,
            input_usd=plain,
            cache_write_5m_usd=minutes,
            cache_write_1h_usd=hours,
            cache_read_usd=read,
            output_usd=written,
            web_search_usd=float(search) if isinstance(search, Decimal) else None,
            is_exact=is_exact,
        )


def _fast_factor(used: Used, price_list: str) -> Decimal | None:
    is_fast_alone = used.speed == "fast" and used.service_tier in STANDARD
    return CLAUDE_FAST_FACTORS.get(price_list) if is_fast_alone else None


def _steps(price: "Decimal | TieredPrices | None", factor: Decimal = Decimal(1)) -> dict[int, Decimal]:
    """A price by the length of prompt above which it holds; empty where there is none."""
    if price is None:
        return {}
    if isinstance(price, Decimal):
        return {0: price * factor}
    return {0: price.base * factor} | {tier.start: tier.price * factor for tier in price.tiers}


def _at_step(steps: Mapping[int, Decimal], above: int) -> Decimal:
    return steps[max(start for start in steps if start <= above)]


def _priced_model(used: Used) -> "tuple[str, ModelPrice, bool] | None":
    """The price list that holds the model, its prices, and whether they are of that speed and tier."""
    context = _context_of(used)
    # Noon: an hourly price (one provider has some) is the one at midday, and a price's first day counts.
    at = datetime.combine(used.used_date, time(12), tzinfo=UTC)
    for provider, model in _listed(_VARIANT_SUFFIX.sub("", used.model)):
        prices = model.get_prices(at, context)
        if prices.input_mtok is not None and prices.output_mtok is not None:
            is_exact = not context or prices != model.get_prices(at)
            return f"{provider}/{model.id}", prices, is_exact
    return None


def _context_of(used: Used) -> dict[str, str]:
    """How the price table names what is not the plain price."""
    context: dict[str, str] = {}
    if used.service_tier == "batch":
        context["processing"] = "batch"
    elif used.service_tier not in STANDARD:
        context["service_tier"] = used.service_tier
    if used.speed not in STANDARD:
        context["speed"] = used.speed
    return context


def _listed(model: str) -> "Iterator[tuple[str, ModelInfo]]":
    """The model in the price lists that may be meant, the likeliest first, by how its name is written."""
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    for provider_id, name in _readings(model):
        try:
            provider, found = snapshot.find_provider_model(name, None, provider_id, None)
        except LookupError:
            continue
        yield provider.id, found


def _readings(model: str) -> Iterator[tuple[str | None, str]]:
    """Price list and name: Bedrock's, Vertex's, a router's (the vendor before a slash), or the API's own."""
    if "anthropic." in model:
        yield "aws", model
        return
    if "claude" in model and "@" in model:
        yield "google", model
        return
    vendor, slash, rest = model.partition("/")
    if slash:
        yield "openrouter", model
        yield vendor, rest
        return
    # None: the list whose models are named like this one.
    yield ("anthropic" if model.lower().startswith("claude") else None), model
