"""A curve with its band: statsmodels' LOWESS, a planted curve inside its band, windows without support."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from orchestration.statistics.lowess_curve import CurvePoint, Observations, Support, lowess_curve
from orchestration.statistics.withholding import Floats

POINTS = (1, 5, 10, 50, 100, 300)
ANYBODY = Support(users=1, sessions=1, effective_n=1, most_of_one_user=1.0, is_same_for_all_shown=True)
TEAM = Support(users=5, sessions=15)


def rising(x: NDArray[np.int64]) -> Floats:
    """From 5 % to about 21 % at 400 sessions."""
    return np.asarray(0.05 + 0.16 * np.log1p(x) / np.log(401), dtype=np.float64)


def observed(
    share: Callable[[NDArray[np.int64]], Floats], *, users: int, each: int, seed: int, spread: float = 0.0
) -> Observations:
    """As many observations of every user, evenly over 0 to 400, one per session."""
    draw = np.random.default_rng(seed)
    x = np.tile(np.linspace(0, 400, each).astype(np.int64), users)
    of_user = np.repeat(np.arange(users), each)
    own = share(x) + np.repeat(draw.normal(0, spread, users), each)
    hits = (draw.random(len(x)) < np.clip(own, 0, 1)).astype(float)
    return Observations(hits, x, of_user, np.arange(len(x)))


def curve(of: Observations, support: Support = TEAM, draws: int = 200) -> dict[int, CurvePoint]:
    return {point.x: point for point in lowess_curve(of, points=POINTS, support=support, draws=draws)}


def test_it_is_the_lowess_of_statsmodels_without_robustness_steps() -> None:
    from statsmodels.nonparametric.smoothers_lowess import lowess

    of = observed(rising, users=30, each=120, seed=1)
    logs, points = np.log1p(np.asarray(of.xs)), np.log1p(np.asarray(POINTS))
    expected = lowess(of.outcomes, logs, frac=0.15, it=0, delta=0, xvals=points)
    found = [point.estimate.value for point in curve(of, draws=2).values()]
    np.testing.assert_allclose(np.asarray(found, dtype=float), expected, rtol=1e-9)


def test_a_planted_curve_is_inside_its_band_in_about_95_of_100_samples() -> None:
    inside = []
    for seed in range(60):
        found = curve(observed(rising, users=40, each=60, seed=seed, spread=0.05), draws=200)
        for x in (10, 50, 100):
            one = found[x].estimate
            assert one.low is not None
            assert one.high is not None
            inside.append(one.low <= rising(np.array([x]))[0] <= one.high)
    # 180 points; three of a sample are correlated, so the share is within about 5 points of 95 %.
    assert 0.88 <= np.mean(inside) <= 1.0


def test_people_who_differ_widen_the_band() -> None:
    def width(spread: float) -> float:
        found = curve(observed(rising, users=20, each=100, seed=3, spread=spread))[50].estimate
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    assert width(0.15) > 1.5 * width(0.0)


def test_the_same_observations_in_another_order_give_the_same_curve() -> None:
    of = observed(rising, users=10, each=50, seed=4)
    turned = Observations(*(np.asarray(each)[::-1] for each in (of.outcomes, of.xs, of.users, of.sessions)))
    first, second = curve(of), curve(turned)
    for x in POINTS:
        assert first[x].estimate.value == pytest.approx(second[x].estimate.value)
        assert first[x].estimate.low == pytest.approx(second[x].estimate.low)


def test_no_point_beyond_the_longest_history() -> None:
    short = observed(rising, users=60, each=50, seed=5)
    short = Observations(short.outcomes, np.minimum(np.asarray(short.xs), 60), short.users, short.sessions)
    found = curve(short)
    assert found[50].estimate.value is not None
    assert found[100].estimate.withheld_reason == "no_observations"


def test_a_window_of_few_people_is_withheld_while_the_others_are_shown() -> None:
    """Two of eight have more than 30 sessions, and a quarter of all that is observed."""
    of = observed(rising, users=8, each=80, seed=6)
    xs = np.where(np.asarray(of.users) < 2, of.xs, np.asarray(of.xs) // 14)
    found = curve(Observations(of.outcomes, xs, of.users, of.sessions))
    assert found[10].estimate.withheld_reason is None
    assert found[300].n_users == 2
    assert found[300].estimate.withheld_reason == "too_few_users"


def test_a_window_of_few_observations_by_weight_is_withheld() -> None:
    """15 % of 200 are 30 observations, which the weights make fewer."""
    few = curve(observed(rising, users=10, each=20, seed=6))[50]
    assert few.estimate.withheld_reason == "too_few_effective_sessions"
    assert curve(observed(rising, users=10, each=40, seed=6))[50].estimate.withheld_reason is None


def test_a_window_that_is_mostly_of_one_person_is_withheld() -> None:
    of = observed(rising, users=10, each=60, seed=7)
    users = np.where(np.asarray(of.users) < 6, 0, of.users)
    assert curve(Observations(of.outcomes, of.xs, users, of.sessions))[50].estimate.withheld_reason


def test_where_everybody_does_the_same_a_small_window_is_withheld_and_a_large_one_bounded() -> None:
    small = observed(lambda x: np.zeros(len(x)), users=6, each=80, seed=8)
    assert curve(small)[50].estimate.withheld_reason == "no_variation"
    alone = curve(small, ANYBODY)[50].estimate
    assert (alone.value, alone.low) == (0.0, 0.0)
    assert alone.high == pytest.approx(1 - 0.025 ** (1 / 6))  # Clopper–Pearson of none of six people
    large = observed(lambda x: np.zeros(len(x)), users=20, each=80, seed=8)
    assert curve(large)[50].estimate.high == pytest.approx(1 - 0.025 ** (1 / 20))


def test_one_persons_own_curve_has_a_band_of_their_sessions() -> None:
    found = curve(observed(rising, users=1, each=2_000, seed=9), ANYBODY)[50].estimate
    assert found.low is not None
    assert found.high is not None
    assert found.low < rising(np.array([50]))[0] < found.high


def test_without_observations_every_point_says_so() -> None:
    nothing = np.array([], dtype=np.int64)
    found = curve(Observations(nothing, nothing, nothing, nothing))
    assert {point.estimate.withheld_reason for point in found.values()} == {"no_observations"}
