"""The figure: one published number with everything a reader needs to trust it, the same in every table.

Belongs here: its columns, and how an estimate becomes one. Not here: how it is computed (rates, the other
estimates), what may be shown of it (orchestration.privacy), the published value next to it (dbt).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from orchestration.estimates.estimate_row import EstimateRow


class Figure(NamedTuple):
    """One row per table, agent, metric, statistic, specification, population, labeller, period and segment.

    `estimate` is what the metric names: `numerator` over `denominator` of a rate or a mean, the numerator
    itself of a count. `user_weighted_estimate`: the mean over known users of each one's own rate or mean, in
    which a busy user weighs no more than others; null of counts and estimates. `interval_low` and
    `interval_high` bound the user-clustered 95 % interval in every table. `n_sessions` and `n_users` count
    who is in the figure (of a `share`, who is in the numerator).
    `standing`: what the labels that it rests on make of it, an estimate, exploratory, a baseline or hidden
    (standing); null where it measures the labels. `is_imprecise`: the estimate rests on few observations
    and is shown because nothing protects anybody by hiding it (personal mode). `merged_values`: the segment
    values that were merged into this one, joined by commas. `suppressed_reason` is set where privacy hides
    the row; then the estimate and what goes with it are null, and so are all counts that nothing else tells.
    `withheld_reason` is set where the number would say nothing; then estimate and interval are null.
    """

    table_name: str
    agent: str
    metric_name: str
    metric_kind: str
    statistic: str | None
    specification: str | None
    population: str | None
    labeller: str | None
    fingerprint: str | None
    standing: str | None
    period_kind: str
    period_start: date | None
    baseline_start: date | None
    segment_name: str
    segment_value: str
    merged_values: str | None
    numerator: float | None
    denominator: float | None
    estimate: float | None
    user_weighted_estimate: float | None
    standard_error: float | None
    interval_low: float | None
    interval_high: float | None
    n_sessions: int | None
    n_users: int | None
    n_effective: float | None
    top_user_share_band: str | None
    unknown_share: float | None
    p_value: float | None
    p_value_adjusted: float | None
    is_imprecise: bool | None
    withheld_reason: str | None
    suppressed_reason: str | None


PRIVATE_COLUMNS = ("top_user_share", "numerator_users", "complement_users", "unknown_count")
"""What protecting a figure needs to know besides its columns; never written to the lake.

Users with a positive numerator, users with something left in the denominator, the largest share that one
user has in any of the figure's counts, and the sessions whose membership is unknown.
"""

KEY = (
    "table_name", "agent", "metric_name", "statistic", "specification", "population", "labeller",
    "fingerprint", "period_kind", "period_start", "segment_name", "segment_value",
)  # fmt: skip
"""Columns that tell one figure from another."""


def figures_of(table: str, agent: str, rows: Iterable[EstimateRow]) -> pd.DataFrame:
    """Rows of a table of estimates as figures with their private columns, one per row, in order."""
    columns = [*Figure._fields, *PRIVATE_COLUMNS]
    frame = pd.DataFrame([row._asdict() for row in rows], columns=EstimateRow._fields)
    frame = frame.assign(table_name=table, agent=agent, metric_kind="estimate")
    return frame.reindex(columns=columns)


def as_rows(frame: pd.DataFrame) -> Sequence[tuple[Any, ...]]:
    """The public columns of figures as plain values, missing ones None, ordered by key."""
    # Sums come with times of the database, estimates with dates: the two have no order among each other.
    dated = frame.assign(**{name: pd.to_datetime(frame[name]) for name in ("period_start", "baseline_start")})
    ordered = dated.sort_values(list(KEY), na_position="first", kind="stable")
    return plain_rows(ordered[list(Figure._fields)])


def plain_rows(frame: pd.DataFrame) -> Sequence[tuple[Any, ...]]:
    """The rows of a frame as plain values, missing ones None; counts of something are whole numbers."""
    return list(zip(*(_plain(frame[name]) for name in frame), strict=True))


def _plain(column: "pd.Series[Any]") -> list[Any]:
    whole = str(column.name).startswith("n_") and column.name != "n_effective"
    values = column.astype(object).where(column.notna(), None)
    return [int(value) if whole and value is not None else value for value in values]
