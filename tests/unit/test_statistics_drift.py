"""Changes of a labeller: the textbook tables, and which versions make one series (METHODS 4.9)."""

import numpy as np
import pytest

from orchestration.statistics.drift import (
    bowker_test,
    mcnemar_test,
    population_stability,
    stability_verdict,
    stuart_maxwell_test,
    version_difference,
)

APPROVAL = [[794, 150], [86, 570]]


def test_mcnemar_of_agresti() -> None:
    plain, corrected = mcnemar_test(APPROVAL), mcnemar_test(APPROVAL, continuity=True)
    assert plain is not None
    assert corrected is not None
    assert plain.statistic == pytest.approx(17.35593, abs=5e-6)
    assert corrected.statistic == pytest.approx(16.818, abs=5e-4)
    assert plain.p_value < 0.001


def test_of_two_labels_all_three_are_one_test() -> None:
    for found in (bowker_test(APPROVAL), stuart_maxwell_test(APPROVAL)):
        assert found is not None
        assert found.statistic == pytest.approx(17.35593, abs=5e-6)
        assert found.degrees_of_freedom == 1


def test_three_labels_are_those_of_statsmodels() -> None:
    from statsmodels.stats.contingency_tables import SquareTable

    table = [[50, 8, 3], [12, 40, 9], [1, 4, 30]]
    expected = SquareTable(np.array(table), shift_zeros=False)
    symmetry, margins = bowker_test(table), stuart_maxwell_test(table)
    assert symmetry is not None
    assert margins is not None
    assert symmetry.statistic == pytest.approx(expected.symmetry().statistic)
    assert symmetry.p_value == pytest.approx(expected.symmetry().pvalue)
    assert margins.statistic == pytest.approx(expected.homogeneity(method="stuart_maxwell").statistic)


def test_labels_that_never_changed_are_no_test() -> None:
    still = [[5, 0, 0], [0, 6, 0], [0, 0, 7]]
    assert bowker_test(still) is None
    assert stuart_maxwell_test(still) is None
    assert mcnemar_test([[5, 0], [0, 6]]) is None
    unused = stuart_maxwell_test([[794, 150, 0], [86, 570, 0], [0, 0, 0]])
    assert unused is not None
    assert unused.statistic == pytest.approx(17.35593, abs=5e-6)
    assert stuart_maxwell_test([[5, 1, 0, 0], [2, 5, 0, 0], [0, 0, 5, 1], [0, 0, 3, 5]]) is None


def test_stability_index_of_the_published_mix() -> None:
    october = [0.26, 0.25, 0.17, 0.10, 0.07, 0.07, 0.03, 0.03, 0.02]
    april = [0.19, 0.21, 0.21, 0.20, 0.06, 0.06, 0.03, 0.02, 0.02]
    index = population_stability(october, april)
    assert index == pytest.approx(0.1138, abs=5e-5)
    assert population_stability(april, october) == pytest.approx(index or 0)
    assert stability_verdict(index or 0) == "look"
    assert (stability_verdict(0.1), stability_verdict(0.26)) == ("stable", "stop")


def test_a_label_of_one_month_alone_has_no_finite_index() -> None:
    assert population_stability([5, 5, 0], [5, 0, 5]) == float("inf")
    assert population_stability([5, 5, 0], [5, 5, 0]) == 0
    assert population_stability([0, 0], [1, 1]) is None
    with pytest.raises(ValueError, match="not negative"):
        population_stability([1], [1, 2])


def test_versions_are_one_series_only_within_two_points() -> None:
    rng = np.random.default_rng(2)
    old, users = rng.random(4_000) < 0.4, rng.integers(0, 300, 4_000)
    same = version_difference(old, old, users)
    assert same.estimate.value == 0
    assert same.may_splice is True
    shifted = version_difference(old, old | (rng.random(4_000) < 0.05), users)
    assert shifted.may_splice is False
    assert version_difference([1], [1], [1]).may_splice is None
