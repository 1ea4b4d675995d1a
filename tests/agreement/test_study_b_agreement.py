"""Every row of study B's registry has a mart and a figure, or says why it is context only.

The registry is typed a second time here: which rows are measured, in which tables, what the study says in
numbers, and the highest grade that each may have. That a figure shows a cell is asked of the report itself.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from orchestration.measures.grades import GRADES
from orchestration.measures.measure import Grade, Measure
from orchestration.measures.registry import load_measures, owner_of
from orchestration.report.sections import why_absent
from tests.agreement.test_study_a_agreement import cells_of, entries_of, is_beside, own_cell

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "metrics"
MEASURES = {measure.id: measure for measure in load_measures()}
CLAUDE_CODE = "claude_code"


class Registered(NamedTuple):
    """A row that is measured: its tables, its highest grade, numbers that the study says."""

    marts: set[str]
    grade: Grade
    numbers: tuple[float, ...] = ()


STUDY_B: dict[str, Registered] = {
    "B1": Registered({"rpt_merged_lines"}, "similar", (0.8, 1.0)),
    "B2": Registered({"rpt_merged_lines", "rpt_repositories"}, "similar", (8.0,)),
    "B3": Registered({"rpt_survey", "rpt_survey_medians"}, "similar", (4,)),
    "B4": Registered({"rpt_label_shares", "rpt_survey", "rpt_survey_medians"}, "context"),
    "B5": Registered({"rpt_session_conduct", "rpt_landed_work"}, "context"),
    "B6": Registered({"rpt_session_outcomes"}, "similar", (0.26, 0.76)),
    "B7": Registered({"rpt_survey", "rpt_survey_medians", "rpt_merged_lines", "rpt_repositories"}, "context"),
    "B8": Registered({"rpt_retrospective_reviews"}, "similar", (0.33,)),
    "B11": Registered({"rpt_next_step_duels"}, "similar", (0.20, 0.51, 0.64)),
    "B12": Registered({"rpt_time_horizon"}, "context", (12,)),
    "B15": Registered({"rpt_pull_requests", "rpt_review_times"}, "context"),
    "B16": Registered({"rpt_time_ratios"}, "context"),
}
CONTEXT_ONLY = {"B9", "B10", "B13", "B14", "B17"}
"""Rows that need what only a laboratory has, or that the study asserts without a method."""

rows = pytest.mark.parametrize("name", sorted(STUDY_B))


def marts_of(measure: Measure) -> set[str]:
    own = {metric.mart for metric in measure.metrics}
    return own.union(*(marts_of(MEASURES[name]) for name in measure.metrics_of))


def test_every_row_of_the_registry_is_measured_or_context_only() -> None:
    assert {f"B{number}" for number in range(1, 18)} == STUDY_B.keys() | CONTEXT_ONLY
    assert {one.id for one in MEASURES.values() if one.study == "B"} == STUDY_B.keys() | CONTEXT_ONLY
    assert {name for name in STUDY_B if MEASURES[name].not_measured is not None} == set()


@rows
def test_a_measured_row_has_its_tables(name: str) -> None:
    assert marts_of(MEASURES[name]) >= STUDY_B[name].marts
    for mart in STUDY_B[name].marts:
        assert (MODELS / f"{mart}.sql").is_file()


@rows
def test_a_measured_row_says_the_study_s_numbers_with_a_grade(name: str) -> None:
    values = MEASURES[name].published
    assert values
    found = {number for one in values for number in (one.value, one.low, one.high) if number is not None}
    assert sorted(found) == sorted(STUDY_B[name].numbers)
    for value in values:
        for place in value.places:
            assert GRADES.index(place.grade) <= GRADES.index(STUDY_B[name].grade)


@rows
def test_a_measured_row_has_a_figure_next_to_what_the_study_says(name: str) -> None:
    measure = MEASURES[name]
    entry = entries_of(list(cells_of(measure)))[name]
    assert entry.figures
    assert all(figure.rows for figure in entry.figures)
    for value in measure.published:
        owner = owner_of(measure, value)
        assert owner is not None
        entries = entries_of([own_cell(measure, value, CLAUDE_CODE)]).values()
        assert any(is_beside(figure.rows, value) for one in entries for figure in one.figures), value.cell


@pytest.mark.parametrize("name", sorted(CONTEXT_ONLY))
def test_a_row_that_is_context_only_says_why_and_stands_next_to_no_figure(name: str) -> None:
    measure = MEASURES[name]
    assert measure.not_measured is not None
    assert not measure.metrics
    assert not measure.figures
    told = why_absent(measure)
    assert measure.not_measured.strip() in told
    assert measure.published
    assert all(value.text in told and value.grade == "context" for value in measure.published)
