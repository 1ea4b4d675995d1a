"""Claude's labels as Dagster sees them: batches that are submitted, and one asset per classifier.

Nothing here is in any automation that spends: the sensor `finished_batches` only brings home what a batch
was paid for. A budget (settings, or the run's configuration) must be set before anything is sent.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import dagster as dg
import pyarrow as pa

from classifiers.catalog import CATALOG
from classifiers.plan import Plan
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
from orchestration.judge_process import JudgeProcess
from orchestration.labelling.asking import AskReport, AskScope, ask_dates, plan_labels
from orchestration.labelling.batches import collect_ended
from orchestration.labelling.land_claude_labels import (
    CLAUDE,
    ELIGIBILITY,
    claude_label_tables,
    is_labelling_used,
    land_claude_labels,
)
from orchestration.labelling.report import classifier_metadata
from orchestration.labelling.stale import relabelled_units
from orchestration.landing_chunk import LandingReport, LandingRun
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of
from orchestration.progress import Reporter
from orchestration.settings import Settings, has_api_key

BATCHES = "claude_batches"
GROUP = "claude"


_BATCHES_TEXT = (
    "One row per batch of questions that was submitted to the API.\n\n"
    "Submits what is still to be asked about the dates where that is more than `label_batch_above` requests; "
    "smaller plans are asked at once by the label assets. Running it again submits nothing twice: the ledger "
    "knows every request. The sensor `finished_batches` brings the answers home."
)


class LabelConfig(dg.Config):
    """What a run may ask. Unless `ask` is set it asks nothing and lands what is answered.

    `budget_usd`, `classifiers`: instead of the settings'. `relabel`: `none`, `stale` (labels given on
    another input) or `all`; those are paid again. `budget_run`: runs of one name share one budget.
    """

    ask: bool = False
    budget_usd: float | None = None
    classifiers: list[str] | None = None
    relabel: str = "none"
    budget_run: str | None = None


def asking_config(**values: Any) -> dict[str, Any]:
    """Run configuration of the two steps that ask."""
    return {"ops": {name: {"config": {"ask": True, **values}} for name in (BATCHES, "claude_labels")}}


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
    return [_batches(settings, days), _labels(settings, days)]


def _batches(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    # A multi_asset, because the policy on a plain asset warns that it is beta.
    @dg.multi_asset(
        name=BATCHES,
        specs=[
            dg.AssetSpec(
                key=BATCHES,
                deps=["raw_sessions"],
                description=_BATCHES_TEXT,
                group_name=GROUP,
                kinds={"anthropic"},
                owners=OWNERS,
                tags={"stage": GROUP},
            )
        ],
        partitions_def=days,
        backfill_policy=ONE_RUN_FOR_A_RANGE,
        pool="claude_api",
    )
    def claude_batches(
        context: dg.AssetExecutionContext, config: LabelConfig, reporter: dg.ResourceParam[Reporter]
    ) -> dg.MaterializeResult[Any]:
        if has_api_key(settings):
            # Before planning: the next step of a question rests on what a batch has brought.
            with stated_failures(), reporter.task("Collecting finished batches") as advance:
                collect_ended(settings, advance=advance)
        budget = _budget(settings, config)
        if not _may_ask(settings, config, budget):
            return dg.MaterializeResult(metadata={"batches": 0, "why": _why_nothing(settings, config)})
        with stated_failures(), reporter.task("Planning labels") as advance:
            scope = _scope(settings, config, days_of(context), config.classifiers)
            plan = plan_labels(settings, scope, advance=advance)
        if plan.request_count <= settings.label_batch_above:
            return dg.MaterializeResult(metadata={"batches": 0, "requests_to_ask": plan.request_count})
        with stated_failures(), reporter.task("Submitting batches") as advance:
            report = ask_dates(
                settings,
                scope,
                run_id=config.budget_run or context.run.run_id,
                budget_usd=budget,
                as_batches=True,
                planned=plan.request_count,
                advance=advance,
            )
        return dg.MaterializeResult(metadata={**_ask_metadata(report), **_plan_metadata(plan)})

    return claude_batches


def _labels(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    schemas = claude_label_tables()

    @dg.multi_asset(
        name="claude_labels",
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
        asked = None
        if has_api_key(settings):
            with stated_failures(), reporter.task("Collecting finished batches") as advance:
                collect_ended(settings, advance=advance)
            if _may_ask(settings, config, _budget(settings, config)):
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
            extra = {} if asked is None else {"asked_in_run": asked.asked}
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
    scope = _scope(settings, config, days_of(context), names)
    with stated_failures(), reporter.task("Planning labels") as advance:
        plan = plan_labels(settings, scope, advance=advance)
    if not 0 < plan.request_count <= settings.label_batch_above:
        return None
    with stated_failures(), reporter.task("Asking Claude") as advance:
        return ask_dates(
            settings,
            scope,
            run_id=config.budget_run or context.run.run_id,
            budget_usd=_budget(settings, config),
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


def _budget(settings: Settings, config: LabelConfig) -> Decimal:
    return settings.budget_usd if config.budget_usd is None else Decimal(str(config.budget_usd))


def _may_ask(settings: Settings, config: LabelConfig, budget: Decimal) -> bool:
    return config.ask and budget > 0 and has_api_key(settings)


def _why_nothing(settings: Settings, config: LabelConfig) -> str:
    if not config.ask:
        return "The run's configuration does not say `ask: true`, so nothing is asked."
    if not has_api_key(settings):
        return "No key is set; the rules labeller needs none."
    return "No budget is set: budget_usd in the run's configuration, or SESSIONMART_BUDGET_USD."


def _scope(
    settings: Settings, config: LabelConfig, days: list[date], classifiers: Sequence[str] | None
) -> AskScope:
    names = tuple(classifiers) if classifiers else None
    return AskScope(days, names, relabelled_units(settings, days, names, which=config.relabel))


def _ask_metadata(report: AskReport) -> dict[str, Any]:
    return {
        "batches": len(report.batches),
        "requests": report.asked,
        "beyond_budget": report.skipped_budget,
        **report.never_sent,
        "charged_or_reserved_usd": float(report.spent_usd),
    }


def _plan_metadata(plan: Plan) -> dict[str, Any]:
    return {"planned_requests": plan.request_count, "quoted_batch_usd": float(plan.batch_usd)}


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
