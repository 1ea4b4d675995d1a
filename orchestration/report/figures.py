"""A figure of the report: its rows, which are its table too, and the choices that rows belong to.

Belongs here: which rows a choice of agent, period and part shows, which of them a table lists and a drawing
shows. Not here: rows from published cells (rows), which figures there are (sections, first_screen), how they
are drawn (specs).
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from orchestration.measures.measure import Unit
from orchestration.report import words
from orchestration.report.cells import Cell
from orchestration.report.specs import Kind

ANY = "*"
"""A figure over months shows every period, whichever is chosen."""

EVERYBODY = "all"
PARTS = ("work_mode", "project")
"""Segments that the page offers as a choice for figures of everybody, instead of as rows of their own."""

MOST_ROWS, MOST_ROWS_OF_CARD = 18, 20
"""Rows of a figure's table; finer periods and parts beyond them are in the release's table alone."""

OVER_TIME: frozenset[Kind] = frozenset({"months", "month_panels"})
"""Kinds of figures that show every period: their rows are as few as their periods (rows)."""

MOST_DRAWN = 18
"""Rows that one drawing of intervals shows; the table has the others."""

OF_STUDY = "point_of_the_study"
"""Why a row has no own value: it is a point of a study, drawn beside one's own."""

WINDOW = "window"
"""The period of a change: from the first complete month to the last."""

PERIOD_ORDER = ("overall", WINDOW, "quarter", "month", "week")
DIGITS = 4
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
    """One row of a figure and of its table.

    `x`: the place on the horizontal axis of a line, and `at` its name where it is a level. `name`: how the
    drawing calls the row; None: by its label without the labeller. `panel`: the panel that it is in.
    `across`: of a pair the cell on the horizontal axis; `cell` is on the vertical one.
    """

    choice: Choice
    label: str
    cell: Cell
    x: float | None = None
    at: str = ""
    name: str | None = None
    panel: str = ""
    across: Cell | None = None

    @property
    def is_of_study(self) -> bool:
        """Whether it is a point of a study, which has no own value to hide."""
        return self.cell.hidden == OF_STUDY

    @property
    def parts(self) -> str:
        """What a browser cannot read from the label: name, level and panel; empty where there is nothing."""
        own = words.without_labeller(self.label)
        name = own if self.name is None else self.name
        return "" if (name, self.at, self.panel) == (own, "", "") else "|".join((name, self.at, self.panel))

    def drawn(self, unit: Unit, order: int = 0) -> dict[str, Any]:
        """The row as a drawing reads it; null where there is nothing. `order`: its place among the rows."""
        cell, across = self.cell, self.across
        return {
            "label": words.without_labeller(self.label) if self.name is None else self.name,
            "order": order,
            "x": self.x if across is None else rounded(across.estimate),
            "x_low": None if across is None else rounded(across.low),
            "x_high": None if across is None else rounded(across.high),
            "published_x": None if across is None else rounded(across.published),
            "at": self.at,
            "panel": self.panel,
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
        between = self.interval_text(unit)
        return f"{self.label}: {self.value_text(unit)}" + (f" [{between}]" if between else "")

    def value_text(self, unit: Unit) -> str:
        """The value in words, or why there is none; of a pair both values."""
        cell, across = self.cell, self.across
        if cell.estimate is None:
            return words.why_hidden(cell.hidden)
        if across is None or across.estimate is None:
            return words.value(cell.estimate, unit)
        return words.pair((cell.metric, cell.estimate), (across.metric, across.estimate), unit)

    def interval_text(self, unit: Unit) -> str:
        """The interval in words; of a pair both, in the order of the values."""
        cells = (self.cell,) if self.across is None else (self.cell, self.across)
        found = [words.interval(cell.low, cell.high, unit) for cell in cells]
        return "; ".join(text for text in found if text)


@dataclass(frozen=True)
class Figure:
    """One drawing with its table. `rows` are in the order in which a table lists them.

    `is_labelled`: whether the drawing names its rows, which a card with one number does above it. `is_drawn`:
    a card does not draw counts, which have no interval. `is_of_card`: its table is shorter.
    `is_folded`: whether it is folded away, and drawn in a browser once a reader unfolds it.
    """

    id: str
    kind: Kind
    unit: Unit
    title: str
    rows: tuple[Row, ...]
    is_labelled: bool = True
    is_drawn: bool = True
    is_of_card: bool = False
    is_folded: bool = False

    @property
    def axes(self) -> tuple[str, ...]:
        """What the axes of pairs are called, across and upwards; of other kinds nothing."""
        pair = next((row for row in self.rows if row.across is not None), None)
        if pair is None or pair.across is None:
            return ()
        return words.metric_name(pair.across.metric), words.metric_name(pair.cell.metric)

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
        if self.kind in OVER_TIME:
            return worth
        most = MOST_ROWS_OF_CARD if self.is_of_card else MOST_ROWS
        by_choice: dict[Choice, list[Row]] = {}
        for row in sorted(worth, key=lambda row: (*period_place(row.cell), row.choice.part != EVERYBODY)):
            by_choice.setdefault(row.choice, []).append(row)
        kept: list[Row] = []
        for own in by_choice.values():
            if not kept or len(kept) + len(own) <= most:
                kept += own[:most]
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
    is_whole = row.cell.period_start is None or row.cell.period_kind == WINDOW
    return is_whole and row.cell.published_text is not None


def _has_published_value(row: Row) -> bool:
    """Whether a row without an own value still shows a published one."""
    return row.cell.published is not None or row.cell.published_low is not None


def rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{DIGITS}g}")


def period_place(cell: Cell) -> tuple[int, int]:
    """The whole time first, then quarters, months and weeks, each newest first."""
    kind, start = cell.period_kind, cell.period_start
    return (
        PERIOD_ORDER.index(kind) if kind in PERIOD_ORDER else len(PERIOD_ORDER),
        0 if start is None else -start.toordinal(),
    )
