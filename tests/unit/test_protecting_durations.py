"""What is hidden of the durations of turns, which are protected with the figures of a release."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from orchestration.estimates.turn_durations import TurnDurationEstimate
from orchestration.privacy.protect import protect_release
from orchestration.privacy.rules import PublishingRules
from tests.tiny_figures import TEAM, frame, rate

Period = tuple[str | None, int, int, int]
"""Start of a week (none: the whole time), sessions, users, open turns."""

NUMBERS = ["n_turns", "n_sessions", "n_users", "estimate_seconds", "interval_low_seconds", "lower_rank"]


def durations(periods: Sequence[Period], statistics: Sequence[str] = ("p50",)) -> pd.DataFrame:
    """Five turns a session; censored statistics are of the open turns too."""
    rows: list[dict[str, Any]] = [
        {
            "agent": "a", "period_kind": "week" if start else "overall",
            "period_start": None if start is None else pd.Timestamp(start, tz="UTC"), "series": "wall",
            "statistic": statistic, "quantile": 0.5,
            "n_turns": 5 * sessions + (open_turns if statistic.endswith("_censored") else 0),
            "n_open_turns": open_turns, "n_sessions": sessions, "n_users": users, "top_user_share": 0.2,
            "tail_user_share": 0.1, "estimate_seconds": 40.0, "interval_low_seconds": 30.0,
            "interval_high_seconds": 50.0, "lower_rank": 3, "upper_rank": 9, "needed_turn_count": 10,
        }
        for start, sessions, users, open_turns in periods
        for statistic in statistics
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["agent", *TurnDurationEstimate._fields])


def shown(rows: pd.DataFrame, rules: PublishingRules = TEAM) -> pd.DataFrame:
    _, found = protect_release(frame([rate("judged_success", 50, 100)]), rows, rules)
    return found


def test_turns_of_a_small_week_are_hidden_with_those_of_another() -> None:
    weeks: list[Period] = [("2026-01-05", 6, 3, 0), ("2026-01-12", 64, 14, 0), ("2026-01-19", 130, 18, 0)]
    found = shown(durations([(None, 200, 20, 0), *weeks]))
    is_hidden = found["suppressed_reason"] == "small_cell"
    assert is_hidden.sum() == 2
    assert is_hidden.tolist()[:2] == [False, True]
    assert found.loc[is_hidden, NUMBERS].isna().all(axis=None)
    assert found.loc[~is_hidden, NUMBERS].notna().all(axis=None)
    assert found.loc[~is_hidden, "top_user_share_band"].eq("up to 25 %").all()
    assert found["needed_turn_count"].eq(10).all()


def test_weeks_of_which_most_are_small_are_left_out_and_the_whole_time_stays() -> None:
    weeks: list[Period] = [("2026-01-05", 6, 3, 0), ("2026-01-12", 6, 3, 0), ("2026-01-19", 188, 18, 0)]
    found = shown(durations([(None, 200, 20, 0), *weeks]))
    assert found["period_kind"].tolist() == ["overall"]
    assert found["suppressed_reason"].isna().all()


def test_few_open_turns_are_hidden_and_none_and_many_are_not() -> None:
    assert shown(durations([(None, 200, 20, 3)]))["n_open_turns"].isna().all()
    assert shown(durations([(None, 200, 20, 0)]))["n_open_turns"].tolist() == [0]
    assert shown(durations([(None, 200, 20, 30)]))["n_open_turns"].tolist() == [30]


def test_few_open_turns_are_no_difference_of_the_turns_with_and_without_them() -> None:
    found = shown(durations([(None, 200, 20, 3)], ["p50", "p50_censored"]))
    assert found["n_turns"].isna().sum() == 1
    found = shown(durations([(None, 200, 20, 30)], ["p50", "p50_censored"]))
    assert found["n_turns"].tolist() == [1000, 1030]


def test_all_statistics_of_a_period_are_hidden_together() -> None:
    found = shown(durations([(None, 12, 3, 0)], ["p50", "p999"]))
    assert found["suppressed_reason"].tolist() == ["small_cell", "small_cell"]


def test_figures_come_back_beside_the_durations_and_without_them() -> None:
    given = frame([rate("judged_success", 50, 100)])
    figures, _ = protect_release(given, durations([(None, 200, 20, 0)]), TEAM)
    assert figures["metric_name"].tolist() == ["judged_success"]
    figures, none = protect_release(given, durations([]), TEAM)
    assert figures["estimate"].tolist() == [0.5]
    assert none.empty


def test_personal_mode_hides_no_durations() -> None:
    rows = durations([(None, 2, 1, 3), ("2026-01-05", 2, 1, 3)])
    found = shown(rows, PublishingRules(mode="personal"))
    assert found["suppressed_reason"].isna().all()
    assert found["n_turns"].tolist() == rows["n_turns"].tolist()
    assert found["n_open_turns"].tolist() == [3, 3]
