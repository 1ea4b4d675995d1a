"""Delays of interventions and recovery with and without one, against planted streaks and sessions."""

from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.oversight_effectiveness import NEEDS, oversight_effectiveness
from orchestration.privacy.rules import PublishingRules

AGENT = "claude_code"
USERS = 24


def facts_of(
    streaks: list[dict[str, Any]], sessions: list[dict[str, Any]], *, mode: str = "team"
) -> BuiltFacts:
    connection = duckdb.connect()
    connection.execute("create schema intermediate")
    asked = [
        {"agent": AGENT, "labeller": labeller, "classifier": name, "fingerprint": f"{name}-1"}
        for labeller in ("claude", "rules")
        for name in NEEDS
    ]
    for name, rows in (
        ("int_streaks__intervened", streaks), ("int_sessions__judged", sessions),
        ("int_classifiers__asked", asked),
    ):  # fmt: skip
        connection.register("given", pd.DataFrame(rows))
        connection.execute(f"create table intermediate.{name} as select * from given")  # noqa: S608 - ours
        connection.unregister("given")
    return BuiltFacts(connection, AGENT, rules=PublishingRules(mode, 5, 15))


def planted() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """480 sessions with a streak: easy ones intervened rarely and recovering mostly, hard ones the reverse.

    Recovery is planted: easy 80 % with and 60 % without an intervention, hard 50 % and 30 %.
    """
    streaks, sessions = [], []
    for number in range(480):
        is_hard, place = number % 2 == 1, number // 2 % 10
        is_intervened = place < (7 if is_hard else 3)
        chance = (5 if is_intervened else 3) if is_hard else (8 if is_intervened else 6)
        is_recovered = number // 20 % 10 < chance
        own = {"session_id": f"s{number:03d}", "user_id": f"u{number % USERS}", "agent": AGENT}
        delay = number % 9 + 2 if is_intervened else None
        streaks.append(own | {
            "turn_id": f"t{number}", "streak_number": 1, "is_intervened": is_intervened,
            "delay_actions": delay, "delay_seconds": None if delay is None else 30.0 * delay,
        })  # fmt: skip
        judged = own | {
            "work_mode": "fix", "goal_complexity": "high" if is_hard else "low",
            "is_at_least_partial": is_recovered, "is_in_trouble_above_3": False,
        }  # fmt: skip
        sessions += [judged | {"labeller": labeller} for labeller in ("claude", "rules")]
    return streaks, sessions


def by_name(rows: list[EstimateRow]) -> dict[tuple[str, str, str], EstimateRow]:
    return {(row.metric_name, row.statistic, row.population): row for row in rows}


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str, str], EstimateRow]:
    return by_name(oversight_effectiveness(facts_of(*planted())))


def test_delays_are_the_planted_ones(rows: dict[tuple[str, str, str], EstimateRow]) -> None:
    streaks = pd.DataFrame(planted()[0])
    own = streaks[streaks["is_intervened"]]
    assert rows["intervened_streak_share", "share", "all"].estimate == pytest.approx(len(own) / len(streaks))
    for column in ("delay_actions", "delay_seconds"):
        median = rows[f"intervention_{column}", "median", "all"]
        assert median.estimate == own[column].sort_values().iloc[(len(own) + 1) // 2 - 1]
        assert median.interval_low <= median.estimate <= median.interval_high
        assert median.labeller is None
    assert rows["intervention_delay_actions", "p90", "all"].estimate >= 9


def test_recovery_is_compared_within_strata(rows: dict[tuple[str, str, str], EstimateRow]) -> None:
    """Raw, sessions with an intervention recover less often: they are the hard ones. Within strata, more."""
    sessions = pd.DataFrame(planted()[1])
    streaks = pd.DataFrame(planted()[0]).set_index("session_id")
    own = sessions[sessions["labeller"] == "claude"].assign(
        is_intervened=lambda found: found["session_id"].map(streaks["is_intervened"])
    )
    rates = own.groupby(["goal_complexity", "is_intervened"])["is_at_least_partial"].agg(["mean", "size"])
    weights = rates.xs(True, level=1)["size"] / rates.xs(True, level=1)["size"].sum()
    first = float((weights * rates.xs(True, level=1)["mean"]).sum())
    second = float((weights * rates.xs(False, level=1)["mean"]).sum())
    assert rows["recovery_rate", "matched_share", "intervened"].estimate == pytest.approx(first)
    assert rows["recovery_rate", "matched_share", "not_intervened"].estimate == pytest.approx(second)
    found = rows["rescue_difference", "difference", "all"]
    assert found.estimate == pytest.approx(first - second)
    assert found.interval_low < found.estimate < found.interval_high
    assert first - second > 0.1
    assert found.labeller == "claude"


def test_the_rules_recover_nothing(rows: dict[tuple[str, str, str], EstimateRow]) -> None:
    assert {row.labeller for row in rows.values()} == {None, "claude"}


def test_a_side_of_few_people_is_withheld() -> None:
    streaks, sessions = planted()
    kept = {
        one["session_id"] for one in streaks if not one["is_intervened"] or one["user_id"] in ("u1", "u3")
    }
    rows = by_name(oversight_effectiveness(facts_of(
        [one for one in streaks if one["session_id"] in kept],
        [one for one in sessions if one["session_id"] in kept],
    )))  # fmt: skip
    found = rows["rescue_difference", "difference", "all"]
    assert found.estimate is None
    assert found.withheld_reason is not None
    assert found.n_users == 0, "two people, rounded down"


def test_nothing_is_said_where_nothing_failed() -> None:
    streaks, sessions = planted()
    facts = facts_of(streaks, sessions)
    facts.connection.execute("delete from intermediate.int_streaks__intervened")
    assert oversight_effectiveness(facts) == []
