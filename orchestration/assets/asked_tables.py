"""Tables that a step fills from Claude's answers apart from labels, as Dagster sees them.

Belongs here: what every such step does, asking where the run may ask, and landing what the ledger holds. Not
here: which tables there are (clusters, duels).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import dagster as dg

from orchestration.assets.label_config import LabelConfig, budget_of_run, may_ask
from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures
from orchestration.landing.lake import LakeTable
from orchestration.progress import Reporter
from orchestration.settings import Settings


class AskedTable(NamedTuple):
    """A table that a step fills from Claude's answers."""

    group: str
    step: str
    asset: str
    reads: tuple[str, ...]
    table: LakeTable
    row_type: type[Any]
    task: str


def asked_asset(
    settings: Settings, asked: AskedTable, ask: Callable[..., int], land: Callable[[], Mapping[str, int]]
) -> dg.AssetsDefinition:
    """The table of a step: asked for within the budget where the run may ask, and read from the ledger."""

    @dg.multi_asset(
        name=asked.step,
        specs=[
            dg.AssetSpec(
                key=asked.asset,
                deps=list(asked.reads),
                description=asked.row_type.__doc__,
                group_name=asked.group,
                kinds={"anthropic", "parquet"},
                owners=OWNERS,
                tags={"stage": asked.group},
                metadata={"dagster/column_schema": column_schema(asked.table.schema)},
            )
        ],
        config_schema=LabelConfig.to_fields_dict(),
        pool="claude_api",
    )
    def step(
        context: dg.AssetExecutionContext, reporter: dg.ResourceParam[Reporter]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        config = LabelConfig(**context.op_execution_context.op_config)
        told: dict[str, Any] = {}
        budget = budget_of_run(settings, config)
        if may_ask(settings, config, budget):
            run_id = config.budget_run or context.run.run_id
            with stated_failures(), reporter.task(asked.task) as advance:
                told["asked_in_run"] = ask(settings, run_id=run_id, budget_usd=budget, advance=advance)
        with stated_failures():
            told |= land()
        yield from recorded(context, [dg.MaterializeResult(asset_key=asked.asset, metadata=told)])

    return step
