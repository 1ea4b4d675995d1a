"""The warehouse as Dagster sees it: one asset per dbt model and seed, built in two passes.

Facts first, because the statistics read them; metrics when the estimates are landed. A pass is one step: dbt
orders its own models. Some models of a pass can be built alone, on what is built: to be looked at, for no
release. Not here: what is known before anything is built (dbt_project).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.storage.tags import BACKFILL_ID_TAG

from orchestration.assets.dbt_project import METRICS_GROUP, DbtProject
from orchestration.assets.recording import recorded, recorded_checks
from orchestration.assets.reporting import stated_failures
from orchestration.assets.statistics import ESTIMATE_ASSETS
from orchestration.date_states import refuse_held
from orchestration.partitions import releases_held
from orchestration.progress import Reporter
from orchestration.publishing.warehouse import (
    BuiltNode,
    Warehouse,
    WarehouseFailedError,
    nodes_by_tested,
    row_counts,
)
from orchestration.publishing.warehouse_stages import build_facts, build_metrics, run_tests
from orchestration.settings import Settings

Build = Callable[[Settings, Warehouse, Sequence[str] | None], tuple[BuiltNode, ...]]
Results = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]


def warehouse_assets(settings: Settings, project: DbtProject) -> list[dg.AssetsDefinition]:
    """The two passes over the dbt project."""
    second = _second_pass(project.specs)
    facts = [
        spec.replace_attributes(kinds={"dbt", settings.facts_engine})
        for spec in project.specs
        if spec.key not in second
    ]
    metrics = [spec for spec in project.specs if spec.key in second]
    return [
        _pass(
            settings, project, facts, name="dbt_facts", title="facts", build=build_facts, refuses_held=True
        ),
        _pass(settings, project, metrics, name="dbt_metrics", title="metrics", build=build_metrics),
    ]


def _second_pass(specs: Sequence[dg.AssetSpec]) -> set[dg.AssetKey]:
    """The metrics, and whatever reads an estimate: estimates need the facts of the first pass."""
    second = {spec.key for spec in specs if spec.group_name == METRICS_GROUP}
    late = second | {dg.AssetKey(name) for name in ESTIMATE_ASSETS}
    for spec in specs:  # parents come first
        if any(dep.asset_key in late for dep in spec.deps):
            second.add(spec.key)
            late.add(spec.key)
    return second


def _pass(
    settings: Settings,
    project: DbtProject,
    specs: Sequence[dg.AssetSpec],
    *,
    name: str,
    title: str,
    build: Build,
    refuses_held: bool = False,
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=name, specs=specs, check_specs=project.check_specs(specs), can_subset=True, pool="dbt"
    )
    def dbt_pass(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        reporter: dg.ResourceParam[Reporter],
    ) -> Results:
        selected = context.selected_asset_keys
        # A backfill of all assets may launch a pass in parts, run by run: whoever chose everything gets it.
        is_backfill = BACKFILL_ID_TAG in context.run.tags
        names = [spec.key.to_user_string() for spec in specs if spec.key in selected]
        checks = context.selected_asset_check_keys
        with stated_failures():
            if refuses_held and not releases_held(context):
                refuse_held(settings)  # the release would refuse as well, minutes later
        with stated_failures(), reporter.task(f"Building the warehouse: {title}"):
            try:
                if names:
                    is_whole = is_backfill or len(names) == len(specs)
                    nodes = build(settings, warehouse, None if is_whole else names)
                else:
                    nodes = run_tests(settings, warehouse, sorted(check.name for check in checks))
            except WarehouseFailedError as error:
                failed = _check_results(project, error.nodes, checks)
                yield from recorded_checks(context, failed)  # which test failed is seen there
                raise
            counts = row_counts(settings.warehouse_path, project.relations(names))
        yield from recorded(context, _results(project, names, nodes, counts))
        yield from recorded_checks(
            context, _check_results(project, nodes, checks)
        )  # after what they are about

    return dbt_pass


def _check_results(
    project: DbtProject, nodes: Sequence[BuiltNode], selected: set[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckResult]:
    """How each test of the selected checks came out; a test that dbt passed over says nothing."""
    ran = {node.unique_id: node for node in nodes if node.status != "skipped"}
    for test in project.tests:
        node = ran.get(test.unique_id)
        if node is not None and dg.AssetCheckKey(dg.AssetKey(test.asset), test.name) in selected:
            yield dg.AssetCheckResult(
                asset_key=test.asset,
                check_name=test.name,
                passed=node.status == "pass",
                severity=dg.AssetCheckSeverity.ERROR if node.has_failed else dg.AssetCheckSeverity.WARN,
                metadata={"rows_found": node.failures or 0, "seconds": node.seconds},
            )


def _results(
    project: DbtProject, names: Sequence[str], nodes: Sequence[BuiltNode], counts: Mapping[str, int]
) -> Iterator[dg.MaterializeResult[Any]]:
    """What was built and how its tests came out, per model and seed; each number is a plot over the runs."""
    built = {node.unique_id: node for node in nodes}
    tests = nodes_by_tested(nodes)
    for name in names:
        unique_id = project.unique_ids[name]
        own = tests.get(unique_id, [])
        warned = [test.name for test in own if test.status == "warn"]
        metadata: dict[str, Any] = {"tests_passed": len(own) - len(warned), "tests_warned": len(warned)}
        if warned:
            metadata["warnings"] = dg.MetadataValue.md("\n".join(f"- {test}" for test in warned))
        if unique_id in counts:
            metadata["dagster/row_count"] = counts[unique_id]
        if unique_id in built:
            metadata["seconds"] = built[unique_id].seconds
        yield dg.MaterializeResult(asset_key=name, metadata=metadata)
