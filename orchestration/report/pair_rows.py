"""Rows of pairs: two metrics of one thing, and a study's own points on the same axes.

Belongs here: which cells make a pair, when it is hidden, what a study's point is. Not here: rows of one cell
(rows), how a pair is drawn (pair_specs), which cells a figure is of (declared).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from orchestration.measures.measure import DrawnFigure, PublishedValue
from orchestration.report import words
from orchestration.report.cells import Cell
from orchestration.report.figures import OF_STUDY, Choice, Row
from orchestration.report.rows import place_of_row


def pair_rows(cells: Sequence[Cell], figure: DrawnFigure) -> tuple[Row, ...]:
    """Rows of two metrics of one segment, the first of the figure across; largest upwards first.

    A pair is shown where both of its cells are.
    """
    across_name, up_name = figure.metrics
    across = {_pair_of(cell): cell for cell in cells if cell.metric == across_name}
    found = []
    for cell in cells:
        other = across.get(_pair_of(cell))
        if cell.metric == up_name and other is not None:
            by = words.labelled(cell.labeller)
            label = words.plain(cell.value_of_segment) + (f" ({by})" if by else "")
            choice = Choice(cell.agent, cell.period)
            found.append(Row(choice, label, _hidden_with(cell, other), across=_hidden_with(other, cell)))
    return tuple(sorted(found, key=lambda row: (*place_of_row(row), -(row.cell.estimate or 0.0), row.label)))


def _pair_of(cell: Cell) -> tuple[Any, ...]:
    return (
        cell.agent, cell.labeller, cell.statistic, cell.specification, cell.population, cell.period,
        cell.value_of_segment,
    )  # fmt: skip


def _hidden_with(cell: Cell, other: Cell) -> Cell:
    """The cell, without its value where the other has none."""
    if other.is_shown or not cell.is_shown:
        return cell
    return replace(
        cell, estimate=None, low=None, high=None, hidden=other.hidden, is_private=other.is_private,
        n_sessions=None, n_users=None, unknown_share=None,
    )  # fmt: skip


def points_of_study(
    values: Sequence[PublishedValue], figure: DrawnFigure, beside: Sequence[Row]
) -> Iterator[Row]:
    """A study's own pairs of the figure's metrics, for each agent and period of the rows beside them."""
    across_name, up_name = figure.metrics
    own = [
        value
        for value in values
        if value.segment_name == figure.segment and value.value is not None
        and (not figure.populations or (value.population or "all") in figure.populations)
    ]  # fmt: skip
    across = {value.segment_value: value for value in own if value.metric_name == across_name}
    for choice, row in {row.choice: row for row in beside}.items():
        for value in own:
            other = across.get(value.segment_value)
            grade = next((place.grade for place in value.places if place.agent == choice.agent), None)
            if value.metric_name != up_name or other is None or grade is None or row.across is None:
                continue
            up_cell, across_cell = _point(row.cell, value, grade), _point(row.across, other, grade)
            told = words.pair(
                (up_cell.metric, up_cell.published or 0.0),
                (across_cell.metric, across_cell.published or 0.0),
                "score",
            )
            yield Row(
                choice, words.plain(value.segment_value), replace(up_cell, published_text=told),
                across=across_cell,
            )  # fmt: skip


def _point(cell: Cell, value: PublishedValue, grade: str) -> Cell:
    """A published value where a figure of one's own would be."""
    return replace(
        cell, value_of_segment=value.segment_value, estimate=None, low=None, high=None, n_sessions=None,
        n_users=None, unknown_share=None, labeller=None, fingerprint=None, standing=None, hidden=OF_STUDY,
        is_private=False, published=value.value, published_low=None, published_high=None,
        published_text=value.text, grade=grade,
    )  # fmt: skip
