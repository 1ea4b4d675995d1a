"""Of a range with a bad date Dagster knows exactly what happened: good dates done, the bad one failed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from orchestration.assets.reporting import record_good_dates, record_stopped_dates, stopped_failure
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


def test_good_dates_are_recorded_the_bad_one_has_failed_and_nothing_follows(tmp_path: Path) -> None:
    definitions = dg.Definitions(assets=[raw_tables, release])
    with open_instance(tmp_path) as instance:
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, tags=range_tags([GOOD, UNTOUCHED]), raise_on_error=False
        )
        assert not result.success
        for name in TABLES:
            key = dg.AssetKey(name)
            statuses = get_and_update_asset_status_cache_value(instance, key, DAYS)
            assert statuses is not None
            done = statuses.deserialize_materialized_partition_subsets(DAYS).get_partition_keys()
            failed = statuses.deserialize_failed_partition_subsets(DAYS).get_partition_keys()
            assert list(done) == [GOOD.isoformat()]
            assert list(failed) == [BAD.isoformat()]
        assert instance.get_latest_materialization_event(dg.AssetKey("release")) is None
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    said = failure.step_failure_data.user_failure_data
    assert said is not None
    assert "2026-01-04" in str(said.description)
    assert "2 of 9 rows" in str(said.description)
    assert "What to do" in str(said.description)
