"""What comes before Claude's labels land: answers are brought home, and small plans are asked at once.

Nothing here is in any automation that spends: the sensor `finished_batches` only brings home what a batch
was paid for. A budget (settings, or the run's configuration) must be set before anything is sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from classifiers.catalog import CATALOG
from orchestration.assets.label_config import LabelConfig, budget_of_run, may_ask, scope_of_run
from orchestration.assets.labels import Before
from orchestration.assets.reporting import stated_failures
from orchestration.labellers.claude import CLAUDE
from orchestration.labellers.labeller import LabelAsset
from orchestration.labelling.asking import ask_dates, plan_labels
from orchestration.labelling.batches import collect_ended
from orchestration.labelling.rounds import AskReport
from orchestration.partitions import days_of
from orchestration.progress import Reporter
from orchestration.settings import Settings, has_api_key


def _collect_and_ask(
    settings: Settings, context: dg.AssetExecutionContext, reporter: Reporter, assets: Sequence[LabelAsset]
) -> Mapping[str, Any]:
    """Collect ended batches; where the run asks, ask what is not too much for that. What was done."""
    if not has_api_key(settings):
        return {}
    config = LabelConfig(**context.op_execution_context.op_config)
    with stated_failures(), reporter.task("Collecting finished batches") as advance:
        problem = collect_ended(settings, advance=advance)
    told: dict[str, Any] = {"not_collected": problem} if problem else {}
    if may_ask(settings, config, budget_of_run(settings, config)):
        asked = _ask_at_once(settings, context, config, reporter, assets)
        if asked is not None:
            told["asked_in_run"] = asked.asked
    return told


def _ask_at_once(
    settings: Settings,
    context: dg.AssetExecutionContext,
    config: LabelConfig,
    reporter: Reporter,
    assets: Sequence[LabelAsset],
) -> AskReport | None:
    """Ask the selected classifiers about the run's dates where the plan is small enough for that."""
    known = {classifier.name for classifier in CATALOG}
    names = tuple(config.classifiers or sorted(known & {asset.tables[0] for asset in assets}))
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
            plan=plan,
            advance=advance,
        )


BEFORE_LANDING: Mapping[str, Before] = {CLAUDE.name: Before(LabelConfig, _collect_and_ask)}
"""By labeller: what its step does first. The rules and people have nothing to fetch."""
