"""The logit's average marginal effects are those of the textbook (METHODS 4.3)."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.marginal_effects import marginal_effects


def test_spector_data() -> None:
    from statsmodels.datasets import spector

    frame = spector.load_pandas().data.assign(user=range(32))
    found = marginal_effects(frame, outcome="GRADE", user="user", numeric=["GPA", "TUCE", "PSI"])
    expected = {"GPA": 2.8261, "TUCE": 0.0952, "PSI": 2.3787, "const": -13.0213}
    assert found.coefficients == pytest.approx(expected, abs=5e-5)
    values = {name: effect.value for name, effect in found.effects.items()}
    assert values == pytest.approx({"GPA": 0.3626, "TUCE": 0.0122, "PSI": 0.3052}, abs=5e-5)
    steps = marginal_effects(frame, outcome="GRADE", user="user", numeric=["GPA", "TUCE"], categories=["PSI"])
    assert steps.effects["PSI_1.0"].value == pytest.approx(0.3575, abs=5e-5)


def labelled(*, users: int) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"level": rng.integers(1, 6, 600), "sw": rng.integers(0, 2, 600)})
    frame["user"] = np.append(np.arange(users), rng.integers(0, users, 600 - users))
    frame["y"] = (rng.random(600) < 0.2 + 0.08 * frame["level"]).astype(int)
    return frame


def test_effects_and_errors_of_many_users_are_those_of_statsmodels() -> None:
    from statsmodels.discrete.discrete_model import Logit

    frame = labelled(users=250)
    found = marginal_effects(frame, outcome="y", user="user", numeric=["level"], categories=["sw"])
    design = np.column_stack([frame[["level", "sw"]].to_numpy(dtype=float), np.ones(600)])
    fit = Logit(frame["y"].to_numpy(), design).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": frame["user"].to_numpy()}
    )
    expected = fit.get_margeff(dummy=True)
    for place, effect in enumerate(found.effects.values()):
        assert effect.value == pytest.approx(expected.margeff[place], abs=1e-8)
        assert effect.standard_error == pytest.approx(expected.margeff_se[place], rel=1e-5)


def test_errors_of_few_users_leave_each_of_them_out() -> None:
    """The logit fitted anew without each user, and what its coefficients make of all sessions."""
    from scipy.special import expit
    from statsmodels.discrete.discrete_model import Logit

    frame = labelled(users=12)
    found = marginal_effects(
        frame, outcome="y", user="user", numeric=["level"], categories=["sw"], least_users=12
    )
    design = np.column_stack([frame[["level", "sw"]].to_numpy(dtype=float), np.ones(600)])
    y, user = frame["y"].to_numpy(), frame["user"].to_numpy()

    def effect(rows: np.ndarray) -> float:
        beta = Logit(y[rows], design[rows]).fit(disp=False).params
        share = expit(design @ beta)
        return float(beta[0] * (share * (1 - share)).mean())

    whole = effect(user >= 0)
    squares = sum((effect(user != one) - whole) ** 2 for one in range(12))
    level = found.effects["level"]
    assert level.value == pytest.approx(whole, abs=1e-8)
    assert level.standard_error == pytest.approx(np.sqrt(11 / 12 * squares), rel=0.03)
    assert level.low is not None
    assert level.standard_error is not None
    assert whole - level.low == pytest.approx(2.201 * level.standard_error, rel=1e-3)  # t of 11


def test_an_effect_that_one_user_tells_alone_is_withheld() -> None:
    frame = labelled(users=40).assign(sw=lambda f: (f["user"] == 0) & (f["level"] > 2)).astype(int)
    found = marginal_effects(frame, outcome="y", user="user", numeric=["level"], categories=["sw"])
    assert found.effects["sw_1"].withheld_reason == "too_few_users"


def test_only_the_wanted_effects_are_computed() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {"level": rng.integers(1, 6, 300), "sw": rng.integers(0, 2, 300), "user": range(300)}
    )
    frame["y"] = (rng.random(300) < 0.2 + 0.08 * frame["level"]).astype(int)
    given: dict[str, Any] = {"outcome": "y", "user": "user", "numeric": ["level"], "categories": ["sw"]}
    found, wanted = marginal_effects(frame, **given), marginal_effects(frame, **given, wanted=["level"])
    assert wanted.effects == {"level": found.effects["level"]}
    assert wanted.coefficients == found.coefficients


def test_categories_that_decide_the_outcome_are_counted() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"mode": rng.choice(["build", "fix", "plan"], 300), "user": range(300)})
    frame["y"] = np.where(frame["mode"] == "build", 0, rng.integers(0, 2, 300))
    found = marginal_effects(frame, outcome="y", user="user", categories=["mode"])
    assert found.n_determined == int((frame["mode"] == "build").sum())
    assert list(found.effects) == ["mode_plan"]


def test_what_cannot_be_estimated_says_why() -> None:
    frame = pd.DataFrame({"x": np.arange(40.0), "y": [0] * 20 + [1] * 20, "user": range(40)})
    assert marginal_effects(frame, outcome="y", user="user", numeric=["x"]).withheld_reason == (
        "did_not_converge"
    )
    one = frame.assign(user=1)
    assert marginal_effects(one, outcome="y", user="user", numeric=["x"]).withheld_reason == "too_few_users"
    flat = frame.assign(y=1)
    assert marginal_effects(flat, outcome="y", user="user", numeric=["x"]).withheld_reason == "no_variation"
    none = frame.iloc[:0]
    assert marginal_effects(none, outcome="y", user="user", numeric=["x"]).withheld_reason == (
        "no_observations"
    )
