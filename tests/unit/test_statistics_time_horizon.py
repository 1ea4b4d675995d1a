"""The curve of success over length against known coefficients (METHODS 4.11)."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from orchestration.statistics.time_horizon import fitted, horizon_minutes, time_horizon
from orchestration.statistics.withholding import Floats

INTERCEPT, SLOPE = 3.0, -0.6
LOG2 = np.arange(0, 11, 0.5)


def drawn(sessions: int = 3_000, users: int = 60, longest: float = 10) -> tuple[Floats, Floats, Floats]:
    """Lengths, outcomes drawn from the known curve, and users."""
    generator = np.random.default_rng(7)
    log2 = generator.uniform(0, longest, sessions)
    success = generator.random(sessions) < 1 / (1 + np.exp(-(INTERCEPT + SLOPE * log2)))
    return 2**log2, success.astype(np.float64), generator.integers(0, users, sessions).astype(np.float64)


def test_horizons_of_known_coefficients() -> None:
    assert horizon_minutes(0.5, INTERCEPT, SLOPE) == pytest.approx(32)
    assert horizon_minutes(0.8, INTERCEPT, SLOPE) == pytest.approx(6.451, abs=0.0005)
    assert np.isnan(horizon_minutes(0.5, INTERCEPT, 0.1))


def test_the_fit_finds_the_coefficients_that_made_the_counts() -> None:
    rates = 1 / (1 + np.exp(-(INTERCEPT + SLOPE * LOG2)))
    found = fitted(LOG2, np.column_stack([rates, 1 - rates]) * 1_000)
    assert found == pytest.approx((INTERCEPT, SLOPE), abs=1e-6)


def test_it_is_the_fit_without_a_penalty_and_metr_s_penalty_moves_the_horizon() -> None:
    """METR's λ = 0.1 with weights that sum to 1 pulls the slope to zero, most where all tasks are short."""
    minutes, success, _ = drawn(longest=4)
    log2 = np.log2(minutes)
    own = fitted(log2, np.column_stack([success, 1 - success]))
    assert own is not None
    free = LogisticRegression(C=1e6).fit(log2[:, None], success)
    assert own == pytest.approx((float(free.intercept_[0]), float(free.coef_[0, 0])), rel=1e-3)
    weights = np.full(len(success), 1 / len(success))
    penalised = LogisticRegression(C=1 / 0.1).fit(log2[:, None], success, sample_weight=weights)
    ours = horizon_minutes(0.5, *own)
    theirs = horizon_minutes(0.5, float(penalised.intercept_[0]), float(penalised.coef_[0, 0]))
    assert abs(np.log2(theirs / ours)) > 0.1
    assert abs(float(penalised.coef_[0, 0])) < abs(own[1])


def test_the_interval_holds_the_truth() -> None:
    minutes, success, users = drawn()
    found = time_horizon(minutes, success, users)
    for estimate, truth in ((found.at_50, 32), (found.at_80, 6.451), (found.per_doubling, SLOPE)):
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < truth < estimate.high
        assert estimate.low < estimate.value < estimate.high


def test_what_cannot_be_estimated_says_why() -> None:
    minutes, success, users = drawn(400)
    assert time_horizon(minutes[:20], success[:20], users[:20]).at_50.withheld_reason == (
        "too_few_effective_sessions"
    )
    assert time_horizon(minutes, success, np.zeros(400)).at_50.withheld_reason == "too_few_users"
    assert time_horizon(minutes, np.ones(400), users).at_50.withheld_reason == "no_variation"
    rising = time_horizon(minutes, 1 - success, users)
    assert rising.at_50.withheld_reason == "no_contrast"
    assert rising.per_doubling.value is not None
    separate = (np.log2(minutes) < 5).astype(np.float64)
    assert time_horizon(minutes, separate, users).at_50.withheld_reason == "did_not_converge"
    with pytest.raises(ValueError, match="more than 0"):
        time_horizon([0, 1], [0, 1], [1, 2])
