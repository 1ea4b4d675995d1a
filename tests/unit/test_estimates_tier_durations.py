"""Durations of turns by tier are percentiles of the tier's turns, with an interval by user (A6)."""

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import lognorm

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.tier_durations import tier_durations

MEDIANS = {"specified_task": 45.0, "choosing_the_problem": 400.0}


def turns(per_tier: int = 1500, users: int = 30) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    tier = np.repeat(np.array([*MEDIANS, "not_inferable"]), per_tier)
    medians = np.array([MEDIANS.get(one, 9000.0) for one in tier])
    return pd.DataFrame({
        "session_id": [f"s{number // 3}" for number in range(len(tier))], "tier": tier,
        "user_id": [f"u{number // 3 % users}" for number in range(len(tier))],
        "net_seconds": medians * np.exp(rng.normal(0, 1, len(tier))),
    })  # fmt: skip


def rows_of(found: pd.DataFrame, asked: str = "difficulty_tier") -> dict[tuple[str, str], EstimateRow]:
    connection = duckdb.connect()
    connection.execute("create schema marts; create schema intermediate")
    connection.register("given", found)
    connection.execute(
        "create table marts.fct_turns as select session_id, user_id, net_seconds, 'a' as agent, "
        "row_number() over () as turn_id, true as has_agent_work, false as is_sidechain, false as is_open "
        "from given"
    )
    connection.execute(
        "create table intermediate.int_sessions__judged as select distinct session_id, tier as "
        "difficulty_tier, 'claude' as labeller, 'a' as agent from given"
    )
    connection.execute(
        "create table intermediate.int_classifiers__asked as "
        f"select 'a' as agent, 'claude' as labeller, '{asked}' as classifier, 'f' as fingerprint"
    )
    return {(row.segment_value, row.statistic): row for row in tier_durations(BuiltFacts(connection, "a"))}


def test_percentiles_of_each_tier_are_recovered_and_no_tier_is_none() -> None:
    rows = rows_of(turns())
    for tier, median in MEDIANS.items():
        for statistic, factor in (("median", 1.0), ("p90", np.exp(1.2816)), ("p99", np.exp(2.3263))):
            row = rows[tier, statistic]
            assert row.interval_low is not None
            assert row.interval_high is not None
            assert row.interval_low < median * factor < row.interval_high
    assert {tier for tier, _ in rows} == {*MEDIANS, "all"}
    assert rows["specified_task", "median"].n_sessions == 495, "500, rounded down for a team"


def test_a_percentile_is_withheld_below_the_turns_that_its_interval_needs() -> None:
    rows = rows_of(turns(per_tier=200))
    assert rows["specified_task", "p90"].estimate is not None
    assert rows["specified_task", "p99"].withheld_reason == "too_few_effective_sessions"


def test_the_tail_is_of_all_known_tiers_together() -> None:
    rows = rows_of(turns(per_tier=4000))
    tail = rows["all", "p999"]
    assert (tail.segment_name, tail.estimate is not None) == ("all", True)
    assert tail.interval_low is not None
    assert tail.interval_high is not None
    longer = np.mean([lognorm.sf(tail.interval_low, 1, scale=median) for median in MEDIANS.values()])
    shorter = np.mean([lognorm.sf(tail.interval_high, 1, scale=median) for median in MEDIANS.values()])
    assert shorter < 0.001 < longer, "turns of no known tier last 20 times as long"
    assert rows_of(turns())["all", "p999"].withheld_reason == "too_few_effective_sessions"


def test_a_labeller_that_was_not_asked_has_no_rows() -> None:
    assert rows_of(turns(per_tier=30), asked="outcome") == {}


def test_few_people_withhold_every_percentile() -> None:
    assert all(row.estimate is None for row in rows_of(turns(per_tier=60, users=1)).values())
