"""How the rows of a query look: a table, one record below the other where it is too wide, CSV or JSON lines.

Belongs here: text from rows. Not here: running a query (shell). Every row is written, however many there are.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from textwrap import wrap
from typing import Any, Literal

Format = Literal["table", "csv", "json"]
FORMATS: tuple[Format, ...] = ("table", "csv", "json")

NULL = "null"
SMALL = 0.001
"""Below it six decimals would show too few digits."""

LEAST_ROOM = 30
"""A text in fewer columns than that is harder to read than one that the terminal breaks."""

_GAP = "  "


def rendered(
    names: Sequence[str], rows: Sequence[Sequence[Any]], *, to: Format = "table", width: int | None = None
) -> Iterator[str]:
    """The lines of a result. `width`: columns of the terminal, None where lines may be of any length."""
    if to == "csv":
        yield from _csv(names, rows)
    elif to == "json":
        for row in rows:
            yield json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False)
    else:
        yield from _table(names, rows, width)
        yield "1 row" if len(rows) == 1 else f"{len(rows):,} rows"


def listed(
    names: Sequence[str], rows: Sequence[Sequence[Any]], *, to: Format = "table", width: int | None = None
) -> Iterator[str]:
    """Names with a text in the last column: as `rendered`, the text within the terminal's width."""
    cells = [[_shown(value) for value in row] for row in (names, *rows)]
    sizes = [max(len(row[place]) for row in cells) for place in range(len(names) - 1)]
    room = 0 if width is None else width - sum(sizes) - len(_GAP) * len(sizes)
    if to != "table" or room < LEAST_ROOM:
        yield from rendered(names, rows, to=to)
        return
    for *first, text in cells:
        start = [value.ljust(size) for value, size in zip(first, sizes, strict=True)]
        for number, part in enumerate(wrap(text, room) or [""]):
            yield _GAP.join([*(start if number == 0 else [" " * size for size in sizes]), part]).rstrip()


def _csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([["" if value is None else _shown(value) for value in row] for row in rows])
    yield from file.getvalue().removesuffix("\n").split("\n")


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None) -> Iterator[str]:
    cells = [[_shown(value).replace("\n", " ") for value in row] for row in rows]
    widths = [max([len(name), *(len(row[place]) for row in cells)]) for place, name in enumerate(names)]
    if width is not None and sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        yield from _records(names, cells)
        return
    is_number = [
        any(row[place] is not None for row in rows)
        and all(isinstance(row[place], int | float | Decimal | None) for row in rows)
        for place in range(len(names))
    ]

    def line(values: Sequence[str]) -> str:
        placed = [
            value.rjust(size) if right else value.ljust(size)
            for value, size, right in zip(values, widths, is_number, strict=True)
        ]
        return _GAP.join(placed).rstrip()

    yield line(names)
    yield _GAP.join("-" * size for size in widths)
    yield from map(line, cells)


def _records(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """A row as one line per column."""
    size = max(map(len, names))
    for number, row in enumerate(cells, start=1):
        yield f"-- row {number:,}"
        for name, value in zip(names, row, strict=True):
            yield f"{name.ljust(size)}  {value}"


def _shown(value: Any) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        is_small = 0 < abs(value) < SMALL
        return f"{value:.3g}" if is_small or not isfinite(value) else f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def _plain(value: Any) -> Any:
    """A value that JSON has; numbers and truth stay what they are."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, date | datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else str(value)
