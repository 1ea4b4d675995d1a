"""One mart can be built alone and one test run alone; what they did is recorded, and no release follows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.storage.tags import BACKFILL_ID_TAG

from orchestration.dagster_instance import open_instance
from orchestration.definitions import build_definitions
from orchestration.publishing.built_record import BuiltAloneError, built_from, note_built_alone
from orchestration.publishing.release import current_release
from orchestration.publishing.warehouse_stages import release_warehouse
from orchestration.settings import Settings
from tests.demo_lake import DemoHome

MART = "dim_users"
CHECK = dg.AssetCheckKey(dg.AssetKey(MART), "unique_dim_users_user_id")


@pytest.fixture(scope="module")
def settings(home: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return home.copy(tmp_path_factory.mktemp("alone")).settings


@pytest.fixture(scope="module")
def job(settings: Settings) -> dg.JobDefinition:
    return build_definitions(settings).resolve_job_def("publish_landed")


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings.dagster_home) as opened:
        yield opened


def rows_of_mart(settings: Settings) -> int:
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as built:
        (row,) = built.execute(f"select count(*) from marts.{MART}").fetchall()  # noqa: S608
    return int(row[0])


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    said = failure.step_failure_data.user_failure_data
    assert said is not None
    return str(said.description)


def test_a_part_of_a_pass_that_a_backfill_launches_is_the_whole_pass_and_is_released(
    settings: Settings, job: dg.JobDefinition, instance: dg.DagsterInstance
) -> None:
    """`Materialize all…` on the lineage page comes in parts that Dagster chooses."""
    parts = [dg.AssetKey("rpt_turn_durations"), dg.AssetKey("release")]
    with duckdb.connect(str(settings.warehouse_path)) as built:
        built.execute("drop schema metrics cascade")
    before = current_release(settings.home)
    result = job.execute_in_process(
        instance=instance, asset_selection=parts, tags={BACKFILL_ID_TAG: "everything"}
    )
    assert result.success
    assert current_release(settings.home) != before


def test_one_mart_is_built_and_recorded_with_its_rows_seconds_and_tests(
    settings: Settings, job: dg.JobDefinition, instance: dg.DagsterInstance
) -> None:
    before = built_from(settings.warehouse_path)
    assert before is not None
    with duckdb.connect(str(settings.warehouse_path)) as built:
        built.execute(f"delete from marts.{MART}")  # noqa: S608
    result = job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey(MART)])
    assert result.success
    rows = rows_of_mart(settings)
    assert rows > 0
    event = instance.get_latest_materialization_event(dg.AssetKey(MART))
    assert event is not None
    assert event.asset_materialization is not None
    found = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert (found["dagster/row_count"], found["tests_warned"]) == (rows, 0)
    assert found["seconds"] > 0
    checks = {
        key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key == dg.AssetKey(MART)
    }
    assert CHECK in checks
    assert found["tests_passed"] == len(checks)
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(sorted(checks))
    assert {key: record.status.value for key, record in records.items()} == dict.fromkeys(checks, "SUCCEEDED")
    assert {record.run_id for record in records.values()} == {result.run_id}
    assert instance.get_latest_materialization_event(dg.AssetKey("fct_sessions")) is None

    refused = job.execute_in_process(
        instance=instance, asset_selection=[dg.AssetKey("release")], raise_on_error=False
    )
    assert f"1 model(s) were built alone ({MART})" in failure_of(refused)
    assert "publish_landed" in failure_of(refused)
    with pytest.raises(BuiltAloneError):
        release_warehouse(settings, [], run_id="run", now=datetime.now(UTC))


def test_a_test_that_is_run_alone_and_fails_is_a_failed_check(
    settings: Settings, job: dg.JobDefinition, instance: dg.DagsterInstance
) -> None:
    with duckdb.connect(str(settings.warehouse_path)) as built:
        built.execute(f"insert into marts.{MART} from marts.{MART} limit 1")
    alone = job.get_subset(asset_selection=set(), asset_check_selection={CHECK})
    result = alone.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert CHECK.name in failure_of(result)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([CHECK])[CHECK]
    assert (record.status.value, record.run_id) == ("FAILED", result.run_id)
    assert record.event is not None
    evaluation = record.event.get_dagster_event().asset_check_evaluation_data
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert evaluation.metadata["rows_found"].value == 1


def test_nothing_is_built_alone_where_nothing_is_built(tmp_path: Path) -> None:
    with pytest.raises(BuiltAloneError, match="publish_landed"):
        note_built_alone(tmp_path / "build.duckdb", ["dim_users"])
    assert built_from(tmp_path / "build.duckdb") is None
