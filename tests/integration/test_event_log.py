"""The batched event log holds what Dagster's own would hold, and writes a range in a few transactions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from orchestration.dagster_instance import COMMAND_LINE, STARTED_BY_TAG, end_dead_runs, open_instance
from orchestration.event_log import BatchedSqliteEventLogStorage

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-04-11")
TABLES = ["raw_sessions", "raw_turns", "raw_events"]
PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
DONE = dg.DagsterEventType.ASSET_MATERIALIZATION


@dg.multi_asset(
    specs=[dg.AssetSpec(table) for table in TABLES],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
    for table in TABLES:
        for key in context.partition_keys:
            context.add_asset_metadata({"rows": len(key)}, asset_key=table, partition_key=key)
        yield dg.MaterializeResult(asset_key=table)


def run_over(instance: dg.DagsterInstance, first: str, last: str) -> dg.ExecuteInProcessResult:
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    job = dg.Definitions(assets=[tables]).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance,
        tags=tags,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def events_of(
    instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType = DONE
) -> list[tuple[object, ...]]:
    """Asset events of a run, without what differs between any two runs."""
    found = []
    for record in instance.get_records_for_run(run_id, of_type=kind).records:
        event = record.event_log_entry.get_dagster_event()
        metadata: list[str] = []
        if event.is_step_materialization:
            metadata = sorted(event.step_materialization_data.materialization.metadata)
        found.append((event.event_type_value, str(event.asset_key), str(event.partition), *metadata))
    return sorted(found)


def test_the_same_events_partitions_and_tags_as_the_stock_log(tmp_path: Path) -> None:
    with open_instance(tmp_path / "ours") as ours, dg.instance_for_test() as stock:
        assert isinstance(ours.event_log_storage, BatchedSqliteEventLogStorage)
        mine, theirs = (run_over(each, "2026-01-03", "2026-01-05") for each in (ours, stock))
        assert events_of(ours, mine.run_id) == events_of(stock, theirs.run_id)
        for table in TABLES:
            key = dg.AssetKey(table)
            assert ours.get_materialized_partitions(key) == {"2026-01-03", "2026-01-04", "2026-01-05"}
            newest = [each.get_latest_materialization_event(key) for each in (ours, stock)]
            dagster_events = [each.get_dagster_event() for each in newest if each is not None]
            assert [each.partition for each in dagster_events] == ["2026-01-05", "2026-01-05"]
            tags = [
                sorted(each.step_materialization_data.materialization.tags or {}) for each in dagster_events
            ]
            assert tags[0] == tags[1]


def test_another_process_sees_what_was_written(tmp_path: Path) -> None:
    with open_instance(tmp_path) as writer:
        run_over(writer, "2026-01-03", "2026-01-03")
        with open_instance(tmp_path) as reader:
            assert reader.get_materialized_partitions(dg.AssetKey("raw_turns")) == {"2026-01-03"}


def test_a_range_of_a_hundred_dates_takes_a_few_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    stock = BatchedSqliteEventLogStorage._store_asset_events

    def counted(self: BatchedSqliteEventLogStorage, run_id: str, events: list[Any]) -> None:
        batches.append(len(events))
        stock(self, run_id, events)

    monkeypatch.setattr(BatchedSqliteEventLogStorage, "_store_asset_events", counted)
    with open_instance(tmp_path) as instance:
        run = run_over(instance, "2026-01-01", "2026-04-10")
        assert run.success
        assert len(events_of(instance, run.run_id)) == 100 * len(TABLES)
        assert len(events_of(instance, run.run_id, PLANNED)) == len(TABLES)
    assert sum(batches) == 100 * len(TABLES) + len(TABLES)
    assert len(batches) <= 1 + len(TABLES)


def test_a_run_whose_command_line_was_killed_is_ended(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        dead, alive = (
            create_run_for_test(instance, job_name="update", status=dg.DagsterRunStatus.STARTED, tags=tags)
            for tags in ({STARTED_BY_TAG: COMMAND_LINE}, {})
        )
        # The UI starts a run again with the tags of its parent, and in a process of its own.
        again = create_run_for_test(
            instance,
            job_name="update",
            status=dg.DagsterRunStatus.STARTED,
            tags={STARTED_BY_TAG: COMMAND_LINE},
            parent_run_id=dead.run_id,
            root_run_id=dead.run_id,
        )
        assert end_dead_runs(instance) == [dead.run_id]
        statuses = {run.run_id: run.status for run in instance.get_runs()}
    started = dg.DagsterRunStatus.STARTED
    assert statuses == {
        dead.run_id: dg.DagsterRunStatus.FAILURE,
        alive.run_id: started,
        again.run_id: started,
    }
