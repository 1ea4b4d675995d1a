"""Grades: what keeps one's own figure from being the same as a published value (METHODS 0.15)."""

from typing import Any

import pytest

from orchestration.measures.grades import highest_grade, labelled_by, same_rows, too_high
from orchestration.measures.grades_page import grades_page
from orchestration.measures.measure import Measure, PublishedValue
from orchestration.measures.registry import load_measures

SAME_AS = {"definition": "the study's words", "population": "the study's sessions"}

SINGLE_RATE = {"metric_name": "full_auto_share", "statistic": None, "population": None}


def measure_of(measure_id: str) -> Measure:
    return next(measure for measure in load_measures() if measure.id == measure_id)


def value_of(measure_id: str, **changes: Any) -> PublishedValue:
    """The first published value of a measure, as it would be with other entries."""
    return PublishedValue.model_validate(measure_of(measure_id).published[0].model_dump() | changes)


@pytest.mark.parametrize(
    ("measure_id", "changes", "highest", "why"),
    [
        ("C26", {}, "same", ""),
        ("C26", {"same_as": None}, "similar", "nothing says what is the same"),
        ("C26", {"quantity": None}, "context", "what kind of number"),
        ("C26", {"quantity": "adjusted_share"}, "context", "a adjusted_share is no share"),
        ("C26", {"value": None}, "context", "gives no number"),
        ("A2", {"same_as": SAME_AS}, "similar", "waits for the person"),
        ("A7", {"same_as": SAME_AS}, "same", ""),  # a point of a curve, and of one
        ("A7", {"same_as": SAME_AS} | SINGLE_RATE, "context", "a curve is no share"),
        ("C1", {"same_as": SAME_AS}, "similar", "waits for the person"),
        ("C6", {"same_as": SAME_AS}, "similar", "question is not published"),
        ("C7", {"same_as": SAME_AS}, "similar", "a typical is no median"),
        ("C9", {"same_as": SAME_AS}, "similar", "counted from tokens"),
        ("C12", {"metric_name": "words_per_prompt", "same_as": SAME_AS}, "similar", "from tokens"),
        ("C17", {"same_as": SAME_AS}, "similar", "different estimator"),
        ("C27", {"same_as": SAME_AS}, "similar", "computed from signals"),
        ("C27", {"same_as": SAME_AS, "specification": None}, "context", "within one `specification`"),
        ("C28", {"same_as": SAME_AS}, "similar", "how a session ended"),
        ("C2", {"same_as": SAME_AS, "metric_name": "public_repositories"}, "context", "no figure of it"),
    ],
)
def test_a_grade_that_is_raised_to_same_is_found(
    measure_id: str, changes: dict[str, Any], highest: str, why: str
) -> None:
    measure, value = measure_of(measure_id), value_of(measure_id, grade="same", **changes)
    assert highest_grade(measure, value) == highest
    found = list(too_high(measure.model_copy(update={"published": (value,)})))
    assert len(found) == (highest != "same")
    assert all(f"same, but at most {highest}" in text and why in text for text in found)


def test_success_by_labels_with_an_opt_out_and_curves_are_never_the_same() -> None:
    cells = {value.metric_name for _, _, value in same_rows()}
    assert cells, "nothing is the same"
    assert not {name for name in cells if "opt_out" in name or "full_auto" in name or "interrupt" in name}


@pytest.mark.parametrize(
    ("measure_id", "kind"), [("C3", "model"), ("C26", "model"), ("C7", None), ("A7", None)]
)
def test_a_value_says_whether_a_model_labelled_it(measure_id: str, kind: str | None) -> None:
    assert labelled_by(measure_of(measure_id), value_of(measure_id)) == kind


def test_every_same_is_defended_in_the_table() -> None:
    page = grades_page()
    for measure, _, value in same_rows():
        assert f"| {measure.id} `{value.metric_name}`" in page
    assert page.count("| specification |") == len(list(same_rows()))
