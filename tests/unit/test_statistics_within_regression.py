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


@pytest.mark.parametrize("effects", [("cell",), ("cell", "month")])
def test_coefficients_and_errors_are_those_of_indicators(effects: tuple[str, ...]) -> None:
    from statsmodels.api import OLS

    frame = _sessions()
    indicators = [pd.get_dummies(frame[name], drop_first=True, dtype=float) for name in effects]
    design = np.column_stack([frame["x"], np.ones(len(frame)), *indicators])
    expected = OLS(frame["y"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": frame["user"].to_numpy()}
    )
    found = _fit(frame, *effects)
    assert found.coefficients[0] == pytest.approx(float(expected.params[0]), abs=1e-8)
    assert found.errors[0] == pytest.approx(float(expected.bse[0]), rel=1e-7)


def test_a_user_effect_costs_no_degree_of_freedom() -> None:
    frame = _sessions()
    frame = frame.loc[frame.groupby("user")["x"].transform("size") > 1]
    found = _fit(frame, "user")
    within = frame[["x", "y"]] - frame.groupby("user")[["x", "y"]].transform("mean")
    beta = (within["x"] @ within["y"]) / (within["x"] @ within["x"])
    scores = (within["x"] * (within["y"] - beta * within["x"])).groupby(frame["user"]).sum()
    count, users = len(frame), frame["user"].nunique()
    correction = users / (users - 1) * (count - 1) / (count - 2)
    error = np.sqrt(correction * (scores**2).sum()) / (within["x"] @ within["x"])
    assert found.errors[0] == pytest.approx(float(error), rel=1e-9)


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


def test_poisson_is_that_of_indicators() -> None:
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    frame = _sessions()
    y = np.random.default_rng(1).poisson(np.exp(0.4 * frame["x"] - 0.1 * frame["cell"])).astype(float)
    indicators = pd.get_dummies(frame["cell"], dtype=float).to_numpy()
    expected = GLM(y, np.column_stack([frame["x"], indicators]), family=Poisson()).fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": frame["user"].to_numpy()}
    )
    found = fit_poisson_within(
        y, frame[["x"]].to_numpy(), cell=frame["cell"].to_numpy(), clusters=clusters_of(frame["user"])
    )
    assert isinstance(found, WithinFit)
    assert found.coefficients[0] == pytest.approx(float(expected.params[0]), abs=1e-7)
    assert found.errors[0] == pytest.approx(float(expected.bse[0]), rel=1e-5)
