"""Git repositories as Dagster sees them: read in one step before the warehouse is built."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from expectations.gates import GIT_GATES
from orchestration.assets.recording import recorded
from orchestration.assets.reporting import OWNERS, column_schema, stated_failures
from orchestration.checks import gate_check_results, gate_check_specs
from orchestration.ingest.git_rows import GIT_TABLES
from orchestration.landing.judge_process import JudgeProcess
from orchestration.progress import Reporter
from orchestration.repository_stage import read_repositories
from orchestration.settings import Settings

GROUP = "git"
GATES = {gate.table_name: (gate,) for gate in GIT_GATES}
"""By asset: a table's asset and its gate have one name."""

READS = ("raw_sessions", "raw_session_aliases", "raw_events", "raw_written_lines", "supplied_incidents")


def git_assets(settings: Settings) -> dg.AssetsDefinition:
    """The tables of git, one asset each, made by one step."""

    @dg.multi_asset(
        name="git",
        specs=[
            dg.AssetSpec(
                key=f"git_{table.name}",
                deps=list(READS),
                description=table.row_type.__doc__,
                group_name=GROUP,
                kinds={"python", "parquet"},
                owners=OWNERS,
                tags={"stage": GROUP},
                metadata={"dagster/column_schema": column_schema(table.schema)},
            )
            for table in GIT_TABLES
        ],
        check_specs=gate_check_specs(GATES),
        can_subset=False,
        pool="home_writer",
    )
    def git(
        context: dg.AssetExecutionContext,
        judge: dg.ResourceParam[JudgeProcess],
        reporter: dg.ResourceParam[Reporter],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        with stated_failures():
            report = read_repositories(
                settings, judge, reporter, run_id=context.run.run_id, now=datetime.now(UTC)
            )
        told = {"repositories_read": report.read_count, "repositories_set_aside": len(report.set_aside)}
        yield from recorded(
            context,
            (
                dg.MaterializeResult(
                    asset_key=f"git_{table.name}",
                    metadata={"dagster/row_count": report.row_counts[table.name], **told},
                )
                for table in GIT_TABLES
            ),
        )
        yield from gate_check_results(GATES, report.verdicts)

    return git
