"""The release as Dagster sees it: the judged warehouse, copied whole, becomes the current release."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from expectations.gates import WAREHOUSE_GATES
from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, stated_failures
from orchestration.checks import gate_check_results, gate_check_specs
from orchestration.landing.judge_process import JudgeProcess
from orchestration.partitions import releases_held
from orchestration.progress import Reporter
from orchestration.publishing.built_record import built_from
from orchestration.publishing.warehouse_stages import judge_warehouse, release_warehouse
from orchestration.settings import Settings

RELEASE = "release"
RELEASE_GATES = {RELEASE: list(WAREHOUSE_GATES)}


def release_asset(settings: Settings, published: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset `release`, made from the `published` tables: the marts and the metrics."""

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                key=RELEASE,
                deps=published,
                description=(
                    "One row per table of the newest release.\n\nThe built warehouse is judged; where no "
                    "rule stops it, and no gate holds back rows or labels of a date, marts and metrics are "
                    "copied into a new folder of `published/releases` "
                    "and `published/current` is switched in one rename. A release is complete or absent; "
                    "three are kept; files that analysts have open stay valid."
                ),
                group_name="release",
                kinds={"duckdb", "parquet"},
                owners=OWNERS,
                tags={"stage": "release"},
                freshness_policy=dg.FreshnessPolicy.time_window(
                    fail_window=timedelta(days=settings.release_stale_days),
                    warn_window=timedelta(days=settings.release_stale_days) / 2,
                ),
            )
        ],
        check_specs=gate_check_specs(RELEASE_GATES),
        can_subset=False,
        pool="home_writer",
    )
    def publish(
        context: dg.AssetExecutionContext,
        judge: dg.ResourceParam[JudgeProcess],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        now = datetime.now(UTC)
        with stated_failures():
            built_from(settings.warehouse_path)  # the release would refuse as well, minutes later
        with stated_failures(), reporter.task("Judging the warehouse"):
            verdicts = judge_warehouse(settings, judge, run_id=context.run.run_id, now=now)
        yield from gate_check_results(RELEASE_GATES, verdicts)
        with stated_failures(), reporter.task("Publishing the release"):
            release = release_warehouse(
                settings,
                verdicts,
                run_id=context.run.run_id,
                now=now,
                accepts_held=releases_held(context),
            )
        rows = [dg.TableRecord({"table": name, "rows": count}) for name, count in release.row_counts.items()]
        result: dg.MaterializeResult[Any] = dg.MaterializeResult(
            asset_key=RELEASE,
            metadata={
                "release_id": release.release_id,
                "folder": dg.MetadataValue.path(release.folder),
                "rows": dg.MetadataValue.table(rows),
                "dagster/row_count": sum(release.row_counts.values()),
                "tables": len(release.row_counts),
                "rules_warning": sum(verdict.status == "warn" for verdict in verdicts),
                "mode": settings.mode,
            },
        )
        yield from recorded(context, [result])

    return publish
