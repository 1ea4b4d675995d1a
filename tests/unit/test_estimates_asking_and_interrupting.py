"""Ratios of asking and interrupting recover what was planted, apart from plan mode (A10)."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.asking_and_interrupting import asking_and_interrupting
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow

ASKED = {"minimal": 0.06, "low": 0.09, "moderate": 0.12, "high": 0.16}
INTERRUPTED = 0.07
ASKED_IN_PLAN_MODE = 0.5

Key = tuple[str, str, str]


def turns(per_level: int = 4000, users: int = 60, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level = np.repeat(np.array([*ASKED, "unknown"]), per_level)
    user = rng.integers(0, users, len(level))
    mode = rng.choice(["default", "plan", "unknown"], len(level), p=[0.8, 0.1, 0.1])
    asked = np.array([ASKED.get(one, 0.9) for one in level])
    asked = np.where(mode == "plan", ASKED_IN_PLAN_MODE, asked)
    turn = np.arange(len(level))
    return pd.DataFrame({
        "turn_id": turn, "session_id": [f"s{number}" for number in turn // 4],
        "user_id": [f"u{number}" for number in user], "goal_complexity": level, "mode": mode,
        "has_question": rng.random(len(level)) < asked,
        "is_interrupted": rng.random(len(level)) < INTERRUPTED,
    })  # fmt: skip


def rows_of(found: pd.DataFrame, *, asked: str = "goal_complexity") -> dict[Key, EstimateRow]:
    connection = duckdb.connect()
    connection.execute("create schema intermediate")
    connection.register("given", found)
    connection.execute(
        "create table intermediate.int_turns__judged as select *, 'a' as agent, 'claude' as labeller, "
        "case when mode <> 'unknown' then mode = 'plan' end as is_in_plan_mode from given"
    )
    connection.execute(
        "create table intermediate.int_classifiers__asked as "
        f"select 'a' as agent, 'claude' as labeller, '{asked}' as classifier, 'f' as fingerprint"
    )
    rows = asking_and_interrupting(BuiltFacts(connection, "a"))
    return {(row.metric_name, row.population, row.segment_value): row for row in rows}


@pytest.fixture(scope="module")
def found() -> dict[Key, EstimateRow]:
    return rows_of(turns())


def holds(row: EstimateRow, truth: float) -> bool:
    assert row.interval_low is not None, row.withheld_reason
    assert row.interval_high is not None
    return row.interval_low < truth < row.interval_high


def test_both_ratios_of_the_study_are_recovered_outside_plan_mode(found: dict[Key, EstimateRow]) -> None:
    per_interrupt = found["asks_per_interrupt", "outside_plan_mode", "high"]
    assert holds(per_interrupt, ASKED["high"] / INTERRUPTED)
    over_base = found["asks_over_minimal_complexity", "outside_plan_mode", "high"]
    assert holds(over_base, ASKED["high"] / ASKED["minimal"])
    assert per_interrupt.fingerprint == "f"


def test_plan_mode_is_in_the_whole_and_raises_it(found: dict[Key, EstimateRow]) -> None:
    whole = 0.9 * ASKED["minimal"] + 0.1 * ASKED_IN_PLAN_MODE
    assert holds(found["asks_per_interrupt", "all", "minimal"], whole / INTERRUPTED)
    assert not holds(found["asks_per_interrupt", "outside_plan_mode", "minimal"], whole / INTERRUPTED)


def test_unknown_complexity_is_no_level_and_minimal_is_not_compared_with_itself(
    found: dict[Key, EstimateRow],
) -> None:
    assert {value for _, _, value in found} == set(ASKED)
    assert ("asks_over_minimal_complexity", "all", "minimal") not in found


def test_people_who_never_ask_or_interrupt_do_not_make_a_cell_large() -> None:
    """The sample counts the people with what is counted: a ratio and one rate give the other."""
    alone = turns()
    alone["is_interrupted"] &= alone["user_id"].isin(["u1", "u2", "u3"])
    row = rows_of(alone)["asks_per_interrupt", "all", "high"]
    assert row.n_users == 0, "three, rounded down to the minimum of a team"


def test_a_labeller_that_was_not_asked_has_no_rows() -> None:
    assert rows_of(turns(per_level=40), asked="outcome") == {}
