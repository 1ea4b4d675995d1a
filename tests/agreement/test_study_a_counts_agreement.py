"""Every figure of study A's registry is counted a second time, or the registry says which labels it needs.

The two lists are in `tests/compared_study_a.py`. The comparison itself is made with a whole corpus
(`test_corpus_study_a`, `test_planted_study_a`).
"""

from collections import Counter

import pytest

from orchestration.measures.measure import Measure, Metric
from orchestration.measures.registry import is_by_rules, load_measures, needs_claude, owner_of
from tests.compared_study_a import BY_LABEL, HELD

MEASURES = {measure.id: measure for measure in load_measures()}
STUDY_A = [measure for measure in load_measures() if measure.study == "A"]
COUNTED = Counter((held.measure, held.mart, name) for held in HELD for name in held.metrics)


def is_counted(measure: Measure, metric: Metric) -> bool:
    return (measure.id, metric.mart, metric.name) in COUNTED


@pytest.mark.parametrize("measure", STUDY_A, ids=lambda measure: measure.id)
def test_a_metric_is_counted_again_or_needs_labels(measure: Measure) -> None:
    for metric in measure.metrics:
        if is_counted(measure, metric):
            assert is_by_rules(measure, metric)
            assert not measure.needs_of(metric)
        else:
            needs = set(measure.needs_of(metric))
            assert needs, f"{metric.name} needs no label and is counted nowhere a second time"
            assert needs <= BY_LABEL[measure.id], metric.name


def test_what_is_said_to_need_labels_is_said_by_the_registry() -> None:
    for name, classifiers in BY_LABEL.items():
        measure = MEASURES[name]
        said = {one for metric in measure.metrics for one in measure.needs_of(metric)}
        assert said == classifiers, name


def test_no_published_value_without_a_count_is_said_to_need_no_claude() -> None:
    for measure in STUDY_A:
        for value in measure.published:
            found = owner_of(measure, value)
            assert found is not None
            assert needs_claude(measure, value) != is_counted(*found), value.cell


def test_each_figure_is_counted_once_and_is_one_of_its_measure() -> None:
    assert set(COUNTED.values()) == {1}
    for of, mart, name in COUNTED:
        assert (mart, name) in {(metric.mart, metric.name) for metric in MEASURES[of].metrics}
