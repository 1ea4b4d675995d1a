"""The price of a model on a day: by kind, step, speed and tier; an unknown model has none."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from genai_prices import Usage, calc_price

from orchestration.ingest.rows import RawResponse, RawSideUsage
from orchestration.pricing.land_prices import UNIT_PRICES, land_prices
from orchestration.pricing.unit_prices import NO_STEP, UnitPrice, Used, unit_prices
from tests.raw_lake import Lake, make

DAY = date(2026, 5, 1)
OPUS, SONNET = "claude-opus-4-5-20251101", "claude-sonnet-4-20250514"


def priced(model: str, day: date = DAY, speed: str = "", tier: str = "") -> list[UnitPrice]:
    return unit_prices([Used(model, day, speed, tier)])


def one(model: str, day: date = DAY, speed: str = "", tier: str = "") -> UnitPrice:
    (price,) = priced(model, day, speed, tier)
    return price


@pytest.mark.parametrize(
    ("model", "kinds"),
    [
        (OPUS, (5, 6.25, 10, 0.5, 25, 10)),
        ("claude-haiku-4-5-20251001", (1, 1.25, 2, 0.1, 5, 10)),
        (SONNET, (3, 3.75, 6, 0.3, 15, 10)),
    ],
)
def test_prices_by_kind_are_the_published_ones(model: str, kinds: tuple[float, ...]) -> None:
    price = one(model)
    found = (
        price.input_usd, price.cache_write_5m_usd, price.cache_write_1h_usd, price.cache_read_usd,
        price.output_usd, price.web_search_usd,
    )  # fmt: skip
    assert found == pytest.approx(kinds)
    assert price.is_exact


@pytest.mark.parametrize(
    "model", ["claude-opus-4-6", "claude-sonnet-4-5-20250929", "gpt-5.4", "claude-haiku-5-5"]
)
@pytest.mark.parametrize("prompt", [0, 1000, 200_000, 200_001, 300_000])
def test_tokens_times_prices_are_what_the_library_computes(model: str, prompt: int) -> None:
    when = datetime(2026, 2, 3, 12, tzinfo=UTC)
    usage = Usage(input_tokens=prompt, cache_read_tokens=prompt // 2, output_tokens=700)
    theirs = calc_price(usage, model, genai_request_timestamp=when).total_price
    (step,) = (
        price
        for price in priced(model, when.date())
        if price.from_prompt_tokens <= prompt <= price.up_to_prompt_tokens
    )
    plain = prompt - prompt // 2
    ours = plain * step.input_usd + prompt // 2 * step.cache_read_usd + 700 * step.output_usd
    assert ours / 1e6 == pytest.approx(float(theirs))


def test_a_price_is_that_of_the_day() -> None:
    before, after = priced("claude-opus-4-6", date(2026, 3, 12)), priced("claude-opus-4-6", date(2026, 3, 13))
    assert [price.input_usd for price in before] == [5, 10]
    assert [price.input_usd for price in after] == [5]


def test_steps_cover_every_length_of_prompt_once() -> None:
    low, high = priced("claude-sonnet-4-5-20250929")
    assert (low.from_prompt_tokens, high.up_to_prompt_tokens) == (0, NO_STEP)
    assert high.from_prompt_tokens == low.up_to_prompt_tokens + 1


@pytest.mark.parametrize(
    "model",
    ["claude-nothing-9", "qwen3-coder", "some/model-nobody-lists:free", "", "us.anthropic.claude-9"],
)
def test_unknown_model_has_no_price_and_not_a_zero_one(model: str) -> None:
    assert priced(model) == []


@pytest.mark.parametrize(
    ("model", "price_list"),
    [
        ("claude-sonnet-4-5-20250929[1m]", "anthropic/claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5"),
        ("eu.anthropic.claude-fable-5-v1:0", "aws/regional.anthropic.claude-fable-5-v1:0"),
        ("anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        ("gpt-5-codex", "openai/gpt-5"),
        ("kimi-k2.5", "moonshotai/kimi-k2.5"),
    ],
)
def test_the_price_list_follows_from_how_the_model_is_written(model: str, price_list: str) -> None:
    assert {price.price_list for price in priced(model)} == {price_list}
    assert {price.model for price in priced(model)} == {model}


def test_fast_mode_costs_what_the_table_or_the_providers_page_says() -> None:
    plain, fast = one("claude-opus-4-8"), one("claude-opus-4-8", speed="fast")
    assert (fast.input_usd, fast.output_usd) == (2 * plain.input_usd, 2 * plain.output_usd)
    old = one("claude-opus-4-6", speed="fast")
    assert (old.input_usd, old.output_usd, old.web_search_usd) == (30, 150, 10)
    assert fast.is_exact
    assert old.is_exact


@pytest.mark.parametrize("day", [date(2026, 2, 1), date(2026, 11, 1)])
def test_a_batch_of_claude_costs_half_on_every_day(day: date) -> None:
    plain, batch = one(OPUS, day), one(OPUS, day, tier="batch")
    assert (batch.input_usd, batch.cache_write_1h_usd) == (plain.input_usd / 2, plain.cache_write_1h_usd / 2)
    assert batch.is_exact


@pytest.mark.parametrize(("speed", "tier"), [("fast", ""), ("", "priority"), ("fast", "priority")])
def test_surcharge_that_nobody_states_leaves_the_plain_price_and_says_so(speed: str, tier: str) -> None:
    plain, other = one(SONNET, tier="standard"), one(SONNET, speed=speed, tier=tier)
    assert (other.input_usd, other.is_exact) == (plain.input_usd, False)
    assert plain.is_exact


def test_cache_writes_without_a_price_cost_multiples_of_plain_input() -> None:
    price = one("gpt-5-codex")
    assert price.cache_write_5m_usd == price.cache_write_1h_usd == price.input_usd
    google = one("claude-sonnet-4@20250514")
    assert (google.cache_write_5m_usd, google.cache_write_1h_usd) == (3.75, 6)


def test_every_model_that_the_lake_names_is_priced_once_per_day(tmp_path: Path) -> None:
    lake = Lake()
    at = datetime(2026, 5, 1, 23, 30, tzinfo=UTC)
    for number, model in enumerate(["claude-opus-4-8", "claude-opus-4-8", "relay", None]):
        lake.add("responses", DAY, make(RawResponse, response_id=str(number), model=model, responded_at=at))
    advisor = make(RawSideUsage, model="claude-fable-5", responded_at=at, service_tier="standard")
    lake.add("side_usages", DAY, advisor)
    lake.write(tmp_path)
    path = tmp_path / UNIT_PRICES.folder / "part.parquet"
    rows = pq.read_table(path).to_pylist()
    assert [(row["model"], row["used_date"], row["service_tier"]) for row in rows] == [
        ("claude-fable-5", DAY, "standard"),
        ("claude-opus-4-8", DAY, ""),
    ]
    before = path.read_bytes()
    assert land_prices(tmp_path) == 2
    assert path.read_bytes() == before
