"""The catalogue of measurements: what its files may say, and what they are told where they may not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.measures.measure import Measure, PublishedValue
from orchestration.measures.metrics_page import metrics_page
from orchestration.measures.published_values import number_text
from orchestration.measures.registry import (
    CatalogError,
    load_measures,
    metric_description,
    metrics,
    needs_claude,
    primary_metrics,
    works_without_key,
)

SUCCESS: dict[str, Any] = {
    "id": "C21",
    "name": "Verified success",
    "study": "C",
    "unit": "session",
    "definition": "Judged succeeded with hard evidence.",
    "exclusions": "sessions without a clear goal",
    "caveat": "Evidence is not success.",
    "needs": ["outcome", "success_evidence"],
    "metrics": [
        {
            "name": "verified_success",
            "mart": "rpt_session_outcomes",
            "numerator": "verified sessions",
            "denominator": "sessions with a clear goal",
        }
    ],
    "published": [
        {
            "metric_name": "verified_success",
            "value": 0.15,
            "text": "15 %",
            "measured_as": "share",
            "window": "2025-10 to 2026-04",
            "grade": "same",
            "source": ["page"],
        }
    ],
}


def catalogue(folder: Path, **files: dict[str, Any]) -> Path:
    """A folder of catalogue files by their stem."""
    for stem, content in files.items():
        (folder / f"{stem}.yml").write_text(yaml.safe_dump(content))
    return folder


def test_a_file_is_a_measure(tmp_path: Path) -> None:
    (measure,) = load_measures(catalogue(tmp_path, C21=SUCCESS))
    assert (measure.id, measure.metrics[0].column, measure.published[0].value) == (
        "C21",
        "estimate",
        0.15,
    )


def test_files_come_in_the_order_of_the_study(tmp_path: Path) -> None:
    unmeasured = {key: value for key, value in SUCCESS.items() if key not in ("metrics", "published")}
    external = unmeasured | {"id": "C2", "not_measured": "external"}
    found = load_measures(catalogue(tmp_path, C21=SUCCESS, C02=external))
    assert [measure.id for measure in found] == ["C2", "C21"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"colour": "red"}, r"C21\.yml: colour: Extra inputs are not permitted"),
        ({"caveat": " "}, r"C21\.yml: caveat: String should have at least 1 character"),
        ({"study": "D"}, r"C21\.yml: study: Input should be 'A', 'B', 'C' or 'own'"),
        ({"id": "C22"}, r"C21\.yml: id: C22 belongs in C22\.yml"),
        ({"metrics": []}, r"C21\.yml: measure: .* has metrics .* or says why `not_measured`"),
        ({"not_measured": "too dear"}, r"C21\.yml: measure: .* or says why `not_measured`"),
        ({"metrics_of": ["C99"]}, r"C21\.yml: metrics_of: no measure C99"),
    ],
)
def test_errors_name_file_and_field(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        load_measures(catalogue(tmp_path, C21=SUCCESS | change))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"value": "about a sixth"}, r"published\.0\.value: Input should be a valid number"),
        ({"source": []}, r"published\.0\.source: Tuple should have at least 1 item"),
        ({"window": ""}, r"published\.0\.window"),
        ({"low": 0.3, "high": 0.2}, r"published\.0: .* low 0\.3 is above high 0\.2"),
        ({"source": ["figure"]}, r"published\.0: .* read from a figure is context"),
        ({"metric_name": "judged_success"}, r"published\.0\.metric_name: judged_success .* is no metric"),
        ({"statistic": "adjusted"}, r"published\.0\.metric_name: verified_success \(adjusted\) is no metric"),
    ],
)
def test_a_published_value_is_never_a_bare_number(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    content = SUCCESS | {"published": [SUCCESS["published"][0] | change]}
    with pytest.raises(CatalogError, match=told):
        load_measures(catalogue(tmp_path, C21=content))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"denominator": None}, "a rate has a denominator"),
        ({"kind": "count"}, "a count has no denominator"),
        ({"mart": "fct_sessions"}, r"metrics\.0\.mart"),
        (
            {"primary": [{"metric_name": "verified_success", "statistic": "slope"}]},
            "not listed under `statistics`",
        ),
    ],
)
def test_a_metric_that_contradicts_itself_is_refused(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    content = SUCCESS | {"metrics": [SUCCESS["metrics"][0] | change]}
    with pytest.raises(CatalogError, match=told):
        load_measures(catalogue(tmp_path, C21=content))


def test_what_is_defined_twice_is_refused(tmp_path: Path) -> None:
    twin = SUCCESS | {"id": "C22"}
    with pytest.raises(CatalogError, match="metric defined twice: verified_success in rpt_session_outcomes"):
        load_measures(catalogue(tmp_path, C21=SUCCESS, C22=twin))
    same_cell = SUCCESS | {"published": SUCCESS["published"] * 2}
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(CatalogError, match=r"published cell defined twice: verified_success///all/all"):
        load_measures(catalogue(other, C21=same_cell))


def test_text_that_is_no_yaml_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "C21.yml").write_text("id: [C21")
    with pytest.raises(CatalogError, match=r"C21\.yml: not YAML"):
        load_measures(tmp_path)


def test_a_description_names_numerator_denominator_and_null() -> None:
    assert metric_description("no_clear_goal_share") == (
        "Sessions without a clear goal, divided by sessions with an outcome. "
        "Null where suppressed, withheld or without observations."
    )
    with pytest.raises(KeyError, match="no measure of catalog/ has a metric happiness"):
        metric_description("happiness")


def test_primary_tests_are_declared_before_any_data() -> None:
    found = {(one.metric_name, one.statistic, one.population, one.segment_value) for one in primary_metrics()}
    assert found == {
        ("verified_success", "slope", "with_goal", "all"),
        ("at_least_partial", "slope", "with_goal", "all"),
        ("abandoned_gap", "difference", "in_trouble_above_3", "novice"),
        ("verified_success_gap", "difference", "code_producing", "all"),
        ("task_value_usd", "change_of_mean", "all", "all"),
        ("work_mode_share", "change", "all", "fix"),
        ("work_mode_share", "change", "all", "operate"),
    }
    assert len(primary_metrics()) == len(found)
    assert {metric.name for metric in metrics() if metric.is_primary} == {name for name, *_ in found}


def measure_of(measure_id: str) -> Measure:
    return next(measure for measure in load_measures() if measure.id == measure_id)


@pytest.mark.parametrize(
    ("measure_id", "is_without_key"),
    [
        ("C7", True),  # counts alone
        ("C3", True),  # the rules label work modes
        ("C6", False),  # decisions are Claude's
        ("C20", False),  # the rules conclude the outcome from the signal: a rate by signal would be circular
        ("C27", False),  # the value band comes from task value
        ("C29", False),  # occupations are Claude's
    ],
)
def test_a_measure_says_whether_it_works_without_a_key(measure_id: str, is_without_key: bool) -> None:
    assert works_without_key(measure_of(measure_id)) is is_without_key


def published(measure_id: str, **cell: str) -> PublishedValue:
    wanted = cell.items()
    (found,) = (value for value in measure_of(measure_id).published if wanted <= value.model_dump().items())
    return found


@pytest.mark.parametrize(
    ("measure_id", "cell", "needs"),
    [
        ("C21", {"segment_name": "all"}, False),
        ("C21", {"segment_value": "novice", "statistic": "adjusted"}, True),
        ("C19", {"segment_name": "success_score", "segment_value": "5"}, True),
        ("C28", {"metric_name": "verified_success", "segment_value": "expert"}, True),
        ("C25", {"metric_name": "abandoned_of_troubled_above_3", "segment_name": "all"}, False),
        ("C25", {"metric_name": "abandoned_of_trouble_rating_above_3", "segment_name": "all"}, True),
        ("C25", {"metric_name": "abandoned_of_troubled_above_3", "segment_value": "novice"}, True),
    ],
)
def test_a_cell_needs_claude_where_rules_answer_not_all_of_it(
    measure_id: str, cell: dict[str, str], needs: bool
) -> None:
    assert needs_claude(measure_of(measure_id), published(measure_id, **cell)) is needs


@pytest.mark.parametrize(
    ("value", "text"), [(20.0, "20"), (0.00043, "0.00043"), (398198.0, "398198"), (-0.14, "-0.14")]
)
def test_numbers_are_written_as_published(value: float, text: str) -> None:
    assert number_text(value) == text


def test_the_page_has_a_section_for_every_measure() -> None:
    page = metrics_page()
    for measure in load_measures():
        title = measure.name if measure.study == "own" else f"{measure.id} {measure.name}"
        assert f"\n### {title}\n" in page
    assert page.count("\n### ") == len(load_measures())
