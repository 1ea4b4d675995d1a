"""Old runs go with their events and output; a run that made what is there now stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from orchestration.dagster_instance import open_instance
from orchestration.run_retention import remove_old_runs

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01")


@dg.asset(partitions_def=DAYS)
def dated() -> None: ...


@dg.asset
def undated() -> None: ...


def run_of(instance: dg.DagsterInstance, asset: dg.AssetsDefinition, day: str | None = None) -> str:
    return dg.materialize([asset], instance=instance, partition_key=day).run_id


def test_a_run_goes_when_newer_ones_made_all_that_it_made(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with open_instance(tmp_path) as instance:
        first_day = run_of(instance, dated, "2026-01-02")
        replaced = [run_of(instance, undated)]
        newest = [run_of(instance, undated)]
        output = tmp_path / "compute_logs" / replaced[0]
        output.mkdir(parents=True)
        files = {run_id: next(tmp_path.rglob(f"{run_id}.db")) for run_id in replaced}

        assert remove_old_runs(instance, kept_days=90, now=now) == []  # none is old yet
        later = now + timedelta(days=91)
        assert sorted(remove_old_runs(instance, kept_days=90, now=later)) == sorted(replaced)

        kept = {run.run_id for run in instance.get_runs()}
        assert kept == {first_day, *newest}
        assert [run_id for run_id, file in files.items() if file.exists()] == []
        assert not output.exists()
        assert instance.get_materialized_partitions(dated.key) == {"2026-01-02"}
        assert instance.get_latest_materialization_event(undated.key) is not None
        assert remove_old_runs(instance, kept_days=90, now=later) == []


def test_a_run_that_goes_on_stays_whatever_its_age(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        run = instance.create_run_for_job(
            dg.Definitions(assets=[undated]).resolve_implicit_global_asset_job_def()
        )
        assert remove_old_runs(instance, kept_days=1, now=datetime.now(UTC) + timedelta(days=9)) == []
        assert instance.get_run_by_id(run.run_id) is not None
