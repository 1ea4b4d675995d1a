"""Intervals of proportions reproduce the published values (METHODS 4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.statistics.proportions import difference_interval, proportion_interval, zero_events_limit


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
    assert proportion_interval(events, trials) == pytest.approx(wilson, abs=5e-5)
    found = proportion_interval(events, trials, method="clopper_pearson")
    assert found == pytest.approx(exact, abs=5e-5)


def test_eleven_of_fifteen_human_agreements() -> None:
    assert proportion_interval(11, 15) == pytest.approx((0.480, 0.891), abs=6e-4)


def test_difference_is_that_of_newcombe() -> None:
    assert difference_interval((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_nothing_seen_bounds_the_rate() -> None:
    assert zero_events_limit(100) == pytest.approx(0.0295, abs=5e-5)


def test_without_trials_there_is_no_interval() -> None:
    assert proportion_interval(0, 0) is None
    assert difference_interval((0, 0), (1, 2)) is None
    assert zero_events_limit(0) is None


def test_more_events_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and the trials"):
        proportion_interval(3, 2)


@given(st.integers(1, 500), st.data())
def test_interval_holds_the_share_and_mirrors(trials: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, trials))
    for method in ("wilson", "clopper_pearson"):
        found = proportion_interval(events, trials, method=method)
        mirror = proportion_interval(trials - events, trials, method=method)
        assert found is not None
        assert mirror is not None
        assert 0 <= found.low <= events / trials <= found.high <= 1
        assert found.low == pytest.approx(1 - mirror.high, abs=1e-9)
