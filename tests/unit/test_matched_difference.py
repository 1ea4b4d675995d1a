"""Rates matched within strata: a mix that hides a difference, strata without a second side, few users."""

import numpy as np
import pytest

from orchestration.statistics.matched_difference import matched_rates


def cases(*groups: tuple[str, bool, int, int]) -> tuple[list[float], list[bool], list[str], list[str]]:
    """(stratum, is first, cases, hits) as columns; users take turns."""
    hits: list[float] = []
    first: list[bool] = []
    strata: list[str] = []
    for stratum, is_first, size, good in groups:
        hits += [1.0] * good + [0.0] * (size - good)
        first += [is_first] * size
        strata += [stratum] * size
    return hits, first, strata, [f"u{number % 12}" for number in range(len(hits))]


def test_the_second_side_is_taken_at_the_mix_of_the_first() -> None:
    """First: 40 easy of which 32, 10 hard of which 3. Second: 10 easy of which 7, 40 hard of which 8."""
    hits, first, strata, users = cases(
        ("e", True, 40, 32), ("h", True, 10, 3), ("e", False, 10, 7), ("h", False, 40, 8)
    )
    found = matched_rates(hits, first, [strata], users)
    assert found.first.value == pytest.approx(35 / 50)
    assert found.second.value == pytest.approx(0.8 * 0.7 + 0.2 * 0.2)
    assert found.difference.value == pytest.approx(0.7 - 0.6)
    assert found.difference.low is not None
    assert found.difference.high is not None
    assert found.difference.low < 0.1 < found.difference.high


def test_strata_of_one_side_and_unknown_strata_are_left_out() -> None:
    hits, first, strata, users = cases(("e", True, 4, 2), ("e", False, 4, 1), ("alone", True, 9, 9))
    hits, first, users = [*hits, 1.0], [*first, True], [*users, "u1"]
    found = matched_rates(hits, first, [[*strata, None]], users)
    assert found.is_matched.tolist() == [True] * 8 + [False] * 10
    assert found.difference.value == pytest.approx(0.5 - 0.25)


def test_without_a_common_stratum_there_is_nothing() -> None:
    hits, first, strata, users = cases(("a", True, 4, 2), ("b", False, 4, 1))
    found = matched_rates(hits, first, [strata], users)
    assert found.difference.withheld_reason == "no_observations"
    assert not found.is_matched.any()


def test_one_user_has_no_interval() -> None:
    hits, first, strata, _ = cases(("e", True, 4, 2), ("e", False, 4, 1))
    found = matched_rates(hits, first, [strata], ["u"] * len(hits))
    assert (found.difference.low, found.difference.high) == (None, None)


def test_the_interval_holds_a_planted_difference() -> None:
    """60 samples of 30 users; the true difference of 0.2 is inside about as often as promised."""
    generator = np.random.default_rng(7)
    inside = 0
    for _ in range(60):
        users = np.repeat(np.arange(30), 12)
        strata = generator.integers(0, 3, len(users))
        first = generator.random(len(users)) < 0.3 + 0.15 * strata
        spread = generator.normal(0, 0.08, 30)[users]
        chance = np.clip(0.3 + 0.1 * strata + 0.2 * first + spread, 0, 1)
        found = matched_rates(generator.random(len(users)) < chance, first, [strata], users.astype(str))
        assert found.difference.low is not None
        assert found.difference.high is not None
        inside += found.difference.low <= 0.2 <= found.difference.high
    assert 52 <= inside <= 60
