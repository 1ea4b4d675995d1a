"""Figures of estimated hours against planted sessions: time ratios, value at wages, the horizon."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.human_time import human_time
from orchestration.privacy.rules import PublishingRules

SESSIONS, USERS = 1_500, 30
ASKED = ("human_time", "outcome", "work_occupation", "task_value")


def facts(*, asked: tuple[str, ...] = ASKED, has_wages: bool = True) -> BuiltFacts:
    """Hours of a person are three times those of the agent; an hour is worth 50 dollars and priced at 25.

    Success falls with length by β0 = 3 and β1 = −0.6, so that half of the tasks of 32 minutes succeed. One
    session in ten has no estimate of hours.
    """
    generator = np.random.default_rng(11)
    minutes = 2 ** generator.uniform(0, 10, SESSIONS)
    success = generator.random(SESSIONS) < 1 / (1 + np.exp(-(3 - 0.6 * np.log2(minutes))))
    names = [f"s{number:05}" for number in range(SESSIONS)]
    hours = minutes / 60
    tables = {
        "intermediate.int_sessions__judged": {
            "agent": "a", "labeller": "claude", "session_id": names,
            "user_id": [f"user_{number % USERS}" for number in range(SESSIONS)],
            "is_judged_success": success, "has_clear_goal": True, "price_usd": hours * 25,
            "work_occupation": "legal",
        },
        "intermediate.int_sessions__labelled": {
            "labeller": "claude", "session_id": names,
            "human_hours": np.where(np.arange(SESSIONS) // USERS % 10 == 0, np.nan, hours),
        },
        "marts.fct_sessions": {"session_id": names, "active_seconds": hours * 3_600 / 3},
        "intermediate.int_classifiers__asked": {
            "agent": "a", "labeller": "claude", "classifier": list(asked),
            "fingerprint": [name[0] for name in asked],
        },
        "staging.stg_supplied__wages": {
            "occupation": ["legal"] * has_wages, "hourly_wage_usd": [50.0] * has_wages,
        },
    }  # fmt: skip
    connection = duckdb.connect()
    connection.execute("create schema intermediate; create schema marts; create schema staging;")
    for name, columns in tables.items():
        connection.register("planted", pd.DataFrame(columns))
        connection.execute(f"create table {name} as select * from planted")  # noqa: S608 - names of ours
        connection.unregister("planted")
    connection.execute("alter table staging.stg_supplied__wages alter occupation type varchar")
    return BuiltFacts(connection, "a", PublishingRules())


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], EstimateRow]:
    return {(row.metric_name, row.statistic): row for row in human_time(facts())}


def test_an_hour_of_the_agent_stands_for_three_of_a_person(rows: dict[tuple[str, str], EstimateRow]) -> None:
    found = rows["human_hours_per_agent_hour", "geometric_mean"]
    assert found.estimate == pytest.approx(3)
    assert found.unknown_share == pytest.approx(0.1)
    assert found.fingerprint == "h"
    assert (found.n_sessions, found.n_users) == (SESSIONS * 9 // 10 // 15 * 15, 30)


def test_hours_at_wages_are_twice_the_price(rows: dict[tuple[str, str], EstimateRow]) -> None:
    assert rows["work_value_per_task_value", "geometric_mean"].estimate == pytest.approx(2)
    value = rows["work_value_at_wages_usd", "mean"]
    assert value.interval_low is not None
    assert value.interval_high is not None
    assert value.estimate is not None
    assert value.interval_low < value.estimate < value.interval_high
    assert value.fingerprint == "h+w"


def test_the_horizon_is_the_planted_one(rows: dict[tuple[str, str], EstimateRow]) -> None:
    for statistic, minutes in (("at_50_percent", 32), ("at_80_percent", 6.451)):
        found = rows["success_time_horizon_hours", statistic]
        assert found.interval_low is not None
        assert found.interval_high is not None
        assert found.interval_low < minutes / 60 < found.interval_high
        assert found.fingerprint == "h+o"
    slope = rows["success_log_odds_per_doubling", "coefficient"]
    assert slope.estimate == pytest.approx(-0.6, abs=0.1)


def test_without_wages_nothing_is_valued_and_without_the_question_there_are_no_rows() -> None:
    metrics = {row.metric_name for row in human_time(facts(has_wages=False))}
    assert metrics == {
        "human_hours_per_agent_hour", "success_time_horizon_hours", "success_log_odds_per_doubling",
    }  # fmt: skip
    assert human_time(facts(asked=("outcome",))) == []
    without_outcome = human_time(facts(asked=("human_time",), has_wages=False))
    assert {row.withheld_reason for row in without_outcome if "horizon" in row.metric_name} == {"not_asked"}
