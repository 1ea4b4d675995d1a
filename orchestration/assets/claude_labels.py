"""Claude's labels as Dagster sees them: batches that are submitted, and one asset per classifier.

Nothing here is in any automation that spends: the sensor `finished_batches` only brings home what a batch
was paid for. A budget (settings, or the run's configuration) must be set before anything is sent.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pyarrow as pa

from classifiers.catalog import CATALOG
from expectations.gates import LABEL_GATES
from expectations.suites.eligibility import ELIGIBILITY
from orchestration.assets.claude_batches import batches_asset
from orchestration.assets.label_config import (
    BATCHES,
    GROUP,
    LABELS,
    LabelConfig,
    budget_of_run,
    may_ask,
    scope_of_run,
)
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
from orchestration.labelling.asking import AskReport, ask_dates, plan_labels
from orchestration.labelling.batches import collect_ended
from orchestration.labelling.land_claude_labels import (
    CLAUDE,
    claude_label_tables,
    is_labelling_used,
    land_claude_labels,
)
from orchestration.labelling.report import classifier_metadata
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of
from orchestration.progress import Reporter
from orchestration.settings import Settings, has_api_key


def claude_label_asset(name: str) -> str:
    """The asset of a classifier's labels by Claude: `outcome` is `claude_labels_outcome`."""
    return f"{CLAUDE}_labels_{name}"


ELIGIBILITY_ASSET = f"{CLAUDE}_{ELIGIBILITY}"
CLASSIFIER_ASSETS = {claude_label_asset(classifier.name): classifier.name for classifier in CATALOG}
CLAUDE_ASSETS = {**CLASSIFIER_ASSETS, ELIGIBILITY_ASSET: ELIGIBILITY}
"""Asset → label table; a classifier's items land with its labels."""

CLAUDE_GATES = {
    asset: [gate for gate in LABEL_GATES if gate.table_name in (f"labels_{name}", f"labels_{name}_items")]
    for asset, name in CLAUDE_ASSETS.items()
}


def claude_asset_of(table: str) -> str:
    """The asset that a label table by Claude lands with."""
    if table == ELIGIBILITY:
        return ELIGIBILITY_ASSET
    return claude_label_asset(table.removesuffix("_items"))


def claude_assets(settings: Settings, days: dg.DailyPartitionsDefinition) -> list[dg.AssetsDefinition]:
    """The asset that submits batches, and the label tables by Claude."""
    return [batches_asset(settings, days), _labels(settings, days)]


def _labels(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    schemas = claude_label_tables()

    @dg.multi_asset(
        name=LABELS,
        specs=[_spec(asset, _description(name), schemas[name]) for asset, name in CLAUDE_ASSETS.items()],
        check_specs=gate_check_specs(CLAUDE_GATES),
        partitions_def=days,
        backfill_policy=ONE_RUN_FOR_A_RANGE,
        can_subset=True,
        pool="claude_api",
    )
    def claude_labels(
        context: dg.AssetExecutionContext,
        config: LabelConfig,
        judge: dg.ResourceParam[JudgeProcess],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        wanted = days_of(context)
        selected = {key.to_user_string() for key in context.selected_asset_keys}
        asked, problem = None, None
        if has_api_key(settings):
            with stated_failures(), reporter.task("Collecting finished batches") as advance:
                problem = collect_ended(settings, advance=advance)
            if may_ask(settings, config, budget_of_run(settings, config)):
                asked = _ask_at_once(settings, context, config, reporter, selected)
        report = _land(settings, context, judge, reporter, wanted)
        tables = {asset: CLAUDE_ASSETS[asset] for asset in sorted(selected)}
        gates = {asset: CLAUDE_GATES[asset] for asset in tables}
        yield from gate_check_results(gates, report.verdicts if report is not None else ())
        if report is not None and report.has_stopped:
            record_good_dates(context, report.landed, tables=tables)
            record_stopped_dates(context, report, tables=tables)
            raise stopped_failure({"labels by Claude": report})
        if report is not None:
            report_landed_dates(context, report.landed, tables=tables)
        for asset, name in tables.items():
            told = classifier_metadata(settings, name, wanted) if asset in CLASSIFIER_ASSETS else {}
            extra: dict[str, Any] = {} if asked is None else {"asked_in_run": asked.asked}
            if problem:
                extra["not_collected"] = problem
            yield dg.MaterializeResult(asset_key=asset, metadata={**told, **extra})

    return claude_labels


def _ask_at_once(
    settings: Settings,
    context: dg.AssetExecutionContext,
    config: LabelConfig,
    reporter: Reporter,
    selected: set[str],
) -> AskReport | None:
    """Ask the selected classifiers about the run's dates where the plan is small enough for that."""
    of_assets = (CLASSIFIER_ASSETS[asset] for asset in sorted(selected & CLASSIFIER_ASSETS.keys()))
    names = tuple(config.classifiers or of_assets)
    if settings.label_classifiers:
        names = tuple(name for name in names if name in settings.label_classifiers)
    scope = scope_of_run(settings, config, days_of(context), names)
    with stated_failures(), reporter.task("Planning labels") as advance:
        plan = plan_labels(settings, scope, advance=advance)
    if not 0 < plan.request_count <= settings.label_batch_above:
        return None
    with stated_failures(), reporter.task("Asking Claude") as advance:
        return ask_dates(
            settings,
            scope,
            run_id=config.budget_run or context.run.run_id,
            budget_usd=budget_of_run(settings, config),
            as_batches=False,
            planned=plan.request_count,
            advance=advance,
        )


def _land(
    settings: Settings,
    context: dg.AssetExecutionContext,
    judge: JudgeProcess,
    reporter: Reporter,
    wanted: Sequence[date],
) -> LandingReport | None:
    """Land what the ledger holds; None where labelling is not used."""
    if not is_labelling_used(settings):
        return None
    run = LandingRun(run_id=context.run.run_id, now=datetime.now(UTC), judge=judge.judge_labels)
    with stated_failures(), reporter.task("Landing Claude's labels, by date") as advance:
        return land_claude_labels(settings, wanted, run, advance=advance)


def _spec(asset: str, description: str, schema: pa.Schema) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=asset,
        deps=["raw_sessions", BATCHES],
        description=description,
        group_name=GROUP,
        kinds={"anthropic", "parquet"},
        owners=OWNERS,
        tags={"stage": GROUP, "labeller": CLAUDE},
        metadata={"dagster/column_schema": column_schema(schema)},
    )


def _description(name: str) -> str:
    if name == ELIGIBILITY:
        return (
            "One row per classifier and unit that Claude could be asked about, with the reason where not.\n\n"
            "Only closed sessions, and interactive ones where the instrument says so. Coverage is counted "
            "against it."
        )
    return (
        f"One row per unit, fingerprint and replicate: Claude's answer to the question {name}.\n\n"
        "Asked within the budget of the run, checked against the events of the transcript, and landed with "
        "its prompt's fingerprint, model, evidence, tokens and price. Refused, truncated, invalid and unpaid "
        "units are rows with a status. An answer that is held is never asked again by itself."
    )
