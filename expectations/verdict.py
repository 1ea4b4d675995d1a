"""The verdict of one rule on one table and date, and the row of it that the lake keeps.

Plain values: what stops what, and how a verdict reads. Judging is in `validate.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

import pyarrow as pa

from expectations.rule import Severity
from orchestration.ingest.rows import arrow_schema

VerdictStatus = Literal["pass", "warn", "fail", "error"]

STOPPING: frozenset[VerdictStatus] = frozenset({"fail", "error"})
"""A rule that could not be judged stops like one that failed: silence is no proof."""


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one table on one date; `partition_date` is None for the whole warehouse.

    `message` says what is wrong, why it matters and what to do; it is empty where the rule holds, and
    never holds a value of the data. `sessions`: whose rows break the rule, where every one at fault is a
    session's; none where the rule is about the whole.
    """

    gate: str
    table_name: str
    partition_date: date | None
    rule: str
    severity: Severity
    status: VerdictStatus
    unexpected_count: int
    row_count: int
    message: str
    sessions: tuple[str, ...] = ()

    @property
    def is_stopping(self) -> bool:
        return self.status in STOPPING


class GateResultRow(NamedTuple):
    """One row per verdict of one rule of a gate on one table and date, per run."""

    run_id: str
    gate: str
    table_name: str
    partition_date: date | None
    rule: str
    severity: Severity
    status: VerdictStatus
    unexpected_count: int
    row_count: int
    message: str
    checked_at: datetime


def gate_results_schema() -> pa.Schema:
    """Arrow schema of the table gate_results."""
    return arrow_schema(GateResultRow)


def gate_result_rows(
    verdicts: Iterable[Verdict], *, run_id: str, checked_at: datetime
) -> list[GateResultRow]:
    """The verdicts of a run as rows, in their order."""
    return [
        GateResultRow(
            run_id=run_id,
            gate=v.gate,
            table_name=v.table_name,
            partition_date=v.partition_date,
            rule=v.rule,
            severity=v.severity,
            status=v.status,
            unexpected_count=v.unexpected_count,
            row_count=v.row_count,
            message=v.message,
            checked_at=checked_at,
        )
        for v in verdicts
    ]


def stopped_dates(verdicts: Iterable[Verdict]) -> dict[date, list[Verdict]]:
    """Dates that may not go on, in order, each with the verdicts that stop it."""
    stopped: dict[date, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.is_stopping and verdict.partition_date is not None:
            stopped.setdefault(verdict.partition_date, []).append(verdict)
    return dict(sorted(stopped.items()))


def is_release_stopped(verdicts: Iterable[Verdict]) -> bool:
    """Whether any verdict forbids the release."""
    return any(verdict.is_stopping for verdict in verdicts)


def render(verdict: Verdict) -> str:
    """The verdict in one sentence: table, date, rule, how many of how many rows, what to do."""
    where = verdict.table_name
    if verdict.partition_date is not None:
        where += f" {verdict.partition_date.isoformat()}"
    if verdict.status == "pass":
        return f"{where}: {verdict.rule} holds for {verdict.row_count:,} rows."
    if verdict.status == "error":
        return f"{where}: {verdict.rule} could not be judged on {verdict.row_count:,} rows: {verdict.message}"
    verb = "fails" if verdict.status == "fail" else "warns"
    counts = f"{verdict.unexpected_count:,} of {verdict.row_count:,} rows"
    return f"{where}: {verdict.rule} {verb} for {counts}: {verdict.message}"
