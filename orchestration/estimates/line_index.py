"""Lines merged per engineer and day: as a multiple of stated baselines, and whether their trend bends (B2).

Belongs here: baselines, dates at which a bend is tested, whose days count. Not here: the index
(statistics.period_index), the regression (statistics.segmented_trend), the mean of a period (the rates).
Needs no label. Days are those of all known authors, the same for every agent.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.compared_sessions import sample_of_sides
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.statistics.clusters import quantile_with_ranks
from orchestration.statistics.period_index import BASELINE, period_indices
from orchestration.statistics.rate_difference import Slope
from orchestration.statistics.segmented_trend import as_change, bend_by_user
from orchestration.statistics.withholding import (
    LEAST_PERIODS,
    LEAST_USERS,
    Estimate,
    is_too_few,
    withheld,
)

METRIC, MEDIAN_METRIC = "merged_lines_per_engineer_day", "merged_lines_per_active_day"
BREAK_METRIC = "merged_lines_trend_break"
MONTHS = 12
"""Months before and after a date that a bend of the trend is looked for in."""

BREAKS = (date(2025, 1, 1), date(2026, 1, 1))
"""The study sees slope breaks in 2025 and 2026; it names no day."""


class Baseline(NamedTuple):
    """Days from `first` until before `end`, by the name that the study's own words give them."""

    name: str
    first: date
    end: date


BASELINES = (
    Baseline("year_2024", date(2024, 1, 1), date(2025, 1, 1)),
    Baseline("years_2021_to_2025", date(2021, 1, 1), date(2026, 1, 1)),
    Baseline("before_2025", date(1970, 1, 1), date(2025, 1, 1)),
)
"""The study states its baseline in three ways, and its value with none of them."""

_DAYS_SQL = """
    select user_id, cast(authored_date as varchar) as day, merged_line_count as amount
    from intermediate.int_engineer_days__active
    where agent = $agent
    order by user_id, authored_date
"""


def line_index(facts: BuiltFacts) -> list[EstimateRow]:
    """The median of each quarter, its indices to every baseline that has days, and a bend per date."""
    days = facts.read(_DAYS_SQL).to_pandas()
    if days.empty:
        return []
    days["day"] = pd.to_datetime(days["day"])
    days["quarter"] = days["day"].dt.to_period("Q").dt.start_time
    rows = list(_medians(facts, days))
    for baseline in BASELINES:
        rows += _of_baseline(facts, days, baseline)
    rows += (_break(facts, days, at) for at in BREAKS)
    return rows


def _medians(facts: BuiltFacts, days: pd.DataFrame) -> Iterator[EstimateRow]:
    """The median over engineers of each one's lines per day, by quarter."""
    for quarter, own in days.groupby("quarter", sort=True):
        rates = own.groupby("user_id")["amount"].mean()
        found = withheld("too_few_users")
        if not is_too_few(len(rates), LEAST_USERS):
            ranked = quantile_with_ranks(rates.to_numpy(float), rates.index, 0.5)
            found = Estimate(ranked.estimate, None, ranked.interval_low, ranked.interval_high)
        sample = rounded_sample(sample_of(own["user_id"]), facts.rules)
        yield _row(MEDIAN_METRIC, "median_of_engineers", found, sample, period_start=_date(quarter))


def _of_baseline(facts: BuiltFacts, days: pd.DataFrame, baseline: Baseline) -> Iterator[EstimateRow]:
    """Indices of the quarters that begin after the baseline's days."""
    first, end = pd.Timestamp(baseline.first), pd.Timestamp(baseline.end)
    is_base = ((days["day"] >= first) & (days["day"] < end)).to_numpy()
    quarters = sorted(days.loc[days["quarter"] >= end, "quarter"].unique())
    if not is_base.any() or not quarters:
        return
    codes = {quarter: number for number, quarter in enumerate(quarters, start=BASELINE + 1)}
    period = np.where(is_base, BASELINE, days["quarter"].map(codes).fillna(-1).to_numpy()).astype(np.int64)
    found = period_indices(days.assign(period=period)[period >= 0], list(codes.values()))
    start = _date(days.loc[is_base, "day"].min())
    for quarter, code in codes.items():
        of_both = days[(period == BASELINE) | (period == code)]
        is_later = (of_both["quarter"] == quarter).to_numpy()
        sample = sample_of_sides(of_both["user_id"], is_later, amounts=of_both["amount"])
        for statistic, estimate in found[code]._asdict().items():
            yield _row(
                METRIC, f"index_{statistic}", estimate, rounded_sample(sample, facts.rules),
                specification=baseline.name, period_start=_date(quarter), baseline_start=start,
            )  # fmt: skip


def _break(facts: BuiltFacts, days: pd.DataFrame, at: date) -> EstimateRow:
    """Change of the monthly growth of lines per day at a date, within engineers."""
    months = (days["day"].dt.year - at.year) * 12 + days["day"].dt.month - at.month
    own = days.assign(month=months)[(months >= -MONTHS) & (months < MONTHS)]
    own = own.groupby(["user_id", "month"], as_index=False)["amount"].mean()
    own = own[own["amount"] > 0]
    sides = [own.loc[own["month"] < 0, "month"].nunique(), own.loc[own["month"] >= 0, "month"].nunique()]
    if is_too_few(min(sides), LEAST_PERIODS) or min(sides) == 0:
        found = Slope(withheld("too_few_periods"), None, 0)
    else:
        logs, times = np.log(own["amount"].to_numpy(float)), own["month"].to_numpy(float)
        found = as_change(bend_by_user(logs, times, own["user_id"]))
    sample = sample_of_sides(own["user_id"], (own["month"] >= 0).to_numpy())
    return _row(
        BREAK_METRIC, "slope_break", found.estimate, rounded_sample(sample, facts.rules),
        specification="within_engineers", period_kind="overall", p_value=found.p_value,
        segment_name="break", segment_value=at.isoformat(),
    )  # fmt: skip


def _row(metric: str, statistic: str, found: Estimate, sample: Any, **rest: Any) -> EstimateRow:
    about = {"period_kind": "quarter", "labeller": None, "fingerprint": None} | rest
    return estimate_row(metric, statistic, found, sample=sample, **about)


def _date(at: Any) -> date:
    return pd.Timestamp(at).date()
