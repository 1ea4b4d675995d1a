"""Agreement beyond chance reproduces the textbook tables (METHODS 4.7)."""

import numpy as np
import pytest

from orchestration.statistics.labeller_agreement import (
    Measurement,
    Weights,
    ac1,
    agreed_share,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    pabak,
    prevalence,
    share_within_one,
)

NAN = float("nan")
FOUR_CODERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]
THREE_CODERS = [
    [NAN, NAN, NAN, NAN, NAN, 3, 4, 1, 2, 1, 1, 3, 3, NAN, 3],
    [1, NAN, 2, 1, 3, 3, 4, 3, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
    [NAN, NAN, 2, 1, 3, 4, 4, NAN, 2, 1, 1, 3, 3, NAN, 4],
]
FOURTEEN_RATERS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


@pytest.mark.parametrize(
    ("measurement", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_krippendorff_of_four_coders(measurement: Measurement, alpha: float) -> None:
    assert krippendorff_alpha(FOUR_CODERS, measurement=measurement) == pytest.approx(alpha, abs=6e-4)


@pytest.mark.parametrize(("measurement", "alpha"), [("nominal", 0.691), ("interval", 0.811)])
def test_krippendorff_of_three_coders(measurement: Measurement, alpha: float) -> None:
    assert krippendorff_alpha(THREE_CODERS, measurement=measurement) == pytest.approx(alpha, abs=6e-4)


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


def test_fleiss_of_fourteen_raters() -> None:
    assert fleiss_kappa(FOURTEEN_RATERS) == pytest.approx(0.210, abs=6e-4)


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
    assert fleiss_kappa([]) is None
    assert fleiss_kappa([[3, 0], [3, 0]]) is None
    assert krippendorff_alpha([[1, NAN], [NAN, 2]], measurement="nominal") is None
    assert krippendorff_alpha([[1, 1], [1, 1]], measurement="nominal") is None


def test_tables_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        pabak([[1, 2, 3], [1, 2, 3]])
    with pytest.raises(ValueError, match="equally many"):
        fleiss_kappa([[2, 0], [1, 0]])
