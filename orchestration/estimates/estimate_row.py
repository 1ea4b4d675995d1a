"""The row of an estimate, the same for every table of them but the durations of turns.

Belongs here: its columns and what they mean. Not here: how a table is computed, nor small cells: dbt
suppresses them on top, by n_users, n_sessions and top_user_share, which therefore every row states.
"""

from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from orchestration.privacy.rules import PublishingRules
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate


class EstimateRow(NamedTuple):
    """One row per estimate: a statistic of a metric in a population, period and segment, by one labeller.

    `metric_name`, `statistic`, `specification`, `population`, `labeller`, `fingerprint`, period and segment
    are its key, with the agent, which landing puts before it (land_estimates). Months are those in which the
    sessions started. `labeller` and `fingerprint` are null where no label is needed. `segment_value` is
    `all` where the segment is not cut. Where `withheld_reason` is set, the estimate, its error and interval
    are null. `unknown_share`: share of the population's sessions that a missing label keeps out.
    `n_effective`: sessions that the estimate rests on (in cells with contrast, or after clustering).
    `top_user_share`: largest share of one user in n_sessions; unknown users are one. `is_imprecise`: the
    estimate rests on a single user, whose interval holds for their own sessions only, or on fewer than 30
    effective sessions; only a home of one person shows such (statistics.withholding). Null without estimate.
    """

    metric_name: str
    statistic: str
    specification: str | None
    population: str
    labeller: str | None
    fingerprint: str | None
    period_kind: Literal["overall", "quarter", "month", "window"]
    period_start: date | None
    baseline_start: date | None
    segment_name: str
    segment_value: str
    estimate: float | None
    standard_error: float | None
    interval_low: float | None
    interval_high: float | None
    n_sessions: int
    n_users: int
    n_effective: float | None
    top_user_share: float | None
    unknown_share: float | None
    p_value: float | None
    p_value_adjusted: float | None
    is_imprecise: bool | None
    withheld_reason: str | None


class Sample(NamedTuple):
    """Whom an estimate is about: its sessions and known users, and how much one user weighs."""

    n_sessions: int
    n_users: int
    top_user_share: float | None


def sample_of(users: "pd.Series[Any]") -> Sample:
    """The sample of sessions whose users these are; unknown users are one group, which is no user."""
    counts = users.value_counts(dropna=False).to_numpy()
    top = float(counts.max() / counts.sum()) if len(counts) else None
    return Sample(len(users), int(users.nunique(dropna=True)), top)


def rounded_sample(sample: Sample, rules: PublishingRules) -> Sample:
    """The sample as a release may name it: for a team, counts rounded down to multiples of the minima.

    For estimates whose people are those of figures that may be hidden, or are few more or less than those of
    another: exact counts, subtracted from each other, would tell how many the rest are.
    """
    if rules.is_personal:
        return sample
    return Sample(
        sample.n_sessions // rules.min_sessions * rules.min_sessions,
        sample.n_users // rules.min_users * rules.min_users,
        sample.top_user_share,
    )


def estimate_row(
    metric_name: str,
    statistic: str,
    found: Estimate,
    *,
    sample: Sample,
    labeller: str | None,
    fingerprint: str | None,
    **rest: Any,
) -> EstimateRow:
    """A row from an estimate; what is not named in `rest` is over all sessions, uncut, untested."""
    values: dict[str, Any] = {
        "specification": None, "population": "all", "period_kind": "overall", "period_start": None,
        "baseline_start": None, "segment_name": "all", "segment_value": "all", "n_effective": None,
        "unknown_share": None, "p_value": None, "p_value_adjusted": None,
        "withheld_reason": found.withheld_reason,
    }  # fmt: skip
    values |= rest
    few_sessions = values["n_effective"] is not None and values["n_effective"] < LEAST_EFFECTIVE_N
    is_imprecise = None if found.value is None else few_sessions or sample.n_users < 2
    return EstimateRow(
        metric_name=metric_name,
        statistic=statistic,
        labeller=labeller,
        fingerprint=fingerprint,
        estimate=_number(found.value),
        standard_error=_number(found.standard_error),
        interval_low=_number(found.low),
        interval_high=_number(found.high),
        is_imprecise=is_imprecise,
        **sample._asdict(),
        **values,
    )


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
