"""What a request costs: the table's prices, its steps, the half price of batches, bounds, and plans."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from classifiers.ledger.prices import (
    TokenUsage,
    UnknownModelError,
    bound_usd,
    naive_usd,
    price_step_tokens,
    price_table_version,
    price_usd,
    shared_prefix_usd,
)

HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"
MILLION = 1_000_000
STEP = 100_000
NO_TOKENS = TokenUsage(0, 0, 0, 0)

tokens = st.integers(0, 150_000)
usages = st.builds(TokenUsage, tokens, tokens, tokens, tokens)
models = st.sampled_from([HAIKU, SONNET, "claude-opus-5-5", "claude-haiku-4-5"])


def dollars(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (TokenUsage(MILLION, 0, 0, 0), "2"),
        (TokenUsage(0, MILLION, 0, 0), "2.5"),
        (TokenUsage(0, 0, MILLION, 0), "0.1"),
        (TokenUsage(0, 0, 0, MILLION), "10"),
        (TokenUsage(1, 0, 0, 1), "0.000012"),
        (NO_TOKENS, "0"),
    ],
)
def test_each_kind_of_token_has_its_price(usage: TokenUsage, expected: str) -> None:
    assert price_usd(SONNET, usage, is_batch=False) == dollars(expected)


def test_cache_kept_for_an_hour_costs_twice_the_input() -> None:
    written = TokenUsage(0, MILLION, 0, 0)
    assert price_usd(SONNET, written, is_batch=False, ttl="1h") == dollars("4")
    assert price_usd(SONNET, written, is_batch=True) == dollars("2")
    assert price_usd(SONNET, written, is_batch=True, ttl="5m") == dollars("1.25")


def test_prompt_beyond_the_step_is_dearer_to_its_last_token() -> None:
    at_step, beyond = TokenUsage(STEP, 0, 0, 1000), TokenUsage(STEP + 1, 0, 0, 1000)
    assert price_usd(HAIKU, at_step, is_batch=False) == dollars("0.0105")
    assert price_usd(HAIKU, beyond, is_batch=False) == dollars("0.0525005")


def test_cached_tokens_count_towards_the_step() -> None:
    usage = TokenUsage(1, 0, STEP, 0)
    assert price_usd(HAIKU, usage, is_batch=False) == dollars("0.0050005")


def test_step_is_the_longest_prompt_at_the_first_price() -> None:
    assert price_step_tokens(HAIKU) == STEP
    assert price_step_tokens(SONNET) is None


@given(model=models, usage=usages)
def test_price_is_the_librarys(model: str, usage: TokenUsage) -> None:
    theirs = Usage(
        input_tokens=usage.prompt_tokens,
        cache_write_tokens=usage.cache_creation_input_tokens,
        cache_read_tokens=usage.cache_read_input_tokens,
        output_tokens=usage.output_tokens,
    )
    when = datetime(2026, 11, 1, tzinfo=UTC)
    expected = calc_price(theirs, model, provider_id="anthropic", genai_request_timestamp=when)
    assert price_usd(model, usage, is_batch=False) == expected.total_price


@given(model=models, usage=usages)
def test_batch_is_half_as_the_library_lists_it(model: str, usage: TokenUsage) -> None:
    theirs = Usage(
        input_tokens=usage.prompt_tokens,
        cache_write_tokens=usage.cache_creation_input_tokens,
        cache_write_1h_tokens=usage.cache_creation_input_tokens,
        cache_read_tokens=usage.cache_read_input_tokens,
        output_tokens=usage.output_tokens,
    )
    expected = calc_price(
        theirs,
        model,
        provider_id="anthropic",
        genai_request_timestamp=datetime(2026, 11, 1, tzinfo=UTC),
        price_context={"processing": "batch"},
    )
    assert price_usd(model, usage, is_batch=True) == expected.total_price


@given(model=models, usage=usages, more_input=tokens, more_output=tokens, is_batch=st.booleans())
def test_nothing_within_its_bounds_costs_more_than_the_bound(
    model: str, usage: TokenUsage, more_input: int, more_output: int, is_batch: bool
) -> None:
    bound = bound_usd(
        model,
        input_tokens=usage.prompt_tokens + more_input,
        max_output_tokens=usage.output_tokens + more_output,
        is_batch=is_batch,
    )
    assert price_usd(model, usage, is_batch=is_batch) <= bound


def test_bound_is_all_input_written_to_the_cache() -> None:
    assert bound_usd(SONNET, input_tokens=1000, max_output_tokens=100, is_batch=False) == dollars("0.0035")
    assert bound_usd(SONNET, input_tokens=1000, max_output_tokens=100, is_batch=True) == dollars("0.0025")


@pytest.mark.parametrize("model", ["claude-haiku-99", "gpt-4o", "", "anthropic.claude-nothing-v1:0"])
def test_unknown_model_is_refused_with_what_to_do(model: str) -> None:
    with pytest.raises(UnknownModelError, match="Correct its name in the settings"):
        price_usd(model, NO_TOKENS, is_batch=False)
    with pytest.raises(UnknownModelError, match="genai-prices"):
        bound_usd(model, input_tokens=0, max_output_tokens=0, is_batch=True)
    with pytest.raises(UnknownModelError):
        price_step_tokens(model)


def test_model_without_cache_prices_pays_its_input_price_for_them() -> None:
    usage = TokenUsage(1, 1, 1, 0)
    assert price_usd("claude-v1", usage, is_batch=False) == dollars("0.000024")


def test_bedrock_and_vertex_names_have_their_own_prices() -> None:
    usage = TokenUsage(MILLION // 20, 0, 0, 0)
    assert price_usd("us.anthropic.claude-haiku-5-5-v1:0", usage, is_batch=False) == dollars("0.0055")
    assert price_usd("global.anthropic.claude-haiku-5-5-v1:0", usage, is_batch=False) == dollars("0.005")
    assert price_usd("claude-haiku-5-5@20261001", usage, is_batch=False) == dollars("0.005")


def test_table_says_its_version() -> None:
    assert price_table_version().startswith("genai-prices 0.")


def test_naive_plan_pays_the_whole_prefix_for_every_question() -> None:
    price = naive_usd(SONNET, prefix_tokens=1000, question_tokens=[10, 20], output_tokens=[5, 5])
    assert price == dollars("0.00406") + dollars("0.0001")


def test_shared_prefix_is_written_once_and_read_by_the_others() -> None:
    price = shared_prefix_usd(
        SONNET,
        prefix_tokens=1000,
        question_tokens=[10, 10, 10],
        output_tokens=[0, 0, 0],
        hit_share=Decimal(1),
        is_batch=False,
        ttl="5m",
    )
    assert price == dollars("0.0025") + 2 * dollars("0.0001") + 3 * dollars("0.00002")


@pytest.mark.parametrize(
    ("hit_share", "is_batch", "over_naive"),
    [("1", False, "0.19"), ("0.95", True, "0.12"), ("0.7", True, "0.25"), ("0.3", True, "0.47")],
)
def test_thirteen_questions_on_a_long_transcript_cost_what_the_design_says(
    hit_share: str, is_batch: bool, over_naive: str
) -> None:
    prefix, questions, outputs = 90_000, [0] * 13, [0] * 13
    naive = naive_usd(
        "claude-haiku-4-5", prefix_tokens=prefix, question_tokens=questions, output_tokens=outputs
    )
    shared = shared_prefix_usd(
        "claude-haiku-4-5",
        prefix_tokens=prefix,
        question_tokens=questions,
        output_tokens=outputs,
        hit_share=Decimal(hit_share),
        is_batch=is_batch,
        ttl="5m",
    )
    assert round(shared / naive, 2) == dollars(over_naive)


def test_lists_of_different_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        naive_usd(SONNET, prefix_tokens=1, question_tokens=[1, 2], output_tokens=[1])
