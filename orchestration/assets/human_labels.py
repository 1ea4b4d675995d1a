"""Human labels as Dagster sees them: one asset for all their tables, landed from the kept reviews.

`sessionmart import-reviews` lands what it takes in; here dates are landed again whose rows changed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pyarrow as pa

from expectations.suites import review_samples
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures, stopped_failure
from orchestration.checks import gate_check_results, gate_check_specs
from orchestration.landing.chunk import LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of
from orchestration.reviewing.land_human_labels import HUMAN, human_label_tables, land_human_labels
from orchestration.settings import Settings

HUMAN_LABELS = "human_labels"
HUMAN_GATES = {HUMAN_LABELS: list(review_samples.GATES)}
"""What people answered is judged by the gates of each label table, whoever labelled."""


def human_label_asset(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The label tables by people, landed by one step."""
    tables = human_label_tables()

    @dg.multi_asset(
        name="labels_by_people",
        specs=[_spec(next(iter(tables.values())))],
        check_specs=gate_check_specs(HUMAN_GATES),
        partitions_def=days,
        backfill_policy=ONE_RUN_FOR_A_RANGE,
        pool="home_writer",
    )
    def labels_by_people(
        context: dg.AssetExecutionContext, judge: dg.ResourceParam[JudgeProcess]
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        run = LandingRun(run_id=context.run.run_id, now=datetime.now(UTC), judge=judge.judge_labels)
        with stated_failures():
            report = land_human_labels(settings, days_of(context), run)
        yield from gate_check_results(HUMAN_GATES, report.verdicts)
        if report.has_stopped:
            raise stopped_failure({"human labels": report})
        yield dg.MaterializeResult(
            asset_key=HUMAN_LABELS,
            metadata={
                "rows_landed_in_run": sum(report.row_count(table) for table in tables),
                "dates_landed_in_run": len(report.landed),
            },
        )

    return labels_by_people


def _spec(schema: pa.Schema) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=HUMAN_LABELS,
        deps=["raw_sessions"],
        description=(
            "One row per reviewed session, classifier and reviewer: what a person answered.\n\n"
            "Of each classifier the newest answered sample counts. Human labels enter no rate by themselves: "
            "the labellers are compared with them and corrected by them."
        ),
        group_name="labels",
        kinds={"parquet"},
        owners=OWNERS,
        tags={"stage": "labels", "labeller": HUMAN},
        metadata={"dagster/column_schema": column_schema(schema)},
    )
