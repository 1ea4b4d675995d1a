"""What was measured, as values, and how it is written: terminal table, Markdown block, JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from rich.table import Table

from benchmarks.machine import Machine
from benchmarks.stopwatch import Spent

BEGIN = "<!-- benchmarks:begin -->"
END = "<!-- benchmarks:end -->"


@dataclass(frozen=True)
class Figure:
    """One figure. `value` is a ratio where `unit` is ×; it meets its `aim` where it is not above it."""

    name: str
    what: str
    value: float
    unit: str = "×"
    aim: float | None = None
    spent: Spent | None = None
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        return None if self.aim is None else self.value <= self.aim


@dataclass(frozen=True)
class Report:
    """All figures of one run of the benchmarks."""

    day: date
    machine: Machine
    corpus: str
    repeat: int
    figures: Sequence[Figure]


def table_of(report: Report) -> Table:
    """For the terminal."""
    table = Table(caption=report.machine.describe(), caption_justify="left")
    for heading in ("figure", "value", "aim", "met", "wall s", "CPU s", "note"):
        right = heading in {"value", "aim", "wall s", "CPU s"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=right)
    for figure in report.figures:
        table.add_row(*_cells(figure))
    return table


def line_of(figure: Figure) -> str:
    """One figure as plain words, for whoever waits for the others."""
    what, value, aim, *_, note = _cells(figure)
    return ", ".join(part for part in (f"{what}: {value}", aim and f"aim {aim}", note) if part)


def markdown_of(report: Report) -> str:
    """The block of docs/benchmarks.md, with its marks."""
    lines = [
        BEGIN,
        f"Measured {report.day} on {report.machine.describe()}.",
        f"Corpus: {report.corpus}. Medians of {report.repeat}.",
        "",
        "| figure | value | aim | met | wall s | CPU s | note |",
        "|---|---:|---:|---|---:|---:|---|",
        *(f"| {' | '.join(_cells(figure))} |" for figure in report.figures),
        END,
    ]
    return "\n".join(lines)


def json_of(report: Report) -> str:
    values = asdict(report) | {"day": report.day.isoformat()}
    for figure, value in zip(report.figures, values["figures"], strict=True):
        value["is_met"] = figure.is_met
    return json.dumps(values, indent=2)


def write_into(path: Path, block: str) -> None:
    """Replace the marked block of a document; raises ValueError where the marks are not there."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(
            f"{path} has no block between {BEGIN} and {END}; add the two lines where it belongs."
        )
    path.write_text(f"{before}{block}{after}", encoding="utf-8")


def _cells(figure: Figure) -> tuple[str, ...]:
    digits = 0 if figure.value >= 100 else 2
    met = {None: "", True: "yes", False: "no"}[figure.is_met]
    seconds = ("", "") if figure.spent is None else (f"{figure.spent.wall:.1f}", f"{figure.spent.cpu:.1f}")
    aim = "" if figure.aim is None else f"≤ {figure.aim:g} {figure.unit}"
    return (figure.what, f"{figure.value:.{digits}f} {figure.unit}", aim, met, *seconds, figure.note)
