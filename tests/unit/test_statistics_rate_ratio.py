"""Ratio of two rates: known values, an interval that holds, and what has no ratio."""

import math

import numpy as np
import pytest

from orchestration.statistics.rate_ratio import rate_ratio
from orchestration.statistics.withholding import showing_all

ASKS, CUTS, TURNS = np.array([4.0, 2, 6, 0]), np.array([1.0, 2, 1, 2]), np.array([20.0, 20, 30, 30])


def test_a_ratio_is_of_the_sums_and_its_error_leaves_users_out() -> None:
    found = rate_ratio((ASKS, TURNS), (CUTS, TURNS))
    assert found.value == pytest.approx(12 / 6)
    # By hand: ln of the ratio without each user in turn is ln(8/5), ln(10/4), ln(6/5), ln(12/4).
    without = [math.log(8 / 5), math.log(10 / 4), math.log(6 / 5), math.log(12 / 4)]
    error = math.sqrt(3 / 4 * sum((one - math.log(2)) ** 2 for one in without))
    assert found.standard_error == pytest.approx(2 * error)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1 < found.high
    assert math.log(found.low) + math.log(found.high) == pytest.approx(2 * math.log(2))


def test_rates_of_different_turns_are_compared_as_rates() -> None:
    found = rate_ratio((ASKS, TURNS), (ASKS, 2 * TURNS))
    assert found.value == pytest.approx(2)
    assert found.standard_error == pytest.approx(0, abs=1e-9), "every user has the same ratio of turns"


def test_what_never_happened_has_no_ratio() -> None:
    nothing = np.zeros(4)
    assert rate_ratio((ASKS, TURNS), (nothing, TURNS)).withheld_reason == "no_positive_mean"
    assert rate_ratio((nothing, nothing), (CUTS, TURNS)).withheld_reason == "no_observations"


def test_one_user_alone_makes_no_ratio_but_for_themselves() -> None:
    alone = np.array([3.0, 0, 0, 0])
    assert rate_ratio((alone, TURNS), (CUTS, TURNS)).withheld_reason == "too_few_users"
    with showing_all():
        assert rate_ratio((alone, TURNS), (CUTS, TURNS)).value == pytest.approx(0.5)


def test_an_interval_of_few_users_holds_the_true_ratio() -> None:
    draws = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        turns = draws.integers(40, 200, 12).astype(float)
        asks = draws.binomial(turns.astype(int), draws.beta(4, 16, 12))
        cuts = draws.binomial(turns.astype(int), draws.beta(2, 18, 12))
        found = rate_ratio((asks.astype(float), turns), (cuts.astype(float), turns))
        held += found.low is not None and found.high is not None and found.low <= 2 <= found.high
    assert 0.91 <= held / 400 <= 0.99
