"""Labels as Dagster sees them: for each labeller one step, and the assets that its tables are shown as.

Belongs here: the one factory for every labeller of the registry. Not here: what a labeller is (labellers),
what comes before Claude's labels land (claude_asking).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from expectations.gates import LABEL_GATES
from expectations.rule import Gate
from orchestration.assets.recording import record_good_dates, record_stopped_dates, recorded_dates
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures, stopped_failure
from orchestration.checks import gate_check_results, gate_check_specs
from orchestration.labellers import labellers_of
from orchestration.labellers.labeller import LabelAsset, Labeller
from orchestration.labellers.landing import land_labels_by
from orchestration.landing.chunk import LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of, scope_of
from orchestration.progress import Reporter
from orchestration.settings import Settings

Act = Callable[[Settings, dg.AssetExecutionContext, Reporter, Sequence[LabelAsset]], Mapping[str, Any]]


@dataclass(frozen=True)
class Before:
    """What a step does before it lands labels; what it returns is shown with each selected asset."""

    config: type[dg.Config]
    act: Act


def label_assets(
    settings: Settings,
    days: dg.DailyPartitionsDefinition,
    labeller: Labeller,
    *,
    before: Before | None = None,
) -> dg.AssetsDefinition:
    """The labels of one labeller, landed by one step."""
    gates = gates_of(labeller)

    @dg.multi_asset(
        name=labeller.step,
        specs=[_spec(labeller, asset) for asset in labeller.assets],
        check_specs=gate_check_specs(gates),
        partitions_def=days,
        backfill_policy=ONE_RUN_FOR_A_RANGE,
        # What lands, lands together; only a step that does something first may leave some of it out.
        can_subset=before is not None,
        config_schema=None if before is None else before.config.to_fields_dict(),
        pool=labeller.pool,
    )
    def labels(
        context: dg.AssetExecutionContext,
        judge: dg.ResourceParam[JudgeProcess],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        selected = {key.to_user_string() for key in context.selected_asset_keys}
        assets = [asset for asset in labeller.assets if asset.name in selected]
        told = {} if before is None else before.act(settings, context, reporter, assets)
        run = LandingRun(run_id=context.run.run_id, now=datetime.now(UTC), judge=judge.judge_labels)
        with stated_failures(), reporter.task(_task(labeller)) as advance:
            report = land_labels_by(
                labeller, settings, days_of(context), run, scope=scope_of(context), advance=advance
            )
        yield from gate_check_results({asset.name: gates[asset.name] for asset in assets}, report.verdicts)
        tables = {asset.name: asset.counted for asset in assets}
        if report.has_stopped:
            record_good_dates(context, report.landed, tables=tables)
            record_stopped_dates(context, report, tables=tables)
            raise stopped_failure({labeller.title: report})
        results: list[dg.MaterializeResult[Any]] = [
            dg.MaterializeResult(
                asset_key=asset.name,
                metadata={
                    "rows_landed_in_run": sum(report.row_count(table) for table in asset.tables),
                    "dates_landed_in_run": len(report.landed),
                    **labeller.facts(settings, asset, days_of(context)),
                    **told,
                },
            )
            for asset in assets
        ]
        yield from recorded_dates(context, results, report.landed, tables=tables)

    return labels


def gates_of(labeller: Labeller) -> dict[str, list[Gate]]:
    """The gates that judge a labeller's tables, by asset."""
    return {
        asset.name: [
            gate for gate in LABEL_GATES if gate.table_name in {f"labels_{name}" for name in asset.tables}
        ]
        for asset in labeller.assets
    }


def assets_of_table(settings: Settings, table: str) -> list[str]:
    """The assets that a label table is made of: one for each labeller of the home that lands it."""
    return [
        asset.name
        for labeller in labellers_of(settings)
        for asset in labeller.assets
        if table in asset.tables
    ]


def _task(labeller: Labeller) -> str:
    return f"{labeller.title[0].upper()}{labeller.title[1:]}, by date"


def _spec(labeller: Labeller, asset: LabelAsset) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=asset.name,
        deps=list(labeller.reads),
        description=asset.text,
        group_name=labeller.group,
        kinds=set(labeller.kinds),
        owners=OWNERS,
        tags={"stage": labeller.group, "labeller": labeller.name},
        metadata={"dagster/column_schema": column_schema(labeller.schemas[asset.tables[0]])},
    )
