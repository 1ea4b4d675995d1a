"""The demo's durations of turns: quantiles of the planted turns, and withheld where turns are too few."""

from collections import defaultdict

import pytest

from orchestration.demo import SessionTruth
from tests.demo_lake import DemoHome, planted_time
from tests.plain_intervals import quantile_with_interval
from tests.planted_answers import cells_at, is_close

QUANTILES = {"p50": (0.5, 6), "p90": (0.9, 36), "p99": (0.99, 368), "p999": (0.999, 3688)}
"""Quantile, and the smallest sample that bounds it (METHODS 4.4: ln 0.025 / ln q)."""


def walls_by_period(
    sessions: list[SessionTruth],
) -> dict[tuple[str, object], list[tuple[str | None, str, float]]]:
    """User, session and seconds of every turn with agent work, by period."""
    found = defaultdict(list)
    for session in sessions:
        for turn in (turn for turn in session.turns if turn.has_agent_work):
            one = (session.user, session.session_id, turn.wall_seconds)
            for cell in cells_at(planted_time(turn.started_at)):
                found[(cell.period_kind, cell.period_start)].append(one)
    return found


@pytest.mark.parametrize("statistic", QUANTILES)
def test_turn_durations_are_quantiles_of_the_planted_turns(
    statistic: str, personal: DemoHome, interactive: list[SessionTruth]
) -> None:
    q, needed = QUANTILES[statistic]
    every = personal.query("select * from metrics.rpt_turn_durations where series = 'wall'")
    rows = [row for row in every if row["metric_name"] == f"turn_wall_seconds_{statistic}"]
    planted = walls_by_period(interactive)
    assert {(row["period_kind"], row["period_start"]) for row in rows} == planted.keys()
    for row in rows:
        turns = planted[(row["period_kind"], row["period_start"])]
        assert (row["n_turns"], row["n_open_turns"], row["needed_turn_count"]) == (len(turns), 0, needed)
        assert row["n_users"] == len({user for user, _, _ in turns if user})
        assert row["n_sessions"] == len({session for _, session, _ in turns})
        shown = [row[f"{name}_seconds"] for name in ("estimate", "interval_low", "interval_high")]
        if len(turns) < needed:
            assert (row["withheld_reason"], shown) == (f"fewer_than_{needed}_turns", [None] * 3)
        else:
            of_users = defaultdict(list)
            for user, _, seconds in turns:
                of_users[user].append(seconds)
            expected = quantile_with_interval(of_users, q)
            assert row["withheld_reason"] is None
            assert all(is_close(a, b) for a, b in zip(expected, shown, strict=True)), (row, expected)


def test_rare_quantiles_are_withheld_where_turns_are_too_few(personal: DemoHome) -> None:
    rows = personal.query("select * from metrics.rpt_turn_durations where series = 'wall'")
    shown = {(r["period_kind"], r["statistic"]) for r in rows if r["withheld_reason"] is None}
    withheld = {(r["period_kind"], r["statistic"]) for r in rows if r["withheld_reason"]}
    assert {("overall", "p50"), ("overall", "p90"), ("overall", "p99"), ("week", "p50")} <= shown
    assert {("overall", "p999"), ("week", "p99"), ("week", "p999"), ("week", "p999_daily_mean")} <= withheld
    assert ("overall", "p999") not in shown


def test_planted_median_is_the_plans(personal: DemoHome) -> None:
    (row,) = personal.query(
        "select * from metrics.rpt_turn_durations "
        "where metric_name = 'turn_wall_seconds_p50' and period_kind = 'overall'"
    )
    assert row["interval_low_seconds"] < personal.truth.plan["median_turn_seconds"] * 1.1
    assert row["interval_high_seconds"] > personal.truth.plan["median_turn_seconds"] * 0.9
