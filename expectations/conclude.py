"""Findings on a frame → verdicts on dates or tables: rows at fault are mapped back to where they lie.

Plain counting; nothing is judged here. A message names the rule's breach, the columns at fault, the
reason and the remedy, and never a value of the data.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from expectations.judge_frame import Finding
from expectations.rule import Gate, Rule
from expectations.verdict import Verdict, VerdictStatus

if TYPE_CHECKING:
    import pandas as pd

NAMING_SUFFIX = "_columns"
"""A column of a frame that holds names of columns at fault, separated by blanks, ends in this."""

SESSION_COLUMN = "session_id"
"""A frame that has it can say whose rows break a rule."""

MAX_NAMED_COLUMNS = 6
"""How many columns a message names."""


class Fault(NamedTuple):
    """One row at fault: its position in the frame, and the columns to name."""

    position: int
    columns: tuple[str, ...]


class Place(NamedTuple):
    """What a verdict is about: a table on a date, or a table of the warehouse."""

    table_name: str
    partition_date: date | None


def conclude(
    gate: Gate, frame: "pd.DataFrame", findings: Sequence[Finding], dates: Sequence[date] | None
) -> list[Verdict]:
    """One verdict per rule of the gate and date, or where `dates` is None per rule and table named.

    A date without rows passes: what is not there breaks no rule.
    """
    units = [str(unit) for unit in frame["table_name" if dates is None else "session_date"]]
    places = _places(gate, units, dates)
    row_counts = Counter(units)
    verdicts: list[Verdict] = []
    for rule in gate.rules:
        own = [finding for finding in findings if finding.rule_id == rule.id]
        error = next((finding.error for finding in own if finding.error is not None), None)
        faults: dict[str, list[Fault]] = {}
        for finding in own:
            for fault in _faults(finding, frame):
                faults.setdefault(units[fault.position], []).append(fault)
        for unit, place in places.items():
            count = row_counts[unit]
            if error is not None and count:
                verdicts.append(_unjudged(gate, rule, place, row_count=count, error=error))
            else:
                own_faults = faults.get(unit, [])
                verdict = _judged(gate, rule, place, row_count=count, faults=own_faults)
                verdicts.append(replace(verdict, sessions=_sessions_at_fault(frame, own_faults)))
    return verdicts


def _sessions_at_fault(frame: "pd.DataFrame", faults: Sequence[Fault]) -> tuple[str, ...]:
    """The sessions of the rows at fault; none where the frame knows no sessions, or some row has none."""
    if SESSION_COLUMN not in frame.columns:
        return ()
    ids = frame[SESSION_COLUMN]
    found = [ids.iat[fault.position] for fault in faults]
    known = {each for each in found if isinstance(each, str)}
    return tuple(sorted(known)) if all(isinstance(each, str) for each in found) else ()


def unjudged(gate: Gate, dates: Sequence[date] | None, error: str) -> list[Verdict]:
    """One error per rule of a gate whose frame could not be read; `error` is the class of the exception."""
    if dates is None:
        places = [Place(gate.table_name, None)]
    else:
        places = [Place(gate.table_name, day) for day in dates]
    return [_unjudged(gate, rule, place, row_count=0, error=error) for rule in gate.rules for place in places]


def _places(gate: Gate, units: Sequence[str], dates: Sequence[date] | None) -> dict[str, Place]:
    if dates is not None:
        return {day.isoformat(): Place(gate.table_name, day) for day in dates}
    return {unit: Place(unit, None) for unit in sorted(set(units)) or [gate.table_name]}


def _faults(finding: Finding, frame: "pd.DataFrame") -> Iterator[Fault]:
    """The rows at fault of one expectation, each with the columns that a message can name."""
    column = finding.expect.column
    if column is None or column.startswith("is_"):
        yield from (Fault(position, ()) for position in finding.positions)
    elif column.endswith(NAMING_SUFFIX):
        names = frame[column]
        yield from (Fault(at, tuple(str(names.iat[at]).split())) for at in finding.positions)
    else:
        yield from (Fault(position, (column,)) for position in finding.positions)


def _judged(gate: Gate, rule: Rule, place: Place, *, row_count: int, faults: Sequence[Fault]) -> Verdict:
    status: VerdictStatus = rule.severity if faults else "pass"
    return Verdict(
        gate=gate.name,
        table_name=place.table_name,
        partition_date=place.partition_date,
        rule=rule.id,
        severity=rule.severity,
        status=status,
        unexpected_count=len({fault.position for fault in faults}),
        row_count=row_count,
        message=_message(rule, faults) if faults else "",
    )


def _unjudged(gate: Gate, rule: Rule, place: Place, *, row_count: int, error: str) -> Verdict:
    return Verdict(
        gate=gate.name,
        table_name=place.table_name,
        partition_date=place.partition_date,
        rule=rule.id,
        severity=rule.severity,
        status="error",
        unexpected_count=0,
        row_count=row_count,
        message=f"judging it raised {error}; what cannot be judged may not go on. What to do: look at the "
        "table's files and columns, and report it with the rule's name if they are whole.",
    )


def _message(rule: Rule, faults: Sequence[Fault]) -> str:
    """The breach, the columns at fault (most frequent first), the reason and the remedy."""
    counted = Counter(column for fault in faults for column in fault.columns)
    names = [name for name, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    shown = ", ".join(names[:MAX_NAMED_COLUMNS]) + (", …" if len(names) > MAX_NAMED_COLUMNS else "")
    columns = f" ({shown})" if shown else ""
    return f"{rule.breach}{columns}; {rule.reason}. What to do: {rule.remedy}."
