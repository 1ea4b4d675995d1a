"""Human labels as Dagster sees them: one asset for all their tables, landed from the kept reviews.

`sessionmart import-reviews` lands what it takes in; here dates are landed again whose rows changed.
"""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.assets.reporting import OWNERS, column_schema, stated_failures, stopped_failure
from orchestration.landing.chunk import LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of
from orchestration.reviewing.land_human_labels import HUMAN, human_label_tables, land_human_labels
from orchestration.settings import Settings

HUMAN_LABELS = "human_labels"


def human_label_asset(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The label tables by people, landed by one step."""
    tables = human_label_tables()
    shown = next(iter(tables.values()))

    @dg.asset(
        name=HUMAN_LABELS,
        deps=["raw_sessions"],
        partitions_def=days,
        backfill_policy=ONE_RUN_FOR_A_RANGE,
        group_name="labels",
        kinds={"parquet"},
        owners=OWNERS,
        tags={"stage": "labels", "labeller": HUMAN},
        metadata={"dagster/column_schema": column_schema(shown)},
        pool="home_writer",
        description=(
            "One row per reviewed session, classifier and reviewer: what a person answered.\n\n"
            "Of each classifier the newest answered sample counts. Human labels enter no rate by themselves: "
            "the labellers are compared with them and corrected by them."
        ),
    )
    def human_labels(
        context: dg.AssetExecutionContext, judge: dg.ResourceParam[JudgeProcess]
    ) -> dg.MaterializeResult[Any]:
        run = LandingRun(run_id=context.run.run_id, now=datetime.now(UTC), judge=judge.judge_labels)
        with stated_failures():
            report = land_human_labels(settings, days_of(context), run)
        if report.has_stopped:
            raise stopped_failure({"human labels": report})
        return dg.MaterializeResult(
            metadata={
                "rows_landed_in_run": sum(report.row_count(table) for table in tables),
                "dates_landed_in_run": len(report.landed),
            }
        )

    return human_labels
