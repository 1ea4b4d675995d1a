"""Corrections for label error reproduce their references and cover planted truths (METHODS 4.8)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.statistics.label_error import (
    ReviewCounts,
    corrected_difference,
    corrected_rate,
    corrected_shares,
    rogan_gladen,
)

HUMAN_INVOLVEMENT = ReviewCounts(tp=38, fp=45, fn=0, tn=117)


def test_epir_example() -> None:
    known = rogan_gladen(23 / 150, 150, sensitivity=0.96, specificity=0.89)
    assert known.value == pytest.approx(0.0509804, abs=5e-7)
    assert known.standard_error == pytest.approx(0.0346, abs=5e-5)
    reviewed = rogan_gladen(23 / 150, 150, sensitivity=0.96, specificity=0.89, n_positive=100, n_negative=100)
    assert reviewed.standard_error == pytest.approx(0.0492, abs=5e-5)
    assert reviewed.low == 0


def test_human_involvement_where_error_rates_carry_over() -> None:
    assert HUMAN_INVOLVEMENT.specificity == pytest.approx(0.722, abs=5e-4)
    found = corrected_rate(0.73, 1_000, HUMAN_INVOLVEMENT)
    assert found.value == pytest.approx(0.6261538, abs=5e-7)


def test_weak_labellers_and_missing_reviews_say_why() -> None:
    assert rogan_gladen(0.5, 100, sensitivity=0.6, specificity=0.69).withheld_reason == "labeller_too_weak"
    assert corrected_rate(0.5, 100, ReviewCounts(5, 1, 0, 0)).withheld_reason == "labeller_too_weak"
    assert corrected_rate(0.5, 100, ReviewCounts(5, 0, 1, 0)).withheld_reason == "too_few_reviews"
    assert corrected_rate(0.5, 0, HUMAN_INVOLVEMENT).withheld_reason == "no_observations"
    assert corrected_difference(0.1, 0.01, youden=0.29).withheld_reason == "labeller_too_weak"


def test_differences_shrink_by_the_youden_index() -> None:
    found = corrected_difference(0.1, 0.01, youden=0.5)
    assert (found.value, found.standard_error) == pytest.approx((0.2, 0.02))


def test_a_difference_is_no_surer_than_the_reviews_that_correct_it() -> None:
    reviews = ReviewCounts(tp=40, fp=10, fn=10, tn=40)
    assert (reviews.youden, reviews.youden_error) == pytest.approx((0.6, 0.08))
    known = corrected_difference(0.12, 0.01, youden=0.6)
    reviewed = corrected_difference(0.12, 0.01, youden=0.6, youden_error=0.08)
    assert reviewed.value == known.value == pytest.approx(0.2)
    # sqrt(0.01² + (0.2 × 0.08)²) / 0.6
    assert reviewed.standard_error == pytest.approx(0.0314466, abs=5e-7)
    few = corrected_difference(0.12, 0.01, youden=0.6, youden_error=0.08, degrees=4)
    assert few.standard_error == reviewed.standard_error
    assert few.high is not None
    assert reviewed.high is not None
    assert few.high > reviewed.high


def test_weighted_reviews_count_as_many_as_they_are_worth() -> None:
    even = ReviewCounts.weighted([1, 1, 0, 0], [1, 0, 1, 0], weights=[3, 3, 3, 3])
    assert (even.tp, even.fp, even.fn, even.tn) == (1, 1, 1, 1)
    uneven = ReviewCounts.weighted([1, 0, 0], [1, 1, 0], weights=[3, 1, 1])
    assert uneven.sensitivity == pytest.approx(0.75)
    # (3 + 1)² / (3² + 1²) = 1.6 sessions
    assert uneven.tp + uneven.fn == pytest.approx(1.6)


@given(st.floats(0, 1), st.floats(0.7, 1), st.floats(0.7, 1))
def test_correction_inverts_the_error(truth: float, sensitivity: float, specificity: float) -> None:
    observed = truth * sensitivity + (1 - truth) * (1 - specificity)
    found = rogan_gladen(observed, 1_000, sensitivity=sensitivity, specificity=specificity)
    assert found.value == pytest.approx(truth, abs=1e-9)


def test_two_classes_on_the_simplex_are_rogan_gladen() -> None:
    binary = corrected_rate(0.73, 1_000, HUMAN_INVOLVEMENT)
    found = corrected_shares([730, 270], [[38, 45], [0, 117]], draws=200)
    assert found[0].value == pytest.approx(binary.value or 0, abs=1e-6)
    assert found[0].low == pytest.approx(binary.low or 0, abs=0.03)
    assert found[0].high == pytest.approx(binary.high or 0, abs=0.03)


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_three_classes_are_recovered(weights: list[float]) -> None:
    truth = np.array(weights) / sum(weights)
    rates = np.array([[0.8, 0.1, 0.2], [0.1, 0.7, 0.1], [0.1, 0.2, 0.7]])
    found = corrected_shares(rates @ truth * 1e6, rates * 100, draws=20)
    assert [each.value for each in found] == pytest.approx(truth.tolist(), abs=1e-5)
    assert sum(each.value or 0 for each in found) == pytest.approx(1)


def test_classes_that_cannot_be_told_apart_are_withheld() -> None:
    weak = corrected_shares([50, 50], [[55, 45], [45, 55]])
    assert {each.withheld_reason for each in weak} == {"labeller_too_weak"}
    lacking = corrected_shares([50, 50], [[55, 0], [45, 0]])
    assert {each.withheld_reason for each in lacking} == {"too_few_reviews"}
    assert corrected_shares([0, 0], [[9, 1], [1, 9]])[0].withheld_reason == "no_observations"


def test_corrected_intervals_cover_the_truth_where_raw_ones_do_not() -> None:
    rng = np.random.default_rng(9)
    truth, sensitivity, specificity = 0.3, 0.85, 0.8
    covered = raw = 0
    for _ in range(500):
        tp, tn = rng.binomial(150, sensitivity), rng.binomial(150, specificity)
        observed = rng.binomial(2_000, truth * sensitivity + (1 - truth) * (1 - specificity)) / 2_000
        found = corrected_rate(observed, 2_000, ReviewCounts(tp, 150 - tn, 150 - tp, tn))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
        raw += abs(observed - truth) < 1.96 * np.sqrt(observed * (1 - observed) / 2_000)
    assert 0.92 <= covered / 500 <= 0.98
    assert raw == 0
