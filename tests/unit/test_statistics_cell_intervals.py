"""Intervals by user of many cells hold the truth at five users; small and lonely cells say what they are."""

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from orchestration.statistics.cell_intervals import (
    CellIntervals,
    CellMoments,
    cell_intervals,
    cell_moments,
    one_cell,
)
from orchestration.statistics.proportions import proportion_bounds

CELLS = 3_000
CORRELATION = 0.1
"""Of sessions of one user: a beta distribution of users' rates."""


MIN_USERS = 5
"""A team sees no count of fewer users, nor a rate whose two outcomes give one (METHODS 0.17)."""


def _drawn_cells(users: int, rate: float, *, seed: int) -> tuple[CellMoments, CellIntervals]:
    """Cells of users with unequal numbers of sessions (Kish: about two thirds of them) and rates."""
    rng = np.random.default_rng(seed)
    sessions = 1 + rng.poisson(20 * np.exp(0.8 * rng.standard_normal((CELLS, users)) - 0.32))
    scale = (1 - CORRELATION) / CORRELATION
    hits = rng.binomial(sessions, rng.beta(rate * scale, (1 - rate) * scale, (CELLS, users)))
    cell = np.repeat(np.arange(CELLS), users)
    moments = cell_moments(cell, hits.ravel(), sessions.ravel())
    return moments, cell_intervals(moments, ["rate"] * CELLS)


def _covered(moments: CellMoments, found: CellIntervals, rate: float) -> NDArray[np.bool_]:
    """Of the cells that a team sees: whether they hold the truth."""
    shown = np.isfinite(found.estimate)
    shown &= np.minimum(moments.numerator_users, moments.complement_users) >= MIN_USERS
    return ((found.interval_low <= rate) & (rate <= found.interval_high))[shown]


@pytest.mark.parametrize("users", [5, 12])
@pytest.mark.parametrize("rate", [0.3, 0.5])
def test_shown_cells_of_few_users_hold_the_truth(users: int, rate: float) -> None:
    covered = _covered(*_drawn_cells(users, rate, seed=users), rate)
    assert len(covered) > CELLS / 2
    assert 0.93 <= covered.mean() <= 0.98


def test_an_interval_of_independent_sessions_would_be_found_out() -> None:
    _, found = _drawn_cells(5, 0.5, seed=1)
    shown = np.isfinite(found.estimate)
    n = found.effective_n[shown]  # not even the sessions: what they are worth at a correlation of .05
    half_width = 1.96 * np.sqrt(0.25 / n)
    assert (np.abs(found.estimate[shown] - 0.5) <= half_width).mean() < 0.9


def test_what_is_shown_does_not_depend_on_the_outcomes() -> None:
    sessions = [30.0, 20.0, 10.0, 10.0, 8.0]
    alike, apart = one_cell([15, 10, 5, 5, 4], sessions), one_cell([30, 20, 0, 0, 0], sessions)
    assert alike.effective_n == apart.effective_n
    assert list(alike.withheld_reason) == list(apart.withheld_reason) == [None]
    assert [bool(alike.is_imprecise[0]), bool(apart.is_imprecise[0])] == [False, True]


def test_the_variance_is_that_of_the_jackknife_over_users() -> None:
    y, n = np.array([3.0, 0, 1, 1]), np.array([4.0, 2, 3, 1])
    left_out = (y.sum() - y) / (n.sum() - n)
    expected = 3 / 4 * ((left_out - 0.5) ** 2).sum()
    assert cell_moments(np.zeros(4, dtype=np.int64), y, n).jackknife == pytest.approx([expected])


@pytest.mark.parametrize("share", [0, 1])
def test_where_all_outcomes_are_alike_each_user_is_one_observation(share: int) -> None:
    sessions = np.array([40, 30, 20, 10, 12])
    found = one_cell(share * sessions, sessions)
    exact = proportion_bounds(5 * share, 5, method="clopper_pearson")
    assert (found.interval_low[0], found.interval_high[0]) == pytest.approx(tuple(map(float, exact)))


def test_one_hit_of_many_sessions_is_not_much_surer_than_none() -> None:
    sessions = np.full(5, 200)
    none, one = one_cell([0, 0, 0, 0, 0], sessions), one_cell([1, 0, 0, 0, 0], sessions)
    assert one.interval_high[0] > 0.9 * none.interval_high[0]


def test_a_person_alone_sees_a_rate_of_their_sessions_and_a_flag() -> None:
    found = one_cell([5], [9], is_withholding=False)
    wilson = proportion_bounds(5, 9)
    assert (found.interval_low[0], found.interval_high[0]) == pytest.approx(tuple(map(float, wilson)))
    assert found.is_imprecise[0]
    assert found.withheld_reason[0] is None


def test_a_team_sees_no_rate_worth_fewer_than_thirty_sessions() -> None:
    found = one_cell([5, 4], [9, 8])
    assert found.withheld_reason[0] == "effective_n_below_30"
    assert np.isnan([found.estimate[0], found.interval_low[0], found.interval_high[0]]).all()


def test_means_counts_and_cells_without_observations() -> None:
    y, n = [6.0, 2.0, 4.0, 7.0, np.nan], [3.0, 2.0, 2.0, np.nan, 0.0]
    cell = np.array([0, 0, 0, 1, 2])
    found = cell_intervals(cell_moments(cell, y, n), ["mean", "count", "rate"])
    assert found.estimate[:2] == pytest.approx([12 / 7, 7])
    assert found.interval_low[0] < 12 / 7 < found.interval_high[0]
    assert np.isnan(found.interval_low[1:]).all()
    assert list(found.withheld_reason) == [None, None, "no_observations"]


def test_a_mean_of_one_user_has_no_interval() -> None:
    found = one_cell([12.0], [4.0], "mean")
    assert found.estimate[0] == 3
    assert np.isnan(found.interval_low[0])
    assert found.is_imprecise[0]


def test_order_of_users_does_not_matter() -> None:
    rows = [(0, 3.0, 40.0), (0, 9.0, 22.0), (1, 7.0, 30.0), (0, 1.0, 18.0), (1, 2.0, 16.0)]
    found = []
    for order in permutations(rows):
        cell, y, n = zip(*order, strict=True)
        found.append(cell_intervals(cell_moments(np.array(cell), y, n), ["rate", "share"]))
    for name in ("estimate", "interval_low", "interval_high", "effective_n"):
        np.testing.assert_allclose([getattr(one, name) for one in found], [getattr(found[0], name)] * 120)
