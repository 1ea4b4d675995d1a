"""Sample sizes reproduce the half-widths of METHODS 4.12."""

import math

import pytest
from statsmodels.stats.proportion import proportion_confint

from orchestration.statistics.clusters import design_effect
from orchestration.statistics.sample_size import sessions_for_half_width


def test_sessions_for_a_half_width() -> None:
    assert sessions_for_half_width(0.15, 0.02) == 1_225
    assert sessions_for_half_width(0.3, 0.02) == 2_017
    assert sessions_for_half_width(0.5, 0.03) == 1_068


def test_sessions_of_the_same_users_are_worth_less() -> None:
    effect = design_effect(20, correlation=0.05)
    assert effect == pytest.approx(1.95)
    assert sessions_for_half_width(0.3, 0.02, design_effect=effect) == math.ceil(1.95 * 2_016.84)


def test_planned_half_width_is_what_the_interval_has() -> None:
    n = sessions_for_half_width(0.3, 0.02)
    low, high = proportion_confint(0.3 * n, n, method="wilson")
    assert (high - low) / 2 == pytest.approx(0.02, abs=2e-5)


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        sessions_for_half_width(0.0, 0.3)
    with pytest.raises(ValueError, match="half-width"):
        sessions_for_half_width(0.3, 0.0)
    with pytest.raises(ValueError, match="design effect"):
        sessions_for_half_width(0.3, 0.02, design_effect=0.5)
