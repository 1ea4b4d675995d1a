"""A figure of the report: its rows, which are its table too, and the choices that rows belong to.

Belongs here: from published cells to rows with labels; which rows a choice of agent, period and part shows.
Not here: which figures there are (sections, first_screen), how they are drawn (specs).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from orchestration.measures.measure import Unit
from orchestration.report import words
from orchestration.report.cells import DURATIONS, Cell
from orchestration.report.specs import Kind

ANY = "*"
"""A figure over months shows every period, whichever is chosen."""

EVERYBODY = "all"
PARTS = ("work_mode", "project")
"""Segments that the page offers as a choice for figures of everybody, instead of as rows of their own."""

MOST_ROWS = 80
"""Rows of a figure's table; finer periods and parts beyond them are in the release's table alone."""

MOST_DRAWN = 16
"""Rows that one drawing of intervals shows; the table has the others."""

PERIOD_ORDER = ("overall", "window", "quarter", "month", "week")
DIGITS = 6
"""Significant digits of a number in the page; its table shows three or four."""


@dataclass(frozen=True)
class Choice:
    """What a reader has chosen: one agent, one period, everybody or one part."""

    agent: str
    period: str
    part: str = EVERYBODY

    @property
    def key(self) -> str:
        return "|".join((self.agent, self.period, self.part))


@dataclass(frozen=True)
class Row:
    """One row of a figure and of its table. `x`: the place on the horizontal axis of a line."""

    choice: Choice
    label: str
    cell: Cell
    x: float | None = None

    def drawn(self, unit: Unit, order: int = 0) -> dict[str, Any]:
        """The row as a drawing reads it; null where there is nothing. `order`: its place among the rows."""
        cell = self.cell
        return {
            "label": self.label,
            "order": order,
            "x": self.x,
            "estimate": rounded(cell.estimate),
            "low": rounded(cell.low),
            "high": rounded(cell.high),
            "published": rounded(cell.published),
            "published_low": rounded(cell.published_low if cell.published_high is not None else None),
            "published_high": rounded(cell.published_high if cell.published_low is not None else None),
            "by": words.labelled(cell.labeller),
            "said": self.said(unit),
        }

    def said(self, unit: Unit) -> str:
        """The row as a sentence, for pointers and screen readers."""
        cell = self.cell
        if cell.estimate is None:
            return f"{self.label}: {words.why_hidden(cell.hidden)}"
        between = words.interval(cell.low, cell.high, unit)
        return f"{self.label}: {words.value(cell.estimate, unit)}" + (f" [{between}]" if between else "")


@dataclass(frozen=True)
class Figure:
    """One drawing with its table. `rows` are in the order in which a table lists them.

    `is_labelled`: whether the drawing names its rows, which a card with one number does above it. `is_drawn`:
    a card does not draw counts, which have no interval.
    """

    id: str
    kind: Kind
    unit: Unit
    title: str
    rows: tuple[Row, ...]
    is_labelled: bool = True
    is_drawn: bool = True

    @cached_property
    def first(self) -> Choice | None:
        """The choice that is drawn before a reader chooses: the first of which something is shown."""
        shown = Counter(row.choice for row in self.rows if row.cell.is_shown)
        return next((row.choice for row in self.rows if shown[row.choice]), None)

    @cached_property
    def listed(self) -> list[Row]:
        """The rows of the table: those that show a value, and over the whole time those that are compared.

        Where they are too many, finer periods and parts are left out; the release's table has them.
        """
        worth = [row for row in self.rows if row.cell.is_shown or is_compared(row)]
        by_choice: dict[Choice, list[Row]] = {}
        for row in sorted(worth, key=lambda row: (*period_place(row.cell), row.choice.part != EVERYBODY)):
            by_choice.setdefault(row.choice, []).append(row)
        kept: list[Row] = []
        for own in by_choice.values():
            if not kept or len(kept) + len(own) <= MOST_ROWS:
                kept += own[:MOST_ROWS]
        listed = set(map(id, kept))
        return [row for row in worth if id(row) in listed]

    def chosen(self, choice: Choice) -> list[Row]:
        return [row for row in self.rows if row.choice == choice]

    def drawn_rows(self) -> list[dict[str, Any]]:
        """The rows of the first drawing."""
        rows = [] if self.first is None or not self.is_drawn else self.chosen(self.first)
        drawn = [row for row in rows if row.cell.is_shown or _has_published_value(row)]
        most = MOST_DRAWN if self.kind == "intervals" else len(drawn)
        return [row.drawn(self.unit, order) for order, row in enumerate(drawn[:most])]


def is_compared(row: Row) -> bool:
    """Whether a row of the whole time is listed for its published value, though it has no own one."""
    return row.cell.period_start is None and row.cell.published_text is not None


def _has_published_value(row: Row) -> bool:
    """Whether a row without an own value still shows a published one."""
    return row.cell.published is not None or row.cell.published_low is not None


def rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{DIGITS}g}")


def interval_rows(cells: Sequence[Cell]) -> tuple[Row, ...]:
    """Rows of a figure of intervals; labels name only what differs between the cells of a choice."""
    name = Naming.of(cells)
    found = []
    for cell in cells:
        part = EVERYBODY
        if cell.segment in PARTS and not name.has_parts_as_rows:
            part = f"{words.plain(cell.segment)}: {words.plain(cell.value_of_segment)}"
        found.append(Row(Choice(cell.agent, cell.period, part), name.label(cell), cell))
    return tuple(sorted(found, key=_place))


def month_rows(cells: Iterable[Cell]) -> tuple[Row, ...]:
    """Rows of a figure over months."""
    listed = list(cells)
    name = Naming.of(listed)
    found = [
        Row(Choice(cell.agent, ANY), name.label(cell), cell, x=_milliseconds(cell.period_start))
        for cell in listed
        if cell.period_start is not None
    ]
    return tuple(sorted(found, key=lambda row: (row.choice.agent, row.x or 0.0)))


def curve_rows(cells: Iterable[Cell]) -> tuple[Row, ...]:
    """Rows of curves over earlier sessions; the first session, with none before, is at one half."""
    listed = list(cells)
    name = Naming.of(listed, with_segment=False)
    found = [
        Row(Choice(cell.agent, cell.period), name.label(cell), cell, x=max(float(cell.value_of_segment), 0.5))
        for cell in listed
    ]
    return tuple(sorted(found, key=lambda row: (row.choice.agent, row.x or 0.0)))


@dataclass(frozen=True)
class Naming:
    """What a label has to say so that no two rows of a choice are called alike."""

    says: frozenset[str]
    has_parts_as_rows: bool

    @classmethod
    def of(cls, cells: Iterable[Cell], *, with_segment: bool = True) -> "Naming":
        listed = list(cells)
        # Parts are a choice where the same metric also has a figure of everybody.
        everybody = {cell.metric for cell in listed if cell.stands_for_all}
        has_parts = any(cell.segment in PARTS and cell.metric not in everybody for cell in listed)
        says = {
            field
            for field in ("metric", "statistic", "specification", "population", "labeller")
            if len({getattr(cell, field) for cell in listed}) > 1
        }
        if any(cell.table == DURATIONS for cell in listed):
            says -= {"statistic"}  # its series, which the metric's name says
        segments = any(
            not cell.stands_for_all and (cell.segment not in PARTS or has_parts) for cell in listed
        )
        return cls(frozenset(says | ({"segment"} if segments and with_segment else set())), has_parts)

    def label(self, cell: Cell) -> str:
        """The label of a row."""
        told = [
            words.metric_name(cell.metric) if "metric" in self.says else "",
            words.plain(cell.value_of_segment) if "segment" in self.says and not cell.stands_for_all else "",
            words.plain(cell.statistic or "") if "statistic" in self.says else "",
            words.plain(cell.specification or "") if "specification" in self.says else "",
            words.plain(cell.population or "") if "population" in self.says else "",
        ]
        by = words.labelled(cell.labeller)
        named = ", ".join(text for text in told if text) or words.metric_name(cell.metric)
        return f"{named} ({by})" if by else named


def period_place(cell: Cell) -> tuple[int, int]:
    """The whole time first, then quarters, months and weeks, each newest first."""
    kind, start = cell.period_kind, cell.period_start
    return (
        PERIOD_ORDER.index(kind) if kind in PERIOD_ORDER else len(PERIOD_ORDER),
        0 if start is None else -start.toordinal(),
    )


def _place(row: Row) -> tuple[Any, ...]:
    """Rows of one choice together, in the order in which a reader can choose."""
    part = row.choice.part
    return (row.choice.agent, *period_place(row.cell), part != EVERYBODY, part)


def _milliseconds(day: date) -> float:
    """A day as Vega reads it."""
    return 1000 * datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
