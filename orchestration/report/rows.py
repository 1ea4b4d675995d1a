"""From published cells to the rows of a figure, with labels that tell them apart.

Belongs here: what a row is called, its place on an axis, its choice and its panel, in which order rows come.
Not here: which cells a figure is of (sections, declared), what a table lists (figures), words for a value
(words).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from orchestration.measures.measure import CellPart, DrawnFigure
from orchestration.report import words
from orchestration.report.cells import DURATIONS, Cell
from orchestration.report.figures import ANY, EVERYBODY, PARTS, Choice, Row, period_place
from orchestration.report.order import LAST, place_of_value

MOST_PERIODS = {"week": 26, "month": 13, "quarter": 13}
"""Newest periods that a figure over time shows; the release's table has the others."""


RULES = "rules"
"""The labeller that others are preferred to."""


def interval_rows(cells: Sequence[Cell], *, are_parts_rows: bool = False) -> tuple[Row, ...]:
    """Rows of a figure of intervals; labels name only what differs between the cells of a choice.

    `are_parts_rows`: work modes and projects are rows, although the metric has a figure of everybody too.
    """
    name = Naming.of(cells, are_parts_rows=are_parts_rows)
    metrics = {metric: number for number, metric in enumerate(dict.fromkeys(cell.metric for cell in cells))}
    found = []
    for cell in cells:
        part = EVERYBODY
        if cell.segment in PARTS and not name.has_parts_as_rows:
            part = f"{words.plain(cell.segment)}: {words.plain(cell.value_of_segment)}"
        found.append(Row(Choice(cell.agent, cell.period, part), name.label(cell), cell))
    return tuple(
        sorted(found, key=lambda row: (*place_of_row(row), metrics[row.cell.metric], _place_of(row.cell)))
    )


def month_rows(cells: Iterable[Cell], *, figure: DrawnFigure | None = None) -> tuple[Row, ...]:
    """Rows of a figure over months (or weeks, or quarters), the newest MOST_PERIODS of them.

    `figure`: what the catalogue says of series and panels; without it every label is a line.
    """
    listed = list(cells)
    periods = sorted({cell.period_start for cell in listed if cell.period_start is not None})
    newest = {day for cell in listed for day in periods[-MOST_PERIODS.get(cell.period_kind, len(periods)) :]}
    return tuple(
        sorted(
            _lines(
                [cell for cell in listed if cell.period_start in newest],
                figure,
                choice=lambda cell: Choice(cell.agent, ANY),
                x=lambda cell: _milliseconds(cell.period_start),
            ),
            key=lambda row: (row.choice.agent, _panel_place(row, figure), row.x or 0.0),
        )
    )


def curve_rows(cells: Iterable[Cell]) -> tuple[Row, ...]:
    """Rows of curves over earlier sessions; the first session, with none before, is at one half."""
    listed = list(cells)
    name = Naming.of(listed, with_segment=False)
    found = [
        Row(Choice(cell.agent, cell.period), name.label(cell), cell, x=max(float(cell.value_of_segment), 0.5))
        for cell in listed
    ]
    return tuple(sorted(found, key=lambda row: (row.choice.agent, row.x or 0.0)))


def level_rows(cells: Iterable[Cell], figure: DrawnFigure) -> tuple[Row, ...]:
    """Rows of levels side by side, in the order of their vocabulary.

    What is no level (unknown) comes last and has no place on a line.
    """
    listed = list(cells)
    values = {cell.value_of_segment for cell in listed}
    levels = sorted(values - {*LAST}, key=lambda value: place_of_value(figure.segment, value, 0.0))
    places = {value: float(number) for number, value in enumerate(levels)}
    return tuple(
        sorted(
            _lines(
                listed,
                figure,
                choice=lambda cell: Choice(cell.agent, cell.period),
                x=lambda cell: places.get(cell.value_of_segment),
            ),
            key=lambda row: (
                *place_of_row(row),
                _panel_place(row, figure),
                len(levels) if row.x is None else row.x,
            ),
        )
    )


def without_baseline(cells: Iterable[Cell]) -> list[Cell]:
    """The cells without those by labels that are only a baseline, where the agent's metric has estimates."""
    listed = list(cells)
    estimated = {_metric(cell) for cell in listed if cell.labeller and cell.is_shown and not cell.is_baseline}
    return [cell for cell in listed if not (cell.is_baseline and _metric(cell) in estimated)]


def by_one_labeller(cells: Iterable[Cell]) -> list[Cell]:
    """The cells with one labeller for each agent's metric, so that a line is one series.

    Taken is who gives estimates, then who is not the rules, then who has most to show. Others are in the
    figures of intervals.
    """
    listed = list(cells)
    shown: dict[tuple[str, str, str], dict[str, list[Cell]]] = {}
    for cell in listed:
        if cell.labeller is not None:
            own = shown.setdefault(_metric(cell), {}).setdefault(cell.labeller, [])
            own += [cell] if cell.is_shown else []
    chosen = {
        metric: min(own, key=lambda name: (
            all(cell.is_baseline for cell in own[name]), name == RULES, -len(own[name]), name,
        ))
        for metric, own in shown.items()
    }  # fmt: skip
    return [cell for cell in listed if cell.labeller is None or cell.labeller == chosen[_metric(cell)]]


def _metric(cell: Cell) -> tuple[str, str, str]:
    return cell.agent, cell.table, cell.metric


def _lines(
    cells: Sequence[Cell],
    figure: DrawnFigure | None,
    *,
    choice: Callable[[Cell], Choice],
    x: Callable[[Cell], float | None],
) -> Iterable[Row]:
    """Rows of lines: named by their series, with the labeller where there are several."""
    has_levels, series, panels = figure is not None and figure.kind == "levels", None, None
    if figure is not None:
        series, panels = figure.series, figure.panels
    name = Naming.of(cells, with_segment=True)
    has_several = len({cell.labeller for cell in cells}) > 1
    for cell in cells:
        label = name.label(cell)
        if figure is None:
            own = label if has_several else None
        else:
            told = "" if series is None else said_part(cell, series)
            by = words.labelled(cell.labeller) if has_several else ""
            own = " ".join(text for text in (told, f"({by})" if by and told else by) if text)
        yield Row(
            choice(cell), label, cell, x=x(cell),
            at=words.plain(cell.value_of_segment) if has_levels else "",
            name=own, panel="" if panels is None else said_part(cell, panels),
        )  # fmt: skip


def said_part(cell: Cell, part: CellPart) -> str:
    """What sets a cell apart, in words."""
    if part == "metric":
        return words.metric_name(cell.metric)
    if part == "segment":
        return words.plain(cell.value_of_segment)
    told = {"statistic": cell.statistic, "specification": cell.specification, "population": cell.population}
    return words.of_part(told[part] or "")


@dataclass(frozen=True)
class Naming:
    """What a label has to say so that no two rows of a choice are called alike."""

    says: frozenset[str]
    has_parts_as_rows: bool

    @classmethod
    def of(
        cls, cells: Iterable[Cell], *, with_segment: bool = True, are_parts_rows: bool = False
    ) -> "Naming":
        listed = list(cells)
        # Parts are a choice where the same metric also has a figure of everybody.
        everybody = {cell.metric for cell in listed if cell.stands_for_all}
        has_parts = are_parts_rows or any(
            cell.segment in PARTS and cell.metric not in everybody for cell in listed
        )
        says = {
            field
            for field in ("metric", "statistic", "specification", "population", "labeller")
            if len({getattr(cell, field) for cell in listed}) > 1
        }
        if any(cell.table == DURATIONS for cell in listed):
            says -= {"statistic"}  # its series, which the metric's name says
        segments = any(
            cell.value_of_segment != "all" and (cell.segment not in PARTS or has_parts) for cell in listed
        )
        return cls(frozenset(says | ({"segment"} if segments and with_segment else set())), has_parts)

    def label(self, cell: Cell) -> str:
        """The label of a row."""
        is_value = "segment" in self.says and cell.value_of_segment != "all"
        told = [
            words.metric_name(cell.metric) if "metric" in self.says else "",
            words.plain(cell.value_of_segment) if is_value else "",
            words.of_part(cell.statistic or "") if "statistic" in self.says else "",
            words.of_part(cell.specification or "") if "specification" in self.says else "",
            words.of_part(cell.population or "") if "population" in self.says else "",
        ]
        by = words.labelled(cell.labeller)
        named = ", ".join(text for text in told if text) or words.metric_name(cell.metric)
        return f"{named} ({by})" if by else named


def place_of_row(row: Row) -> tuple[Any, ...]:
    """Rows of one choice together, in the order in which a reader can choose."""
    part = row.choice.part
    return (row.choice.agent, *period_place(row.cell), part != EVERYBODY, part)


def _place_of(cell: Cell) -> tuple[Any, ...]:
    return place_of_value(cell.segment, cell.value_of_segment, cell.estimate or 0.0)


def _panel_place(row: Row, figure: DrawnFigure | None) -> tuple[Any, ...]:
    """The place of a row's panel: values of a segment in their order, everything else as it is called."""
    if figure is None or figure.panels is None:
        return ()
    if figure.panels == "population":
        segment, _, value = (row.cell.population or "").partition(":")
        return place_of_value(segment, value, 0.0)
    return _place_of(row.cell) if figure.panels == "segment" else (row.panel,)


def _milliseconds(day: date | None) -> float | None:
    """A day as Vega reads it."""
    return None if day is None else 1000 * datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
