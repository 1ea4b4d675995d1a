"""A rate weighs sessions; beside it stands the mean of the users' own rates, where the rate is shown.

What protecting a figure needs of the users behind it is what is counted in plain pandas.
"""

from collections.abc import Hashable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.figure import PRIVATE_COLUMNS
from orchestration.estimates.rates import rates_of
from orchestration.privacy.rules import PublishingRules
from tests.merged_sums import FIGURE, figures_of
from tests.planted_sums import random_sessions, sums_of

TABLE = "rpt_session_outcomes"
SUMS = (
    # user, numerator, denominator: a busy user at 90 %, four others at 10 %, and sessions of unknown users
    ("busy", 90.0, 100.0), ("u1", 1.0, 10.0), ("u2", 1.0, 10.0), ("u3", 1.0, 10.0), ("u4", 1.0, 10.0),
    (None, 10.0, 10.0), ("without", 0.0, 0.0),
)  # fmt: skip


def summed() -> duckdb.DuckDBPyConnection:
    """A database with a table of sums that has no rows."""
    connection = duckdb.connect()
    connection.execute("create schema memory.summed")
    connection.execute("""
        create table memory.summed.int_outcomes__summed (
            agent varchar, metric_name varchar, metric_kind varchar, period_kind varchar, period_start date,
            segment_name varchar, segment_value varchar, merged_values varchar, labeller varchar,
            fingerprint varchar, user_id varchar, numerator double, denominator double, session_count bigint,
            unknown_count bigint
        )
    """)
    return connection


def rates(kind: str = "rate", least_effective_n: float = 1.0) -> dict[Hashable, Any]:
    connection = summed()
    cell = ("claude_code", "r", kind, "overall", None, "all", "all", None, "claude", "f")
    for user, numerator, sessions in SUMS:
        denominator = None if kind == "count" else sessions
        connection.execute(
            f"insert into memory.summed.int_outcomes__summed values ({', '.join('?' * 15)})",  # noqa: S608
            [*cell, user, numerator, denominator, sessions, 0],
        )
    rules = PublishingRules(mode="team", min_users=5, min_sessions=15, min_effective_n=least_effective_n)
    found = rates_of(BuiltFacts(connection, "claude_code", rules), TABLE)
    (row,) = found.to_dict("records")
    return row


def test_every_known_user_weighs_the_same_in_the_user_weighted_estimate() -> None:
    row = rates()
    assert row["estimate"] == pytest.approx(104 / 150)
    assert row["user_weighted_estimate"] == pytest.approx((0.9 + 4 * 0.1) / 5)


def test_means_have_one_too_and_counts_have_none() -> None:
    assert rates("mean")["user_weighted_estimate"] == pytest.approx(0.26)
    assert rates("count")["user_weighted_estimate"] != rates("count")["user_weighted_estimate"], "missing"


def test_what_withholds_the_rate_withholds_it_too() -> None:
    row = rates(least_effective_n=1_000.0)
    assert row["withheld_reason"] == "effective_n_below_1000"
    assert row["user_weighted_estimate"] != row["user_weighted_estimate"], "missing"


@pytest.mark.parametrize("seed", range(3))
def test_users_behind_a_figure_are_those_that_plain_pandas_counts(seed: int) -> None:
    draws = np.random.default_rng(seed)
    kinds = sums_of(random_sessions(draws))
    given = pd.concat(kinds.values(), ignore_index=True).assign(table_name=TABLE)
    given["unknown_count"] = draws.integers(0, 3, len(given))
    given.loc[draws.random(len(given)) < 0.1, "user_id"] = None
    connection = summed()
    connection.register("given", given)
    connection.execute("""
        insert into memory.summed.int_outcomes__summed by name
        select * exclude (table_name) replace (cast(merged_values as varchar) as merged_values) from given
    """)
    found = rates_of(BuiltFacts(connection, "a", PublishingRules(mode="personal")), TABLE)
    for frame in (found, expected := figures_of(given)):
        frame["period_start"] = pd.to_datetime(frame["period_start"]).astype("datetime64[ns]")
    columns = ["numerator", "denominator", "n_sessions", "n_users", "unknown_share", *PRIVATE_COLUMNS]
    beside = found.merge(expected, on=FIGURE, suffixes=("", "_plain"), validate="one_to_one")
    assert len(beside) == len(found) == len(expected)
    for column in columns:
        assert np.allclose(
            beside[column].astype(float), beside[f"{column}_plain"].astype(float), equal_nan=True
        )
