"""Intervals of proportions reproduce the published values (METHODS 4.1)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.statistics.proportions import Method, proportion_bounds


@pytest.mark.parametrize(
    ("events", "trials", "wilson", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0, 0.1611), (0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_intervals_are_those_of_newcombe(
    events: int, trials: int, wilson: tuple[float, float], exact: tuple[float, float]
) -> None:
    assert proportion_bounds(events, trials) == pytest.approx(wilson, abs=5e-5)
    found = proportion_bounds(events, trials, method="clopper_pearson")
    assert found == pytest.approx(exact, abs=5e-5)


def test_eleven_of_fifteen_human_agreements() -> None:
    assert proportion_bounds(11, 15) == pytest.approx((0.480, 0.891), abs=6e-4)


def test_zero_of_many_is_bounded_exactly() -> None:
    """1 − .025^(1/100) on one side of two; the other bound is 0."""
    low, high = proportion_bounds(0, 100, method="clopper_pearson")
    assert (float(low), float(high)) == pytest.approx((0, 1 - 0.025 ** (1 / 100)))


def test_without_trials_there_is_no_interval() -> None:
    low, high = proportion_bounds([0, 1], [0, 2])
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()


def test_more_events_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and the trials"):
        proportion_bounds(3, 2)


@given(st.integers(1, 500), st.data())
def test_interval_holds_the_share_and_mirrors(trials: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, trials))
    methods: tuple[Method, ...] = ("wilson", "clopper_pearson")
    for method in methods:
        low, high = proportion_bounds([events, trials - events], trials, method=method)
        assert 0 <= low[0] <= events / trials <= high[0] <= 1
        assert low[0] == pytest.approx(1 - high[1], abs=1e-9)
