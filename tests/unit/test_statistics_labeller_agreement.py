"""Agreement beyond chance reproduces the textbook tables (METHODS 4.7)."""

import numpy as np
import pytest

from orchestration.statistics.labeller_agreement import (
    Weights,
    ac1,
    agreed_share,
    cohen_kappa,
    pabak,
    prevalence,
    share_within_one,
)


@pytest.mark.parametrize(
    ("table", "kappa"),
    [([[20, 5], [10, 15]], 0.40), ([[80, 10], [5, 5]], 0.318), ([[40, 9], [6, 45]], 0.700)],
)
def test_kappa_of_two_by_two_tables(table: list[list[int]], kappa: float) -> None:
    assert cohen_kappa(table) == pytest.approx(kappa, abs=5e-4)


@pytest.mark.parametrize(
    ("weights", "kappa"), [("nominal", 0.5789), ("linear", 0.7647), ("quadratic", 0.8947)]
)
def test_kappa_of_twelve_pairs_on_a_scale(weights: Weights, kappa: float) -> None:
    table = np.zeros((5, 5))
    np.add.at(table, ([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 2, 2], [0, 1, 2, 3, 3, 1, 1, 2, 4, 4, 1, 2]), 1)
    assert cohen_kappa(table, weights=weights) == pytest.approx(kappa, abs=5e-5)
    assert share_within_one(table) == 1.0


def test_fractional_counts_are_counts() -> None:
    assert cohen_kappa([[2, 0.5], [1, 1.5]]) == pytest.approx(0.40)
    assert prevalence([[2, 0.5], [1, 1.5]]) == pytest.approx(5.5 / 10)


def test_same_agreement_with_and_without_a_prevailing_label() -> None:
    prevailing, even = [[80, 10], [5, 5]], [[40, 9], [6, 45]]
    assert agreed_share(prevailing) == agreed_share(even) == pytest.approx(0.85)
    assert pabak(prevailing) == pabak(even) == pytest.approx(0.7)
    # Margins 0.875 and 0.125: chance 2 × 0.875 × 0.125 = 0.21875.
    assert ac1(prevailing) == pytest.approx((0.85 - 0.21875) / (1 - 0.21875))
    assert ac1(even) == pytest.approx((0.85 - 0.49875) / (1 - 0.49875))


def test_what_is_undefined_is_none() -> None:
    assert agreed_share([[0, 0], [0, 0]]) is None
    assert cohen_kappa([[7, 0], [0, 0]]) is None
    assert share_within_one([[0, 0], [0, 0]]) is None
    assert prevalence([[0, 0], [0, 0]]) is None
    assert ac1([[0, 0], [0, 0]]) is None
    assert pabak([[3]]) is None


def test_tables_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        pabak([[1, 2, 3], [1, 2, 3]])
