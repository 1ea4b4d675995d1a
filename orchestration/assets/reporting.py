"""What every asset tells Dagster in the same way: column schemas, dates that landed, why a step failed.

Belongs here: plain reports → Dagster's metadata, events and failures. Not here: what a gate's check says
(checks), and anything that reads or writes data.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import dagster as dg
import pyarrow as pa
from dagster._core.events import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventBatchMetadata,
    generate_event_batch_id,
)

from orchestration.failures import describe, frames, is_ours
from orchestration.landing.chunk import LandingReport
from orchestration.landing.landed import LandedState

OWNERS = ["team:data-engineering"]
ROW_COUNT = "dagster/partition_row_count"


def column_schema(schema: pa.Schema) -> dg.TableSchema:
    """The columns of a lake table as the UI shows them."""
    columns = [
        dg.TableColumn(
            field.name, str(field.type), constraints=dg.TableColumnConstraints(nullable=field.nullable)
        )
        for field in schema
    ]
    return dg.TableSchema(columns=columns)


def landed_metadata(state: LandedState, counted: tuple[str, ...]) -> dict[str, dg.MetadataValue]:
    """What one landed date of an asset is made of; `counted`: the tables whose rows are its rows."""
    rows = sum(state.row_counts[table] for table in counted if table in state.row_counts)
    return {
        ROW_COUNT: dg.MetadataValue.int(rows),
        "fingerprint": dg.MetadataValue.text(state.fingerprint),
        "version": dg.MetadataValue.text(state.version),
        "verdict": dg.MetadataValue.text(state.verdict),
    }


def report_landed_dates(
    context: dg.AssetExecutionContext,
    landed: Mapping[date, LandedState],
    *,
    tables: Mapping[str, tuple[str, ...]],
) -> None:
    """Attach row counts to each date of a run that succeeds; `tables`: asset → tables that are counted."""
    for day, state in landed.items():
        for asset, counted in tables.items():
            context.add_asset_metadata(
                landed_metadata(state, counted), asset_key=asset, partition_key=day.isoformat()
            )


def record_good_dates(
    context: dg.AssetExecutionContext,
    landed: Mapping[date, LandedState],
    *,
    tables: Mapping[str, tuple[str, ...]],
) -> None:
    """Record exactly the dates that landed, in a run that fails because of others.

    A step that fails records nothing by itself, and one that succeeds records all dates of its range.
    """
    materializations = [
        dg.AssetMaterialization(asset, partition=day.isoformat(), metadata=landed_metadata(state, counted))
        for day, state in landed.items()
        for asset, counted in tables.items()
    ]
    batch_id = str(generate_event_batch_id())  # type: ignore[no-untyped-call]
    step = context.get_step_execution_context()
    for number, materialization in enumerate(materializations, start=1):
        batch = DagsterEventBatchMetadata(batch_id, number == len(materializations))
        DagsterEvent.asset_materialization(step, materialization, batch)


def record_stopped_dates(
    context: dg.AssetExecutionContext, report: LandingReport, *, tables: Mapping[str, tuple[str, ...]]
) -> None:
    """Show exactly the stopped dates as failed: an attempt that no materialization follows is one."""
    step = context.get_step_execution_context()
    for stopped in report.stopped:
        for asset in tables:
            planned = AssetMaterializationPlannedData(dg.AssetKey(asset), partition=stopped.day.isoformat())
            event = DagsterEvent.build_asset_materialization_planned_event(
                context.run.job_name, step.step.key, planned
            )
            context.instance.report_dagster_event(event, context.run.run_id, logging.DEBUG)


def stopped_failure(reports: Mapping[str, LandingReport]) -> dg.Failure:
    """The failure of a run in which gates stopped dates; `reports` by what was landed."""
    stopped = [(name, each) for name, report in reports.items() for each in report.stopped]
    days = sorted({each.day.isoformat() for _, each in stopped})
    good = {day for report in reports.values() for day in report.landed} - {each.day for _, each in stopped}
    lines = [
        f"- **{each.day}** {name}: {message}"
        for name, each in stopped
        for message in sorted(set(each.messages))
    ]
    return dg.Failure(
        description=(
            f"{len(days)} date(s) were stopped by a gate and keep their last good state: {', '.join(days)}. "
            f"{len(good)} other date(s) landed. Nothing is released. What to do stands with each rule below; "
            "afterwards start the run again: only the stopped dates are done anew.\n" + "\n".join(lines)
        ),
        metadata={"stopped_dates": dg.MetadataValue.md("\n".join(lines))},
        allow_retries=False,
    )


@contextmanager
def stated_failures() -> Iterator[None]:
    """Turn an error into a failure that holds no text of a transcript, whatever a library put into it."""
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        where = "" if is_ours(error) else f"\n{frames(error)}"
        raise dg.Failure(description=f"{describe(error)}{where}", allow_retries=False) from None
