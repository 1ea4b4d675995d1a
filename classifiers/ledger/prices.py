"""What a request costs, by the dated price table of genai-prices; an unknown model is refused.

The table is the one that is installed: nothing is fetched, and where a model's prices changed over time
the newest count. Dollars are Decimal. A batch costs half. A model may have price steps: a prompt longer
than a step (all of it, cached or not) is charged at the higher price to its last token, output included.
Knows models and tokens, nothing of requests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, TieredPrices

CacheTtl = Literal["5m", "1h"]

MILLION = Decimal(1_000_000)
BATCH_SHARE = Decimal("0.5")
_LAST_DAY = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than every dated price, so that the newest is found without a clock."""


class UnknownModelError(Exception):
    """No price is known for the model: it is refused, never priced zero. The message says what to do."""


@dataclass(frozen=True)
class TokenUsage:
    """Tokens of one message. `input_tokens` are those neither written to nor read from a cache."""

    input_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int

    @property
    def prompt_tokens(self) -> int:
        """The whole prompt, by which the price step is decided."""
        return self.input_tokens + self.cache_creation_input_tokens + self.cache_read_input_tokens


@dataclass(frozen=True)
class _Rates:
    """Dollars per million tokens of prompts longer than `above_tokens`."""

    above_tokens: int
    input: Decimal
    write_5m: Decimal
    write_1h: Decimal
    read: Decimal
    output: Decimal

    def write(self, ttl: CacheTtl) -> Decimal:
        return self.write_1h if ttl == "1h" else self.write_5m


def price_usd(model: str, usage: TokenUsage, *, is_batch: bool, ttl: CacheTtl | None = None) -> Decimal:
    """What these tokens cost; raises UnknownModelError.

    `ttl`: how long what was written to the cache is kept; by default an hour in batches, else 5 minutes.
    """
    rates = _rates(model, usage.prompt_tokens)
    dollars = (
        rates.input * usage.input_tokens
        + rates.write(ttl or _usual_ttl(is_batch)) * usage.cache_creation_input_tokens
        + rates.read * usage.cache_read_input_tokens
        + rates.output * usage.output_tokens
    ) / MILLION
    return dollars * BATCH_SHARE if is_batch else dollars


def bound_usd(model: str, *, input_tokens: int, max_output_tokens: int, is_batch: bool) -> Decimal:
    """The most that a request can cost: all input written to the cache, output to its bound.

    `input_tokens` must be an upper bound too. Raises UnknownModelError.
    """
    rates = _rates(model, input_tokens)
    dearest_input = max(rates.input, rates.write(_usual_ttl(is_batch)), rates.read)
    dollars = (dearest_input * input_tokens + rates.output * max_output_tokens) / MILLION
    return dollars * BATCH_SHARE if is_batch else dollars


def naive_usd(
    model: str,
    *,
    prefix_tokens: int,
    question_tokens: Sequence[int],
    output_tokens: Sequence[int],
    is_batch: bool = False,
) -> Decimal:
    """Every question sent with the whole prefix, nothing cached."""
    alone = [
        price_usd(model, TokenUsage(prefix_tokens + asked, 0, 0, answered), is_batch=is_batch)
        for asked, answered in zip(question_tokens, output_tokens, strict=True)
    ]
    return sum(alone, Decimal(0))


def shared_prefix_usd(
    model: str,
    *,
    prefix_tokens: int,
    question_tokens: Sequence[int],
    output_tokens: Sequence[int],
    hit_share: Decimal,
    is_batch: bool,
    ttl: CacheTtl,
) -> Decimal:
    """Questions on one cached prefix: the first writes it; of the others `hit_share` read it.

    Those that miss write it again. The expected price, not a bound. `hit_share` is from 0 to 1: 1 where
    the first question is awaited before the others are sent.
    """
    total = Decimal(0)
    for number, (asked, answered) in enumerate(zip(question_tokens, output_tokens, strict=True)):
        write = price_usd(model, TokenUsage(asked, prefix_tokens, 0, answered), is_batch=is_batch, ttl=ttl)
        read = price_usd(model, TokenUsage(asked, 0, prefix_tokens, answered), is_batch=is_batch, ttl=ttl)
        total += write if number == 0 else hit_share * read + (1 - hit_share) * write
    return total


def price_step_tokens(model: str) -> int | None:
    """The longest prompt, in tokens, before the model's next price; None where it has one price."""
    steps = _rate_steps(model)
    return steps[1].above_tokens if len(steps) > 1 else None


def price_table_version() -> str:
    """Which table the prices are of, for quotes and run metadata."""
    return f"genai-prices {version('genai-prices')}"


def _usual_ttl(is_batch: bool) -> CacheTtl:
    return "1h" if is_batch else "5m"


def _rates(model: str, prompt_tokens: int) -> _Rates:
    """The prices of a prompt of this length: those of the highest step that it exceeds."""
    steps = _rate_steps(model)
    return next((rates for rates in reversed(steps) if prompt_tokens > rates.above_tokens), steps[0])


@lru_cache(maxsize=64)
def _rate_steps(model: str) -> tuple[_Rates, ...]:
    """The prices of a model by length of prompt, shortest first."""
    prices = _model_info(model).get_prices(_LAST_DAY)
    given = prices.input_mtok, prices.output_mtok
    if given[0] is None or given[1] is None:
        raise UnknownModelError(_refusal(model))
    kinds: tuple[Decimal | TieredPrices, ...] = (
        given[0],
        prices.cache_write_mtok or given[0],
        prices.cache_write_1h_mtok or prices.cache_write_mtok or given[0],
        prices.cache_read_mtok or given[0],
        given[1],
    )
    starts = {tier.start for kind in kinds if not isinstance(kind, Decimal) for tier in kind.tiers}
    return tuple(_Rates(above, *(_at_step(kind, above) for kind in kinds)) for above in [0, *sorted(starts)])


def _at_step(price: "Decimal | TieredPrices", above_tokens: int) -> Decimal:
    """The price of one kind of token in prompts longer than `above_tokens`."""
    if isinstance(price, Decimal):
        return price
    return next((tier.price for tier in reversed(price.tiers) if above_tokens >= tier.start), price.base)


def _model_info(model: str) -> "ModelInfo":
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, found = get_snapshot().find_provider_model(model, None, _provider(model), None)
    except LookupError:
        raise UnknownModelError(_refusal(model)) from None
    return found


def _provider(model: str) -> str:
    """Whose price list holds the model, by how its id is written: Bedrock's, Vertex's or the API's own."""
    if "anthropic." in model:
        return "aws"
    return "google" if "@" in model else "anthropic"


def _refusal(model: str) -> str:
    return (
        f"No price is known for the model {model!r} in {price_table_version()}, and a model without a price "
        "is never asked. Correct its name in the settings, choose a model that the table holds, or update "
        "the table with `pip install --upgrade genai-prices`."
    )
