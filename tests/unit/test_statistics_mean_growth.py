"""Growth of means and its parts agree with the sums they are made of (METHODS 4.6; C17)."""

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.composition import kitagawa
from orchestration.statistics.mean_growth import MeanGrowth, mean_growth


def sessions(seed: int = 3, n: int = 1_200, users: int = 150) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    user, later = rng.integers(0, users, n), rng.random(n) < 0.5
    mode = rng.choice(["build", "fix", "plan"], n)
    value = np.exp(rng.normal(4 + 0.2 * later + 0.5 * (mode == "build"), 0.5))
    return pd.DataFrame({"user": user, "later": later, "mode": mode, "value": value})


def growth_of(frame: pd.DataFrame, **rest: int) -> MeanGrowth:
    return mean_growth(frame, value="value", group="mode", user="user", is_later="later", **rest)


def test_growths_are_ratios_of_the_means() -> None:
    frame = sessions()
    found = growth_of(frame, draws=100)
    for growth, part in [
        (found.total, frame),
        *((found.by_group[mode], frame.loc[frame["mode"] == mode]) for mode in ("build", "fix", "plan")),
    ]:
        means = part.groupby("later")["value"].mean()
        logs = np.log(part["value"]).groupby(part["later"]).mean()
        assert growth.of_mean.value == pytest.approx(means[True] / means[False] - 1)
        assert growth.of_geometric_mean.value == pytest.approx(np.expm1(logs[True] - logs[False]))


def test_parts_are_kitagawa_s_in_shares_of_the_first_mean() -> None:
    frame = sessions()
    found = growth_of(frame, draws=100)
    sums = frame.groupby(["later", "mode"])["value"].agg(["sum", "size"])
    sides = [(sums.loc[side, "sum"].to_numpy(), sums.loc[side, "size"].to_numpy()) for side in (False, True)]
    first_mean = sides[0][0].sum() / sides[0][1].sum()
    levels = [part / first_mean for part in kitagawa(*sides)]
    logs = np.expm1(kitagawa(*sides, scale="log"))
    assert [found.within["difference"].value, found.mix["difference"].value] == pytest.approx(levels)
    assert [found.within["log"].value, found.mix["log"].value] == pytest.approx(logs)


def test_users_are_what_is_drawn() -> None:
    frame = sessions(n=600, users=600)
    wide = growth_of(pd.concat([frame] * 4, ignore_index=True), draws=400).total.of_mean
    narrow = growth_of(
        pd.concat([frame.assign(user=frame["user"] + 600 * copy) for copy in range(4)]), draws=400
    ).total.of_mean
    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert wide.high - wide.low > 1.6 * (narrow.high - narrow.low)


def test_p_value_tells_growth_from_none() -> None:
    frame = sessions()
    grown = growth_of(frame, draws=500).total.p_value
    # No draw of 500 is on the other side: the least that the bootstrap can say, and t of 149 a little more.
    assert grown is not None
    assert 2 / 501 < grown < 0.005
    rng = np.random.default_rng(9)
    still = growth_of(frame.assign(later=rng.random(len(frame)) < 0.5), draws=500).total
    assert still.p_value is not None
    assert still.p_value > 0.05


def test_p_value_is_below_5_percent_where_the_interval_excludes_no_growth() -> None:
    """Of few users too, whose interval reaches further than the percentiles of the draws."""
    seen = set()
    for seed in range(40):
        total = growth_of(sessions(seed, n=200, users=20), draws=400).total
        assert total.p_value is not None
        assert total.of_mean.low is not None
        assert total.of_mean.high is not None
        excludes = total.of_mean.low > 0 or total.of_mean.high < 0
        if abs(total.p_value - 0.05) > 0.01:  # the sample itself counts as a draw of the p-value
            assert (total.p_value < 0.05) == excludes
            seen.add(excludes)
    assert seen == {True, False}


def test_group_of_one_side_has_no_growth_and_belongs_to_the_mix() -> None:
    frame = sessions()
    new = frame.loc[frame["later"] | (frame["mode"] != "plan")]
    found = growth_of(new, draws=100)
    assert found.by_group["plan"].of_mean.withheld_reason == "no_observations"
    assert found.within["difference"].value is not None
    parts = (found.within["difference"].value or 0) + (found.mix["difference"].value or 0)
    assert parts == pytest.approx(found.total.of_mean.value)


def test_what_is_too_small_says_why() -> None:
    frame = sessions()
    assert growth_of(frame.iloc[:0]).total.of_mean.withheld_reason == "no_observations"
    assert growth_of(frame.assign(later=True)).total.of_mean.withheld_reason == "no_observations"
    assert growth_of(frame.iloc[:40]).total.of_mean.withheld_reason == "too_few_effective_sessions"
    few_users = growth_of(frame.assign(user=frame["user"] % 19), draws=50)
    assert few_users.mix["log"].withheld_reason == "too_few_users"
    with pytest.raises(ValueError, match="above 0"):
        growth_of(frame.assign(value=0.0))
