"""Decompositions of a change of a mean reproduce their references (METHODS 4.6)."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.statistics.composition import MeanChange, Scale, kitagawa, mean_change

MEN = ([512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373])
WOMEN = ([89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341])


def test_berkeley_departments() -> None:
    within, mix = kitagawa(WOMEN, MEN)
    assert within == pytest.approx(-0.036028, abs=5e-6)
    assert mix == pytest.approx(0.177674, abs=5e-6)
    assert within + mix == pytest.approx(0.141645, abs=5e-6)


def test_toy_of_two_groups() -> None:
    earlier = ([0.33 * 100, 0.67 * 200], [0.33, 0.67])
    later = ([0.19 * 132, 0.81 * 260], [0.19, 0.81])
    assert kitagawa(earlier, later) == pytest.approx((52.72, 15.96), abs=5e-3)


def test_a_group_of_one_side_belongs_to_the_mix() -> None:
    assert kitagawa(([10, 0], [10, 0]), ([10, 30], [10, 10])) == pytest.approx((0, 1.0))
    within, mix = kitagawa(([10, 0], [10, 0]), ([10, 30], [10, 10]), scale="log")
    assert (within, mix) == pytest.approx((0, np.log(2)))


def test_an_empty_side_has_no_decomposition() -> None:
    assert np.isnan(kitagawa(([0], [0]), ([1], [1]))).all()


_GROUPS = st.lists(
    st.tuples(st.floats(0.1, 50), st.integers(0, 40), st.floats(0.1, 50), st.integers(0, 40)),
    min_size=1,
    max_size=6,
).filter(lambda rows: sum(row[1] for row in rows) > 0 and sum(row[3] for row in rows) > 0)


@given(_GROUPS)
def test_parts_add_up_exactly_and_turn_with_the_sides(rows: list[tuple[float, int, float, int]]) -> None:
    r1, n1, r2, n2 = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    earlier, later = (r1 * n1, n1), (r2 * n2, n2)
    means = [side[0].sum() / side[1].sum() for side in (earlier, later)]
    totals: dict[Scale, float] = {"difference": means[1] - means[0], "log": np.log(means[1] / means[0])}
    for scale, total in totals.items():
        there = kitagawa(earlier, later, scale=scale)
        back = kitagawa(later, earlier, scale=scale)
        assert sum(there) == pytest.approx(total, abs=1e-9)
        assert there == pytest.approx([-part for part in back], abs=1e-9)


def _sessions(seed: int = 4, n: int = 2_000) -> pd.DataFrame:
    """Values grow by 10 % in either mode, and the share of the three times dearer mode from 0.3 to 0.5."""
    rng = np.random.default_rng(seed)
    later = rng.random(n) < 0.5
    build = rng.random(n) < np.where(later, 0.5, 0.3)
    user = rng.integers(0, 400, n)
    habit = np.exp(rng.normal(0, 0.2, 400))[user]
    value = np.where(build, 300, 100) * np.where(later, 1.1, 1.0) * habit * rng.gamma(4, 0.25, n)
    return pd.DataFrame(
        {"later": later, "mode": np.where(build, "build", "fix"), "user": user, "value": value}
    )


def _change(frame: pd.DataFrame, draws: int = 300) -> MeanChange:
    return mean_change(
        frame, value="value", group="mode", user="user", is_later="later", scale="log", draws=draws
    )


def test_planted_growth_is_split_within_the_intervals() -> None:
    found = _change(_sessions())
    parts = found.decomposition
    truth = np.log(200 * 1.1 / 160)
    for part, planted in (
        (parts.total, truth),
        (parts.within, np.log(1.1)),
        (parts.mix, truth - np.log(1.1)),
    ):
        assert part.low < planted < part.high
    assert parts.total.value == pytest.approx(np.log(found.later_mean / found.earlier_mean))


def test_intervals_are_wider_where_sessions_belong_to_few_users() -> None:
    frame = _sessions()
    of_many = _change(frame.assign(user=range(len(frame)))).decomposition.total
    rng = np.random.default_rng(0)
    doubled = pd.concat([frame.assign(user=range(len(frame)))] * 4)
    alike = _change(doubled).decomposition.total
    apart = _change(doubled.assign(user=rng.permutation(len(doubled)))).decomposition.total
    assert alike.high - alike.low == pytest.approx(of_many.high - of_many.low, rel=0.2)
    assert apart.high - apart.low < 0.7 * (alike.high - alike.low)


def test_small_sides_say_why() -> None:
    frame = _sessions()
    assert _change(frame.iloc[:0]).decomposition.total.withheld_reason == "no_observations"
    assert _change(frame.assign(later=True)).decomposition.mix.withheld_reason == "no_observations"
    assert _change(frame.iloc[:40]).decomposition.total.withheld_reason == "too_few_effective_sessions"
    assert _change(frame.assign(user=1)).decomposition.total.withheld_reason == "too_few_users"
    assert _change(frame.assign(value=0.0)).decomposition.total.withheld_reason == "no_positive_mean"
