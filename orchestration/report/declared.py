"""The figures that the catalogue declares for a measure, because the study draws it so.

Belongs here: which cells a declared figure is of, and its rows. Not here: the declarations
(measures/catalog), the figures of everything else (sections), how a kind is drawn (specs).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from orchestration.measures.measure import DrawnFigure, Measure
from orchestration.report.cells import Cell
from orchestration.report.figures import Figure, Row
from orchestration.report.first_screen import metric_unit
from orchestration.report.pair_rows import pair_rows, points_of_study
from orchestration.report.rows import by_one_labeller, interval_rows, level_rows, month_rows
from orchestration.report.specs import Kind

LEAST_PERIODS = 3
"""Shown months or quarters that make a figure over time."""

PERIODS = ("month", "quarter")
PERSONAL_PERIODS = ("week", *PERIODS)
"""What figures over time show: months, or quarters where months are too fine; of one person weeks."""

Metrics = Mapping[tuple[str, str], Sequence[Cell]]
"""Cells by table and metric."""


def declared_figures(measure: Measure, by_metric: Metrics, *, is_personal: bool) -> Iterator[Figure]:
    """The declared figures of a measure that the release has cells of."""
    for number, figure in enumerate(measure.figures, start=1):
        cells = list(_cells(figure, by_metric, is_personal=is_personal))
        rows = _rows(measure, figure, cells, is_personal=is_personal)
        if rows:
            name = f"{measure.id.lower()}-study-{number}"
            unit = metric_unit(rows[0].cell)
            yield Figure(name, _kind(figure), unit, figure.title, rows)


def claimed(measures: Iterable[Measure], by_metric: Metrics, *, is_personal: bool) -> set[int]:
    """Identities of the cells that declared figures show and no other figure has to.

    Months stay in the other figures too, where a reader chooses one of them.
    """
    return {
        id(cell)
        for measure in measures
        for figure in measure.figures
        if figure.kind != "months"
        for cell in _cells(figure, by_metric, is_personal=is_personal)
    }


def lines_over_time(measures: Iterable[Measure]) -> set[tuple[str, str]]:
    """Tables and metrics of everybody of which a declared figure shows the months."""
    return {
        (figure.mart, metric)
        for measure in measures
        for figure in measure.figures
        if figure.kind == "months" and figure.segment == "all"
        for metric in figure.metrics
    }


def listed_tables(measures: Iterable[Measure]) -> set[str]:
    """Tables of estimates of which declared figures draw what the study draws: the rest is listed alone."""
    return {
        figure.mart for measure in measures for figure in measure.figures
        if figure.kind == "levels" and figure.statistics
    }  # fmt: skip


def _cells(figure: DrawnFigure, by_metric: Metrics, *, is_personal: bool) -> Iterator[Cell]:
    if figure.segment == "project" and not is_personal:
        return
    for metric in figure.metrics:
        for cell in by_metric.get((figure.mart, metric), ()):
            if _is_of(figure, cell):
                yield cell


def _is_of(figure: DrawnFigure, cell: Cell) -> bool:
    is_value = figure.kind != "levels" or cell.value_of_segment != "all"
    return (
        (cell.segment == figure.segment and is_value)
        and (not figure.statistics or cell.statistic in figure.statistics)
        and (not figure.specifications or cell.specification in figure.specifications)
        and (not figure.populations or (cell.population or "").partition(":")[0] in figure.populations)
    )


def _rows(
    measure: Measure, figure: DrawnFigure, cells: Sequence[Cell], *, is_personal: bool
) -> tuple[Row, ...]:
    if figure.kind == "intervals":
        return interval_rows(cells, are_parts_rows=True)
    good = by_one_labeller(cells)
    if figure.kind == "pairs":
        own = pair_rows(good, figure)
        return (*own, *points_of_study(measure.published, figure, own))
    if figure.kind == "levels":
        return level_rows(good, figure)
    return month_rows(dated(good, is_personal=is_personal), figure=figure)


def dated(cells: Sequence[Cell], *, is_personal: bool) -> list[Cell]:
    """The shown cells of the finest kind of period of which enough periods are shown."""
    for kind in PERSONAL_PERIODS if is_personal else PERIODS:
        shown = [cell for cell in cells if cell.period_kind == kind and cell.is_shown]
        if len({cell.period_start for cell in shown}) >= LEAST_PERIODS:
            return shown
    return []


def _kind(figure: DrawnFigure) -> Kind:
    kinds: dict[tuple[str, bool], Kind] = {
        ("intervals", False): "intervals",
        ("levels", False): "levels",
        ("levels", True): "level_panels",
        ("months", False): "months",
        ("months", True): "month_panels",
        ("pairs", False): "pairs",
    }
    return kinds[figure.kind, figure.panels is not None]
