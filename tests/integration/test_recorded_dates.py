"""What Dagster knows of a range: dates that landed are done, stopped and broken ones have failed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from orchestration.assets.recording import (
    STEPS_RECORD_TAG,
    record_good_dates,
    record_stopped_dates,
    recorded,
    recorded_dates,
)
from orchestration.assets.reporting import stated_failures, stopped_failure
from orchestration.dagster_instance import open_instance
from orchestration.landing.chunk import LandingReport, StoppedDate
from orchestration.landing.landed import LandedState
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, daily_partitions, range_tags

DAYS = daily_partitions(date(2026, 1, 1))
GOOD, BAD, UNTOUCHED = date(2026, 1, 3), date(2026, 1, 4), date(2026, 1, 5)
TABLES = {"raw_turns": ("raw_turns",), "raw_events": ("raw_events",)}
REPORT = LandingReport(
    landed={GOOD: LandedState("print", "1", {"raw_turns": 3}, {}, "passed", "run", "now")},
    unchanged=(UNTOUCHED,),
    stopped=(StoppedDate(BAD, ("raw_turns: a rule fails for 2 of 9 rows. What to do: mend it.",)),),
    emptied=(),
    verdicts=(),
)


@dg.multi_asset(
    specs=[dg.AssetSpec(name) for name in TABLES], partitions_def=DAYS, backfill_policy=ONE_RUN_FOR_A_RANGE
)
def raw_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
    record_good_dates(context, REPORT.landed, tables=TABLES)
    record_stopped_dates(context, REPORT, tables=TABLES)
    yield from ()
    raise stopped_failure({"raw tables": REPORT})


@dg.asset(deps=list(TABLES))
def release() -> None:
    raise AssertionError("nothing may be released after a bad date")


def run_over(
    instance: dg.DagsterInstance, *assets: dg.AssetsDefinition, steps_record: bool = True
) -> dg.ExecuteInProcessResult:
    tags = range_tags([GOOD, UNTOUCHED]) | ({STEPS_RECORD_TAG: "true"} if steps_record else {})
    job = dg.Definitions(assets=assets).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def dates_of(instance: dg.DagsterInstance, name: str) -> tuple[list[str], list[str]]:
    """The dates of an asset that the UI shows as done, and those it shows as failed."""
    statuses = get_and_update_asset_status_cache_value(instance, dg.AssetKey(name), DAYS)
    assert statuses is not None
    done = statuses.deserialize_materialized_partition_subsets(DAYS).get_partition_keys()
    failed = statuses.deserialize_failed_partition_subsets(DAYS).get_partition_keys()
    return list(done), list(failed)


@pytest.mark.parametrize("steps_record", [True, False])
def test_good_dates_are_recorded_the_bad_one_has_failed_and_nothing_follows(
    tmp_path: Path, *, steps_record: bool
) -> None:
    with open_instance(tmp_path) as instance:
        result = run_over(instance, raw_tables, release, steps_record=steps_record)
        assert not result.success
        for name in TABLES:
            assert dates_of(instance, name) == ([GOOD.isoformat()], [BAD.isoformat()])
        assert instance.get_latest_materialization_event(dg.AssetKey("release")) is None
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    said = failure.step_failure_data.user_failure_data
    assert said is not None
    assert "2026-01-04" in str(said.description)
    assert "2 of 9 rows" in str(said.description)
    assert "What to do" in str(said.description)


@dg.multi_asset(
    specs=[dg.AssetSpec(name) for name in TABLES], partitions_def=DAYS, backfill_policy=ONE_RUN_FOR_A_RANGE
)
def landed_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
    results: list[dg.MaterializeResult[Any]] = [
        dg.MaterializeResult(asset_key=name, metadata={"dates": 1}) for name in TABLES
    ]
    yield from recorded_dates(context, results, REPORT.landed, tables=TABLES)


@dg.asset(deps=list(TABLES))
def published(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
    yield from recorded(context, [dg.MaterializeResult(asset_key="published")])


def test_a_date_without_work_is_not_recorded_and_what_follows_runs(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        assert run_over(instance, landed_tables, published).success
        for name in TABLES:
            assert dates_of(instance, name) == ([GOOD.isoformat()], [])
            event = instance.get_latest_materialization_event(dg.AssetKey(name))
            assert event is not None
            assert event.asset_materialization is not None
            rows = {"raw_turns": 3, "raw_events": 0}[name]
            found = {each: value.value for each, value in event.asset_materialization.metadata.items()}
            assert (found["dagster/partition_row_count"], found["dates"]) == (rows, 1)
        assert instance.get_latest_materialization_event(dg.AssetKey("published")) is not None


@dg.multi_asset(
    name="broken",
    specs=[dg.AssetSpec(name) for name in TABLES],
    partitions_def=DAYS,
    backfill_policy=ONE_RUN_FOR_A_RANGE,
)
def broken_tables() -> Iterator[dg.MaterializeResult[Any]]:
    with stated_failures():
        raise OSError("the disk is full")
    yield from ()


def test_the_assets_of_a_step_that_breaks_were_attempted_and_are_not_done(tmp_path: Path) -> None:
    """The UI shows an asset as failed whose newest attempt is of a failed run."""
    with open_instance(tmp_path) as instance:
        run = run_over(instance, broken_tables)
        assert not run.success
        for name in TABLES:
            attempt = instance.get_latest_planned_materialization_info(dg.AssetKey(name))
            assert attempt is not None
            assert attempt.run_id == run.run_id
            assert dates_of(instance, name)[0] == []
