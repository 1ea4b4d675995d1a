"""The tables that the organisation supplies as Dagster sees them: read again before each build of the
warehouse."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures
from orchestration.progress import Reporter
from orchestration.publishing.warehouse_stages import take_supplied
from orchestration.settings import Settings
from orchestration.supplied.rows import ROW_TYPES

GROUP = "supplied"
SUPPLIED_ASSETS = {f"supplied_{table.name}": table for table in ROW_TYPES}


def supplied_assets(settings: Settings) -> dg.AssetsDefinition:
    """The supplied tables, one asset each, landed by one step; empty where no setting names a file."""

    @dg.multi_asset(
        name="supplied_tables",
        specs=[
            dg.AssetSpec(
                key=asset,
                # A step without a date and without a dated one before it is a run of its own in a backfill.
                deps=["raw_sessions"],
                description=ROW_TYPES[table].__doc__,
                group_name=GROUP,
                kinds={"file", "parquet"},
                owners=OWNERS,
                tags={"stage": GROUP},
                metadata={"dagster/column_schema": column_schema(table.schema)},
            )
            for asset, table in SUPPLIED_ASSETS.items()
        ],
        can_subset=False,
        pool="home_writer",
    )
    def supplied_tables(
        context: dg.AssetExecutionContext, reporter: dg.ResourceParam[Reporter]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with stated_failures(), reporter.task("Reading supplied tables"):
            row_counts = take_supplied(settings)
        yield from recorded(
            context,
            (
                dg.MaterializeResult(asset_key=asset, metadata={"dagster/row_count": row_counts[table.name]})
                for asset, table in SUPPLIED_ASSETS.items()
            ),
        )

    return supplied_tables
