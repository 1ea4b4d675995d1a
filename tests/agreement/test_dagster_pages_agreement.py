"""What the first screens of the Dagster UI show: a graph in the order of the picture, files, fields, buttons.

Everything is read from the definitions, as the webserver does; `test_dagster_server` looks at a real one.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from orchestration.assets.dbt_project import DbtProject, in_order
from orchestration.assets.label_config import LabelConfig
from orchestration.assets.warehouse import warehouse_assets
from orchestration.definitions import build_definitions
from orchestration.jobs import jobs
from orchestration.partitions import days_of
from orchestration.settings import environment_of, load_settings

IN_ORDER = ("archive", "raw", "staging", "intermediate", "marts", "sums", "statistics", "metrics", "release")
"""The stages of docs/architecture.md that follow each other."""

ASKING = {"update_and_label", "label", "relabel"}


@pytest.fixture(scope="module")
def definitions(dbt_manifest: Mapping[str, Any]) -> dg.Definitions:
    return build_definitions(load_settings())


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def groups_above(specs: Mapping[str, dg.AssetSpec]) -> dict[str, set[str]]:
    """The groups that each group is made of."""
    above: dict[str, set[str]] = {}
    for spec in specs.values():
        parents = {str(specs[dep.asset_key.to_user_string()].group_name) for dep in spec.deps}
        above.setdefault(str(spec.group_name), set()).update(parents - {str(spec.group_name)})
    return above


def test_groups_follow_each_other_as_in_the_picture(specs: Mapping[str, dg.AssetSpec]) -> None:
    """A circle of groups raises: then no drawing could put one before the other."""
    order = list(TopologicalSorter(groups_above(specs)).static_order())
    assert [group for group in order if group in IN_ORDER] == list(IN_ORDER)


def test_no_intermediate_model_rests_on_a_mart(specs: Mapping[str, dg.AssetSpec]) -> None:
    below: set[str] = set()
    for name in TopologicalSorter(
        {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs.items()}
    ).static_order():
        parents = {dep.asset_key.to_user_string() for dep in specs[name].deps}
        if any(specs[parent].group_name == "marts" or parent in below for parent in parents):
            below.add(name)
    assert [name for name in below if specs[name].group_name == "intermediate"] == []
    assert {name for name in specs if specs[name].group_name == "sums"} <= below


def test_a_model_shows_its_files_columns_and_table(specs: Mapping[str, dg.AssetSpec]) -> None:
    models = [spec for spec in specs.values() if "dbt" in spec.kinds]
    assert len(models) > 100
    for spec in models:
        references = spec.metadata["dagster/code_references"].code_references
        files = {each.label: Path(each.file_path) for each in references}
        name = spec.key.to_user_string()
        kind = "seed" if spec.group_name == "seeds" else "model"
        assert files[kind].stem == name
        assert files[kind].exists()
        if kind == "model":
            assert files["columns and tests"].exists()
            assert files["compiled SQL"].parts[-1] == f"{name}.sql"
        if spec.group_name == "metrics":
            assert "dagster/column_schema" in spec.metadata
        assert str(spec.metadata["dagster/table_name"]).endswith(f".{name}")


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_a_model_shows_the_engine_that_builds_it(engine: str, dbt_manifest: Mapping[str, Any]) -> None:
    """Facts may be another engine's; what reads an estimate is DuckDB's."""
    settings = load_settings(facts_engine=engine)
    facts, metrics = warehouse_assets(settings, DbtProject(settings, dbt_manifest))
    assert {frozenset(spec.kinds) for spec in facts.specs} == {frozenset({"dbt", engine})}
    assert {frozenset(spec.kinds) for spec in metrics.specs} == {frozenset({"dbt", "duckdb"})}


def test_the_tests_of_a_model_are_checks_of_the_pass_that_runs_them(
    definitions: dg.Definitions, dbt_manifest: Mapping[str, Any]
) -> None:
    """A test of several models is a check of the last: before that one is built, dbt cannot run it."""
    passes = {
        assets.op.name: assets
        for assets in definitions.assets or ()
        if isinstance(assets, dg.AssetsDefinition) and assets.op.name.startswith("dbt_")
    }
    assert set(passes) == {"dbt_facts", "dbt_metrics"}
    facts = {key.to_user_string() for key in passes["dbt_facts"].keys}
    tests = {node["name"]: node for node in dbt_manifest["nodes"].values() if node["resource_type"] == "test"}
    in_facts = {key.name for key in passes["dbt_facts"].check_keys}
    in_metrics = {key.name for key in passes["dbt_metrics"].check_keys}
    for name, node in tests.items():
        parents = {
            dbt_manifest["nodes"][each]["name"]
            for each in node["depends_on"]["nodes"]
            if each in dbt_manifest["nodes"]
        }
        assert (name in in_facts) == (parents <= facts), name
        assert (name in in_metrics) != (name in in_facts), name
    for assets in passes.values():
        assert assets.can_subset
        assert [spec.name for spec in assets.check_specs if not spec.description] == []


def test_each_job_says_what_it_does_and_how_to_start_it(definitions: dg.Definitions) -> None:
    described = {job.name: job.description or "" for job in jobs()}
    assert [name for name, text in described.items() if len(text) < 60] == []
    assert "Materialize all" in described["update"]
    assert [name for name in ASKING if "launchpad" not in described[name]] == []


def test_what_a_button_leaves_out_above_has_been_made_before(definitions: dg.Definitions) -> None:
    """Dagster warns in red of parents outside the job that were never made: only the archive may be one."""
    graph = definitions.resolve_asset_graph()
    for job in ("update", "update_and_label"):
        selected = set(definitions.resolve_job_def(job).asset_layer.executable_asset_keys)
        above = {parent for key in selected for parent in graph.get(key).parent_keys} - selected
        assert {key.to_user_string() for key in above} == {"archived_transcripts"}, job
    for job in ("label", "relabel"):
        selected = set(definitions.resolve_job_def(job).asset_layer.executable_asset_keys)
        above = {parent for key in selected for parent in graph.get(key).parent_keys} - selected
        assert {graph.get(key).group_name for key in above} == {"raw", "labels"}, job
        assert "human_labels" not in {key.to_user_string() for key in above}


def test_the_second_pass_is_a_job_of_its_own(definitions: dg.Definitions) -> None:
    selected = definitions.resolve_job_def("rebuild_metrics").asset_layer.executable_asset_keys
    graph = definitions.resolve_asset_graph()
    assert {graph.get(key).group_name for key in selected} == {"statistics", "metrics", "release"}


def test_the_fields_of_the_launchpad_are_described(definitions: dg.Definitions) -> None:
    fields = LabelConfig.to_fields_dict()
    assert set(fields) == {"ask", "budget_usd", "classifiers", "relabel", "budget_run"}
    assert [name for name, field in fields.items() if not field.description] == []
    for name in ASKING:
        config = definitions.resolve_job_def(name).partitioned_config
        assert config is not None
        shown = config.get_run_config_for_partition_key("2026-01-01")
        assert '"ask": true' in json.dumps(shown)


def test_a_release_goes_out_of_date_and_failed_runs_are_told_as_the_settings_say(
    definitions: dg.Definitions, dbt_manifest: Mapping[str, Any]
) -> None:
    hook = SecretStr("http://127.0.0.1:9/hidden-part")
    settings = load_settings(failure_webhook=hook, release_stale_days=4)
    changed = build_definitions(settings)
    specs = {spec.key.to_user_string(): spec for spec in changed.resolve_all_asset_specs()}
    assert [name for name, spec in specs.items() if spec.freshness_policy] == ["release"]
    assert specs["release"].freshness_policy == dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=4), warn_window=timedelta(days=2)
    )
    sensors = {sensor.name: sensor for sensor in changed.get_repository_def().sensor_defs}
    assert sensors["failed_runs"].default_status == dg.DefaultSensorStatus.RUNNING
    assert "hidden-part" not in str(settings)
    assert environment_of(settings)["SESSIONMART_FAILURE_WEBHOOK"] == hook.get_secret_value()
    quiet = definitions.get_repository_def()
    assert "failed_runs" not in {each.name for each in quiet.sensor_defs}


def test_a_run_without_dates_says_what_to_do() -> None:
    with pytest.raises(dg.Failure, match="Materialize all"):
        days_of(dg.build_asset_context())


def test_a_test_is_a_check_of_the_same_model_in_every_process(dbt_manifest: Mapping[str, Any]) -> None:
    """The server names the checks that a run's own process then looks for: neither may go by chance."""
    specs = DbtProject(load_settings(), dbt_manifest).specs
    assert in_order(specs) == in_order(specs[::-1]) == [spec.key for spec in specs]
