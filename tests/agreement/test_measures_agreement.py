"""The catalogue of measurements agrees with the marts, the classifiers, the studies and what is made of it.

Halves that are written apart: metrics and tables, needs and classifiers, published values and the studies'
numbers, the seed and the page and their generator. Read from files, so that dbt need not start.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from classifiers.catalog import CATALOG
from classifiers.vocabulary import vocabulary
from orchestration.estimates.rates import RATE_TABLES
from orchestration.measures.__main__ import WRITTEN
from orchestration.measures.grades import too_high
from orchestration.measures.measure import SEGMENT_NEEDS, Measure
from orchestration.measures.published_values import PublishedRow, published_rows
from orchestration.measures.registry import load_measures, metric_description, metrics

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
TABLES = {path.stem: path for path in sorted((PROJECT / "models" / "metrics").glob("rpt_*.sql"))}
REPEATING = {"rpt_published_beside_own", "rpt_primary_tests", "rpt_labeller_standing", "rpt_clusters"}
"""Tables whose metrics are defined in others, or that judge labellers or name clusters and have none."""

VOCABULARY_OF = {
    "work_mode": "work_mode",
    "codebase_relation": "codebase_relation",
    "expertise": "expertise",
    "occupation": "user_occupation",
}


def described(table: str) -> dict[str, Any]:
    """The description of one table, from the yml beside it or from that of the tables of figures."""
    beside = TABLES[table].with_suffix(".yml")
    path = beside if beside.exists() else beside.with_name("_figures.yml")
    (model,) = (one for one in yaml.safe_load(path.read_text())["models"] if one["name"] == table)
    return dict(model)


@pytest.mark.parametrize("measure", load_measures(), ids=lambda measure: measure.id)
def test_every_measure_stands_in_a_mart_or_says_why_not(measure: Measure) -> None:
    for metric in measure.metrics:
        columns = {one["name"] for one in described(metric.mart)["columns"]}
        assert metric.column in columns, (metric.mart, metric.column)
    assert measure.metrics or measure.metrics_of or measure.not_measured


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_of_metrics_is_defined_and_every_column_described(table: str) -> None:
    if table not in REPEATING:
        assert any(metric.mart == table for metric in metrics()), table
    assert all(one["description"].strip() for one in described(table)["columns"])


@pytest.mark.parametrize("metric", metrics(), ids=lambda metric: f"{metric.name} in {metric.mart}")
def test_a_statistic_belongs_to_a_table_of_estimates(metric: Any) -> None:
    assert bool(metric.statistics) == (metric.mart not in {*RATE_TABLES, "rpt_turn_durations"})


def test_needs_are_classifiers_of_the_catalog() -> None:
    known = {classifier.name for classifier in CATALOG}
    for measure in load_measures():
        for metric in measure.metrics:
            assert set(measure.needs_of(metric)) <= known, (measure.id, metric.name)
        assert set(measure.needs) <= known, measure.id
    assert {one for needs in SEGMENT_NEEDS.values() for one in needs} <= known


@pytest.mark.parametrize("segment", sorted(VOCABULARY_OF))
def test_published_cells_are_cut_by_labels_of_the_vocabulary(segment: str) -> None:
    labels = {row.label for row in vocabulary() if row.field == VOCABULARY_OF[segment]}
    found = {row.segment_value for row in published_rows() if row.segment_name == segment}
    assert found <= labels | {"all"}
    assert found


def test_no_grade_is_higher_than_its_row_allows() -> None:
    assert [text for measure in load_measures() for text in too_high(measure)] == []


def test_what_is_generated_is_as_generated() -> None:
    for path, text in WRITTEN.items():
        assert path.read_text() == text(), f"{path.name}: run python -m orchestration.measures"


def test_the_seed_is_described_whole() -> None:
    (seed,) = yaml.safe_load((PROJECT / "seeds" / "published_values.yml").read_text())["seeds"]
    assert [one["name"] for one in seed["columns"]] == list(PublishedRow._fields)
    assert list(seed["config"]["column_types"]) == list(PublishedRow._fields)


def test_published_cells_are_of_metrics_that_are_described() -> None:
    for row in published_rows():
        if row.is_measured:
            assert metric_description(row.metric_name).endswith("without observations."), row.metric_name


LEVELS = ("novice", "beginner", "intermediate", "advanced", "expert")
TABLE_A2 = {
    "unadjusted": (0.132, 0.209, 0.280, 0.293, 0.347),
    "adjusted": (0.145, 0.209, 0.283, 0.295, 0.329),
    "coefficient": (None, 0.064, 0.138, 0.150, 0.184),
}
PUBLISHED = {
    "active_wall_hours_per_user_week|||all|all": 20,
    "turn_wall_seconds_p50|||all|all": 45,
    "turns_per_session|||all|all": 4,
    "actions_per_prompt_above_200|||all|all": 0.0037,  # 1 in 270
    "actions_per_prompt_above_500|||all|all": 0.00043,  # 1 in 2,300
    "written_words_per_turn|||all|all": 2400,
    "user_planning_share_mean|||all|all": 0.70,
    "actions_per_prompt|change_per_level|all|expertise|all|log_ols": 0.09,
    "words_per_prompt|change_per_level|all|expertise|all|log_ols": 0.13,
    "work_mode_share|change|all|work_mode|fix": 0.19 - 0.33,
    "work_mode_share|change|all|work_mode|operate": 0.21 - 0.14,
    "task_value_usd|change_of_mean|all|all|all": 0.27,
    "task_value_usd|change_of_mean|all|work_mode|build": 0.43,
    "no_clear_goal_share|||all|all": 0.077,
    "abandoned_of_troubled_above_3|||expertise|novice": 0.19,
    "verified_success|slope|with_goal|expertise|all|additive": 0.0379,
    "verified_success_gap|difference|code_producing|all|all": 0.34 - 0.29,
}
"""METHODS 1.C, typed a second time."""


def published_value(cell: str) -> float | None:
    (row,) = (row for row in published_rows() if row.published_cell_id == cell)
    return row.published_value


@pytest.mark.parametrize("cell", sorted(PUBLISHED))
def test_published_values_are_those_of_the_study(cell: str) -> None:
    assert published_value(cell) == pytest.approx(PUBLISHED[cell])


@pytest.mark.parametrize("statistic", sorted(TABLE_A2))
def test_verified_success_by_expertise_is_table_a2(statistic: str) -> None:
    specification = "raw" if statistic == "unadjusted" else "joint_cell"
    for level, value in zip(LEVELS, TABLE_A2[statistic], strict=True):
        cell = f"verified_success|{statistic}|with_goal|expertise|{level}|{specification}"
        if value is None:
            assert cell not in {row.published_cell_id for row in published_rows()}
        else:
            assert published_value(cell) == value


def test_steps_of_table_a2_add_up_and_the_page_rounds_them() -> None:
    """METHODS 4.3: a coefficient is an adjusted rate less that of novices; the page says 15 and 28 to 33."""
    adjusted, coefficients = TABLE_A2["adjusted"], TABLE_A2["coefficient"]
    novice = adjusted[0]
    assert novice is not None
    for rate, coefficient in zip(adjusted[1:], coefficients[1:], strict=True):
        assert rate is not None
        assert coefficient is not None
        assert rate - novice == pytest.approx(coefficient, abs=0.0011)
    overall = next(row for row in published_rows() if row.published_cell_id == "verified_success|||all|all")
    assert (overall.published_low, overall.published_high) == (round(novice + 1e-9, 2), 0.33)


def test_work_modes_of_the_figure_add_up_to_all_sessions() -> None:
    shares = [row.published_value for row in published_rows() if row.metric_name == "work_mode_share"]
    levels = [share for share in shares if share is not None][:9]
    assert len(levels) == 9
    assert sum(levels) == pytest.approx(1.0)


ROWS_OF_STUDY_B = frozenset(f"B{number}" for number in range(1, 18))
"""The ids of METHODS 1.B, typed a second time."""


def test_every_row_of_study_b_has_a_file_with_figures_or_says_why_not() -> None:
    measures = {measure.id: measure for measure in load_measures() if measure.study == "B"}
    assert measures.keys() == ROWS_OF_STUDY_B
    tables = {metric.mart for metric in metrics()}
    for measure in measures.values():
        assert measure.published, measure.id
        if measure.not_measured is None:
            marts = {metric.mart for metric in measure.metrics} or {
                metric.mart
                for other in load_measures()
                if other.id in measure.metrics_of
                for metric in other.metrics
            }
            assert marts
            assert marts <= tables
