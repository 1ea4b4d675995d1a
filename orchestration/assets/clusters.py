"""Clusters as Dagster sees them: found before the warehouse is built, and named where a run may ask."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import dagster as dg

from orchestration.assets.label_config import (
    CLUSTER_NAMES,
    CLUSTER_SUMMARIES,
    LabelConfig,
    budget_of_run,
    may_ask,
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
from orchestration.labelling.reason_summaries import ask_summaries, land_summaries
from orchestration.landing.lake import LakeTable
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
    table = _Asked(
        CLUSTER_NAMES, NAMES_ASSET, (f"clusters_{SAMPLES.name}",), NAMES, ClusterName, "Naming clusters"
    )
    return _asked_asset(settings, table, ask_names, lambda: {"named": land_names(settings)})


def cluster_summaries_asset(settings: Settings) -> dg.AssetsDefinition:
    """The summaries of reasons: asked for within the budget where the run may ask, read from the ledger."""
    table = _Asked(
        CLUSTER_SUMMARIES, SUMMARIES_ASSET, ("raw_sessions", "raw_turns"), SUMMARIES, ClusterItem,
        "Summarising reasons",
    )  # fmt: skip
    return _asked_asset(settings, table, ask_summaries, lambda: land_summaries(settings))


class _Asked(NamedTuple):
    """A table that a step fills from Claude's answers."""

    step: str
    asset: str
    reads: tuple[str, ...]
    table: LakeTable
    row_type: type[Any]
    task: str


def _asked_asset(
    settings: Settings, asked: _Asked, ask: Callable[..., int], land: Callable[[], Mapping[str, int]]
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=asked.step,
        specs=[
            dg.AssetSpec(
                key=asked.asset,
                deps=list(asked.reads),
                description=asked.row_type.__doc__,
                group_name=GROUP,
                kinds={"anthropic", "parquet"},
                owners=OWNERS,
                tags={"stage": GROUP},
                metadata={"dagster/column_schema": column_schema(asked.table.schema)},
            )
        ],
        config_schema=LabelConfig.to_fields_dict(),
        pool="claude_api",
    )
    def step(
        context: dg.AssetExecutionContext, reporter: dg.ResourceParam[Reporter]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        config = LabelConfig(**context.op_execution_context.op_config)
        told: dict[str, Any] = {}
        budget = budget_of_run(settings, config)
        if may_ask(settings, config, budget):
            run_id = config.budget_run or context.run.run_id
            with stated_failures(), reporter.task(asked.task) as advance:
                told["asked_in_run"] = ask(settings, run_id=run_id, budget_usd=budget, advance=advance)
        with stated_failures():
            told |= land()
        yield from recorded(context, [dg.MaterializeResult(asset_key=asked.asset, metadata=told)])

    return step
