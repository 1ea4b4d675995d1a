"""Clusters as Dagster sees them: found before the warehouse is built, and named where a run may ask."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.label_config import CLUSTER_NAMES, LabelConfig, budget_of_run, may_ask
from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures
from orchestration.clusters.land_clusters import INSTALL
from orchestration.clusters.partition import is_available
from orchestration.clusters.rows import (
    FOUND,
    MEMBERS,
    NAMES,
    SAMPLES,
    ClusterMember,
    ClusterName,
    ClusterSample,
    FoundCluster,
)
from orchestration.labelling.cluster_names import ask_names, land_names
from orchestration.progress import Reporter
from orchestration.publishing.warehouse_stages import cluster_units
from orchestration.settings import Settings

GROUP = "clusters"
CLUSTER_ASSETS = {
    f"clusters_{table.name}": (table, row_type)
    for table, row_type in ((MEMBERS, ClusterMember), (FOUND, FoundCluster), (SAMPLES, ClusterSample))
}


def cluster_assets(settings: Settings) -> dg.AssetsDefinition:
    """The tables of clusters, one asset each, found by one step."""

    @dg.multi_asset(
        name="clusters",
        specs=[
            dg.AssetSpec(
                key=asset,
                deps=["raw_sessions", "raw_tool_calls"],
                description=row_type.__doc__,
                group_name=GROUP,
                kinds={"python", "parquet"},
                owners=OWNERS,
                tags={"stage": GROUP},
                metadata={"dagster/column_schema": column_schema(table.schema)},
            )
            for asset, (table, row_type) in CLUSTER_ASSETS.items()
        ],
        can_subset=False,
        pool="home_writer",
    )
    def clusters(
        context: dg.AssetExecutionContext, reporter: dg.ResourceParam[Reporter]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with stated_failures(), reporter.task("Clustering tool calls") as advance:
            row_counts = cluster_units(settings, advance)
        missing = {} if is_available() else {"missing": INSTALL}
        yield from recorded(
            context,
            (
                dg.MaterializeResult(
                    asset_key=asset, metadata={"dagster/row_count": row_counts[table.name], **missing}
                )
                for asset, (table, _) in CLUSTER_ASSETS.items()
            ),
        )

    return clusters


NAMES_ASSET = f"clusters_{NAMES.name}"


def cluster_names_asset(settings: Settings) -> dg.AssetsDefinition:
    """The names of clusters: asked for within the budget where the run may ask, and read from the ledger."""

    @dg.multi_asset(
        name=CLUSTER_NAMES,
        specs=[
            dg.AssetSpec(
                key=NAMES_ASSET,
                deps=[f"clusters_{SAMPLES.name}"],
                description=ClusterName.__doc__,
                group_name=GROUP,
                kinds={"anthropic", "parquet"},
                owners=OWNERS,
                tags={"stage": GROUP},
                metadata={"dagster/column_schema": column_schema(NAMES.schema)},
            )
        ],
        pool="claude_api",
    )
    def cluster_names(
        context: dg.AssetExecutionContext, config: LabelConfig, reporter: dg.ResourceParam[Reporter]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        told: dict[str, Any] = {}
        budget = budget_of_run(settings, config)
        if may_ask(settings, config, budget):
            with stated_failures(), reporter.task("Naming clusters") as advance:
                told["asked_in_run"] = ask_names(
                    settings,
                    run_id=config.budget_run or context.run.run_id,
                    budget_usd=budget,
                    advance=advance,
                )
        with stated_failures():
            told["named"] = land_names(settings)
        yield from recorded(context, [dg.MaterializeResult(asset_key=NAMES_ASSET, metadata=told)])

    return cluster_names
