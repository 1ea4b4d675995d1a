"""Indices to a baseline are ratios of means and of medians, and their intervals hold what was planted."""

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.period_index import BASELINE, period_indices


def days(*, factor: float, users: int = 40, seed: int = 1) -> pd.DataFrame:
    """Forty engineers of different speed over ten days of a baseline and ten of a later period."""
    rng = np.random.default_rng(seed)
    speed = rng.lognormal(3, 0.7, users)
    rows = [
        (f"u{user}", period, speed[user] * (factor if period else 1) * rng.lognormal(0, 0.5))
        for user in range(users)
        for period in (BASELINE, 1)
        for _ in range(10)
    ]
    return pd.DataFrame(rows, columns=["user_id", "period", "amount"])


def test_an_index_is_the_ratio_of_means_and_of_medians_over_users() -> None:
    frame = days(factor=3)
    found = period_indices(frame, [1], draws=50)[1]
    means = frame.groupby("period")["amount"].mean()
    medians = frame.groupby(["period", "user_id"])["amount"].mean().groupby("period").median()
    assert found.of_mean.value == pytest.approx(means[1] / means[0])
    assert found.of_median.value == pytest.approx(medians[1] / medians[0])


def test_intervals_hold_the_planted_factor() -> None:
    held = np.zeros(2)
    for seed in range(40):
        found = period_indices(days(factor=3, seed=seed), [1], draws=300)[1]
        for place, one in enumerate(found):
            assert one.low is not None
            assert one.high is not None
            held[place] += one.low < 3 < one.high
    assert (held >= 35).all()


def test_a_period_of_few_days_has_no_index() -> None:
    frame = days(factor=2)
    few = frame[(frame["period"] == BASELINE) | (frame["user_id"].isin(["u1", "u2"]))]
    assert period_indices(few, [1], draws=50)[1].of_mean.withheld_reason == "too_few_effective_sessions"
    assert period_indices(frame, [2], draws=50)[2].of_mean.withheld_reason == "no_observations"
