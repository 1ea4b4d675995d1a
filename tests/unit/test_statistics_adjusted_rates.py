"""Adjusted rates: the published table, a planted gradient, and why a rate is withheld (METHODS 0.3, 4.3)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.adjusted_rates import (
    AdjustedRates,
    adjusted_from_coefficients,
    adjusted_rates,
    adjusted_rates_of,
)

CELL = ("mode", "band", "month")


def _sessions(seed: int = 11, n: int = 4_000, *, users: int = 800) -> pd.DataFrame:
    """Novices meet the easy mode more often: the raw gradient is flatter than the planted 5 points."""
    rng = np.random.default_rng(seed)
    level = rng.integers(1, 6, n)
    mode = np.where(rng.random(n) < 0.2 + 0.12 * (level - 1), "build", "operate")
    user = rng.integers(0, users, n)
    habit = rng.normal(0, 0.05, users)[user]
    rate = np.clip(0.2 + 0.05 * (level - 1) - 0.2 * (mode == "build") + 0.2 + habit, 0, 1)
    return pd.DataFrame(
        {
            "level": level,
            "mode": mode,
            "band": rng.integers(0, 4, n),
            "month": rng.integers(0, 6, n),
            "user": user,
            "succeeded": (rng.random(n) < rate).astype(float),
        }
    )


def _rates(frame: pd.DataFrame, *, effects: tuple[tuple[str, ...], ...] = (CELL,)) -> AdjustedRates:
    return adjusted_rates(frame, outcome="succeeded", level="level", user="user", effects=effects)


def test_table_a2_of_the_published_study() -> None:
    counts = np.array([5911, 73858, 96516, 146879, 36422])
    unadjusted = np.array([0.132, 0.209, 0.280, 0.293, 0.347])
    assert counts.sum() == 359_586
    mean = float(counts @ unadjusted / counts.sum())
    found = adjusted_from_coefficients(mean, [0, 0.064, 0.138, 0.150, 0.184], counts)
    assert mean == pytest.approx(0.2751, abs=5e-5)
    assert np.round(100 * found, 1).tolist() == [14.5, 20.9, 28.3, 29.5, 32.9]


def test_slope_of_the_published_cells() -> None:
    """Fractions cannot be sessions, so the cells are rebuilt as counts of successes."""
    counts = np.array([5911, 73858, 96516, 146879, 36422]) // 20
    hits = np.round(counts * [0.132, 0.209, 0.280, 0.293, 0.347]).astype(int)
    frame = pd.DataFrame(
        {
            "level": np.repeat(np.arange(1, 6), counts),
            "succeeded": np.concatenate(
                [np.r_[np.ones(h), np.zeros(c - h)] for h, c in zip(hits, counts, strict=True)]
            ),
            "all": 0,
        }
    )
    frame["user"] = np.arange(len(frame))
    assert _rates(frame, effects=(("all",),)).slope.value == pytest.approx(0.0426, abs=3e-4)


def test_without_cells_the_adjusted_rate_is_the_raw_one() -> None:
    frame = _sessions().assign(all=0)
    for rate in _rates(frame, effects=(("all",),)).rates:
        assert rate.adjusted.value == pytest.approx(rate.unadjusted)


def test_rates_are_those_of_indicators_of_the_joint_cell() -> None:
    from statsmodels.api import OLS

    frame = _sessions()
    found = _rates(frame)
    cell = frame["mode"] + frame["band"].astype(str) + frame["month"].astype(str)
    levels = pd.get_dummies(frame["level"], drop_first=True, dtype=float)
    design = np.column_stack([levels, pd.get_dummies(cell, dtype=float)])
    fit = OLS(frame["succeeded"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": frame["user"].to_numpy()}
    )
    for place, rate in enumerate(found.rates[1:]):
        assert rate.coefficient.value == pytest.approx(float(fit.params[place]))
        assert rate.coefficient.standard_error == pytest.approx(float(fit.bse[place]), rel=0.02)
    beta = np.r_[0, fit.params[:4]]
    shares = frame["level"].value_counts(normalize=True).sort_index().to_numpy()
    expected = frame["succeeded"].mean() + beta - shares @ beta
    assert [rate.adjusted.value for rate in found.rates] == pytest.approx(expected.tolist())


def test_planted_gradient_is_recovered_where_the_raw_one_is_flatter() -> None:
    frame = _sessions()
    for effects in ((CELL,), (("mode", "band"), ("month",)), (CELL, ("user",))):
        slope = _rates(frame, effects=effects).slope
        assert slope.low is not None
        assert slope.high is not None
        assert slope.low < 0.05 < slope.high
    raw = np.polyfit(frame["level"], frame["succeeded"], 1)[0]
    assert raw < 0.04


def test_interval_is_about_that_of_a_user_bootstrap() -> None:
    frame = _sessions(n=1_500, users=300)
    found = _rates(frame).rates[0].adjusted
    rng = np.random.default_rng(2)
    rows = frame.groupby("user").indices
    users = np.array(list(rows))
    drawn = []
    for _ in range(200):
        taken = np.concatenate([rows[user] for user in rng.choice(users, len(users))])
        drawn.append(_rates(frame.iloc[taken]).rates[0].adjusted.value)
    assert found.standard_error == pytest.approx(float(np.std(drawn)), rel=0.2)


def test_levels_that_share_no_cell_are_left_out() -> None:
    frame = _sessions()
    frame.loc[frame["level"] == 5, "mode"] = "plan"
    found = _rates(frame)
    assert found.rates[4].adjusted.withheld_reason == "no_contrast"
    assert found.rates[4].n_sessions == int((frame["level"] == 5).sum())
    assert found.rates[3].adjusted.value is not None
    assert found.n_sessions == int((frame["level"] != 5).sum())


def test_a_rare_level_is_withheld_and_the_others_are_not() -> None:
    frame = _sessions()
    frame = frame.drop(frame.index[frame["level"] == 1][20:])
    found = _rates(frame)
    assert found.rates[0].adjusted.withheld_reason == "too_few_effective_sessions"
    assert found.rates[1].adjusted.value is not None


def test_small_samples_say_why() -> None:
    frame = _sessions()
    few_users = frame.assign(user=frame["user"] % 10)
    assert _rates(few_users).withheld_reason == "too_few_users"
    assert _rates(frame.iloc[:25]).withheld_reason is not None
    assert _rates(frame.iloc[:0]).withheld_reason == "no_observations"
    assert _rates(frame.loc[frame["level"] == 3]).withheld_reason == "no_contrast"
    assert _rates(frame.assign(succeeded=0.0)).withheld_reason == "no_variation"
    assert _rates(frame.assign(month=range(len(frame)))).withheld_reason == "no_contrast"


def test_missing_values_are_counted_not_filled() -> None:
    frame = _sessions()
    frame.loc[frame.index[:100], "succeeded"] = None
    frame.loc[frame.index[100:150], "band"] = None
    found = _rates(frame)
    assert found.n_missing == 150
    assert found.n_sessions == len(frame) - 150


def test_several_outcomes_have_the_estimates_of_each_alone_over_one_sample() -> None:
    frame = _sessions().assign(failed=lambda sessions: 1 - sessions["succeeded"])
    frame.loc[frame.index[:40], "failed"] = None
    frame.loc[frame.index[40:60], "succeeded"] = None
    outcomes = ["succeeded", "failed"]
    found = adjusted_rates_of(frame, outcomes=outcomes, level="level", user="user", effects=(CELL, ("user",)))
    alone = _rates(frame.iloc[60:], effects=(CELL, ("user",)))
    assert found["succeeded"] == replace(alone, n_missing=60)
    assert found["failed"].slope.value == pytest.approx(-(alone.slope.value or 0))
    assert found["failed"].slope_p_value == pytest.approx(alone.slope_p_value)


def test_slope_is_the_regression_on_the_level_itself() -> None:
    from statsmodels.api import OLS

    frame = _sessions().assign(all=0)
    found = _rates(frame, effects=(("all",),))
    design = np.column_stack([frame["level"], np.ones(len(frame))])
    fit = OLS(frame["succeeded"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": frame["user"].to_numpy()}, use_t=True
    )
    assert found.slope.value == pytest.approx(float(fit.params[0]))
    assert found.slope.standard_error == pytest.approx(float(fit.bse[0]), rel=0.01)
    assert found.slope_p_value == pytest.approx(float(fit.pvalues[0]), rel=0.1)


def test_order_of_sessions_does_not_matter() -> None:
    frame = _sessions(n=1_000, users=200)
    first, second = _rates(frame), _rates(frame.sample(frac=1, random_state=4))
    for one, other in zip(first.rates, second.rates, strict=True):
        assert one.adjusted.value == pytest.approx(other.adjusted.value)
        assert one.adjusted.standard_error == pytest.approx(other.adjusted.standard_error)


def test_intervals_cover_the_planted_rate() -> None:
    """The truth is the rate each level would have over the mix of modes of all sessions."""
    share_build = np.mean([0.2 + 0.12 * step for step in range(5)])
    truths = [0.2 + 0.05 * step - 0.2 * share_build + 0.2 for step in range(5)]
    hits = []
    for seed in range(120):
        for rate, truth in zip(_rates(_sessions(seed, 800, users=200)).rates, truths, strict=True):
            assert rate.adjusted.low is not None
            assert rate.adjusted.high is not None
            hits.append(rate.adjusted.low <= truth <= rate.adjusted.high)
    assert 0.92 <= np.mean(hits) <= 0.98
