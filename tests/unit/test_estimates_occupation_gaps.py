"""Gaps between people recover what was planted, by month and over time (C25, C29, C30, C33)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.occupation_gaps import occupation_gaps
from tests.judged_facts import facts_of

Key = tuple[str, str, str | None, str, date | None]
GAP, SLOPE, SLOPE_TREND = 0.06, 0.05, -0.012
NOVICE_ABANDONS, OTHERS_ABANDON = 0.30, 0.08
LEVELS = np.array(["novice", "beginner", "intermediate", "advanced", "expert"])


def sessions(seed: int = 2, months: int = 5, per_month: int = 1_600, users: int = 300) -> pd.DataFrame:
    """Software persons succeed by GAP more often at every level; levels matter less from month to month."""
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(months), per_month)
    n = len(month)
    user = rng.integers(0, users, n)
    is_software = user % 2 == 0
    level = 1 + rng.binomial(4, 0.5, n)
    slope = SLOPE + SLOPE_TREND * (month - (months - 1) / 2)
    verified = rng.random(n) < 0.3 + GAP * (is_software - 0.5) + slope * (level - 3)
    in_trouble = rng.random(n) < 0.4
    abandons = rng.random(n) < np.where(level == 1, NOVICE_ABANDONS, OTHERS_ABANDON)
    first_days = np.datetime64("2026-01") + month
    return pd.DataFrame(
        {
            "session_id": [f"s{number:05}" for number in range(n)],
            "user_id": [f"u{number}" for number in user],
            "started_month": first_days.astype("datetime64[D]").astype(str),
            "started_local_date": (first_days.astype("datetime64[D]") + rng.integers(0, 28, n)).astype(str),
            "work_mode": np.where(rng.random(n) < 0.5, "build", "fix"),
            "price_tier": np.where(rng.random(n) < 0.5, "under_100", "from_100_to_1000"),
            "work_occupation": "computer_and_mathematical",
            "expertise": LEVELS[level - 1],
            "expertise_level": level,
            "has_clear_goal": True,
            "is_code_producing": rng.random(n) < 0.7,
            "is_software_user": is_software,
            "is_verified_success": verified,
            "is_at_least_partial": verified | (rng.random(n) < 0.8),
            "is_in_trouble_above_3": in_trouble,
            "is_in_trouble_from_3": in_trouble | (rng.random(n) < 0.2),
            "is_failed_without_lines": abandons & ~verified,
        }
    )


def by_key(rows: list[EstimateRow]) -> Mapping[Key, EstimateRow]:
    found = {
        (row.metric_name, row.statistic, row.specification, row.population, row.period_start): row
        for row in rows
        if row.period_kind != "window"
    }
    trends = {
        (row.metric_name, row.statistic, row.specification, row.population, None): row
        for row in rows
        if row.period_kind == "window"
    }
    assert len(found) + len(trends) == len(rows)
    return found | trends


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return sessions()


@pytest.fixture(scope="module")
def gaps(planted: pd.DataFrame) -> Mapping[Key, EstimateRow]:
    return by_key(occupation_gaps(facts_of(planted)))


def holds(row: EstimateRow, truth: float) -> bool:
    assert row.withheld_reason is None
    assert row.interval_low is not None
    assert row.interval_high is not None
    return row.interval_low < truth < row.interval_high


@pytest.mark.parametrize("population", ["with_goal", "code_producing"])
def test_gap_between_occupations_is_recovered(gaps: Mapping[Key, EstimateRow], population: str) -> None:
    row = gaps["verified_success_gap", "difference", None, population, None]
    assert holds(row, GAP)
    assert row.interval_low is not None
    assert row.interval_low > 0
    assert (row.segment_name, row.segment_value, row.period_kind) == ("all", "all", "overall")


def test_every_month_has_its_gap(gaps: Mapping[Key, EstimateRow]) -> None:
    months = [date(2026, number, 1) for number in range(1, 6)]
    found = [gaps["verified_success_gap", "difference", None, "code_producing", month] for month in months]
    assert all(row.estimate is not None for row in found)
    assert sum(holds(row, GAP) for row in found) >= 4
    assert sum(row.n_sessions for row in found) < 0.7 * 1_600 * 5 / 2


def test_gap_that_stays_has_no_trend(gaps: Mapping[Key, EstimateRow]) -> None:
    row = gaps["verified_success_gap", "trend_per_month", None, "with_goal", None]
    assert holds(row, 0.0)
    assert row.p_value is not None
    assert row.p_value > 0.05


def test_falling_slope_of_expertise_is_seen(gaps: Mapping[Key, EstimateRow]) -> None:
    assert holds(gaps["expertise_slope", "slope", None, "with_goal", None], SLOPE)
    first = gaps["expertise_slope", "slope", None, "with_goal", date(2026, 1, 1)]
    assert holds(first, SLOPE - 2 * SLOPE_TREND)
    for specification in (None, "joint_cell"):
        trend = gaps["expertise_slope", "trend_per_month", specification, "with_goal", None]
        assert holds(trend, SLOPE_TREND)
        assert trend.p_value is not None
        assert trend.p_value < 0.05


def test_novices_abandon_more(gaps: Mapping[Key, EstimateRow], planted: pd.DataFrame) -> None:
    row = gaps["abandoned_gap", "difference", None, "in_trouble_above_3", None]
    assert (row.segment_name, row.segment_value) == ("expertise", "novice")
    assert row.interval_low is not None
    assert row.interval_low > 0.05
    troubled = planted.loc[planted["is_in_trouble_above_3"]]
    novices = troubled["expertise_level"] == 1
    rates = [troubled.loc[mask, "is_failed_without_lines"].mean() for mask in (novices, ~novices)]
    assert row.estimate == pytest.approx(rates[0] - rates[1])
    assert row.n_sessions == novices.sum()


def test_what_explains_the_gap_adds_up_with_what_does_not(gaps: Mapping[Key, EstimateRow]) -> None:
    gap, explained, unexplained = (
        gaps["verified_success_gap", statistic, "oaxaca_blinder", "with_goal", None]
        for statistic in ("difference", "explained", "unexplained")
    )
    assert holds(unexplained, GAP)
    assert holds(explained, 0.0)
    assert gap.estimate == pytest.approx((explained.estimate or 0) + (unexplained.estimate or 0))


def test_gap_of_the_others_is_negative(planted: pd.DataFrame) -> None:
    some = planted.groupby("started_month").head(600)
    turned = some.assign(is_software_user=~some["is_software_user"])
    found = by_key(occupation_gaps(facts_of(turned)))
    for specification in (None, "oaxaca_blinder"):
        assert holds(found["verified_success_gap", "difference", specification, "with_goal", None], -GAP)
    assert holds(found["verified_success_gap", "unexplained", "oaxaca_blinder", "with_goal", None], -GAP)


def test_unknown_occupations_are_on_neither_side(planted: pd.DataFrame) -> None:
    some = planted.groupby("started_month").head(600)
    known = some["user_id"] != "u0"
    software = some["is_software_user"].astype(object).where(known)
    row = by_key(occupation_gaps(facts_of(some.assign(is_software_user=software))))[
        "at_least_partial_gap", "difference", None, "with_goal", None
    ]
    assert row.unknown_share == pytest.approx(1 - known.mean())
    assert some.loc[known & some["is_software_user"], "user_id"].nunique() == 149
    assert row.n_users == 149


def test_order_of_rows_does_not_matter(planted: pd.DataFrame) -> None:
    small = planted.groupby("started_month").head(80)
    turned = occupation_gaps(facts_of(small.sample(frac=1, random_state=1)))
    assert occupation_gaps(facts_of(small)) == turned


def test_trend_needs_four_months(planted: pd.DataFrame) -> None:
    some = planted.groupby("started_month").head(300)
    early = some.loc[some["started_month"] < "2026-04-01"]
    found = by_key(occupation_gaps(facts_of(early)))
    for metric in ("verified_success_gap", "at_least_partial_gap", "expertise_slope"):
        row = found[metric, "trend_per_month", None, "with_goal", None]
        assert (row.estimate, row.withheld_reason) == (None, "too_few_periods")
    four = some.loc[some["started_month"] < "2026-05-01"]
    trend = by_key(occupation_gaps(facts_of(four)))[
        "expertise_slope", "trend_per_month", None, "with_goal", None
    ]
    assert trend.estimate is not None
    assert (trend.baseline_start, trend.period_start) == (date(2026, 1, 1), date(2026, 4, 1))


def test_side_of_few_sessions_withholds_the_gap(planted: pd.DataFrame) -> None:
    few = planted["is_software_user"] | (planted.groupby("is_software_user").cumcount() < 29)
    found = by_key(occupation_gaps(facts_of(planted.loc[few])))
    row = found["verified_success_gap", "difference", None, "with_goal", None]
    assert (row.estimate, row.withheld_reason, row.n_sessions) == (None, "too_few_effective_sessions", 29)


def test_labeller_that_was_not_asked_says_so(planted: pd.DataFrame) -> None:
    asked = ("outcome", "success_evidence", "failure_evidence", "work_mode")
    rows = occupation_gaps(facts_of(planted.head(40), asked={"rules": asked}))
    named: dict[str, Any] = {row.metric_name: row for row in rows}
    assert named.keys() == {
        "verified_success_gap", "at_least_partial_gap", "abandoned_gap", "expertise_slope"
    }  # fmt: skip
    assert {row.withheld_reason for row in rows} == {"not_asked"}
    assert named["at_least_partial_gap"].fingerprint == "rules-outcome"
