"""What rests on few is withheld from a team; one person sees it with a wide interval (METHODS 4.12)."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.adjusted_rates import adjusted_rates
from orchestration.statistics.clusters import (
    mean_by_user,
    quantile_by_user,
    rate_by_user,
    weighted_quantile_by_user,
)
from orchestration.statistics.composition import mean_change
from orchestration.statistics.correlation import rank_correlation, spread
from orchestration.statistics.groups import error_clusters
from orchestration.statistics.log_outcomes import geometric_mean, log_change
from orchestration.statistics.marginal_effects import marginal_effects
from orchestration.statistics.mean_growth import mean_growth
from orchestration.statistics.oaxaca_blinder import oaxaca_blinder
from orchestration.statistics.proportions import proportion_bounds
from orchestration.statistics.rate_difference import rate_difference, slope_of, trend_of_slope
from orchestration.statistics.withholding import Estimate, is_too_few, showing_all

Computed = Callable[[pd.DataFrame], Estimate]


def sessions(n: int = 24, users: int = 1) -> pd.DataFrame:
    """Few sessions of one person: an outcome, a level, two sides, a positive amount."""
    rng = np.random.default_rng(4)
    level, side = np.arange(n) % 3 + 1, (np.arange(n) // 3) % 2
    return pd.DataFrame(
        {
            "user": np.arange(n) % users, "level": level, "side": side, "cell": np.arange(n) % 4 // 2,
            "hit": (rng.random(n) < 0.2 * level).astype(float), "amount": np.exp(rng.normal(2, 0.5, n)),
        }
    )  # fmt: skip


def _logit(frame: pd.DataFrame) -> Estimate:
    found = marginal_effects(frame, outcome="hit", user="user", numeric=["level"])
    return found.effects.get("level", Estimate(None, withheld_reason=found.withheld_reason))


ESTIMATES: dict[str, Computed] = {
    "rate": lambda f: rate_by_user(f["hit"], f["user"]).estimate,
    "median": lambda f: quantile_by_user(f["amount"], f["user"], 0.5).estimate,
    "mean": lambda f: mean_by_user(f["amount"], f["user"]),
    "geometric mean": lambda f: geometric_mean(f["amount"], f["user"]),
    "difference": lambda f: rate_difference(f["hit"], f["side"], f["user"]).by_user,
    "slope": lambda f: slope_of(f["hit"], f["level"], f["user"]).estimate,
    "trend": lambda f: (
        trend_of_slope(
            f["hit"], f["level"], f["user"], time=f["side"], effect=f["side"].to_numpy(np.int64)
        ).estimate
    ),
    "adjusted rate": lambda f: (
        adjusted_rates(f, outcome="hit", level="level", user="user", effects=[["cell"]]).rates[1].adjusted
    ),
    "adjusted slope": lambda f: (
        adjusted_rates(f, outcome="hit", level="level", user="user", effects=[["cell"]]).slope
    ),
    "logit": _logit,
    "change per level": lambda f: (
        log_change(f, outcome="amount", level="level", user="user", effects=[["cell"]]).per_level
    ),
    "growth": lambda f: (
        mean_growth(
            f, value="amount", group="cell", user="user", is_later="side", draws=200
        ).total.of_mean
    ),
    "within": lambda f: (
        mean_change(
            f, value="amount", group="cell", user="user", is_later="side", draws=200
        ).decomposition.within
    ),
    "explained": lambda f: (
        oaxaca_blinder(
            f, outcome="hit", regressors=["level"], group="side", user="user", draws=200
        ).explained
    ),
    "correlation": lambda f: rank_correlation(f["level"], f["amount"], f["user"], draws=200),
    "weighted correlation": lambda f: rank_correlation(
        f["level"], f["amount"], f["user"], weights=1 + f["level"], draws=200
    ),
    "spread": lambda f: spread(f["amount"], f["user"], weights=1 + f["level"], draws=200),
    "weighted quantile": lambda f: weighted_quantile_by_user(
        f["amount"], 1 + f["level"], f["user"], 0.5
    ).estimate,
}  # fmt: skip


@pytest.mark.parametrize("name", ESTIMATES)
def test_a_team_does_not_see_what_one_person_s_few_sessions_say(name: str) -> None:
    found = ESTIMATES[name](sessions())
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.withheld_reason in ("too_few_users", "too_few_effective_sessions")


@pytest.mark.parametrize("name", ESTIMATES)
def test_one_person_sees_it_with_the_interval_of_their_sessions(name: str) -> None:
    with showing_all():
        found = ESTIMATES[name](sessions())
    assert found.withheld_reason is None
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_a_person_s_rate_has_the_interval_that_the_tables_of_rates_give_it() -> None:
    frame = sessions()
    with showing_all():
        found = rate_by_user(frame["hit"], frame["user"]).estimate
    bounds = proportion_bounds(frame["hit"].sum(), len(frame))
    assert (found.low, found.high) == pytest.approx(tuple(map(float, bounds)))


def test_with_two_people_errors_are_of_users_whoever_sees_them() -> None:
    assert error_clusters(["a", "b", "a"]).count == 2
    assert error_clusters(["a", "a", "a"]).count == 1
    with showing_all():
        assert error_clusters(["a", "b", "a"]).count == 2
        assert error_clusters(["a", "a", "a"]).count == 3
        assert error_clusters([None, None]).count == 2


def test_what_one_of_two_people_tells_alone_has_a_value_and_no_interval() -> None:
    """The second side is the second person's: without them there is no difference."""
    frame = sessions(n=24, users=2).assign(side=lambda f: f["user"])
    assert slope_of(frame["hit"], frame["side"], frame["user"], least_users=0).estimate.value is None
    with showing_all():
        found = slope_of(frame["hit"], frame["side"], frame["user"])
    rates = frame.groupby("side")["hit"].mean()
    assert found.estimate.value == pytest.approx(rates[1] - rates[0])
    assert (found.estimate.low, found.estimate.high, found.p_value) == (None, None, None)


def _failing() -> None:
    with showing_all():
        assert not is_too_few(1, 30)
        raise RuntimeError


def test_minima_hold_again_afterwards_even_after_an_error() -> None:
    with pytest.raises(RuntimeError):
        _failing()
    assert is_too_few(29, 30)
    assert not is_too_few(30, 30)
    with showing_all(False):
        assert is_too_few(29, 30)
