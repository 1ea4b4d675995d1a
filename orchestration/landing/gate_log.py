"""Writes the verdicts of a run to the lake's gate_results.

Belongs here: which file a verdict goes to. Not here: judging (expectations), what a verdict does to a
date (chunk) or to a release (release).
"""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from expectations.verdict import Verdict, gate_result_rows, gate_results_schema
from orchestration.ingest.rows import to_arrow
from orchestration.landing.journal import sync_path
from orchestration.landing.lake import (
    LakeTable,
    ensure_typed_empty_files,
    gate_results_file,
    gate_results_lake_table,
    write_partition,
)


def ensure_gate_log(lake_dir: Path) -> None:
    """Give gate_results its typed empty file."""
    ensure_typed_empty_files(lake_dir, [_table()])


def record_verdicts(
    lake_dir: Path, verdicts: Iterable[Verdict], *, run_id: str, stage: str, now: datetime
) -> None:
    """Write verdicts under the date they judge, or the run's date where they judge the warehouse.

    One file per date, run and stage: judging again in the same run replaces it. Stopped dates are
    written too: gate_results says what was judged, the landed records say what is there.
    """
    by_date: dict[date, list[Verdict]] = {}
    for verdict in verdicts:
        by_date.setdefault(verdict.partition_date or now.date(), []).append(verdict)
    for day, dated in sorted(by_date.items()):
        rows = gate_result_rows(dated, run_id=run_id, checked_at=now)
        path = gate_results_file(lake_dir, _table(), day, run_id=run_id, stage=stage)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        schema = gate_results_schema()
        write_partition(partial, [to_arrow(rows, schema)], schema=schema)
        sync_path(partial)
        partial.replace(path)
        sync_path(path.parent)


def _table() -> LakeTable:
    return gate_results_lake_table(gate_results_schema())
