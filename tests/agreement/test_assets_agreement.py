"""Tables, models, gates and assets keep together: what is in one registry is in the others."""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest

from classifiers.catalog import CATALOG
from classifiers.rules.labeller import rules_label_tables
from expectations.gates import GATES, GIT_GATES, RAW_GATES, WAREHOUSE_GATES
from orchestration.assets.labels import gates_of
from orchestration.change_reviews.rows import CHANGE_REVIEW_TABLES
from orchestration.checks import check_name
from orchestration.clusters.rows import CLUSTER_TABLES
from orchestration.definitions import build_definitions
from orchestration.duels.rows import DUEL_TABLES
from orchestration.estimates.land_estimates import ESTIMATE_TABLES
from orchestration.ingest.git_rows import GIT_TABLES
from orchestration.ingest.rows import RAW_TABLES
from orchestration.jobs import jobs
from orchestration.labellers import LABELLERS, labellers_of
from orchestration.settings import load_settings
from orchestration.supplied.rows import SUPPLIED_TABLES

GROUPS = {
    "archive",
    "raw",
    "clusters",
    "supplied",
    "duels",
    "change_reviews",
    "git",
    "labels",
    "claude",
    "seeds",
    "staging",
    "intermediate",
    "marts",
    "sums",
    "statistics",
    "metrics",
    "release",
}


@pytest.fixture(scope="module")
def definitions(dbt_manifest: Mapping[str, Any]) -> dg.Definitions:
    return build_definitions(load_settings())


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def dbt_tables(manifest: Mapping[str, Any]) -> set[str]:
    return {node["name"] for node in manifest["nodes"].values() if node["resource_type"] in {"model", "seed"}}


def test_every_table_is_an_asset_and_every_asset_a_table(
    specs: Mapping[str, dg.AssetSpec], dbt_manifest: Mapping[str, Any]
) -> None:
    expected = {table.name for table in RAW_TABLES}
    expected |= {f"labels_{table}" for table in rules_label_tables()}
    expected |= {f"claude_labels_{classifier.name}" for classifier in CATALOG}
    expected |= {f"estimates_{table.name}" for table in ESTIMATE_TABLES}
    expected |= {f"clusters_{table.name}" for table in CLUSTER_TABLES}
    expected |= {f"supplied_{table.name}" for table in SUPPLIED_TABLES}
    expected |= {f"duels_{table.name}" for table in DUEL_TABLES}
    expected |= {f"change_reviews_{table.name}" for table in CHANGE_REVIEW_TABLES}
    expected |= {f"git_{table.name}" for table in GIT_TABLES}
    expected |= dbt_tables(dbt_manifest)
    others = {
        "archived_transcripts", "claude_batches", "claude_label_eligibility", "human_labels", "release",
    }  # fmt: skip
    assert set(specs) == expected | others


def test_nothing_is_made_of_a_table_that_nobody_makes(specs: Mapping[str, dg.AssetSpec]) -> None:
    wanted = {dep.asset_key.to_user_string() for spec in specs.values() for dep in spec.deps}
    assert wanted - set(specs) == set()


def test_every_raw_table_and_label_is_read_by_a_staging_model(specs: Mapping[str, dg.AssetSpec]) -> None:
    staging = [spec for spec in specs.values() if spec.group_name == "staging"]
    read = {dep.asset_key.to_user_string() for spec in staging for dep in spec.deps}
    labels = {asset.name for labeller in labellers_of(load_settings()) for asset in labeller.assets}
    assert ({table.name for table in RAW_TABLES} | labels) - read == set()


def test_a_staging_model_of_labels_is_made_of_every_labeller_that_lands_them(
    specs: Mapping[str, dg.AssetSpec],
) -> None:
    read = {dep.asset_key.to_user_string() for dep in specs["stg_labels__labels"].deps}
    assert {"labels_outcome", "claude_labels_outcome", "human_labels"} <= read


def test_each_label_table_is_shown_by_one_asset_of_each_labeller_that_lands_it() -> None:
    for labeller in LABELLERS.values():
        shown = [table for asset in labeller.assets for table in asset.tables]
        assert sorted(shown) == sorted(labeller.schemas)


def test_each_asset_has_group_owner_kind_and_a_text_that_opens_with_its_grain(
    specs: Mapping[str, dg.AssetSpec],
) -> None:
    assert {spec.group_name for spec in specs.values()} == GROUPS
    assert [name for name, spec in specs.items() if not spec.owners] == []
    assert [name for name, spec in specs.items() if not spec.kinds] == []
    assert [
        name for name, spec in specs.items() if not (spec.description or "").startswith("One row per ")
    ] == []


def test_lake_tables_show_their_columns(specs: Mapping[str, dg.AssetSpec]) -> None:
    for table in RAW_TABLES:
        shown = specs[table.name].metadata["dagster/column_schema"]
        assert isinstance(shown, dg.TableSchema)
        assert tuple(column.name for column in shown.columns) == table.columns


def test_dated_assets_share_one_partition_and_one_backfill_policy(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    dated = [graph.get(key) for key in graph.get_all_asset_keys() if graph.get(key).partitions_def]
    assert {node.group_name for node in dated} == {"raw", "labels", "claude"}
    assert len({id(node.partitions_def) for node in dated}) == 1
    assert {node.backfill_policy for node in dated} == {dg.BackfillPolicy.single_run()}


def test_a_dated_asset_rests_on_dated_ones_and_the_archive_so_that_a_backfill_is_one_run(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    dated = {key for key in graph.get_all_asset_keys() if graph.get(key).partitions_def}
    undated = {parent for key in dated for parent in graph.get(key).parent_keys} - dated
    assert {key.to_user_string() for key in undated} == {"archived_transcripts"}


def test_a_step_without_a_date_comes_after_a_dated_one_so_that_a_backfill_is_one_run(
    definitions: dg.Definitions,
) -> None:
    """Dagster launches steps that rest on nothing dated in a run of their own, beside the dates' run."""
    graph = definitions.resolve_asset_graph()
    alone = set()
    for assets in definitions.assets or ():
        assert isinstance(assets, dg.AssetsDefinition)
        # What may be built in part is launched in part: each of its assets has to rest on something.
        parts = [{key} for key in assets.keys] if assets.can_subset else [set(assets.keys)]
        for part in parts:
            before = {parent for key in part for parent in graph.get(key).parent_keys} - part
            if assets.partitions_def is None and not before:
                alone |= {key.to_user_string() for key in part}
    assert alone == {"archived_transcripts"}


def test_the_newest_partition_is_today_and_the_first_the_start_date(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    days = graph.get(dg.AssetKey("raw_turns")).partitions_def
    assert isinstance(days, dg.DailyPartitionsDefinition)
    assert days.get_first_partition_key() == load_settings().start_date.isoformat()
    assert days.end_offset == 1
    assert days.timezone == "UTC"


def test_each_gate_and_each_dbt_test_is_one_check(
    definitions: dg.Definitions, dbt_manifest: Mapping[str, Any]
) -> None:
    graph = definitions.resolve_asset_graph()
    tests = {node["name"] for node in dbt_manifest["nodes"].values() if node["resource_type"] == "test"}
    checks = [(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys]
    assert sorted(name for _, name in checks if name in tests) == sorted(tests)
    found = {(asset, name) for asset, name in checks if name not in tests}
    expected = {(gate.table_name, check_name(gate)) for gate in (*RAW_GATES, *GIT_GATES)}
    for labeller in LABELLERS.values():
        own = gates_of(labeller)
        if labeller in labellers_of(load_settings()):
            expected |= {(asset, check_name(gate)) for asset, gates in own.items() for gate in gates}
        # A table without a gate would land unjudged.
        judged = {gate.table_name for gates in own.values() for gate in gates}
        assert judged == {f"labels_{table}" for table in labeller.schemas}
    expected |= {("release", check_name(gate)) for gate in WAREHOUSE_GATES}
    assert found == expected
    assert {name for _, name in found} == {check_name(gate) for gate in GATES}


def test_one_step_writes_at_a_time(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    pools = {key.to_user_string(): graph.get(key).pools for key in graph.get_all_asset_keys()}
    assert [name for name, own in pools.items() if not own] == []
    assert {pool for own in pools.values() for pool in own} == {"home_writer", "dbt", "claude_api"}


def test_jobs_schedule_and_sensors_are_there(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    names = {
        "archive", "update", "publish_landed", "rebuild_metrics", "update_and_label", "label", "relabel",
    }  # fmt: skip
    assert names == {name for name in repository.job_names if not name.startswith("__")}
    assert [schedule.name for schedule in repository.schedule_defs] == ["daily_archive"]
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "changed_transcripts",
        "dirty_dates",
        "finished_batches",
    }


def test_no_automation_may_ask_claude(definitions: dg.Definitions) -> None:
    """A budget in the settings alone must not be spent by a sensor or a schedule."""
    repository = definitions.get_repository_def()
    automated = {target.job_name for sensor in repository.sensor_defs for target in sensor.targets}
    automated |= {schedule.job_name for schedule in repository.schedule_defs}
    assert automated == {"archive", "update", "publish_landed"}
    asking = {job.name for job in jobs() if '"ask": true' in json.dumps(job.config or {})}
    assert asking == {"update_and_label", "label", "relabel"}


def test_looking_at_a_home_starts_nothing(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    sensors = {sensor.name: sensor.default_status for sensor in repository.sensor_defs}
    assert sensors["changed_transcripts"] == dg.DefaultSensorStatus.STOPPED
    assert sensors["dirty_dates"] == dg.DefaultSensorStatus.STOPPED
    assert sensors["finished_batches"] == dg.DefaultSensorStatus.STOPPED
    assert [each.default_status for each in repository.schedule_defs] == [dg.DefaultScheduleStatus.STOPPED]
