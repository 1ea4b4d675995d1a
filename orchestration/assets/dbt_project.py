"""The dbt project as Dagster is told of it before anything is built: names, groups, files, tests.

Belongs here: manifest → specs of assets and of checks. Not here: the two passes and what they report
(warehouse). All of it comes from the manifest, which is built ahead.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, build_dbt_asset_specs

from orchestration.assets.labels import assets_of_table
from orchestration.assets.reporting import OWNERS
from orchestration.publishing.project_files import PROJECT_DIR
from orchestration.settings import Settings

METRICS_GROUP = "metrics"
STATISTICS_GROUP = "statistics"
SUMS_GROUP = "sums"
"""Intermediate models that rest on marts: what the statistics are computed from."""

LABEL_SOURCE = "labels"
"""The dbt source whose tables several labellers land."""

LANDED_FIRST = "raw_sessions"
"""The table of sessions, of which every other tells."""

CODE_REFERENCES = "dagster/code_references"

_PUBLISHED_SCHEMAS = frozenset({"marts", "metrics"})


class TableNames(DagsterDbtTranslator):
    """An asset is called like its table, and its group is the stage: the folder of the model."""

    def __init__(self, settings: Settings) -> None:
        self._of_home = settings
        # Tests are checks of our own (`DbtProject.check_specs`): this project runs dbt in one process.
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
        if dbt_resource_props["fqn"][1:3] == ["staging", "estimates"]:
            return STATISTICS_GROUP  # it reads what the statistics land, far behind the other staging models
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:  # noqa: ARG002
        return OWNERS

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["description"])


@dataclass(frozen=True)
class DbtTest:
    """A data test of the project, and the asset that it is a check of."""

    unique_id: str
    name: str
    asset: str
    description: str


class DbtProject:
    """The models, seeds and tests of a manifest, for one data home."""

    def __init__(self, settings: Settings, manifest: Mapping[str, Any]) -> None:
        self._settings = settings
        self._nodes: Mapping[str, Any] = manifest["nodes"]
        self._sources: Mapping[str, Any] = manifest["sources"]
        self._manifest = manifest
        self.unique_ids = {
            node["name"]: unique_id
            for unique_id, node in self._nodes.items()
            if node["resource_type"] in {"model", "seed"}
        }

    @cached_property
    def specs(self) -> list[dg.AssetSpec]:
        """A spec for each model and seed, each after those that it is made of, as Dagster wants."""
        built = build_dbt_asset_specs(
            manifest=self._manifest, dagster_dbt_translator=TableNames(self._settings)
        )
        specs = [spec.replace_attributes(deps=self._rests_on(spec)) for spec in built]
        groups = shown_groups(specs)
        with warnings.catch_warnings():
            # Code references are beta; the version is pinned, and each of them would warn on its own.
            warnings.simplefilter("ignore", category=dg.BetaWarning)
            by_key = {spec.key: self._told(spec, groups[spec.key]) for spec in specs}
        return [by_key[key] for key in in_order(specs)]

    @cached_property
    def tests(self) -> list[DbtTest]:
        """Every data test; one of several models is a check of the last of them."""
        ranks = {spec.key.to_user_string(): rank for rank, spec in enumerate(self.specs)}
        found = []
        for unique_id, node in self._nodes.items():
            if node["resource_type"] == "test":
                tested = [self._nodes[each]["name"] for each in _tested(node) if each in self._nodes]
                asset = max(tested, key=lambda name: ranks[name])
                found.append(DbtTest(unique_id, str(node["name"]), asset, _test_text(node)))
        return found

    @cached_property
    def published(self) -> list[dg.AssetKey]:
        """The tables that a release copies."""
        return [
            dg.AssetKey(node["name"])
            for node in self._nodes.values()
            if node["resource_type"] == "model" and node["config"].get("schema") in _PUBLISHED_SCHEMAS
        ]

    def check_specs(self, specs: Iterable[dg.AssetSpec]) -> list[dg.AssetCheckSpec]:
        """A check for each test of these assets."""
        names = {spec.key.to_user_string() for spec in specs}
        return [
            dg.AssetCheckSpec(name=test.name, asset=test.asset, description=test.description)
            for test in self.tests
            if test.asset in names
        ]

    def relations(self, names: Iterable[str]) -> dict[str, str]:
        """Unique ids of those models and seeds that have rows of their own, by `schema.table`: no views."""
        ids = {name: self.unique_ids[name] for name in names}
        return {
            f"{self._nodes[unique_id]['schema']}.{name}": unique_id
            for name, unique_id in ids.items()
            if self._nodes[unique_id]["config"]["materialized"] != "view"
        }

    def compiled_sql(self, unique_id: str) -> Path | None:
        """Where dbt writes the SQL of a model that it has run; seeds have none."""
        node = self._nodes[unique_id]
        if node["resource_type"] != "model":
            return None
        target = self._settings.warehouse_path.parent / "dbt_target" / "compiled"
        return target / str(node["package_name"]) / str(node["original_file_path"])

    def _told(self, spec: dg.AssetSpec, group: str) -> dg.AssetSpec:
        return spec.replace_attributes(
            kinds={"dbt", "duckdb"},
            group_name=group,
            tags={**spec.tags, "stage": group},
        ).merge_attributes(metadata={CODE_REFERENCES: self._files(spec)})

    def _files(self, spec: dg.AssetSpec) -> dg.CodeReferencesMetadataValue:
        """The files that an engineer opens: the model, its columns and tests, the SQL that was run."""
        unique_id = self.unique_ids[spec.key.to_user_string()]
        node = self._nodes[unique_id]
        files = {node["resource_type"]: PROJECT_DIR / str(node["original_file_path"])}
        if node.get("patch_path"):
            files["columns and tests"] = PROJECT_DIR / str(node["patch_path"]).partition("://")[2]
        compiled = self.compiled_sql(unique_id)
        if compiled is not None:
            files["compiled SQL"] = compiled
        return dg.CodeReferencesMetadataValue(
            code_references=[
                dg.LocalFileCodeReference(file_path=str(path), line_number=1, label=label)
                for label, path in files.items()
            ]
        )

    def _rests_on(self, spec: dg.AssetSpec) -> list[dg.AssetDep]:
        """What a node reads; a seed, which reads nothing, comes after the rows with which it is loaded.

        Dagster would launch what rests on nothing in a run of its own, as seeds built alone.
        """
        return [*spec.deps, *self._labels_read(spec)] or [dg.AssetDep(LANDED_FIRST)]

    def _labels_read(self, spec: dg.AssetSpec) -> list[dg.AssetDep]:
        """Every labeller's asset of the label tables that a node reads; its sources name only one of each."""
        node = self._nodes[self.unique_ids[spec.key.to_user_string()]]
        parents = node["depends_on"].get("nodes", [])  # a seed has none
        sources = [self._sources[each] for each in parents if each in self._sources]
        tables = [source["name"] for source in sources if source["source_name"] == LABEL_SOURCE]
        return [
            dg.AssetDep(asset) for table in tables for asset in assets_of_table(self._settings, table)[1:]
        ]


def shown_groups(specs: Sequence[dg.AssetSpec]) -> dict[dg.AssetKey, str]:
    """The group of each asset, so that the groups of the graph follow each other as in docs/architecture.md.

    An intermediate model that rests on a mart would stand before the marts and behind them: it is one of the
    sums, or belongs to the marts where another mart reads it.
    """
    parents = {spec.key: {dep.asset_key for dep in spec.deps} for spec in specs}
    folders = {spec.key: str(spec.group_name) for spec in specs}
    order = in_order(specs)
    behind: set[dg.AssetKey] = set()  # rests on a mart
    for key in order:
        if any(folders.get(each) == "marts" or each in behind for each in parents[key]):
            behind.add(key)
    before: set[dg.AssetKey] = set()  # a mart rests on it
    for key in reversed(order):
        if folders[key] == "marts" or key in before:
            before |= parents[key]
    groups = dict(folders)
    for key in behind:
        if folders[key] == "intermediate":
            groups[key] = "marts" if key in before else SUMS_GROUP
    return groups


def in_order(specs: Sequence[dg.AssetSpec]) -> list[dg.AssetKey]:
    """Parents first, and the same order in every process: which asset a test is a check of depends on it."""
    keys = {spec.key for spec in specs}
    parents = {
        spec.key: sorted({dep.asset_key for dep in spec.deps} & keys, key=dg.AssetKey.to_user_string)
        for spec in sorted(specs, key=lambda spec: spec.key.to_user_string())
    }
    return list(TopologicalSorter(parents).static_order())


def _tested(node: Mapping[str, Any]) -> list[str]:
    attached = node.get("attached_node")
    return [attached] if attached else list(node["depends_on"]["nodes"])


def _test_text(node: Mapping[str, Any]) -> str:
    """What a test says of itself, or its kind and column: dbt's generic tests have no text of their own."""
    if node.get("description"):
        return str(node["description"])
    kind = (node.get("test_metadata") or {}).get("name") or "rows that must not be there"
    column = f" of `{node['column_name']}`" if node.get("column_name") else ""
    return f"dbt test ({node['config']['severity'].lower()}): {kind}{column}."
