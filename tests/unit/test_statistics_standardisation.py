"""Standardised comparisons reproduce Berkeley's admissions (METHODS 4.6)."""

import pytest

from orchestration.statistics.standardisation import mantel_haenszel_odds_ratio, standardised_rates

MEN = ([512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373])
WOMEN = ([89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341])


def test_berkeley_at_one_mix_of_departments() -> None:
    assert standardised_rates(MEN, WOMEN) == pytest.approx((0.3873, 0.4300), abs=5e-5)
    assert mantel_haenszel_odds_ratio(MEN, WOMEN) == pytest.approx(0.905, abs=6e-4)


def test_groups_of_one_side_are_not_compared() -> None:
    assert standardised_rates(([1, 5], [2, 9]), ([3, 0], [4, 0])) == (0.5, 0.75)
    assert standardised_rates(([1], [2]), ([0], [0])) is None
    assert mantel_haenszel_odds_ratio(([1], [2]), ([0], [4])) is None


def test_more_events_than_sessions_are_refused() -> None:
    with pytest.raises(ValueError, match="Events lie between"):
        standardised_rates(([3], [2]), ([0], [4]))
