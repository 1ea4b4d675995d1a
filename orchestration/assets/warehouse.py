"""The warehouse as Dagster sees it: one asset per dbt model and seed, built in two passes.

Facts first, because the statistics read them; metrics when the estimates are landed. A pass is one step:
dbt orders its own models. Names, groups and texts come from the manifest, which is built ahead.
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, build_dbt_asset_specs

from orchestration.assets.labels import assets_of_table
from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, stated_failures
from orchestration.assets.statistics import ESTIMATE_ASSETS
from orchestration.date_states import refuse_held
from orchestration.partitions import releases_held
from orchestration.progress import Reporter
from orchestration.publishing.warehouse import BuiltNode, Warehouse, nodes_by_tested
from orchestration.publishing.warehouse_stages import build_facts, build_metrics
from orchestration.settings import Settings

METRICS_GROUP = "metrics"
LABEL_SOURCE = "labels"
"""The dbt source whose tables several labellers land."""


class TableNames(DagsterDbtTranslator):
    """An asset is called like its table, and its group is the stage: the folder of the model."""

    def __init__(self, settings: Settings) -> None:
        self._of_home = settings
        # Hundreds of tests as checks would cost seconds in every run: a failed test fails the step.
        # A classifier's labels and items are two sources and land as one asset.
        super().__init__(
            DagsterDbtTranslatorSettings(enable_asset_checks=False, enable_duplicate_source_asset_keys=True)
        )

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        name = str(dbt_resource_props["name"])
        if dbt_resource_props["resource_type"] != "source" or name.startswith("raw_"):
            return dg.AssetKey(name)
        if dbt_resource_props["source_name"] == "prices":
            return dg.AssetKey("raw_responses")  # priced as the pass begins: no table of a step of its own
        if dbt_resource_props["source_name"] == LABEL_SOURCE:
            return dg.AssetKey(assets_of_table(self._of_home, name)[0])
        return dg.AssetKey(f"{dbt_resource_props['source_name']}_{name}")

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:  # noqa: ARG002
        return OWNERS

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        return {"stage": str(self.get_group_name(dbt_resource_props))}

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["description"])


def warehouse_assets(settings: Settings, manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """The two passes over the dbt project."""
    unique_ids = {node["name"]: unique_id for unique_id, node in manifest["nodes"].items()}
    specs = [
        spec.replace_attributes(
            kinds={"dbt", "duckdb"},
            deps=[*spec.deps, *_labels_read(settings, manifest, unique_ids[spec.key.to_user_string()])],
        )
        for spec in build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=TableNames(settings))
    ]
    specs = _parents_first(specs)
    second = _second_pass(specs)
    return [
        _facts_pass(settings, [spec for spec in specs if spec.key not in second], unique_ids),
        _metrics_pass(settings, [spec for spec in specs if spec.key in second], unique_ids),
    ]


def _labels_read(settings: Settings, manifest: Mapping[str, Any], unique_id: str) -> list[dg.AssetDep]:
    """Every labeller's asset of the label tables that a node reads; its sources name only one of each."""
    parents = manifest["nodes"][unique_id].get("depends_on", {}).get("nodes", [])
    sources = [manifest["sources"][parent] for parent in parents if parent in manifest["sources"]]
    tables = [source["name"] for source in sources if source["source_name"] == LABEL_SOURCE]
    return [dg.AssetDep(asset) for table in tables for asset in assets_of_table(settings, table)[1:]]


def _parents_first(specs: Sequence[dg.AssetSpec]) -> list[dg.AssetSpec]:
    """The specs in an order in which each follows what it is made of: Dagster records no other."""
    by_key = {spec.key: spec for spec in specs}
    parents = {spec.key: {dep.asset_key for dep in spec.deps} & by_key.keys() for spec in specs}
    return [by_key[key] for key in TopologicalSorter(parents).static_order()]


def _second_pass(specs: Sequence[dg.AssetSpec]) -> set[dg.AssetKey]:
    """The metrics, and whatever reads an estimate: estimates need the facts of the first pass."""
    second = {spec.key for spec in specs if spec.group_name == METRICS_GROUP}
    late = second | {dg.AssetKey(name) for name in ESTIMATE_ASSETS}
    for spec in specs:  # parents come first
        if any(dep.asset_key in late for dep in spec.deps):
            second.add(spec.key)
            late.add(spec.key)
    return second


def _facts_pass(
    settings: Settings, specs: Sequence[dg.AssetSpec], unique_ids: Mapping[str, str]
) -> dg.AssetsDefinition:
    @dg.multi_asset(name="dbt_facts", specs=specs, can_subset=False, pool="dbt")
    def dbt_facts(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with stated_failures():
            if not releases_held(context):
                refuse_held(settings)  # the release would refuse as well, minutes later
        with stated_failures(), reporter.task("Building the warehouse: facts"):
            nodes = build_facts(settings, warehouse)
        yield from recorded(context, _results(specs, unique_ids, nodes))

    return dbt_facts


def _metrics_pass(
    settings: Settings, specs: Sequence[dg.AssetSpec], unique_ids: Mapping[str, str]
) -> dg.AssetsDefinition:
    @dg.multi_asset(name="dbt_metrics", specs=specs, can_subset=False, pool="dbt")
    def dbt_metrics(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with stated_failures(), reporter.task("Building the warehouse: metrics"):
            nodes = build_metrics(settings, warehouse)
        yield from recorded(context, _results(specs, unique_ids, nodes))

    return dbt_metrics


def _results(
    specs: Sequence[dg.AssetSpec], unique_ids: Mapping[str, str], nodes: tuple[BuiltNode, ...]
) -> Iterator[dg.MaterializeResult[Any]]:
    """What was built and how its tests came out, per model and seed."""
    built = {node.unique_id: node for node in nodes}
    tests = nodes_by_tested(nodes)
    for spec in specs:
        unique_id = unique_ids[spec.key.to_user_string()]
        own = tests.get(unique_id, [])
        warned = [test.name for test in own if test.status == "warn"]
        metadata: dict[str, Any] = {"tests_passed": len(own) - len(warned), "tests_warned": len(warned)}
        if warned:
            metadata["warnings"] = dg.MetadataValue.md("\n".join(f"- {name}" for name in warned))
        if unique_id in built:
            metadata["seconds"] = built[unique_id].seconds
        yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)
