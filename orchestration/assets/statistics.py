"""Estimates as Dagster sees them: intervals computed from the built facts, landed for the metrics."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.reporting import OWNERS, column_schema, stated_failures
from orchestration.estimates.land_estimates import ESTIMATES, EstimateTable
from orchestration.progress import Reporter
from orchestration.publishing.warehouse_stages import estimate_facts
from orchestration.settings import Settings

ESTIMATE_ASSETS = {f"estimates_{table.name}": table for table in ESTIMATES}


def estimate_assets(settings: Settings) -> dg.AssetsDefinition:
    """The tables of estimates, one asset each, computed by one step."""

    @dg.multi_asset(
        name="estimates",
        specs=[
            dg.AssetSpec(
                key=asset,
                deps=list(table.reads),
                description=_description(table),
                group_name="statistics",
                kinds={"python", "parquet"},
                owners=OWNERS,
                tags={"stage": "statistics"},
                metadata={"dagster/column_schema": column_schema(table.lake_table.schema)},
            )
            for asset, table in ESTIMATE_ASSETS.items()
        ],
        can_subset=False,
        pool="home_writer",
    )
    def estimates(reporter: dg.ResourceParam[Reporter]) -> Iterator[dg.MaterializeResult[Any]]:
        with stated_failures(), reporter.task("Computing the estimates") as advance:
            row_counts = estimate_facts(settings, advance)
        for asset, table in ESTIMATE_ASSETS.items():
            yield dg.MaterializeResult(
                asset_key=asset, metadata={"dagster/row_count": row_counts[table.name]}
            )

    return estimates


def _description(table: EstimateTable) -> str:
    """The grain, from the row type, and where the rows come from, from what computes them."""
    grain = (table.row_type.__doc__ or "").strip().partition("\n")[0]
    return (
        f"{grain}\n\nComputed from the built facts, which is all it reads; withheld, with the reason, below "
        "the sample size that the estimate needs."
    )
