"""Estimates as Dagster sees them: intervals computed from the built facts, landed for the metrics."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures
from orchestration.estimates.figure import Figure
from orchestration.estimates.land_estimates import (
    ESTIMATE_TABLES,
    FIGURES,
    LABELLER_STANDING,
    READS,
    TURN_DURATIONS,
)
from orchestration.estimates.standing import LabellerStanding
from orchestration.estimates.turn_durations import TurnDurationEstimate
from orchestration.progress import Reporter
from orchestration.publishing.warehouse_stages import estimate_facts
from orchestration.settings import Settings

ESTIMATE_ASSETS = {f"estimates_{table.name}": table for table in ESTIMATE_TABLES}


def estimate_assets(settings: Settings) -> dg.AssetsDefinition:
    """The tables of estimates, one asset each, computed by one step."""

    @dg.multi_asset(
        name="estimates",
        specs=[
            dg.AssetSpec(
                key=asset,
                deps=list(READS[table.name]),
                description=_DESCRIPTIONS[table.name],
                group_name="statistics",
                kinds={"python", "parquet"},
                owners=OWNERS,
                tags={"stage": "statistics"},
                metadata={"dagster/column_schema": column_schema(table.schema)},
            )
            for asset, table in ESTIMATE_ASSETS.items()
        ],
        can_subset=False,
        pool="home_writer",
    )
    def estimates(
        context: dg.AssetExecutionContext, reporter: dg.ResourceParam[Reporter]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with stated_failures(), reporter.task("Computing the estimates") as advance:
            row_counts = estimate_facts(settings, advance)
        yield from recorded(
            context,
            (
                dg.MaterializeResult(asset_key=asset, metadata={"dagster/row_count": row_counts[table.name]})
                for asset, table in ESTIMATE_ASSETS.items()
            ),
        )

    return estimates


_DESCRIPTIONS = {
    LABELLER_STANDING.name: (
        f"{(LabellerStanding.__doc__ or '').partition(chr(10))[0]}\n\nComputed from how far labels agree "
        "with people and with the judged cases; every figure takes its standing from here."
    ),
    FIGURES.name: (
        f"{(Figure.__doc__ or '').partition(chr(10))[0]}\n\nComputed from the built facts and "
        "protected together before they are written: what privacy hides is null here too."
    ),
    TURN_DURATIONS.name: (
        f"{(TurnDurationEstimate.__doc__ or '').partition(chr(10))[0]}\n\nComputed from fct_turns, protected "
        "with the figures; withheld, with the reason, below the number of turns that a percentile needs."
    ),
}
