"""Rank correlation agrees with its reference and its interval knows of users."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from orchestration.statistics.correlation import rank_correlation, spread


def test_ties_are_ranked_as_scipy_does() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    found = rank_correlation(x, x + y, np.arange(200), draws=50)
    assert found.value == pytest.approx(float(spearmanr(x, x + y).statistic), abs=1e-12)


def test_two_yes_no_columns_give_phi() -> None:
    x = [1] * 25 + [0] * 25
    y = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    # (20 · 15 − 5 · 10)/√(25 · 25 · 30 · 20)
    assert rank_correlation(x, y, range(50), draws=50).value == pytest.approx(250 / np.sqrt(375_000))


def test_sessions_of_one_user_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    of_user = rng.normal(size=30).repeat(20)
    x, y = of_user + 0.1 * rng.normal(size=600), of_user * np.sign(rng.normal(size=30)).repeat(20)
    alone = rank_correlation(x, y, np.arange(600), draws=300)
    together = rank_correlation(x, y, np.arange(30).repeat(20), draws=300)
    assert alone.low is not None
    assert alone.high is not None
    assert together.low is not None
    assert together.high is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_what_cannot_be_correlated_says_why() -> None:
    assert rank_correlation([1] * 29, [1] * 29, range(29)).withheld_reason == "too_few_effective_sessions"
    assert rank_correlation(range(40), range(40), ["u"] * 40).withheld_reason == "too_few_users"
    assert rank_correlation([1] * 40, range(40), range(40)).withheld_reason == "no_variation"


def test_weights_stand_for_as_many_units() -> None:
    """A unit of weight 3 says what three alike units of one user say."""
    draw = np.random.default_rng(5)
    x, y, users = draw.integers(1, 11, 90), draw.integers(1, 11, 90), np.arange(90) % 15
    weights = np.where(x > 5, 3, 1)
    repeated = np.repeat(np.arange(90), weights)
    alone = rank_correlation(x, y, users, weights=weights, draws=50)
    many = rank_correlation(x[repeated], y[repeated], users[repeated], draws=50)
    assert alone.value == pytest.approx(many.value)
    assert alone.value != pytest.approx(rank_correlation(x, y, users, draws=50).value)
    found = spread(x, users, weights=weights, draws=50)
    assert found.value == pytest.approx(x[repeated].std())
    assert found.low is not None
    assert found.high is not None
    assert found.low < x[repeated].std() < found.high


def test_a_spread_is_withheld_as_a_correlation_is() -> None:
    assert spread([1] * 29, range(29), weights=[1] * 29).withheld_reason == "too_few_effective_sessions"
    assert spread([1] * 60, range(60), weights=[100] + [0.1] * 59).withheld_reason is not None, (
        "one weighs all"
    )
    assert spread(range(40), ["u"] * 40, weights=[1] * 40).withheld_reason == "too_few_users"
    assert spread([2] * 40, range(40), weights=[1] * 40, draws=50).value == 0
