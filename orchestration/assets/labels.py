"""Labels as Dagster sees them: one asset per label table, landed by one step per labeller.

The rules labeller needs no key and runs with every update; each of its labels is marked `rules`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pyarrow as pa

from classifiers.rules.labeller import RULES_COLUMNS, rules_fingerprint, rules_label_tables
from expectations.gates import LABEL_GATES
from orchestration.assets.reporting import (
    OWNERS,
    column_schema,
    record_good_dates,
    record_stopped_dates,
    report_landed_dates,
    stated_failures,
    stopped_failure,
)
from orchestration.checks import gate_check_results, gate_check_specs
from orchestration.landing.chunk import LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of, scope_of
from orchestration.progress import Reporter
from orchestration.settings import Settings
from orchestration.stages import land_rules_labels


def label_asset(table: str) -> str:
    """The asset of a label table: `outcome` is `labels_outcome`."""
    return f"labels_{table}"


LABEL_ASSETS = {label_asset(table): table for table in rules_label_tables()}
LABEL_TABLE_GATES = {
    asset: [gate for gate in LABEL_GATES if gate.table_name == asset] for asset in LABEL_ASSETS
}


def label_assets(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The label tables by rules, one asset each, landed by one step."""
    schemas = rules_label_tables()

    @dg.multi_asset(
        name="labels_by_rules",
        specs=[_spec(asset, schemas[table]) for asset, table in LABEL_ASSETS.items()],
        check_specs=gate_check_specs(LABEL_TABLE_GATES),
        partitions_def=days,
        backfill_policy=ONE_RUN_FOR_A_RANGE,
        can_subset=False,
        pool="home_writer",
    )
    def labels_by_rules(
        context: dg.AssetExecutionContext,
        judge: dg.ResourceParam[JudgeProcess],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        run = LandingRun(run_id=context.run.run_id, now=datetime.now(UTC), judge=judge.judge_labels)
        with stated_failures(), reporter.task("Labelling by rules, by date") as advance:
            report = land_rules_labels(
                settings, days_of(context), run, scope=scope_of(context), advance=advance
            )
        yield from gate_check_results(LABEL_TABLE_GATES, report.verdicts)
        if report.has_stopped:
            record_good_dates(context, report.landed, tables=LABEL_ASSETS)
            record_stopped_dates(context, report, tables=LABEL_ASSETS)
            raise stopped_failure({"labels": report})
        report_landed_dates(context, report.landed, tables=LABEL_ASSETS)
        for asset, table in LABEL_ASSETS.items():
            yield dg.MaterializeResult(
                asset_key=asset,
                metadata={
                    "rows_landed_in_run": report.row_count(table),
                    "dates_landed_in_run": len(report.landed),
                    "fingerprint": rules_fingerprint(table.removesuffix("_items")),
                    "tokens": 0,
                    "cost_usd": 0.0,
                },
            )

    return labels_by_rules


def _spec(asset: str, schema: pa.Schema) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=asset,
        deps=sorted({"raw_sessions", *RULES_COLUMNS}),
        description=_description(asset),
        group_name="labels",
        kinds={"parquet"},
        owners=OWNERS,
        tags={"stage": "labels", "labeller": "rules"},
        metadata={"dagster/column_schema": column_schema(schema)},
    )


def _description(asset: str) -> str:
    if asset.endswith("_items"):
        grain = "One row per listed signal of an answer."
    else:
        grain = "One row per unit, fingerprint and replicate: the answer to one question."
    return (
        f"{grain}\n\nMade by the deterministic rules, a baseline that needs no key and reads no response "
        "of the agent. The column `labeller` says who answered; rules and models are never mixed."
    )
