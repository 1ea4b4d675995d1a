"""Changes of a labeller: the textbook tables, and which versions make one series (METHODS 4.9)."""

import numpy as np
import pytest

from orchestration.statistics.drift import (
    bowker_test,
    population_stability,
    splice_bound,
    stability_index,
    stuart_maxwell_test,
    version_difference,
)

APPROVAL = [[794, 150], [86, 570]]


def test_two_labels_of_agresti_are_one_test() -> None:
    for found in (bowker_test(APPROVAL), stuart_maxwell_test(APPROVAL)):
        assert found is not None
        assert found.statistic == pytest.approx(17.35593, abs=5e-6)
        assert found.degrees_of_freedom == 1
        assert found.p_value < 0.001


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
    unused = stuart_maxwell_test([[794, 150, 0], [86, 570, 0], [0, 0, 0]])
    assert unused is not None
    assert unused.statistic == pytest.approx(17.35593, abs=5e-6)
    assert stuart_maxwell_test([[5, 1, 0, 0], [2, 5, 0, 0], [0, 0, 5, 1], [0, 0, 3, 5]]) is None


def test_stability_index_of_the_published_mix() -> None:
    october = [0.26, 0.25, 0.17, 0.10, 0.07, 0.07, 0.03, 0.03, 0.02]
    april = [0.19, 0.21, 0.21, 0.20, 0.06, 0.06, 0.03, 0.02, 0.02]
    index = stability_index(october, april)
    assert index == pytest.approx(0.1138, abs=5e-5)
    assert stability_index(april, october) == pytest.approx(index)
    # 10,000 sessions a month: half a session more of each label does not tell.
    found = population_stability(np.array(october) * 1e4, np.array(april) * 1e4, effective_n=(1e4, 1e4))
    assert found is not None
    assert found.index == pytest.approx(index, abs=5e-4)
    assert found.p_value < 1e-6


def test_few_sessions_have_a_large_index_by_chance_and_its_p_says_so() -> None:
    rng, shares = np.random.default_rng(3), [0.4, 0.3, 0.2, 0.1]
    found = [
        population_stability(rng.multinomial(60, shares), rng.multinomial(60, shares), effective_n=(60, 60))
        for _ in range(400)
    ]
    indices = [each.index for each in found if each is not None]
    p_values = [each.p_value for each in found if each is not None]
    assert np.mean(np.array(indices) > 0.1) > 0.3
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.03)


def test_a_label_of_one_month_alone_is_large_and_not_infinite() -> None:
    found = population_stability([50, 50, 0], [50, 0, 50], effective_n=(100, 100))
    assert found is not None
    assert 0.25 < found.index < 10
    same = population_stability([5, 5, 0], [5, 5, 0], effective_n=(10, 10))
    assert same is not None
    assert (same.index, same.p_value) == (0, 1)
    assert population_stability([0, 0], [1, 1], effective_n=(1, 2)) is None
    assert population_stability([7], [9], effective_n=(7, 9)) is None
    with pytest.raises(ValueError, match="not negative"):
        population_stability([1, -1], [1, 2], effective_n=(1, 1))


def test_versions_reach_as_far_from_each_other_as_their_intervals() -> None:
    rng = np.random.default_rng(2)
    old, users = rng.random(4_000) < 0.4, rng.integers(0, 300, 4_000)
    same = version_difference(old, old, users)
    assert (same.value, splice_bound([same])) == (0, 0)
    shifted = version_difference(old, old | (rng.random(4_000) < 0.05), users)
    assert shifted.high is not None
    assert splice_bound([same, shifted]) == shifted.high > 0.02
    assert splice_bound([same, version_difference([1], [1], [1])]) is None
    assert splice_bound([]) is None
