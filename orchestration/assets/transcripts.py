"""Transcripts as Dagster sees them: the archive, and the raw tables that are parsed from it.

One step lands all raw tables of a range, because a date's tables land together or not at all.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from expectations.gates import RAW_GATES
from orchestration.assets.recording import (
    record_good_dates,
    record_stopped_dates,
    recorded,
    recorded_dates,
)
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures, stopped_failure
from orchestration.checks import gate_check_results, gate_check_specs
from orchestration.ingest.archive.archive import ArchiveReport
from orchestration.ingest.rows import RAW_TABLES, RawTable
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.partitions import ONE_RUN_FOR_A_RANGE, days_of, scope_of
from orchestration.progress import Reporter
from orchestration.run_retention import remove_old_runs
from orchestration.settings import Settings
from orchestration.stages import archive_transcripts, discover, land_raw

ARCHIVED_TRANSCRIPTS = "archived_transcripts"
RAW_TABLE_GATES = {
    table.name: [gate for gate in RAW_GATES if gate.table_name == table.name] for table in RAW_TABLES
}


def archive_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset `archived_transcripts`."""

    @dg.asset(
        name=ARCHIVED_TRANSCRIPTS,
        group_name="archive",
        kinds={"file", "sqlite"},
        owners=OWNERS,
        tags={"stage": "archive"},
        pool="home_writer",
    )
    def archived_transcripts(
        context: dg.AssetExecutionContext, reporter: dg.ResourceParam[Reporter]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """One row per archived version of a transcript file.

        Copies every new or changed transcript into the archive before the agent's own clean-up removes
        it (after about 30 days), and keeps the index of which records belong to one session. What goes
        wrong is listed: files that cannot be read are left for the next time.

        `Materialize all…` on the lineage page comes in several runs: of this asset, of the dates, of what is
        made of them. The job `update` does all but the first in one run for a range of dates.
        """
        with stated_failures(), reporter.task("Archiving transcripts") as advance:
            report = archive_transcripts(settings, discover(settings), now=datetime.now(UTC), advance=advance)
            remove_old_runs(context.instance, kept_days=settings.runs_kept_days)
        result: dg.MaterializeResult[Any] = dg.MaterializeResult(
            asset_key=ARCHIVED_TRANSCRIPTS, metadata=archive_metadata(report)
        )
        yield from recorded(context, [result])

    return archived_transcripts


def archive_metadata(report: ArchiveReport) -> dict[str, Any]:
    """What one visit to the archive did, for the UI. Paths are told by number, not by name."""
    return {
        "files": report.file_count,
        "new_versions": report.new_version_count,
        "unchanged_files": report.unchanged_file_count,
        "gone_from_disk": report.gone_file_count,
        "unreadable_files": len(report.unreadable),
        "passed_over_person_deleted": report.deleted_person_file_count,
        "objects_read": report.object_count,
        "quarantined": report.bad_piece_count + report.set_aside_object_count,
        "bytes_read": report.bytes_read,
        "bytes_stored": report.bytes_stored,
    }


def raw_assets(settings: Settings, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The raw tables, one asset each, landed by one step."""

    @dg.multi_asset(
        name="raw_tables",
        specs=[_spec(table) for table in RAW_TABLES],
        check_specs=gate_check_specs(RAW_TABLE_GATES),
        partitions_def=days,
        backfill_policy=ONE_RUN_FOR_A_RANGE,
        can_subset=False,
        pool="home_writer",
    )
    def raw_tables(
        context: dg.AssetExecutionContext,
        judge: dg.ResourceParam[JudgeProcess],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        run = LandingRun(run_id=context.run.run_id, now=datetime.now(UTC), judge=judge.judge_dates)
        judge.start()
        with stated_failures(), reporter.task("Reading sessions, by date") as advance:
            report = land_raw(settings, days_of(context), run, scope=scope_of(context), advance=advance)
        yield from gate_check_results(RAW_TABLE_GATES, report.verdicts)
        tables = {table.name: (table.name,) for table in RAW_TABLES}
        if report.has_stopped:
            record_good_dates(context, report.landed, tables=tables)
            record_stopped_dates(context, report, tables=tables)
            raise stopped_failure({"raw tables": report})
        results: list[dg.MaterializeResult[Any]] = [
            dg.MaterializeResult(asset_key=table.name, metadata=_run_metadata(report, table))
            for table in RAW_TABLES
        ]
        yield from recorded_dates(context, results, report.landed, tables=tables)

    return raw_tables


def _spec(table: RawTable) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=table.name,
        deps=[ARCHIVED_TRANSCRIPTS],
        description=str(table.row_type.__doc__),
        group_name="raw",
        kinds={"parquet"},
        owners=OWNERS,
        tags={"stage": "raw"},
        metadata={
            "dagster/column_schema": column_schema(table.schema),
            "key": ", ".join(table.key),
            "partitioned by": "date archived" if table.is_by_archived_date else "date of the session",
        },
    )


def _run_metadata(report: LandingReport, table: RawTable) -> dict[str, Any]:
    """What the whole run did; the row count of each date stands with that date."""
    return {
        "rows_landed_in_run": report.row_count(table.name),
        "dates_landed_in_run": len(report.landed),
        "dates_unchanged_in_run": len(report.unchanged),
        "dates_emptied_in_run": len(report.emptied),
        "set_aside_sessions_in_run": report.row_count("raw_set_aside_sessions"),
        "quarantined_in_run": report.row_count("raw_quarantined_lines"),
        "redacted_in_run": sum(sum(state.redaction_counts.values()) for state in report.landed.values()),
    }
