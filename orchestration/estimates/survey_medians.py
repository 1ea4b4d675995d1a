"""Medians of the survey's items, with intervals by order statistics (B3, B4, B7; METHODS 4.4).

Belongs here: the number that stands for a band, and which answers a median is of. Not here: shares of the
bands (rates), the questions themselves. Respondents are independent of each other, so that order
statistics need no clusters; a person may answer in every quarter, so that quarters are not pooled.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, rounded_sample
from orchestration.statistics.order_statistics import estimate_quantile, needed_sample_size
from orchestration.statistics.withholding import Estimate, is_too_few, withheld

_SHARES = {"none": 0.0, "up_to_10": 0.05, "up_to_25": 0.18, "up_to_50": 0.38, "above_50": 0.75}
VALUES: dict[str, dict[str, float]] = {
    "output_multiplier": {
        "less": 0.5, "no_change": 1, "x1_25": 1.25, "x1_5": 1.5, "x2": 2, "x3": 3, "x4": 4, "x6": 6, "x8": 8,
        "x10_or_more": 10,
    },
    "new_work_share": _SHARES,
    "deferred_work_share": _SHARES,
    "quality_parity": {
        "much_worse": 1, "somewhat_worse": 2, "about_the_same": 3, "somewhat_better": 4, "much_better": 5,
    },
}  # fmt: skip
"""By item: the number that stands for each band. Whoever cannot say is left out and counted as unknown."""

METRICS = {
    "output_multiplier": "self_reported_output_multiplier",
    "new_work_share": "self_reported_new_work_share",
    "deferred_work_share": "self_reported_deferred_work_share",
    "quality_parity": "self_reported_quality_score",
}

_SQL = """
    select quarter_start, item, band from intermediate.int_survey__answered
    where agent = $agent
    order by quarter_start, item, answer_number
"""


def survey_medians(facts: BuiltFacts) -> list[EstimateRow]:
    """The median of every item by quarter; over all: of the newest quarter."""
    answers = facts.read(_SQL).to_pandas()
    if answers.empty:
        return []
    answers["quarter_start"] = pd.to_datetime(answers["quarter_start"]).dt.date
    rows: list[EstimateRow] = []
    for start, own in answers.groupby("quarter_start", sort=True):
        rows += _medians(facts, own, period_kind="quarter", period_start=start)
    newest = answers[answers["quarter_start"] == answers["quarter_start"].max()]
    return [*rows, *_medians(facts, newest)]


def _medians(facts: BuiltFacts, answers: pd.DataFrame, **period: Any) -> Iterator[EstimateRow]:
    for item, metric in METRICS.items():
        bands = answers.loc[answers["item"] == item, "band"]
        values = bands.map(VALUES[item]).dropna().to_numpy(np.float64)
        n = len(values)
        sample = rounded_sample(Sample(n, n, 1 / n if n else None), facts.rules)
        yield estimate_row(
            metric, "median", _median(np.sort(values)), sample=sample, labeller=None, fingerprint=None,
            n_effective=float(n), unknown_share=1 - n / len(bands) if len(bands) else None, **period,
        )  # fmt: skip


def _median(ordered: Any) -> Estimate:
    if not len(ordered):
        return withheld("no_observations")
    if is_too_few(len(ordered), needed_sample_size(0.5)):
        return withheld("too_few_effective_sessions")
    found = estimate_quantile(ordered, 0.5)
    return Estimate(found.estimate, None, found.interval_low, found.interval_high)
