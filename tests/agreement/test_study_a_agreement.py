"""Every row of study A's registry has its measure, a metric of a mart, a figure, a published cell.

The registry is typed a second time here: ids with the highest grade that each may have, and what the study
says in numbers. That a figure shows a cell is asked of the report itself, with a cell made for it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pytest

from orchestration.ingest.sources import SOURCES
from orchestration.measures.grades import GRADES
from orchestration.measures.measure import Grade, Measure, Metric, PublishedValue
from orchestration.measures.registry import load_measures, metrics, owner_of
from orchestration.report.cells import Cell
from orchestration.report.figures import Row
from orchestration.report.sections import Entry, sections, why_absent

CLAUDE_CODE, API = "claude_code", "api_traffic"
MEASURES = {measure.id: measure for measure in load_measures()}


class Registered(NamedTuple):
    """A row of the registry: the measure it belongs to, its highest grade, numbers that it says."""

    measure: str
    grade: Grade
    numbers: tuple[float, ...] = ()
    is_of_calls: bool = False


STUDY_A: dict[str, Registered] = {
    "A1": Registered("A1", "same", (1500, 2700)),
    "A1b": Registered("A6", "context", (2520,)),
    "A2": Registered("A2", "same", (45, 40, 55)),
    "A4": Registered("A4", "similar"),
    "A5": Registered("A5", "similar", (3.3, 5.4)),
    "A6": Registered("A6", "context", (18000,)),
    "A7": Registered("A7", "same", (0.20, 0.40)),
    "A8": Registered("A8", "same", (0.05, 0.09)),
    "A9": Registered("A9", "similar", (0.87, 0.67), is_of_calls=True),
    "A10": Registered("A10", "same", (2,)),
    "A10b": Registered("A10", "same", (2,)),
    "A10c": Registered("A10", "context", (0.164, 0.071)),
    "A11": Registered("A11", "similar", (0.35, 0.21, 0.13, 0.12, 0.11)),
    "A12": Registered("A12", "similar", (0.32, 0.17, 0.07, 0.07, 0.05)),
    "A13": Registered("A13", "context", (1.1, 6.0), is_of_calls=True),
    "A15": Registered(
        "A15", "context",
        (6.0, 8.0, 4.8, 2.9, 4.4, 3.2, 3.6, 5.2, 3.6, 4.8, 3.3, 8.3, 1.1, 8.0, 2.2, 7.7, 1.7, 7.6, 1.7, 7.5),
        is_of_calls=True,
    ),
    "A16": Registered("A16", "similar", (0.80,), is_of_calls=True),
    "A17": Registered("A17", "similar", (0.73,), is_of_calls=True),
    "A18": Registered("A18", "similar", (0.008,), is_of_calls=True),
    "A19": Registered("A19", "similar", (0.50,), is_of_calls=True),
    "A19b": Registered(
        "A19", "context",
        (0.091, 0.071, 0.044, 0.043, 0.04, 0.035, 0.028, 0.024, 0.022, 0.021, 0.019, 0.018, 0.013, 0.01,
         0.009, 0.008),
        is_of_calls=True,
    ),
}  # fmt: skip
"""A3, A14 and A20 have no row: the study shows a smooth curve, ranges of clusters, and a cut."""

rows = pytest.mark.parametrize("name", sorted(STUDY_A))


def published_of(name: str) -> list[PublishedValue]:
    measure = MEASURES[STUDY_A[name].measure]
    return [value for value in measure.published if (value.id or measure.id) == name]


@rows
def test_a_row_has_a_measure_with_a_metric_of_a_mart(name: str) -> None:
    measure = MEASURES[STUDY_A[name].measure]
    assert measure.study == "A"
    assert measure.not_measured is None, "every row of study A is measured"
    for value in published_of(name):
        found = owner_of(measure, value)
        assert found is not None
        assert found[1] in metrics()


@rows
def test_a_row_has_its_published_numbers_with_a_grade_by_cell(name: str) -> None:
    row, values = STUDY_A[name], published_of(name)
    assert values
    numbers = [
        number for value in values for number in (value.value, value.low, value.high) if number is not None
    ]
    assert sorted(set(numbers)) == sorted(set(row.numbers))
    for value in values:
        for place in value.places:
            assert GRADES.index(place.grade) <= GRADES.index(row.grade), (name, place.agent)


@rows
def test_what_is_said_of_calls_stands_beside_api_traffic_and_of_sessions_does_not(name: str) -> None:
    row = STUDY_A[name]
    for value in published_of(name):
        grades = {place.agent: place.grade for place in value.places}
        assert set(grades) == ({CLAUDE_CODE, API} if row.is_of_calls else {CLAUDE_CODE})
        if row.is_of_calls:
            # The calls of one agent are another population than those of an API.
            assert (grades[CLAUDE_CODE], grades[API]) == ("context", row.grade)


def test_values_stand_beside_agents_that_there_are() -> None:
    agents = {source.agent for source in SOURCES.values()}
    named = {place.agent for one in MEASURES.values() for value in one.published for place in value.places}
    assert named <= agents


def test_involvement_is_named_an_upper_bound_wherever_it_is_published() -> None:
    for name in ("A9", "A17"):
        for value in published_of(name):
            assert value.metric_name == "human_involvement_upper_bound"
            assert all("upper bound" in (place.note or "") for place in value.places)


# What the page shows.

AGENTS = [CLAUDE_CODE, API]
MONTHS = [date(2026, month, 1) for month in range(1, 6)]


def cell_of(metric: Metric, **changes: object) -> Cell:
    cell = Cell(
        table=metric.mart, agent=CLAUDE_CODE, metric=metric.name,
        statistic=metric.statistics[0] if metric.statistics else None, specification=None, population=None,
        labeller="claude", fingerprint="f" * 20, standing="estimate", period_kind="overall",
        period_start=None, segment="all", value_of_segment="all", estimate=0.5, low=0.4, high=0.6,
        n_sessions=100, n_users=12, unknown_share=0.0, published=None, published_low=None,
        published_high=None, published_text=None, grade=None, hidden=None, is_private=False,
    )  # fmt: skip
    return replace(cell, **changes)  # type: ignore[arg-type]


def cells_of(measure: Measure) -> Iterator[Cell]:
    """A cell of each metric of a measure, and those that its declared figures are of."""
    for metric in measure.metrics:
        is_curve = metric.mart == "rpt_experience_curves"
        yield cell_of(metric, **({"segment": "prior_sessions", "value_of_segment": "10"} if is_curve else {}))
    for value in measure.published if measure.not_measured is None else ():
        yield own_cell(measure, value, CLAUDE_CODE)
    known = {(metric.mart, metric.name): metric for metric in metrics()}
    for figure in measure.figures:
        for name in figure.metrics:
            for statistic in figure.statistics or (None,):
                of = {
                    "segment": figure.segment,
                    "value_of_segment": "all" if figure.segment == "all" else "a",
                    "population": next(iter(figure.populations), None),
                    "specification": next(iter(figure.specifications), None),
                    "statistic": statistic,
                }
                dated = [{"period_kind": "month", "period_start": month} for month in MONTHS]
                for period in dated if figure.kind == "months" else [{}]:
                    yield cell_of(known[figure.mart, name], **of, **period)


def own_cell(measure: Measure, value: PublishedValue, agent: str) -> Cell:
    """One's own figure of a published cell, as the tables have it."""
    found = owner_of(measure, value)
    assert found is not None
    is_estimate = value.statistic is not None
    return cell_of(
        found[1], agent=agent, statistic=value.statistic, specification=value.specification,
        population=(value.population or "all") if is_estimate else None,
        segment=value.segment_name, value_of_segment=value.segment_value, published=value.value,
        published_text=value.text, grade=value.grade,
    )  # fmt: skip


def entries_of(cells: list[Cell], *, is_personal: bool = False) -> dict[str, Entry]:
    found = sections(cells, AGENTS, is_personal=is_personal)
    return {entry.measure.id: entry for section in found for entry in section.entries}


@rows
def test_a_row_has_a_figure_with_the_published_value_beside_ones_own(name: str) -> None:
    measure = MEASURES[STUDY_A[name].measure]
    for value in published_of(name):
        for place in value.places:
            own = [own_cell(measure, value, place.agent)]
            if name == "A15":  # a pair is of two metrics
                own = [replace(own[0], metric=f"action_{one}_mean", value_of_segment="a") for one in PAIR]
            entry = entries_of(own)[measure.id]
            figures = [figure for figure in entry.figures if is_beside(figure.rows, value)]
            assert figures, (name, value.cell, place.agent)


PAIR = ("risk", "autonomy")


def is_beside(shown: tuple[Row, ...], value: PublishedValue) -> bool:
    """Whether a row has the published value, beside its own or as a point of the study."""
    return any(
        row.cell.published_text == value.text
        or (row.is_of_study and row.across is not None
            and value.value in (row.cell.published, row.across.published))
        for row in shown
    )  # fmt: skip


@pytest.mark.parametrize("measure", load_measures(), ids=lambda measure: measure.id)
def test_every_measure_has_a_figure_or_says_why_not(measure: Measure) -> None:
    if measure.not_measured is not None:
        assert measure.not_measured.strip() in why_absent(measure)
        return
    of_project = any(figure.segment == "project" for figure in measure.figures)
    entry = entries_of(list(cells_of(measure)), is_personal=of_project)[measure.id]
    assert entry.figures
    assert all(figure.rows for figure in entry.figures)


@pytest.mark.parametrize("measure", load_measures(), ids=lambda measure: measure.id)
def test_every_published_value_is_on_the_page_where_there_is_a_figure_of_it(measure: Measure) -> None:
    """In the measure's own figures, or in those of a measure that the same cells belong to."""
    if measure.not_measured is None and measure.id != "A15":  # whose points are of the study alone
        for value in measure.published:
            entries = entries_of([own_cell(measure, value, CLAUDE_CODE)]).values()
            figures = [figure for entry in entries for figure in entry.figures]
            assert any(is_beside(figure.rows, value) for figure in figures), value.cell


def test_the_page_names_every_measure_without_a_figure_and_what_was_published() -> None:
    """Of each study the first measure has cells; all others must be named where that study is."""
    first = {study: next(one for one in load_measures() if one.study == study) for study in ("A", "C", "own")}
    found = sections([cell for measure in first.values() for cell in cells_of(measure)], AGENTS)
    told = {line for section in found for line in section.absent}
    shown = {entry.measure.id for section in found for entry in section.entries}
    assert {measure.id for measure in first.values()} <= shown
    for measure in load_measures():
        if measure.study in first and measure.id not in shown:
            assert why_absent(measure) in told, measure.id
            assert all(value.text in why_absent(measure) for value in measure.published), measure.id


def test_a_line_over_months_is_drawn_once() -> None:
    """In the declared figure, and not again in the general ones of its measure or of another."""
    metrics_of_calls = [metric for name in ("A13", "A14", "A15") for metric in MEASURES[name].metrics]
    cells = [
        cell_of(metric, statistic=statistic, population=population, **period)
        for metric in metrics_of_calls
        for statistic in metric.statistics
        for population in ("all", "without_evaluations")
        for period in ({}, *({"period_kind": "month", "period_start": month} for month in MONTHS))
    ]
    drawn = [
        (metric, statistic, population)
        for entry in entries_of(cells).values()
        for figure in entry.figures
        if figure.kind == "months"
        for metric, statistic, population in {
            (row.cell.metric, row.cell.statistic, row.cell.population) for row in figure.rows
        }
    ]
    assert len(drawn) > 10
    assert len(set(drawn)) == len(drawn)
