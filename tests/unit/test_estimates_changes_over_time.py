"""Changes between two months recover what was planted, and say why where they cannot (C14, C16, C17)."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.changes_over_time import changes_over_time
from orchestration.estimates.compared_sessions import complete_months
from orchestration.estimates.estimate_row import EstimateRow
from tests.judged_facts import facts_of

Key = tuple[str, str, str | None, str]
GROWTH = 0.27
HARD_RISE = 0.35
"""Rise of success in the harder of two tiers from the first month to the last; none in the other."""
EARLIER_BUILD, LATER_BUILD = 0.3, 0.4
BUILD_USD, FIX_USD = 300.0, 100.0
EARLIER_MEAN = FIX_USD + EARLIER_BUILD * (BUILD_USD - FIX_USD)
WITHIN = (1 + GROWTH) * EARLIER_MEAN / (FIX_USD + LATER_BUILD * (BUILD_USD - FIX_USD)) - 1
"""Growth of the price in either mode, so that prices and the shift to building make 27 % together."""


def sessions(seed: int = 1, users: int = 250, per_month: int = 900) -> pd.DataFrame:
    """Seven months; the share of the dearer mode and all prices rise evenly from the first to the last."""
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(7), per_month)
    n = len(month)
    user = rng.integers(0, users, n)
    is_build = rng.random(n) < EARLIER_BUILD + (LATER_BUILD - EARLIER_BUILD) * month / 6
    usual = np.where(is_build, BUILD_USD, FIX_USD) * (1 + WITHIN * month / 6)
    habit = np.exp(rng.normal(0, 0.15, users))[user] / np.exp(0.15**2 / 2)
    price = usual * habit * rng.gamma(16, 1 / 16, n)
    level = 1 + rng.binomial(4, 0.3 + 0.05 * month, n)
    verified = rng.random(n) < 0.1 + 0.1 * (level - 1)
    is_hard = rng.random(n) < 0.4
    judged = rng.random(n) < np.where(is_hard, 0.3 + HARD_RISE * month / 6, 0.8)
    first_days = np.datetime64("2025-10") + month
    days = first_days.astype("datetime64[D]") + rng.integers(0, 28, n)
    return pd.DataFrame(
        {
            "session_id": [f"s{number:05}" for number in range(n)],
            "user_id": [f"u{number}" for number in user],
            "started_local_date": days.astype(str),
            "started_month": first_days.astype("datetime64[D]").astype(str),
            "work_mode": np.where(is_build, "build", "fix"),
            "price_usd": price,
            "price_tier": np.where(price < 100, "under_100", "from_100_to_1000"),
            "expertise": np.array(["novice", "beginner", "intermediate", "advanced", "expert"])[level - 1],
            "user_occupation": np.where(user % 3 == 0, "management", "computer_and_mathematical"),
            "is_software_user": user % 3 != 0,
            "has_clear_goal": True,
            "is_code_producing": True,
            "is_verified_success": verified,
            "is_at_least_partial": True,
            "is_judged_success": judged,
            "difficulty_tier": np.where(is_hard, "open_ended", "specified_task"),
        }
    )


def by_key(rows: list[EstimateRow]) -> Mapping[Key, EstimateRow]:
    found = {(row.metric_name, row.statistic, row.specification, row.segment_value): row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return sessions()


@pytest.fixture(scope="module")
def changes(planted: pd.DataFrame) -> Mapping[Key, EstimateRow]:
    return by_key(changes_over_time(facts_of(planted)))


def holds(row: EstimateRow, truth: float) -> bool:
    assert row.withheld_reason is None
    assert row.interval_low is not None
    assert row.interval_high is not None
    return row.interval_low < truth < row.interval_high


def test_growth_of_the_mean_and_its_parts_are_recovered(changes: Mapping[Key, EstimateRow]) -> None:
    total = changes["task_value_usd", "change_of_mean", None, "all"]
    assert holds(total, GROWTH)
    assert total.p_value is not None
    assert total.p_value < 0.002
    assert (total.baseline_start, total.period_start) == (date(2025, 10, 1), date(2026, 4, 1))
    gained = (LATER_BUILD - EARLIER_BUILD) * (BUILD_USD - FIX_USD) * (1 + WITHIN / 2) / EARLIER_MEAN
    levels = [changes["task_value_usd", part, "levels", "all"] for part in ("within", "mix")]
    assert holds(levels[0], GROWTH - gained)
    assert holds(levels[1], gained)
    assert levels[0].estimate is not None
    assert levels[1].estimate is not None
    assert levels[0].estimate + levels[1].estimate == pytest.approx(total.estimate)
    logs = [changes["task_value_usd", part, "logs", "all"] for part in ("within", "mix")]
    assert holds(logs[0], WITHIN)
    assert logs[0].estimate is not None
    assert logs[1].estimate is not None
    assert (1 + logs[0].estimate) * (1 + logs[1].estimate) - 1 == pytest.approx(total.estimate)


def test_growth_within_a_mode_has_no_part_of_the_shift(changes: Mapping[Key, EstimateRow]) -> None:
    for mode in ("build", "fix"):
        for statistic in ("change_of_mean", "change_of_geometric_mean"):
            assert holds(changes["task_value_usd", statistic, None, mode], WITHIN)


def test_shares_change_by_what_was_planted_and_add_up_to_nothing(changes: Mapping[Key, EstimateRow]) -> None:
    build, fix = (changes["work_mode_share", "change", None, mode] for mode in ("build", "fix"))
    assert holds(build, LATER_BUILD - EARLIER_BUILD)
    assert build.estimate == pytest.approx(-(fix.estimate or 0))
    assert build.p_value is not None
    assert build.p_value < 0.001


def test_change_of_success_is_split_by_who_worked(changes: Mapping[Key, EstimateRow]) -> None:
    change = changes["verified_success", "change", None, "all"]
    within, mix = (changes["verified_success", part, "by_expertise", "all"] for part in ("within", "mix"))
    assert holds(change, 0.1 * 4 * 0.3)
    assert holds(mix, 0.1 * 4 * 0.3)
    assert holds(within, 0.0)
    assert (within.estimate or 0) + (mix.estimate or 0) == pytest.approx(change.estimate)


def test_success_rises_in_the_tier_in_which_it_was_planted_alone(
    changes: Mapping[Key, EstimateRow],
) -> None:
    harder = changes["judged_success", "change", None, "open_ended"]
    assert holds(harder, HARD_RISE)
    assert (harder.segment_name, harder.population) == ("difficulty_tier", "with_goal")
    assert harder.fingerprint == "claude-outcome+claude-difficulty_tier"
    assert holds(changes["judged_success", "change", None, "specified_task"], 0.0)
    assert ("judged_success", "change", None, "choosing_the_problem") not in changes, "no session is of it"
    assert changes["verified_success", "change", None, "open_ended"].estimate is not None


def test_sample_is_that_of_the_weaker_month(
    changes: Mapping[Key, EstimateRow], planted: pd.DataFrame
) -> None:
    build = planted.loc[planted["work_mode"] == "build"]
    first, last = (build.loc[build["started_month"] == month] for month in ("2025-10-01", "2026-04-01"))
    row = changes["work_mode_share", "change", None, "build"]
    assert row.n_sessions == min(len(first), len(last)) == len(first)
    assert row.n_users == min(first["user_id"].nunique(), last["user_id"].nunique())


def test_user_with_most_of_the_value_weighs_as_much(planted: pd.DataFrame) -> None:
    whale = planted["user_id"] == "u7"
    rows = planted.assign(price_usd=planted["price_usd"].where(~whale, planted["price_usd"] * 1_000))
    facts = facts_of(rows.groupby("started_month").head(300))
    total = by_key(changes_over_time(facts))["task_value_usd", "change_of_mean", None, "all"]
    assert total.top_user_share is not None
    assert total.top_user_share > 0.5


def test_order_of_rows_and_names_of_users_do_not_matter(planted: pd.DataFrame) -> None:
    small = planted.groupby("started_month").head(120)
    assert small["started_month"].nunique() == 7
    turned = changes_over_time(facts_of(small.sample(frac=1, random_state=3)))
    assert changes_over_time(facts_of(small)) == turned


def test_unlabelled_sessions_are_unknown_and_an_unknown_mode_is_a_group(planted: pd.DataFrame) -> None:
    rows = planted.copy()
    rows.loc[rows.index % 4 == 0, "price_usd"] = None
    rows.loc[rows.index % 5 == 0, "work_mode"] = "not_inferable"
    found = by_key(changes_over_time(facts_of(rows)))
    total = found["task_value_usd", "change_of_mean", None, "all"]
    assert total.unknown_share == pytest.approx(0.25)
    assert found["work_mode_share", "change", None, "fix"].unknown_share == pytest.approx(0.2)
    assert found["task_value_usd", "change_of_mean", None, "unknown"].estimate is not None
    assert ("work_mode_share", "change", None, "unknown") not in found
    parts = [found["task_value_usd", part, "levels", "all"].estimate or 0 for part in ("within", "mix")]
    assert sum(parts) == pytest.approx(total.estimate)


def test_one_month_is_no_change(planted: pd.DataFrame) -> None:
    one = planted.loc[planted["started_month"] == "2026-01-01"]
    for row in changes_over_time(facts_of(one)):
        assert (row.estimate, row.withheld_reason) == (None, "too_few_periods")
        assert row.period_start is None


def test_few_sessions_or_users_are_withheld(planted: pd.DataFrame) -> None:
    few = by_key(changes_over_time(facts_of(planted.groupby("started_month").head(25))))
    assert few["task_value_usd", "within", "levels", "all"].withheld_reason == "too_few_effective_sessions"
    same = planted.assign(user_id="one")
    of_one = by_key(changes_over_time(facts_of(same)))
    assert of_one["task_value_usd", "change_of_mean", None, "all"].withheld_reason == "too_few_users"
    assert of_one["work_mode_share", "change", None, "fix"].withheld_reason == "too_few_users"


def test_labeller_that_was_not_asked_says_so(planted: pd.DataFrame) -> None:
    facts = facts_of(planted.head(50), asked={"rules": ("work_mode", "outcome")})
    found = by_key(changes_over_time(facts))
    for statistic in ("change_of_mean", "change_of_geometric_mean", "within", "mix"):
        row = found["task_value_usd", statistic, None, "all"]
        assert (row.withheld_reason, row.unknown_share, row.n_sessions) == ("not_asked", 1.0, 50)
    assert found["task_value_usd", "within", None, "all"].fingerprint == "rules-work_mode"
    assert found["user_occupation_share", "change", None, "all"].fingerprint == "none"
    assert found["work_mode_share", "change", None, "all"].withheld_reason == "too_few_periods"


def months(*days: str) -> list[str]:
    return complete_months(
        pd.DataFrame({"started_local_date": days, "started_month": [f"{day[:7]}-01" for day in days]})
    )


def test_month_at_the_edge_needs_half_of_its_days() -> None:
    assert months("2026-01-18", "2026-02-10", "2026-03-16") == ["2026-02-01", "2026-03-01"]
    assert months("2026-01-16", "2026-02-10", "2026-03-15") == ["2026-01-01", "2026-02-01"]
    assert months("2026-02-15", "2026-03-15") == ["2026-02-01"]
    assert months("2026-01-01", "2026-01-31", "2026-04-30") == ["2026-01-01", "2026-04-01"]
    assert months("2026-01-01", "2026-01-05") == []
    assert months() == []


def test_writing_and_analysis_change_together() -> None:
    """C16 gives them as one: 10 to 20 %."""
    frame = sessions()
    rng = np.random.default_rng(9)
    is_last = frame["started_month"] == frame["started_month"].max()
    is_talk = rng.random(len(frame)) < np.where(is_last, 0.2, 0.1)
    talk = rng.choice(["analyze", "communicate"], len(frame))
    frame["work_mode"] = np.where(is_talk, talk, frame["work_mode"])
    (row,) = (
        row for row in changes_over_time(facts_of(frame)) if row.metric_name == "communication_work_share"
    )
    assert (row.statistic, row.segment_name, row.period_kind) == ("change", "all", "window")
    assert row.estimate == pytest.approx(0.10, abs=0.04)
    assert row.interval_low is not None
    assert row.interval_low < row.estimate
