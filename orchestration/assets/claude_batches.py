"""The batches of questions as Dagster sees them: submitted by one step, brought home by another."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from classifiers.asking.plan import Plan
from orchestration.assets.label_config import LabelConfig, budget_of_run, may_ask, scope_of_run
from orchestration.assets.recording import recorded_on
from orchestration.assets.reporting import OWNERS, stated_failures
from orchestration.labellers.claude import BATCHES, GROUP
from orchestration.labelling.asking import ask_dates, plan_labels
from orchestration.labelling.batches import collect_ended
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.labelling.rounds import AskReport
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of
from orchestration.progress import Reporter
from orchestration.settings import Settings, has_api_key

_BATCHES_TEXT = (
    "One row per batch of questions that was submitted to the API.\n\n"
    "Submits what is still to be asked about the dates where that is more than `label_batch_above` requests; "
    "smaller plans are asked at once by the label assets. Running it again submits nothing twice: the ledger "
    "knows every request. The sensor `finished_batches` brings the answers home."
)


def batches_asset(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset `claude_batches`."""

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
        told = _submitted(settings, context, config, reporter)
        result: dg.MaterializeResult[Any] = dg.MaterializeResult(asset_key=BATCHES, metadata=told)
        # A run that does not ask has only brought home what had ended: nothing was done about its dates.
        asked_about = set(days_with_sessions(settings)) & set(days_of(context)) if config.ask else set()
        return recorded_on(context, result, sorted(asked_about))

    return claude_batches


def _submitted(
    settings: Settings, context: dg.AssetExecutionContext, config: LabelConfig, reporter: Reporter
) -> Mapping[str, Any]:
    """Submit what is too much to ask at once; what was done, or why nothing."""
    budget = budget_of_run(settings, config)
    if not may_ask(settings, config, budget):
        return {"batches": 0, "why": _why_nothing(settings, config)}
    with stated_failures(), reporter.task("Planning labels") as advance:
        scope = scope_of_run(settings, config, days_of(context), config.classifiers)
        plan = plan_labels(settings, scope, advance=advance)
    if plan.request_count <= settings.label_batch_above:
        return {"batches": 0, "requests_to_ask": plan.request_count}
    with stated_failures(), reporter.task("Submitting batches") as advance:
        report = ask_dates(
            settings,
            scope,
            run_id=config.budget_run or context.run.run_id,
            budget_usd=budget,
            as_batches=True,
            plan=plan,
            advance=advance,
        )
    return {**_ask_metadata(report), **_plan_metadata(plan)}


def _why_nothing(settings: Settings, config: LabelConfig) -> str:
    if not config.ask:
        return "The run's configuration does not say `ask: true`, so nothing is asked."
    if not has_api_key(settings):
        return "No key is set; the rules labeller needs none."
    return "No budget is set: budget_usd in the run's configuration, or SESSIONMART_BUDGET_USD."


def _ask_metadata(report: AskReport) -> dict[str, Any]:
    return {
        "batches": len(report.batches),
        "requests": report.asked,
        "beyond_budget": report.skipped_budget,
        "reached_share_of_sessions": report.reached_share or 0.0,
        **report.never_sent,
        "charged_or_reserved_usd": float(report.spent_usd),
    }


def _plan_metadata(plan: Plan) -> dict[str, Any]:
    return {"planned_requests": plan.request_count, "quoted_batch_usd": float(plan.batch_usd)}
