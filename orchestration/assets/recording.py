"""What a step records in Dagster's history: the dates that landed, never the calendar between them.

Left to itself Dagster records every asset for every calendar date of a range, worked on or not: a year of
dates and some seventy assets are 25,000 events and most of a small run's time. Runs of our jobs carry
`STEPS_RECORD_TAG`, so that Dagster records no asset by itself, and steps record what they did. A run that
somebody starts without it, by materializing assets in the UI, is recorded as Dagster does it.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.events import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventBatchMetadata,
    DagsterEventType,
    generate_event_batch_id,
)

from orchestration.landing.chunk import LandingReport
from orchestration.landing.landed import LandedState

STEPS_RECORD_TAG = "dagster/defer_asset_events"
"""Dagster's own tag for runs whose steps report assets themselves; it plans and records none of them."""

ROW_COUNT = "dagster/partition_row_count"

Tables = Mapping[str, tuple[str, ...]]
"""Per asset the tables of the lake whose rows are counted as its rows."""

Result = dg.MaterializeResult[Any]


def landed_metadata(state: LandedState, counted: tuple[str, ...]) -> dict[str, dg.MetadataValue]:
    """What one landed date of an asset is made of; `counted`: the tables whose rows are its rows."""
    rows = sum(state.row_counts[table] for table in counted if table in state.row_counts)
    return {
        ROW_COUNT: dg.MetadataValue.int(rows),
        "fingerprint": dg.MetadataValue.text(state.fingerprint),
        "version": dg.MetadataValue.text(state.version),
        "verdict": dg.MetadataValue.text(state.verdict),
    }


def recorded(context: dg.AssetExecutionContext, results: Iterable[Result]) -> Iterator[Result]:
    """The results of a step without dates, each recorded once."""
    held = list(results)
    if _steps_record(context):
        _materialize(context, [_materialization(result) for result in held])
    yield from held


def recorded_checks(
    context: dg.AssetExecutionContext, results: Iterable[dg.AssetCheckResult]
) -> Iterator[dg.AssetCheckResult]:
    """How the checks of a step came out, written together: one by one, hundreds of them take seconds."""
    held = list(results)
    if not _steps_record(context):
        yield from held
        return
    step, batch_id = context.get_step_execution_context(), str(generate_event_batch_id())  # type: ignore[no-untyped-call]
    for number, result in enumerate(held, start=1):
        evaluation = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey.from_coercible(result.asset_key or ()),
            check_name=str(result.check_name),
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            description=result.description,
        )
        DagsterEvent.from_step(
            DagsterEventType.ASSET_CHECK_EVALUATION,
            step,
            evaluation,
            f"Check {evaluation.check_name} {'passed' if result.passed else 'did not pass'}.",
            DagsterEventBatchMetadata(batch_id, number == len(held)),
        )


def recorded_dates(
    context: dg.AssetExecutionContext,
    results: Iterable[Result],
    landed: Mapping[date, LandedState],
    *,
    tables: Tables,
) -> Iterator[Result]:
    """The results of a step that has landed dates, each recorded for exactly those."""
    held = list(results)
    if _steps_record(context):
        _materialize(
            context,
            [
                _materialization(result, day, landed_metadata(state, tables[_name(result)]))
                for day, state in landed.items()
                for result in held
            ],
        )
    else:
        for day, state in landed.items():
            for asset, counted in tables.items():
                context.add_asset_metadata(
                    landed_metadata(state, counted), asset_key=asset, partition_key=day.isoformat()
                )
    yield from held


def recorded_on(context: dg.AssetExecutionContext, result: Result, days: Iterable[date]) -> Result:
    """The result of a step that works on dates and lands none of them, recorded for `days`."""
    if _steps_record(context):
        _materialize(context, [_materialization(result, day) for day in days])
    return result


def record_good_dates(
    context: dg.AssetExecutionContext, landed: Mapping[date, LandedState], *, tables: Tables
) -> None:
    """Record exactly the dates that landed, in a run that fails because of others."""
    _materialize(
        context,
        [
            dg.AssetMaterialization(
                asset, partition=day.isoformat(), metadata=landed_metadata(state, counted)
            )
            for day, state in landed.items()
            for asset, counted in tables.items()
        ],
    )


def record_stopped_dates(
    context: dg.AssetExecutionContext, report: LandingReport, *, tables: Iterable[str]
) -> None:
    """Show exactly the stopped dates as failed: an attempt that no materialization follows is one."""
    for stopped in report.stopped:
        for asset in tables:
            _plan(
                context,
                AssetMaterializationPlannedData(dg.AssetKey(asset), partition=stopped.day.isoformat()),
            )


def record_failure() -> None:
    """Show the assets of the present step, which is failing, as failed for all that the run asks for."""
    context = dg.AssetExecutionContext.get()
    if not _steps_record(context):
        return  # then it was planned before the run began
    subset = context.run.partitions_subset if context.has_partition_key_range else None
    day = context.partition_key if context.has_partition_key and subset is None else None
    for key in context.selected_asset_keys:
        if context.assets_def.specs_by_key[key].partitions_def is None:
            _plan(context, AssetMaterializationPlannedData(key))
        elif subset is not None:
            _plan(context, AssetMaterializationPlannedData(key, partitions_subset=subset))
        else:
            _plan(context, AssetMaterializationPlannedData(key, partition=day))


def _steps_record(context: dg.AssetExecutionContext) -> bool:
    return context.run.tags.get(STEPS_RECORD_TAG) == "true"


def _name(result: Result) -> str:
    key = result.asset_key
    return key.to_user_string() if isinstance(key, dg.AssetKey) else str(key)


def _materialization(
    result: Result, day: date | None = None, metadata: Mapping[str, Any] | None = None
) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        _name(result),
        partition=None if day is None else day.isoformat(),
        metadata={**(result.metadata or {}), **(metadata or {})},
    )


def _materialize(
    context: dg.AssetExecutionContext, materializations: Sequence[dg.AssetMaterialization]
) -> None:
    """Write materializations in one batch."""
    batch_id = str(generate_event_batch_id())  # type: ignore[no-untyped-call]
    step = context.get_step_execution_context()
    for number, materialization in enumerate(materializations, start=1):
        batch = DagsterEventBatchMetadata(batch_id, number == len(materializations))
        DagsterEvent.asset_materialization(step, materialization, batch)


def _plan(context: dg.AssetExecutionContext, planned: AssetMaterializationPlannedData) -> None:
    step = context.get_step_execution_context()
    event = DagsterEvent.build_asset_materialization_planned_event(
        context.run.job_name, step.step.key, planned
    )
    context.instance.report_dagster_event(event, context.run.run_id, logging.DEBUG)
