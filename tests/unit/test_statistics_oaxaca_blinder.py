"""Oaxaca–Blinder reproduces the reference of the credit card data (METHODS 4.6)."""

import pandas as pd
import pytest

from orchestration.statistics.oaxaca_blinder import oaxaca_blinder


@pytest.fixture
def cards() -> pd.DataFrame:
    from statsmodels.datasets import ccard

    frame = ccard.load_pandas().data
    return frame.assign(user=range(len(frame)))


def test_credit_card_data(cards: pd.DataFrame) -> None:
    found = oaxaca_blinder(
        cards,
        outcome="AVGEXP",
        regressors=["AGE", "INCOME", "INCOMESQ"],
        group="OWNRENT",
        user="user",
        draws=50,
        least_sessions=0,
    )
    two_fold = (found.gap.value, found.unexplained.value, found.explained.value)
    assert two_fold == pytest.approx((158.7504, 27.9409, 130.8095), abs=5e-5)
    three_fold = (found.endowments.value, found.coefficients.value, found.interaction.value)
    assert three_fold == pytest.approx((321.7482, 75.4537, -238.4515), abs=5e-5)
    assert found.gap.low is not None
    assert found.gap.high is not None
    assert found.gap.low < 158.7504 < found.gap.high


def test_small_groups_say_why(cards: pd.DataFrame) -> None:
    for frame, reason in (
        (cards, "too_few_effective_sessions"),
        (pd.concat([cards] * 3).assign(user=1), "too_few_users"),
        (cards.assign(OWNRENT=1), "no_observations"),
    ):
        found = oaxaca_blinder(frame, outcome="AVGEXP", regressors=["AGE"], group="OWNRENT", user="user")
        assert found.gap.withheld_reason == reason
