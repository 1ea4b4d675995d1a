"""Figures in words: what a reader of the report sees for a number, an interval, a period, a hidden figure."""

from datetime import date

import pytest

from orchestration.measures.measure import Unit
from orchestration.report import words


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.3216, "share", "32.2 %"),
        (0.0, "share", "0.0 %"),
        (36.75, "seconds", "36.8 s"),
        (396.0, "seconds", "6.6 min"),
        (7200.0, "seconds", "2.0 h"),
        (0.097, "hours", "5.8 min"),
        (172.156, "usd", "$172.16"),
        (12345.6, "usd", "$12,346"),
        (269.0, "count", "269"),
        (4.805, "count", "4.8"),
        (9_188_821.0, "tokens", "9.19 million"),
        (1_071_059_566.0, "tokens", "1.07 billion"),
    ],
)
def test_a_value_has_its_unit(number: float, unit: Unit, text: str) -> None:
    assert words.value(number, unit) == text


def test_an_interval_is_told_in_the_unit_of_its_value_and_nothing_where_there_is_none() -> None:
    assert words.interval(0.2, 0.442, "share") == "20.0–44.2 %"
    assert words.interval(32.7, 396.0, "seconds") == "32.7 s to 6.6 min"
    assert words.interval(None, 0.4, "share") == ""


@pytest.mark.parametrize(
    ("kind", "start", "text"),
    [
        ("overall", None, "whole time"),
        ("quarter", date(2026, 7, 1), "2026 Q3"),
        ("month", date(2026, 7, 1), "2026-07"),
        ("week", date(2026, 7, 6), "week of 2026-07-06"),
    ],
)
def test_a_period_is_called_as_people_do(kind: str, start: date | None, text: str) -> None:
    assert words.period_name(kind, start) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("turn_net_seconds_p50", "median, net of waits"),
        ("turn_wall_seconds_p999_daily_mean", "99.9th percentile, waits included, mean of days"),
        ("full_auto_share", "full auto"),
        ("judged_success", "judged success"),
    ],
)
def test_a_metric_is_called_without_its_technical_endings(name: str, text: str) -> None:
    assert words.metric_name(name) == text


def test_a_reason_that_no_list_knows_is_shown_as_it_is() -> None:
    assert words.why_hidden("fewer_than_3688_turns") == (
        "Withheld: fewer than 3688 turns. More sessions would show it."
    )
    assert words.why_hidden(None) == "Nothing was observed."
