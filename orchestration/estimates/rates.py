"""Rates, shares, means and counts: from sums per cell and user to figures with their intervals.

Belongs here: the registry RATE_TABLES, and what is summed over users. Not here: what a metric counts (the
dbt models `int_…__summed`), the intervals (statistics.cell_intervals), what may be shown (privacy).
To add a table of rates: one model `int_…__summed`, one line here, one `rpt_` model.
"""

from collections.abc import Mapping

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.figure import PRIVATE_COLUMNS, Figure
from orchestration.statistics.cell_intervals import CellMoments, cell_intervals

RATE_TABLES: Mapping[str, str] = {
    "rpt_activity": "int_activity__summed",
    "rpt_boundaries": "int_boundaries__summed",
    "rpt_claims": "int_claims__summed",
    "rpt_cluster_shares": "int_clusters__summed",
    "rpt_headless_runs": "int_headless__summed",
    "rpt_label_coverage": "int_label_coverage__summed",
    "rpt_label_shares": "int_label_shares__summed",
    "rpt_landed_work": "int_landed_work__summed",
    "rpt_merged_lines": "int_merged_lines__summed",
    "rpt_oversight_by_experience": "int_oversight__summed",
    "rpt_pull_requests": "int_pull_requests__summed",
    "rpt_session_conduct": "int_conduct__summed",
    "rpt_session_outcomes": "int_outcomes__summed",
    "rpt_survey": "int_survey__summed",
    "rpt_task_value": "int_task_value__summed",
    "rpt_trouble_on_the_way": "int_trouble__summed",
    "rpt_turn_conduct": "int_turn_conduct__summed",
    "rpt_usage": "int_usage__summed",
}
"""Published table → the model that sums its metrics per cell and user."""

SUMMED = "summed"
"""Schema of the sums as rates read them: views of the models, or what coarsening made of them."""


def rates_of(facts: BuiltFacts, table: str) -> pd.DataFrame:
    """The figures of one table of rates for the agent of `facts`, one row per cell, in the order of its key.

    Kinds: `rate` (a share of the denominator), `share` (a rate whose users and sessions are those of the
    numerator: a part of a distribution), `mean` (a ratio of sums) and `count` (the numerator).
    """
    cells = facts.read(_cells_query(f"memory.{SUMMED}.{RATE_TABLES[table]}")).to_pandas()
    moments = CellMoments(
        *(cells[name].to_numpy(dtype="float64", na_value=float("nan")) for name in _MOMENTS)
    )
    found = cell_intervals(
        moments,
        cells["metric_kind"],
        is_withholding=not facts.rules.is_personal,
        least_effective_n=facts.rules.min_effective_n,
    )
    is_shown = pd.Series(found.withheld_reason, index=cells.index).isna()
    cells = cells.assign(
        table_name=table,
        agent=facts.agent,
        estimate=found.estimate,
        user_weighted_estimate=cells["user_weighted"].where(is_shown),
        interval_low=found.interval_low,
        interval_high=found.interval_high,
        n_effective=found.effective_n,
        is_imprecise=found.is_imprecise,
        withheld_reason=found.withheld_reason,
        unknown_share=_unknown_share(cells),
    )
    cells["is_imprecise"] = cells["is_imprecise"].astype(object).where(cells["metric_kind"] != "count", None)
    figures: pd.DataFrame = cells.reindex(columns=[*Figure._fields, *PRIVATE_COLUMNS])
    return figures


_MOMENTS = (
    "numerator", "denominator", "sum_nn", "clusters", "jackknife", "numerator_clusters",
    "complement_clusters",
)  # fmt: skip
"""Columns of a cell that its interval needs, in the order of CellMoments."""


def _unknown_share(cells: pd.DataFrame) -> "pd.Series[float]":
    known = cells["denominator"].where(cells["metric_kind"] != "count", cells["n_sessions"])
    whole = cells["unknown_count"] + known.fillna(0)
    return cells["unknown_count"] / whole.where(whole > 0)


def _cells_query(sums: str) -> str:
    """One row per cell with what its interval and its protection need of the users behind it.

    Users without an observation enter neither the spread nor the counts; unknown users are one group for
    the spread and no user in the counts. Of most cells users are alike, so that those who are, are counted
    before anything else is: the sums have a row per cell and user. `jackknife` is the variance of the ratio
    when each user in turn is left out (CRV3; METHODS 4.2), null with fewer than two users and where one has
    the whole denominator. `user_weighted`: the mean of the known users' own ratios.
    """
    key = (
        "metric_name, metric_kind, period_kind, period_start, segment_name, segment_value, merged_values, "
        "labeller, fingerprint"
    )
    same_cell = " and ".join(f"alike.{name} is not distinct from totals.{name}" for name in key.split(", "))
    alike = "numerator, denominator, session_count, unknown_count, user_id is not null"
    return f"""
        with alike as (
            select
                {key}, numerator, denominator, session_count, unknown_count,
                user_id is not null as is_known,
                count(*) as users
            from {sums} where agent = $agent
            group by {key}, {alike}
        ),
        totals as (
            select
                {key},
                sum(users * coalesce(numerator, 0)) as sum_y,
                sum(users * coalesce(denominator, 0)) as sum_n
            from alike
            group by {key}
        ),
        measured as (
            select
                alike.*,
                case
                    when alike.metric_kind = 'share' then numerator > 0
                    else coalesce(denominator, session_count) > 0
                end as is_in_cell,
                coalesce(numerator, 0) as y,
                coalesce(denominator, 0) as n,
                sum_y,
                sum_n
            from alike
            inner join totals on {same_cell}
        )
        select
            {key},
            cast(sum(users * numerator) as double) as numerator,
            cast(sum(users * denominator) as double) as denominator,
            sum(case when n > 0 and is_known then users * y / n end)
                / sum(case when n > 0 and is_known then users end) as user_weighted,
            cast(sum(users * unknown_count) as bigint) as unknown_count,
            cast(sum(users * session_count) as bigint) as n_sessions,
            cast(sum(case when is_in_cell and is_known then users else 0 end) as bigint) as n_users,
            cast(sum(case when y > 0 and is_known then users else 0 end) as bigint) as numerator_users,
            cast(sum(case when n > y and is_known then users else 0 end) as bigint) as complement_users,
            cast(sum(case when n > 0 then users else 0 end) as double) as clusters,
            cast(sum(case when n > 0 and y > 0 then users else 0 end) as double) as numerator_clusters,
            cast(sum(case when n > 0 and y < n then users else 0 end) as double) as complement_clusters,
            cast(sum(users * n * n) as double) as sum_nn,
            case when clusters > 1 then
                (clusters - 1) / clusters * sum(
                    case when n > 0 then users * pow((y - sum_y / sum_n * n) / nullif(sum_n - n, 0), 2) end
                )
            end as jackknife,
            greatest(
                coalesce(max(cast(session_count as double)) / nullif(sum(users * session_count), 0), 0),
                case
                    when metric_kind = 'share' then 0
                    else coalesce(max(n) / nullif(sum(users * n), 0), 0)
                end,
                case
                    when metric_kind = 'rate' then 0
                    else coalesce(max(y) / nullif(sum(users * y), 0), 0)
                end
            ) as top_user_share
        from measured
        group by {key}
        order by {key}
    """  # noqa: S608 - names of ours
