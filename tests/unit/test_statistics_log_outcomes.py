"""Outcomes that multiply: planted growth per level, zeros, geometric means (METHODS 4.3, C12–C13)."""

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.log_outcomes import LogChange, Zeros, geometric_mean, log_change
from orchestration.statistics.withholding import Estimate


def _sessions(n: int = 4_000) -> pd.DataFrame:
    rng = np.random.default_rng(21)
    level, mode = rng.integers(1, 6, n), rng.integers(0, 4, n)
    user = rng.integers(0, 700, n)
    habit = rng.normal(0, 0.3, 700)[user]
    mean = np.exp(1.0 + np.log(1.09) * level + 0.4 * mode + habit)
    return pd.DataFrame(
        {
            "level": level,
            "mode": mode,
            "user": user,
            "words": mean * np.exp(rng.normal(0, 0.5, n)),
            "actions": rng.poisson(mean / 3).astype(float),
        }
    )


def _change(frame: pd.DataFrame, outcome: str, zeros: Zeros = "left_out") -> LogChange:
    return log_change(
        frame,
        outcome=outcome,
        level="level",
        user="user",
        effects=[("mode",)],
        zeros=zeros,
    )


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and estimate.low < truth < estimate.high


def test_planted_nine_per_cent_per_level() -> None:
    found = _change(_sessions(), "words")
    assert _holds(found.per_level, 0.09)
    assert found.p_value is not None
    assert found.p_value < 0.001
    assert list(found.steps) == list(found.step_p_values) == [2.0, 3.0, 4.0, 5.0]
    assert all(value is not None and value < 0.05 for value in found.step_p_values.values())
    assert all(_holds(step, 0.09) for step in found.steps.values())


def test_steps_add_up_to_the_regression_on_levels_alone() -> None:
    frame = _sessions()
    found = _change(frame, "words")
    two = frame.loc[frame["level"] <= 2]
    step = _change(two, "words")
    assert step.per_level.value == pytest.approx(step.steps[2.0].value)
    assert found.log_change.value == pytest.approx(np.log1p(found.per_level.value or 0))


def test_poisson_keeps_zeros_and_recovers_what_logs_do_not() -> None:
    frame = _sessions()
    kept, left_out = _change(frame, "actions", "poisson"), _change(frame, "actions")
    assert kept.n_zero == left_out.n_zero == int((frame["actions"] == 0).sum()) > 0
    assert kept.n_sessions == len(frame)
    assert left_out.n_sessions == len(frame) - left_out.n_zero
    assert _holds(kept.per_level, 0.09)
    assert not _holds(left_out.per_level, 0.09)


def test_small_samples_say_why() -> None:
    frame = _sessions(200)
    assert _change(frame.iloc[:0], "words").per_level.withheld_reason == "no_observations"
    assert _change(frame.loc[frame["level"] == 2], "words").per_level.withheld_reason == "no_contrast"
    few = _change(frame.assign(user=frame["user"] % 5), "words")
    assert few.per_level.withheld_reason == "too_few_users"
    assert {step.withheld_reason for step in few.steps.values()} == {"too_few_users"}


def test_negative_outcomes_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        _change(_sessions(100).assign(words=-1.0), "words")


def test_geometric_mean_multiplies() -> None:
    values, users = np.array([1.0, 4.0, 16.0]), ["a", "b", "c"]
    found = geometric_mean(values, users)
    assert found.value == pytest.approx(4)
    assert geometric_mean(10 * values, users).value == pytest.approx(40)
    assert geometric_mean([0, 3], ["a", "b"], add=1).value == pytest.approx(1)
    with pytest.raises(ValueError, match="above 0"):
        geometric_mean([0, 3], ["a", "b"])
