"""How long the review of pull requests takes, how many wait for it, and what that allows at most (B15).

Belongs here: which pull requests, stages and statistics. Not here: shares and counts of pull requests
(rates), Amdahl's law (statistics.amdahl). A pull request counts by its author, as a session does by its user.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.statistics.amdahl import amdahl_speedup
from orchestration.statistics.clusters import quantile_by_user
from orchestration.statistics.groups import clusters_of
from orchestration.statistics.user_bootstrap import percentile_interval, user_draws
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    Estimate,
    Floats,
    is_too_few,
    withheld,
)

STAGES = ("hours_to_first_review", "hours_to_approval", "hours_to_merge", "hours_open_to_merge")
QUANTILES = {"median": 0.5, "p90": 0.9}
SPEEDUP = 8.0
"""The factor that study B publishes for lines merged (B2): what the ceiling supposes of the work before
review."""

QUEUE, CEILING = "pull_requests_waiting", "delivery_speedup_ceiling"

_SQL = """
    select
        user_id, authorship, opened_month,
        hours_to_first_review, hours_to_approval, hours_to_merge, hours_open_to_merge, hours_before_opening,
        date_diff('second', opened_at, least(
            coalesce(first_review_at, known_until), coalesce(closed_at, known_until), known_until
        )) / 3600.0 as hours_waiting,
        date_diff('second', min(opened_at) over (), known_until) / 3600.0 as hours_known
    from marts.fct_pull_requests
    where agent = $agent
    order by pull_request_id
"""


def review_times(facts: BuiltFacts) -> list[EstimateRow]:
    """Hours of each stage, overall, by quarter and by who wrote the change; the queue; the ceiling."""
    pulls = facts.read(_SQL).to_pandas()
    if pulls.empty:
        return []
    rows = list(_stages(facts, pulls))
    quarters = pd.to_datetime(pulls["opened_month"]).dt.to_period("Q").dt.start_time.dt.date
    for start, own in pulls.groupby(quarters, sort=True):
        rows += _stages(facts, own, period_kind="quarter", period_start=start)
    for authorship, own in pulls.groupby("authorship", sort=True):
        rows += _stages(facts, own, segment_name="authorship", segment_value=str(authorship))
    return [*rows, _queue(facts, pulls), *_ceiling(facts, pulls)]


def _stages(facts: BuiltFacts, pulls: pd.DataFrame, **cell: Any) -> Iterator[EstimateRow]:
    """The quantiles of every stage. `unknown_share`: pull requests in which the stage has not ended."""
    least = 0.0 if facts.rules.is_personal else float(LEAST_EFFECTIVE_N)
    for stage in STAGES:
        ended = pulls[pulls[stage].notna()]
        sample = rounded_sample(sample_of(ended["user_id"]), facts.rules)
        for statistic, quantile in QUANTILES.items():
            found = quantile_by_user(ended[stage], ended["user_id"], quantile, least_effective_n=least)
            yield estimate_row(
                stage, statistic, found.estimate, sample=sample, labeller=None, fingerprint=None,
                n_effective=found.expected_n, unknown_share=1 - len(ended) / len(pulls), **cell,
            )  # fmt: skip


def _queue(facts: BuiltFacts, pulls: pd.DataFrame) -> EstimateRow:
    """Mean number of pull requests that wait for the first review by a person, at any time of the table."""
    hours, waited = float(pulls["hours_known"].iloc[0]), pulls["hours_waiting"].to_numpy(float)

    def length(totals: Floats) -> float:
        return float(totals[0]) / hours

    found = _by_users(pulls, waited[:, None], length) if hours > 0 else withheld("no_observations")
    return _row(facts, QUEUE, "mean_over_time", found, pulls)


def _ceiling(facts: BuiltFacts, pulls: pd.DataFrame) -> Iterator[EstimateRow]:
    """The inputs of Amdahl's law and what it gives: the share of the time from first commit to merge that
    lies before the opening, and the speed-up of the whole if that share alone becomes faster.
    """
    known = pulls[pulls["hours_before_opening"].notna() & pulls["hours_open_to_merge"].notna()]
    before = known["hours_before_opening"].to_numpy(float)
    columns = np.column_stack([before, before + known["hours_open_to_merge"].to_numpy(float)])

    def share(totals: Floats) -> float:
        return float(totals[0] / totals[1]) if totals[1] > 0 else float("nan")

    def ceiling(factor: float, totals: Floats) -> float:
        found = share(totals)
        return amdahl_speedup(found, factor) if np.isfinite(found) else float("nan")

    unknown = 1 - len(known) / len(pulls)
    for statistic, value in (
        ("share_before_review", share),
        ("at_speedup_8", lambda totals: ceiling(SPEEDUP, totals)),
        ("without_limit", lambda totals: ceiling(float("inf"), totals)),
    ):
        metric = "cycle_share_before_review" if value is share else CEILING
        found = _by_users(known, columns, value)
        yield _row(facts, metric, statistic, found, known, unknown_share=unknown)


def _by_users(pulls: pd.DataFrame, columns: Floats, value: Any) -> Estimate:
    """A value of sums over pull requests, with the percentile interval of draws of authors (METHODS 4.4)."""
    if not len(pulls):
        return withheld("no_observations")
    if is_too_few(len(pulls), LEAST_EFFECTIVE_N):
        return withheld("too_few_effective_sessions")
    clusters = clusters_of(pulls["user_id"])
    sums = np.column_stack([clusters.sums(column) for column in columns.T])
    drawn = [value(weights @ sums) for weights in user_draws(clusters)]
    found, bounds = value(sums.sum(axis=0)), percentile_interval(drawn, users=clusters.busy)
    if not np.isfinite(found):
        return withheld("no_observations")
    low, high = bounds or (None, None)
    return Estimate(found, None, low, high)


def _row(
    facts: BuiltFacts, metric: str, statistic: str, found: Estimate, pulls: pd.DataFrame, **rest: Any
) -> EstimateRow:
    sample = rounded_sample(sample_of(pulls["user_id"]), facts.rules)
    return estimate_row(metric, statistic, found, sample=sample, labeller=None, fingerprint=None, **rest)
