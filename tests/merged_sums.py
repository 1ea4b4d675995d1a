"""Sums per user as a release merges them, and the figures that it makes of them, counted in plain pandas.

Test support: the planted populations take the way of a release, without a warehouse. Nothing is hidden here.
"""

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from orchestration.estimates.figure import PRIVATE_COLUMNS, Figure
from orchestration.privacy.coarsen import coarsen
from orchestration.privacy.rules import PublishingRules

PLACE = ["period_kind", "period_start", "segment_name", "segment_value"]
"""Columns that say where a figure is."""

FIGURE = ["table_name", "agent", "metric_name", "metric_kind", "labeller", "fingerprint", *PLACE]
"""Columns that tell one planted figure from another."""


def merged_sums(sums: Mapping[str, pd.DataFrame], rules: PublishingRules) -> pd.DataFrame:
    """The sums of each table after small values of segments are merged, with `table_name`."""
    with duckdb.connect() as connection:
        connection.execute("create schema memory.summed")
        for table, frame in sums.items():
            connection.register("given", frame)
            connection.execute(f"""
                create table memory.summed.{table} as select * replace (
                    cast(period_start as date) as period_start, cast(labeller as varchar) as labeller,
                    cast(merged_values as varchar) as merged_values
                ) from given
            """)  # noqa: S608 - names of ours
        coarsen(connection, rules, list(sums), schema="summed")
        found = [
            connection.execute(f"from memory.summed.{table} order by all").df().assign(table_name=table)
            for table in sums
        ]
    return pd.concat(found, ignore_index=True)


def figures_of(sums: pd.DataFrame) -> pd.DataFrame:
    """One figure per cell of the sums, with the private columns that protecting reads, as rates have them.

    Of a `share`, users and sessions are those of the numerator; its denominator is the whole population.
    """
    is_share, is_rate = (sums["metric_kind"] == kind for kind in ("share", "rate"))
    counted, population = sums["numerator"].fillna(0), sums["denominator"].fillna(0)
    is_inside = np.where(is_share, counted > 0, sums["denominator"].fillna(sums["session_count"]) > 0)
    measured = sums.assign(
        user_inside=sums["user_id"].where(is_inside),
        user_counted=sums["user_id"].where(counted > 0),
        user_beyond=sums["user_id"].where(population > counted),
        # Of these a user's part is looked at.
        heavy_population=population.mask(is_share, 0.0),
        heavy_counted=counted.mask(is_rate, 0.0),
    )
    cells = measured.groupby([*FIGURE, "merged_values"], dropna=False, sort=True)
    found = cells.agg(
        numerator=("numerator", "sum"), denominator=("denominator", _summed),
        n_sessions=("session_count", "sum"), unknown_count=("unknown_count", "sum"),
        n_users=("user_inside", "nunique"), numerator_users=("user_counted", "nunique"),
        complement_users=("user_beyond", "nunique"),
    )  # fmt: skip
    heaviest = ("session_count", "heavy_population", "heavy_counted")
    found["top_user_share"] = np.max([_heaviest(cells[name]) for name in heaviest], axis=0)
    found = found.reset_index()
    is_count = found["metric_kind"] == "count"
    of = found["denominator"].where(found["denominator"] > 0)
    found["estimate"] = found["numerator"].where(is_count, found["numerator"] / of)
    whole = found["unknown_count"] + found["denominator"].where(~is_count, found["n_sessions"])
    found["unknown_share"] = found["unknown_count"] / whole.where(whole > 0)
    return found.reindex(columns=[*Figure._fields, *PRIVATE_COLUMNS])


def _summed(values: "pd.Series[float]") -> float:
    return float(values.sum(min_count=1))


def _heaviest(values: Any) -> Any:
    sums = values.sum()
    return (values.max() / sums.where(sums > 0)).fillna(0.0).to_numpy()
