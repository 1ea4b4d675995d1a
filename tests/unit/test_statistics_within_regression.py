"""Absorbed fixed effects give what indicators give (METHODS 4.2, 4.3)."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from orchestration.statistics.groups import clusters_of
from orchestration.statistics.poisson_within import fit_poisson_within
from orchestration.statistics.within_regression import WithinFit, absorb, fit_within

Floats = NDArray[np.float64]


def _sessions(seed: int = 5, n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"user": rng.integers(0, 40, n), "cell": rng.integers(0, 12, n), "month": rng.integers(0, 5, n)}
    )
    frame["x"] = rng.normal(size=n) + 0.2 * frame["cell"]
    frame["y"] = 0.3 * frame["x"] + 0.1 * frame["cell"] + rng.normal(size=n) + 0.05 * frame["user"]
    return frame


def _fit(frame: pd.DataFrame, *effects: str) -> WithinFit:
    found = fit_within(
        frame["y"].to_numpy(),
        frame[["x"]].to_numpy(),
        effects=[frame[name].to_numpy() for name in effects],
        clusters=clusters_of(frame["user"]),
    )
    assert isinstance(found, WithinFit)
    return found


def _left_out(frame: pd.DataFrame, effects: tuple[str, ...]) -> tuple[float, float]:
    """Coefficient of x and its CRV3 error, by a regression on indicators without each user in turn."""

    def coefficient(kept: pd.DataFrame) -> float:
        indicators = [pd.get_dummies(kept[name], dtype=float) for name in effects]
        design = np.column_stack([kept["x"], np.ones(len(kept)), *indicators])
        return float(np.linalg.lstsq(design, kept["y"].to_numpy(), rcond=None)[0][0])

    beta, users = coefficient(frame), frame["user"].unique()
    without = np.array([coefficient(frame.loc[frame["user"] != user]) for user in users])
    return beta, float(np.sqrt((len(users) - 1) / len(users) * ((without - beta) ** 2).sum()))


@pytest.mark.parametrize("effects", [(), ("cell",), ("cell", "month"), ("user",), ("cell", "user")])
def test_coefficients_and_errors_are_those_without_each_user(effects: tuple[str, ...]) -> None:
    frame = _sessions()
    beta, error = _left_out(frame, effects)
    found = _fit(frame, *effects)
    assert found.coefficients[0] == pytest.approx(beta, abs=1e-8)
    # Of several effects only the finest is estimated anew without each user.
    assert found.errors[0] == pytest.approx(error, rel=0.02 if len(effects) == 2 else 1e-3)


def test_with_many_users_the_error_is_near_that_of_statsmodels() -> None:
    from statsmodels.api import OLS

    frame = _sessions(n=4_000).assign(user=np.random.default_rng(2).integers(0, 400, 4_000))
    design = np.column_stack([frame["x"], pd.get_dummies(frame["cell"], dtype=float)])
    expected = OLS(frame["y"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": frame["user"].to_numpy()}
    )
    assert _fit(frame, "cell").errors[0] == pytest.approx(float(expected.bse[0]), rel=0.01)


def test_what_a_single_user_tells_has_no_error() -> None:
    frame = _sessions()
    frame["x"] = (frame["user"] == 7).astype(float)
    assert np.isnan(_fit(frame, "cell").errors[0])


def test_several_effects_leave_nothing_of_themselves() -> None:
    frame = _sessions()
    effects = [frame[name].to_numpy() for name in ("user", "cell", "month")]
    left = absorb(frame[["x", "y"]].to_numpy(), effects)
    for effect in effects:
        for column in left.T:
            assert np.abs(np.bincount(effect, weights=column)).max() < 1e-6


def test_nothing_is_compared_where_the_regressor_is_the_cell() -> None:
    frame = _sessions()
    y, cell, clusters = frame["y"].to_numpy(), frame["cell"].to_numpy(), clusters_of(frame["user"])
    level = cell[:, None].astype(float)
    assert fit_within(y, level, effects=[cell], clusters=clusters) == "no_contrast"
    assert fit_within(y, level, effects=[np.arange(len(y))], clusters=clusters) == "no_contrast"


def test_sessions_alone_in_a_cell_change_nothing() -> None:
    frame = _sessions()
    alone = pd.DataFrame(
        {"user": [1, 2], "cell": [90, 91], "month": [0, 0], "x": [50.0, 9.0], "y": [0.0, 9.0]}
    )
    with_alone = pd.concat([frame, alone], ignore_index=True)
    with_alone["cell"] = with_alone["cell"].rank(method="dense").astype(int) - 1
    first, second = _fit(frame, "cell"), _fit(with_alone, "cell")
    assert second.coefficients[0] == pytest.approx(first.coefficients[0])
    assert second.errors[0] == pytest.approx(first.errors[0])
    assert not second.contrast[-2:].any()


def test_poisson_is_that_of_indicators_and_of_each_user_left_out() -> None:
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    frame = _sessions()
    y = np.random.default_rng(1).poisson(np.exp(0.4 * frame["x"] - 0.1 * frame["cell"])).astype(float)
    indicators = pd.get_dummies(frame["cell"], dtype=float).to_numpy()
    design, users = np.column_stack([frame["x"], indicators]), frame["user"].to_numpy()
    expected = GLM(y, design, family=Poisson()).fit(tol=1e-12)
    without = [
        float(GLM(y[users != user], design[users != user], family=Poisson()).fit(tol=1e-12).params[0])
        for user in np.unique(users)
    ]
    deviations = np.array(without) - float(expected.params[0])
    error = np.sqrt((len(without) - 1) / len(without) * (deviations**2).sum())
    found = fit_poisson_within(
        y, frame[["x"]].to_numpy(), cell=frame["cell"].to_numpy(), clusters=clusters_of(frame["user"])
    )
    assert isinstance(found, WithinFit)
    assert found.coefficients[0] == pytest.approx(float(expected.params[0]), abs=1e-7)
    assert found.errors[0] == pytest.approx(float(error), rel=0.02)  # one step instead of a new maximum
