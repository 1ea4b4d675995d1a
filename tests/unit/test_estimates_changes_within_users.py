"""Changes within people: what a person changes is found, what people differ in is not (A7, A8)."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.changes_within_users import changes_within_users
from orchestration.estimates.estimate_row import EstimateRow

PER_DOUBLING = 0.06


def rows_of(sessions: pd.DataFrame) -> dict[str, EstimateRow]:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.register("given", sessions)
    common = "select *, 'a' as agent, true as is_interactive, false as is_history_truncated"
    connection.execute(
        f"create table marts.fct_sessions as {common}, true as has_tool_bearing_turn from given"
    )
    connection.execute(
        f"create table marts.fct_turns as {common}, session_id as turn_id, true as has_agent_work, "
        "false as is_sidechain from given"
    )
    return {row.metric_name: row for row in changes_within_users(BuiltFacts(connection, "a"))}


def sessions(users: int = 40, each: int = 60) -> pd.DataFrame:
    """People who approve less as they go on; the busier ones interrupt more from the start and stay so."""
    rng = np.random.default_rng(5)
    user = np.repeat(np.arange(users), each)
    prior = np.tile(np.arange(each), users) * (1 + user // 4)
    doublings = np.log2(1 + prior)
    auto = rng.random(len(user)) < 0.1 + PER_DOUBLING * doublings
    return pd.DataFrame({
        "session_id": [f"s{number:05}" for number in range(len(user))],
        "user_id": [f"u{number:02}" for number in user], "prior_session_count": prior,
        "is_full_auto": auto, "is_interrupted": rng.random(len(user)) < 0.05 + 0.01 * user,
    })  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, EstimateRow]:
    return rows_of(sessions())


def test_what_people_change_is_recovered(found: dict[str, EstimateRow]) -> None:
    row = found["full_auto_within_user"]
    assert row.interval_low is not None
    assert row.interval_high is not None
    assert row.interval_low < PER_DOUBLING < row.interval_high
    assert row.interval_low > 0
    assert (row.n_sessions, row.n_users) == (2400, 40)


def test_what_people_differ_in_is_no_change(found: dict[str, EstimateRow]) -> None:
    row = found["interrupt_within_user"]
    assert row.interval_low is not None
    assert row.interval_high is not None
    assert row.interval_low < 0 < row.interval_high
    across = np.polyfit(np.log2(1 + sessions()["prior_session_count"]), sessions()["is_interrupted"], 1)[0]
    assert across > row.interval_high, "over people the share rises, as was planted"


def test_few_people_withhold_it() -> None:
    assert rows_of(sessions(users=8))["full_auto_within_user"].withheld_reason == "too_few_users"
