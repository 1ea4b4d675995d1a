"""Order-statistic intervals: the published reference values, and what small samples cannot say."""

import math

import pytest

from orchestration.statistics.order_statistics import (
    estimate_quantile,
    needed_sample_size,
    quantile_rank,
    rank_interval,
)


@pytest.mark.parametrize(
    ("n", "quantile", "lower", "upper", "coverage"),
    [
        (10_000, 0.999, 9_983, 9_997, 0.975),
        (100_000, 0.999, 99_880, 99_920, 0.955),
        (20, 0.5, 6, 15, 0.9586),
        (130, 0.5, 54, 77, 0.957),
    ],
)
def test_ranks_are_those_of_the_references(
    n: int, quantile: float, lower: int, upper: int, coverage: float
) -> None:
    found = rank_interval(n, quantile)
    assert (found.lower, found.upper) == (lower, upper)
    assert math.isclose(found.coverage, coverage, abs_tol=6e-4)


def test_smallest_sample_that_bounds_a_quantile() -> None:
    assert needed_sample_size(0.999) == 3_688
    assert needed_sample_size(0.999, two_sided=False) == 2_995
    assert needed_sample_size(0.95, two_sided=False) == 59
    assert needed_sample_size(0.99, two_sided=False) == 299
    assert needed_sample_size(0.01) == needed_sample_size(0.99)


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.99, 0.999])
def test_a_bound_exists_from_the_needed_sample_on_and_not_before(quantile: float) -> None:
    needed = needed_sample_size(quantile)
    assert rank_interval(needed, quantile).upper == needed
    assert rank_interval(needed - 1, quantile).upper is None


@pytest.mark.parametrize("n", [1, 5, 50, 3_688])
def test_coverage_is_never_below_what_was_asked_where_both_bounds_exist(n: int) -> None:
    for quantile in (0.1, 0.5, 0.9, 0.999):
        found = rank_interval(n, quantile)
        if found.lower is not None and found.upper is not None:
            assert found.coverage >= 0.95


def test_estimate_is_a_value_of_the_sample() -> None:
    found = estimate_quantile([float(value) for value in range(1, 21)], 0.5)
    assert (found.estimate, found.interval_low, found.interval_high) == (10.0, 6.0, 15.0)


def test_rank_of_a_quantile_is_not_moved_by_rounding() -> None:
    assert quantile_rank(100, 0.07) == 7
    assert quantile_rank(1_000, 0.999) == 999
    assert quantile_rank(1, 0.5) == 1


def test_empty_sample_has_no_estimate() -> None:
    found = estimate_quantile([], 0.5)
    assert found.estimate is None
    assert found.interval_low is None
    assert found.interval_high is None


@pytest.mark.parametrize("quantile", [0.0, 1.0, -0.1, 2.0])
def test_quantile_outside_of_its_range_is_refused(quantile: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        rank_interval(10, quantile)
