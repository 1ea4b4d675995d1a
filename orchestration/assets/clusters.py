"""Clusters as Dagster sees them: found before the warehouse is built, and named where a run may ask."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.asked_tables import AskedTable, asked_asset
from orchestration.assets.label_config import (
    CLUSTER_NAMES,
    CLUSTER_SUMMARIES,
)
from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures
from orchestration.clusters.land_clusters import INSTALL
from orchestration.clusters.partition import is_available
from orchestration.clusters.rows import (
    FOUND,
    MEMBERS,
    NAMES,
    SAMPLES,
    SUMMARIES,
    ClusterItem,
    ClusterMember,
    ClusterName,
    ClusterSample,
    FoundCluster,
)
from orchestration.labelling.cluster_names import ask_names, land_names
from orchestration.labelling.cluster_summaries import ask_summaries, land_summaries
from orchestration.progress import Reporter
from orchestration.publishing.warehouse_stages import cluster_units
from orchestration.settings import Settings

GROUP = "clusters"
SUMMARIES_ASSET = f"clusters_{SUMMARIES.name}"
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
                deps=["raw_sessions", "raw_tool_calls", SUMMARIES_ASSET],
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
        missing = {} if is_available() else {"missing": f"scikit-learn: {INSTALL}"}
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
    table = AskedTable(
        GROUP,
        CLUSTER_NAMES,
        NAMES_ASSET,
        (f"clusters_{SAMPLES.name}",),
        NAMES,
        ClusterName,
        "Naming clusters",
    )
    return asked_asset(settings, table, ask_names, lambda: {"named": land_names(settings)})


def cluster_summaries_asset(settings: Settings) -> dg.AssetsDefinition:
    """Summaries of reasons and calls: asked for where a run may ask, read from the ledger."""
    table = AskedTable(
        GROUP, CLUSTER_SUMMARIES, SUMMARIES_ASSET, ("raw_sessions", "raw_turns", "raw_tool_calls"),
        SUMMARIES, ClusterItem,
        "Summarising reasons and calls",
    )  # fmt: skip
    return asked_asset(settings, table, ask_summaries, lambda: land_summaries(settings))
