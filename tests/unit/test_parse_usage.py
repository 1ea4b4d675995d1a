"""What a response's usage says beside the totals: writes by lifetime, searches, and other models' work."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import Transcript, tokens

MAIN = {"type": "message", "input_tokens": 4, "output_tokens": 30}
ADVICE = {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 900, "output_tokens": 70}
NAMELESS = {key: value for key, value in ADVICE.items() if key != "model"}


def answered(usage: dict[str, Any], **fields: Any) -> Transcript:
    written = Transcript()
    written.prompt()
    written.says(usage=usage, **fields)
    return written


def sides(tables: Tables) -> list[tuple[Any, ...]]:
    return [
        (row["part_number"], row["part_kind"], row["model"], row["input_tokens"], row["output_tokens"])
        for row in tables.side_usages
    ]


def test_advisor_has_a_row_of_its_own_and_the_response_keeps_its_totals(tmp_path: Path) -> None:
    tables = parse(tmp_path, answered(tokens(output=60, iterations=[MAIN, ADVICE, MAIN])))
    assert sides(tables) == [(2, "advisor_message", "claude-opus-4-8", 900, 70)]
    row, side = tables.one("responses"), tables.one("side_usages")
    assert row["output_tokens"] == 60
    assert side["response_id"] == row["response_id"]
    assert (side["turn_id"], side["is_usage_final"]) == (row["turn_id"], True)
    assert tables.one("turns")["output_tokens"] == 130


def test_advisor_that_names_no_model_has_that_of_the_record(tmp_path: Path) -> None:
    written = answered(tokens(iterations=[MAIN, NAMELESS]), advisorModel="claude-fable-5")
    assert parse(tmp_path, written).column("side_usages", "model") == ["claude-fable-5"]


def test_advisor_of_an_unknown_model_is_kept_without_one(tmp_path: Path) -> None:
    tables = parse(tmp_path, answered(tokens(iterations=[NAMELESS])))
    assert sides(tables) == [(1, "advisor_message", None, 900, 70)]


def test_another_pass_of_the_answering_model_is_its_own_and_not_in_the_totals(tmp_path: Path) -> None:
    compaction = {"type": "compaction", "input_tokens": 180000, "output_tokens": 3500}
    tables = parse(tmp_path, answered(tokens(output=1000, iterations=[compaction, MAIN])))
    assert sides(tables) == [(1, "compaction", "claude-opus-4-6", 180000, 3500)]


def test_attempt_by_another_model_is_that_models(tmp_path: Path) -> None:
    attempt = {**MAIN, "model": "claude-sonnet-5"}
    tables = parse(tmp_path, answered(tokens(iterations=[attempt, MAIN])))
    assert sides(tables) == [(1, "message", "claude-sonnet-5", 4, 30)]


def fallback(*, declined_output: int) -> list[dict[str, Any]]:
    """One model declined, after so many tokens, and the answering model went on in its place."""
    declined = {**MAIN, "model": "claude-fable-5", "output_tokens": declined_output}
    return [declined, {**MAIN, "type": "fallback_message", "model": "claude-opus-4-6"}]


def test_model_that_answers_in_place_of_another_counts_once(tmp_path: Path) -> None:
    """The totals are its own (https://github.com/UKGovernmentBEIS/inspect_ai/issues/4209)."""
    tables = parse(tmp_path, answered(tokens(output=30, iterations=fallback(declined_output=0))))
    assert sides(tables) == []
    assert tables.one("responses")["output_tokens"] == 30


def test_model_that_declines_in_mid_answer_has_used_what_it_said(tmp_path: Path) -> None:
    """It is charged (https://github.com/QuantumNous/new-api/pull/7162)."""
    tables = parse(tmp_path, answered(tokens(output=30, iterations=fallback(declined_output=12))))
    assert sides(tables) == [(1, "message", "claude-fable-5", 4, 12)]


@pytest.mark.parametrize(
    "iterations", [[], None, "two", [3, None], [MAIN], [MAIN, MAIN], [{"input_tokens": 1}]]
)
def test_iterations_that_repeat_the_totals_or_say_nothing_add_nothing(
    tmp_path: Path, iterations: Any
) -> None:
    tables = parse(tmp_path, answered(tokens(output=60, iterations=iterations)))
    assert tables.side_usages == []
    assert tables.one("responses")["output_tokens"] == 60


def test_advice_on_every_line_of_a_response_counts_once(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    for _ in range(3):
        written.says("Part.", message_id="msg_a", usage=tokens(output=60, iterations=[MAIN, ADVICE]))
    assert len(parse(tmp_path, written).side_usages) == 1


FIVE, HOUR = "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"cache_creation": {FIVE: 60, HOUR: 40}}, (100, 60, 40)),
        ({"cache_creation": {HOUR: 100}}, (100, None, 100)),
        ({}, (100, None, None)),
        ({"cache_creation": "much"}, (100, None, None)),
        ({"cache_creation_input_tokens": None, "cache_creation": {FIVE: 7, HOUR: 5}}, (12, 7, 5)),
    ],
)
def test_cache_writes_are_told_apart_by_how_long_they_are_kept(
    tmp_path: Path, usage: dict[str, Any], expected: tuple[int | None, ...]
) -> None:
    row = parse(tmp_path, answered(tokens() | usage)).one("responses")
    found = tuple(row[f"cache_creation{kind}_input_tokens"] for kind in ("", "_5m", "_1h"))
    assert found == expected


def test_searches_fetches_speed_and_tier_are_read(tmp_path: Path) -> None:
    server = {"web_search_requests": 3, "web_fetch_requests": 1}
    usage = tokens(server_tool_use=server, speed="fast", service_tier="priority")
    row = parse(tmp_path, answered(usage)).one("responses")
    assert (row["web_search_request_count"], row["web_fetch_request_count"]) == (3, 1)
    assert (row["speed"], row["service_tier"], row["reasoning_tokens"]) == ("fast", "priority", None)
