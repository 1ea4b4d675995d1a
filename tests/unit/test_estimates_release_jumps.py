"""A planted jump of turn durations is found at its release, and none where only a trend was planted (A3)."""

from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.release_jumps import release_jumps
from orchestration.privacy.rules import PublishingRules

BEGIN = date(2026, 1, 5)
RELEASE = BEGIN + timedelta(days=30)
TREND = 0.01
"""Rise of the logarithm per day, which is no jump."""


def turns(*, jump: float, users: int = 30, days: int = 60, seed: int = 1) -> pd.DataFrame:
    """Forty turns a day; from the thirtieth day on with the new model, `jump` longer in logs."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), 40)
    user = rng.integers(0, users, len(day))
    is_new = day >= 30
    has_subagents = rng.random(len(day)) < 0.2
    logs = (
        4 + TREND * day + jump * is_new + has_subagents
        + rng.normal(0, 0.3, users)[user] + rng.normal(0, 1, len(day))
    )  # fmt: skip
    return pd.DataFrame({
        "user_id": [f"u{number}" for number in user],
        "session_id": [f"s{number}-{one}" for number, one in zip(user, day, strict=True)],
        "started_local_date": [BEGIN + timedelta(days=int(one)) for one in day],
        "net_seconds": np.exp(logs), "model": np.where(is_new, "new", "old"), "cli_version": "2.1.30",
        "speed": None, "tool_call_count": 3, "root_tool_call_count": np.where(has_subagents, 1, 3),
    })  # fmt: skip


def rows_of(found: pd.DataFrame, rules: PublishingRules | None = None) -> dict[tuple[str, str], EstimateRow]:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.register("given", found)
    connection.execute(
        "create table marts.fct_turns as select * replace (cast(speed as varchar) as speed), 'a' as agent, "
        "true as is_interactive, true as has_agent_work, false as is_sidechain, false as is_open, "
        "cast(started_local_date as timestamp) as started_at, row_number() over () as turn_id from given"
    )
    facts = BuiltFacts(connection, "a", rules) if rules else BuiltFacts(connection, "a")
    rows = release_jumps(facts)
    return {(row.segment_value.partition(" from ")[0], str(row.specification)): row for row in rows}


def holds(row: EstimateRow, truth: float) -> bool:
    assert row.interval_low is not None, row.withheld_reason
    assert row.interval_high is not None
    return row.interval_low < truth < row.interval_high


@pytest.fixture(scope="module")
def jumped() -> dict[tuple[str, str], EstimateRow]:
    return rows_of(turns(jump=0.5))


def test_a_planted_jump_is_found_in_the_centre_and_in_the_tail(jumped: Any) -> None:
    for specification in ("centre", "tail"):
        row = jumped["new", specification]
        assert holds(row, np.expm1(0.5))
        assert not holds(row, 0.0)
    assert (row.segment_name, row.segment_value) == ("model_release", f"new from {RELEASE}")


def test_a_trend_is_no_jump() -> None:
    held = [holds(row, 0.0) for seed in range(6) for row in rows_of(turns(jump=0.0, seed=seed)).values()]
    assert sum(held) >= 10, "twelve intervals of 95 %"


def test_what_was_in_use_from_the_first_day_or_by_few_is_no_release(jumped: Any) -> None:
    assert {name for name, _ in jumped} == {"new"}, "the old model and the version came before the first day"
    rare = turns(jump=0.0)
    is_rare = (rare["user_id"] == "u1") & (rare["model"] == "new")
    rare["model"] = np.where(is_rare, "rare", "old")
    assert rows_of(rare) == {}


def test_versions_count_without_their_last_number() -> None:
    found = turns(jump=0.0)
    is_new = found["model"] == "new"
    found["cli_version"] = np.where(is_new, "2.2.0", "2.1.9")
    found.loc[found.index % 2 == 0, "cli_version"] = found["cli_version"].str.replace(
        r"\d+$", "77", regex=True
    )
    assert {name for name, _ in rows_of(found)} == {"new", "2.2"}


def test_few_days_withhold_the_jump_and_counts_are_rounded() -> None:
    rows = rows_of(turns(jump=0.5, days=32))
    assert {row.withheld_reason for row in rows.values()} == {"too_few_periods"}
    row = rows["new", "centre"]
    assert row.n_sessions % 15 == row.n_users % 5 == 0
    personal = rows_of(turns(jump=0.5, days=32), PublishingRules("personal"))
    assert personal["new", "centre"].n_users % 5 or personal["new", "centre"].n_sessions % 15
