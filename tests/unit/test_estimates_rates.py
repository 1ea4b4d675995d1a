"""A rate weighs sessions; beside it stands the mean of the users' own rates, where the rate is shown."""

from collections.abc import Hashable
from typing import Any

import duckdb
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.rates import rates_of
from orchestration.privacy.rules import PublishingRules

TABLE = "rpt_session_outcomes"
SUMS = (
    # user, numerator, denominator: a busy user at 90 %, four others at 10 %, and sessions of unknown users
    ("busy", 90.0, 100.0), ("u1", 1.0, 10.0), ("u2", 1.0, 10.0), ("u3", 1.0, 10.0), ("u4", 1.0, 10.0),
    (None, 10.0, 10.0), ("without", 0.0, 0.0),
)  # fmt: skip


def rates(kind: str = "rate", least_effective_n: float = 1.0) -> dict[Hashable, Any]:
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
