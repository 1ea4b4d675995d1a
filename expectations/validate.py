"""Judges staged dates, staged labels and the built warehouse.

One run judges one table for many dates at once: the frame carries the date, and rows at fault are mapped
back to it, so that one bad date is stopped alone. Not here: what must hold (suites), how an expectation
is judged (judge_frame), what follows from a verdict (landing, release).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from classifiers.catalog import CATALOG
from classifiers.label_tables import label_tables
from expectations.conclude import conclude, unjudged
from expectations.frames import (
    Connection,
    FrameError,
    Staged,
    date_batches,
    metric_columns,
    open_git,
    open_staged,
    open_warehouse,
    read_frame,
)
from expectations.gates import GIT_GATES, LABEL_GATES, RAW_GATES
from expectations.judge_frame import FrameJudge
from expectations.rule import Gate
from expectations.suites.eligibility import ELIGIBILITY_TABLES
from expectations.suites.label_frames import label_table_name
from expectations.suites.review_samples import REVIEW_SAMPLE_TABLES
from expectations.suites.warehouse import warehouse_gates
from expectations.verdict import Verdict
from orchestration.ingest.rows import RAW_TABLES


def judge_dates(staged: Staged) -> list[Verdict]:
    """Verdicts on the raw tables of each date: one per rule, in the order date, table, rule.

    A table without a staged file has no rows. Raises ValueError for a table that has no gate.
    """
    schemas = {table.name: table.schema for table in RAW_TABLES}
    return _judge_staged(staged, schemas, RAW_GATES)


def judge_labels(staged: Staged) -> list[Verdict]:
    """Verdicts on the label tables of each date, for every classifier that is staged on any.

    `staged` names tables as the label lake does: `<classifier>` and `<classifier>_items`, and who could
    be asked, and how reviewed sessions were drawn. Raises ValueError for a table that has no gate.
    """
    renamed = {day: {label_table_name(n): path for n, path in files.items()} for day, files in staged.items()}
    present = {table for files in renamed.values() for table in files}
    schemas: dict[str, pa.Schema] = {}
    others = (ELIGIBILITY_TABLES, REVIEW_SAMPLE_TABLES)
    for tables in (*(label_tables([classifier]) for classifier in CATALOG), *others):
        own = {label_table_name(name): schema for name, schema in tables.items()}
        if present & own.keys():
            schemas |= own
    gates = [gate for gate in LABEL_GATES if gate.table_name in schemas]
    return _judge_staged(renamed, schemas, gates)


def judge_git(files: Mapping[str, Path]) -> list[Verdict]:
    """Verdicts on the staged tables of one repository, by name of `ingest/git_rows.GIT_TABLES`.

    A table that is not staged has no rows, and no rule of its own is judged.
    """
    judge = FrameJudge()
    verdicts: list[Verdict] = []
    with open_git(files) as connection:
        for gate in GIT_GATES:
            if gate.table_name.removeprefix("git_") in files:
                verdicts += _judge_gate(judge, connection, gate, None)
    return verdicts


def judge_warehouse(path: Path, *, min_users: int | None, is_lake_complete: bool = True) -> list[Verdict]:
    """Verdicts on the built warehouse, which is only read; they stop or allow the release.

    `min_users`: fewest users a published cell may hold; None in personal mode, where nothing is
    suppressed. `is_lake_complete`: false while dates are still to be landed, so that only an excess of
    objects is a fault. Raises FrameError where the file is absent or still being written.
    """
    judge = FrameJudge()
    verdicts: list[Verdict] = []
    with open_warehouse(path) as connection:
        gates = warehouse_gates(
            metric_columns(connection), min_users=min_users, is_lake_complete=is_lake_complete
        )
        for gate in gates:
            verdicts += _judge_gate(judge, connection, gate, None)
    return verdicts


def _judge_staged(staged: Staged, schemas: Mapping[str, pa.Schema], gates: Sequence[Gate]) -> list[Verdict]:
    unknown = sorted({table for files in staged.values() for table in files} - schemas.keys())
    if unknown:
        raise ValueError(f"no gate for {', '.join(unknown)}: add a suite and a line in expectations/gates.py")
    judge = FrameJudge()
    verdicts = [
        verdict
        for dates in date_batches(staged)
        for verdict in _judge_batch(judge, staged, dates, schemas=schemas, gates=gates)
    ]
    return sorted(verdicts, key=lambda v: (str(v.partition_date), v.table_name, v.gate))


def _judge_batch(
    judge: FrameJudge,
    staged: Staged,
    dates: Sequence[date],
    *,
    schemas: Mapping[str, pa.Schema],
    gates: Sequence[Gate],
) -> list[Verdict]:
    """Verdicts of one batch; where anything raises, its dates are judged one by one: good ones go on."""

    def one_by_one(gates: Sequence[Gate]) -> list[Verdict]:
        singles = [_judge_batch(judge, staged, [day], schemas=schemas, gates=gates) for day in dates]
        return [verdict for single in singles for verdict in single]

    try:
        connection = open_staged(staged, dates, schemas)
    except FrameError as error:
        if len(dates) > 1:
            return one_by_one(gates)
        return [v for gate in gates for v in unjudged(gate, dates, type(error).__name__)]
    verdicts: list[Verdict] = []
    with connection:
        for gate in gates:
            own = _judge_gate(judge, connection, gate, dates)
            has_error = any(verdict.status == "error" for verdict in own)
            verdicts += one_by_one([gate]) if has_error and len(dates) > 1 else own
    return verdicts


def _judge_gate(
    judge: FrameJudge,
    connection: Connection,
    gate: Gate,
    dates: Sequence[date] | None,
) -> list[Verdict]:
    """Verdicts of one gate, on each of the dates or (None) on each table that its frame names."""
    try:
        frame = read_frame(connection, gate.frame_sql)
    except FrameError as error:
        return unjudged(gate, dates, type(error).__name__)
    findings = judge.findings(frame, gate) if len(frame) else []
    return conclude(gate, frame, findings, dates)
