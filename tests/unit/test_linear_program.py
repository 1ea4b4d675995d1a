"""What equations between counts tell: by hand, and against every whole solution of small random systems."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from orchestration.privacy.linear_program import Contradiction, bounds_of, constants, propagated
from tests.exact_ranges import feasible_ranges


def told(equations: Any, totals: Any, bounds: Any) -> dict[int, float]:
    """The counts that can have one value only, with that value."""
    values = constants(equations, totals, propagated(equations, totals, bounds))
    return {number: float(value) for number, value in enumerate(values) if not np.isnan(value)}


def test_a_single_unknown_of_a_total_is_told() -> None:
    """4 + x = 7."""
    bounds = bounds_of(2)
    bounds[0] = 4
    assert told(sparse.csr_array([[1.0, 1.0]]), [7], bounds) == {0: 4, 1: 3}


def test_two_unknowns_of_a_total_are_told_to_lie_within_it() -> None:
    ranges = feasible_ranges(sparse.csr_array([[1.0, 1.0]]), [7], bounds_of(2), [0, 1])
    assert ranges == [(0, 7), (0, 7)]


def test_a_rectangle_of_unknowns_is_narrowed_by_the_smallest_margin() -> None:
    """A two by two table with margins 10 and 90, 3 and 97: the corner cell is at most 3."""
    cells = sparse.csr_array([[1.0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
    assert feasible_ranges(cells, [10, 90, 3, 97], bounds_of(4), [0, 3]) == [(0, 3), (87, 90)]


def test_what_propagation_does_not_see_the_program_does() -> None:
    """x + y = 5, y + z = 5, x + z = 6: every equation alone leaves a range, all three leave none."""
    triangle = sparse.csr_array([[1.0, 1, 0], [0, 1, 1], [1, 0, 1]])
    assert told(triangle, [5, 5, 6], bounds_of(3)) == pytest.approx({0: 3, 1: 2, 2: 3})


def test_a_count_without_equations_keeps_its_bounds() -> None:
    bounds = bounds_of(2)
    bounds[1] = (2, 9)
    empty = sparse.csr_array((0, 2))
    assert feasible_ranges(empty, [], bounds, [0, 1]) == [(0, np.inf), (2, 9)]


def test_equations_that_cannot_hold_are_named() -> None:
    with pytest.raises(Contradiction) as raised:
        feasible_ranges(sparse.csr_array([[1.0, 0], [0, 1]]), [5, -1], bounds_of(2), [0])
    assert raised.value.equations == [1]


def test_equations_that_cannot_hold_together_are_named_and_no_others() -> None:
    """x + y = 5 beside x + y + z = 4 and z = 2, of which two can hold."""
    matrix = sparse.csr_array([[1.0, 1, 0, 0], [0, 0, 0, 1], [1, 1, 1, 0], [0, 0, 1, 0]])
    with pytest.raises(Contradiction) as raised:
        constants(matrix, [5, 9, 4, 2], bounds_of(4))
    assert raised.value.equations
    assert 1 not in raised.value.equations
    assert len(raised.value.equations) < 3


@pytest.mark.parametrize("seed", range(20))
def test_ranges_hold_every_whole_solution_and_pins_are_true(seed: int) -> None:
    draws = np.random.default_rng(seed)
    matrix = draws.integers(-1, 2, (3, 5)).astype(float)
    truth = draws.integers(0, 4, 5)
    bounds = np.array([(0.0, 4.0)] * 5)
    totals = matrix @ truth
    solutions = np.array([x for x in product(range(5), repeat=5) if np.array_equal(matrix @ x, totals)])
    ranges = feasible_ranges(sparse.csr_array(matrix), totals, bounds, range(5))
    for count, (low, high) in enumerate(ranges):
        assert low - 1e-6 <= solutions[:, count].min()
        assert high + 1e-6 >= solutions[:, count].max()
    for count, value in told(sparse.csr_array(matrix), totals, bounds).items():
        assert np.allclose(solutions[:, count], value)
