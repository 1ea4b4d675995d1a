"""Curves over earlier sessions: who is in them, that a planted rise is found, what a team sees of counts."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.experience_curves import POINTS, experience_curves
from orchestration.privacy.rules import PublishingRules

AGENT = "claude_code"


def sessions_of(users: int, each: int, *, seed: int = 1) -> pd.DataFrame:
    """Full histories: full auto rises from 20 % to 50 % in 100 sessions, interruptions from 4 % to 10 %."""
    draw = np.random.default_rng(seed)
    prior = np.tile(np.arange(each), users)
    rise = np.log1p(prior) / np.log(101)
    return pd.DataFrame(
        {
            "session_id": [f"s{number:05d}" for number in range(users * each)],
            "user_id": np.repeat([f"u{number:02d}" for number in range(users)], each),
            "prior_session_count": prior,
            "is_full_auto": draw.random(len(prior)) < 0.2 + 0.3 * rise,
            "interrupted_share": 0.04 + 0.06 * rise,
            "is_interactive": True,
            "is_history_truncated": False,
            "has_tool_bearing_turn": True,
        }
    )


def curves_of(
    sessions: pd.DataFrame, rules: PublishingRules | None = None
) -> dict[tuple[str, str], EstimateRow]:
    draw = np.random.default_rng(2)
    turns = sessions.loc[sessions.index.repeat(4)].reset_index(drop=True)
    turns = turns.assign(
        turn_id=[f"t{number:06d}" for number in range(len(turns))],
        is_interrupted=draw.random(len(turns)) < turns["interrupted_share"],
        has_agent_work=True,
        is_sidechain=False,
    )
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        for name, frame in (("fct_sessions", sessions), ("fct_turns", turns)):
            connection.register("given", frame.assign(agent=AGENT))
            connection.execute(f"create table marts.{name} as select * from given")  # noqa: S608 - ours
        rows = experience_curves(BuiltFacts(connection, AGENT, rules or PublishingRules()))
    return {(row.metric_name, row.segment_value): row for row in rows}


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], EstimateRow]:
    return curves_of(sessions_of(24, 101))


def test_every_point_of_both_curves_is_a_row(found: dict[tuple[str, str], EstimateRow]) -> None:
    metrics = ("full_auto_curve", "interrupt_curve")
    assert set(found) == {(metric, str(point)) for metric in metrics for point in POINTS}


@pytest.mark.parametrize(
    ("metric", "point", "planted"),
    [
        ("full_auto_curve", 10, 0.2 + 0.3 * np.log(11) / np.log(101)),
        ("full_auto_curve", 50, 0.2 + 0.3 * np.log(51) / np.log(101)),
        ("interrupt_curve", 10, 0.04 + 0.06 * np.log(11) / np.log(101)),
        ("interrupt_curve", 50, 0.04 + 0.06 * np.log(51) / np.log(101)),
    ],
)
def test_a_planted_rise_is_inside_the_band(
    found: dict[tuple[str, str], EstimateRow], metric: str, point: int, planted: float
) -> None:
    row = found[metric, str(point)]
    assert row.interval_low is not None
    assert row.interval_high is not None
    assert row.interval_low <= planted <= row.interval_high
    assert row.interval_high - row.interval_low < 0.2


def test_points_beyond_everybodys_history_are_withheld(found: dict[tuple[str, str], EstimateRow]) -> None:
    assert found["full_auto_curve", "100"].estimate is not None
    assert found["full_auto_curve", "150"].withheld_reason == "no_observations"


@pytest.mark.parametrize(
    "changed",
    [{"is_history_truncated": True}, {"user_id": None}, {"is_interactive": False}],
    ids=["cut-off history", "unknown user", "not interactive"],
)
def test_who_is_not_of_the_cohort_moves_no_curve(changed: dict[str, Any]) -> None:
    cohort = sessions_of(12, 60)
    others = sessions_of(6, 60, seed=5).assign(is_full_auto=True, interrupted_share=1.0, **changed)
    others["session_id"] = "other " + others["session_id"]
    both = pd.concat([cohort, others], ignore_index=True)
    alone, beside = curves_of(cohort)["full_auto_curve", "10"], curves_of(both)["full_auto_curve", "10"]
    assert alone == beside


def test_a_team_sees_counts_in_multiples_of_its_minima_and_a_person_exact_ones() -> None:
    sessions = sessions_of(12, 61)
    team = curves_of(sessions)["full_auto_curve", "10"]
    assert (team.n_sessions, team.n_users) == (12 * 61 // 15 * 15, 10)
    own = curves_of(sessions, PublishingRules(mode="personal"))["full_auto_curve", "10"]
    assert (own.n_sessions, own.n_users) == (12 * 61, 12)


def test_four_people_have_no_curve_in_a_team_and_one_has_their_own() -> None:
    few = curves_of(sessions_of(4, 101))
    assert {row.estimate for row in few.values()} == {None}
    alone = curves_of(sessions_of(1, 101), PublishingRules(mode="personal"))
    assert alone["full_auto_curve", "10"].estimate is not None


def test_a_home_without_sessions_has_rows_that_say_so() -> None:
    found = curves_of(sessions_of(2, 2).assign(is_interactive=False))
    assert {row.withheld_reason for row in found.values()} == {"no_observations"}
