"""Agreement and its intervals: published reference values (METHODS §4.1, §4.7), and what is undefined."""

from collections.abc import Sequence

import pytest
from sklearn.metrics import cohen_kappa_score

from classifiers.evaluation.agreement import (
    Pair,
    agreement_of_labels,
    agreement_of_sets,
    as_label,
    rate,
)


def table(*rows: Sequence[int], labels: str = "ab") -> list[list[Pair]]:
    """One case per judgement of a confusion table whose rows are expected labels."""
    return [
        [(expected, observed)]
        for expected, row in zip(labels, rows, strict=True)
        for observed, number in zip(labels, row, strict=True)
        for _ in range(number)
    ]


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_rates_have_the_published_wilson_intervals(hits: int, total: int, low: float, high: float) -> None:
    found = rate(hits, total)
    assert found.value == hits / total
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_rate_of_nothing_is_undefined() -> None:
    assert rate(0, 0) == (0, 0, None, None, None)


@pytest.mark.parametrize(
    ("rows", "agreed", "kappa"),
    [
        (([20, 5], [10, 15]), 0.7, 0.40),
        (([80, 10], [5, 5]), 0.85, 0.318),
        (([40, 9], [6, 45]), 0.85, 0.700),
    ],
)
def test_kappa_has_the_published_values(rows: tuple[list[int], ...], agreed: float, kappa: float) -> None:
    found = agreement_of_labels(table(*rows), labels="ab")
    assert found.agreed.value == pytest.approx(agreed)
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(kappa, abs=5e-4)


def test_pabak_does_not_move_with_prevalence() -> None:
    skewed = agreement_of_labels(table([80, 10], [5, 5]), labels="ab")
    even = agreement_of_labels(table([40, 9], [6, 45]), labels="ab")
    assert skewed.pabak == even.pabak == pytest.approx(0.70)


def test_weighted_kappa_has_the_published_value_whatever_stands_outside_the_scale() -> None:
    first, second = "123451234533", "123442235523"
    cases = [[pair] for pair in zip(first, second, strict=True)]
    found = agreement_of_labels(cases, labels="12345", rising="12345")
    assert found.weighted_kappa is not None
    assert found.weighted_kappa.value == pytest.approx(0.8947, abs=5e-5)
    with_opt_out = agreement_of_labels([*cases, [("5", "x")], [("x", "1")]], labels="12345x", rising="12345")
    assert with_opt_out.weighted_kappa is not None
    assert with_opt_out.weighted_kappa.value == found.weighted_kappa.value
    assert with_opt_out.agreed.total == found.agreed.total + 2


def test_labels_without_an_order_have_no_weighted_kappa() -> None:
    assert agreement_of_labels(table([3, 1], [1, 3]), labels="ab").weighted_kappa is None


def test_classes_have_precision_recall_f1_and_support() -> None:
    a, b = agreement_of_labels(table([3, 1], [0, 4]), labels="ab").classes
    assert (a.label, a.support, a.observed_count) == ("a", 4, 3)
    assert (a.precision.value, a.recall.value) == (1.0, 0.75)
    assert a.f1 is not None
    assert a.f1.value == pytest.approx(2 * 0.75 / 1.75)
    assert (b.precision.hits, b.precision.total, b.recall.value) == (4, 5, 1.0)


def test_a_class_that_is_never_observed_has_no_precision() -> None:
    (a, b) = agreement_of_labels(table([4, 0], [2, 0]), labels="ab").classes
    assert (b.precision.value, b.recall.value) == (None, 0.0)
    assert b.f1 is not None
    assert b.f1.value == 0.0
    assert a.recall.value == 1.0


def test_a_class_that_does_not_occur_has_no_row() -> None:
    assert [each.label for each in agreement_of_labels([[("a", "c")]], labels="abc").classes] == ["a", "c"]


def test_kappa_of_a_single_label_is_undefined() -> None:
    found = agreement_of_labels(table([5, 0], [0, 0]), labels="ab")
    assert found.kappa is None
    assert found.agreed.value == 1.0


def test_nothing_judged_is_undefined() -> None:
    found = agreement_of_labels([], labels="ab")
    assert (found.agreed.value, found.classes, found.kappa, found.pabak) == (None, (), None, None)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"labels outside the vocabulary: \['z'\]"):
        agreement_of_labels([[("a", "z")]], labels="ab")


def test_intervals_hold_the_value_and_are_the_same_every_time() -> None:
    cases = table([12, 3], [4, 11])
    found = agreement_of_labels(cases, labels="ab", rising="ab")
    assert found == agreement_of_labels(cases, labels="ab", rising="ab")
    for estimate in (found.kappa, found.weighted_kappa, *(each.f1 for each in found.classes)):
        assert estimate is not None
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < estimate.value < estimate.high


def test_judgements_of_one_case_are_drawn_together() -> None:
    """Ten equal judgements of two cases say as much as two: the interval stays wide."""
    apart = table([10, 0], [0, 10])[:10] + [[("b", "a")]] * 10
    together = [[("a", "a")] * 10, [("b", "a")] * 10, [("b", "b")] * 10]
    wide = agreement_of_labels(together, labels="ab").kappa
    narrow = agreement_of_labels([*apart, *([[("b", "b")]] * 10)], labels="ab").kappa
    assert wide is not None
    assert narrow is not None
    assert wide.value == pytest.approx(narrow.value)
    assert wide.high is not None
    assert wide.low is not None
    assert narrow.high is not None
    assert narrow.low is not None
    assert wide.high - wide.low > narrow.high - narrow.low


def test_one_case_has_a_value_and_no_bootstrap_interval() -> None:
    found = agreement_of_labels([[("a", "a"), ("b", "a")]], labels="ab").classes[0].f1
    assert found is not None
    assert (found.value, found.low, found.high) == (pytest.approx(2 / 3), None, None)


def test_sets_agree_only_where_they_are_the_same() -> None:
    cases = [
        (frozenset("ab"), frozenset("ab")),
        (frozenset("a"), frozenset("ab")),
        (frozenset(""), frozenset("")),
        (frozenset("c"), frozenset("")),
    ]
    found = agreement_of_sets(cases, labels="abcd")
    assert (found.agreed.hits, found.agreed.total) == (2, 4)
    scores = {each.label: each for each in found.classes}
    assert set(scores) == set("abc")
    assert (scores["a"].precision.value, scores["a"].recall.value, scores["a"].support) == (1.0, 1.0, 2)
    assert (scores["b"].precision.value, scores["b"].support, scores["b"].observed_count) == (0.5, 1, 2)
    assert scores["c"].recall.value == 0.0


def test_kappa_of_sets_is_about_presence() -> None:
    pairs = [("ab", "ab"), ("ab", "bc"), ("cd", "ad"), ("abc", "d"), ("", "a"), ("d", "d")]
    cases = [(frozenset(expected), frozenset(observed)) for expected, observed in pairs]
    found = agreement_of_sets(cases, labels="abcd").kappa
    expected = [label in each for each, _ in cases for label in "abcd"]
    observed = [label in each for _, each in cases for label in "abcd"]
    assert found is not None
    assert found.value == pytest.approx(cohen_kappa_score(expected, observed))


@pytest.mark.parametrize(("value", "label"), [(None, "null"), (True, "true"), (3, "3"), ("a", "a")])
def test_values_have_one_spelling_as_labels(value: object, label: str) -> None:
    assert as_label(value) == label
