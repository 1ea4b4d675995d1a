"""Declared tests are corrected together; one that was not made does not ease the others (METHODS 4.12)."""

from typing import Any

import pytest

from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row
from orchestration.estimates.primary_tests import tests_of as corrected_tests
from orchestration.measures.measure import PrimaryTest
from orchestration.measures.registry import primary_metrics
from orchestration.statistics.withholding import Estimate

EVERY = Sample(400, 30, 0.1)
DECLARED = (
    PrimaryTest(metric_name="gap", statistic="difference", population="code_producing"),
    PrimaryTest(metric_name="gap", statistic="slope", specification="joint_cell"),
    PrimaryTest(metric_name="share", statistic="change", segment_name="mode", segment_value="fix"),
)


def row(metric: str, statistic: str, p_value: float | None, **rest: Any) -> EstimateRow:
    found = Estimate(0.1, 0.05, 0.0, 0.2)
    return estimate_row(
        metric, statistic, found, sample=Sample(90, 20, 0.2), labeller="claude", fingerprint="f",
        p_value=p_value, **rest,
    )  # fmt: skip


GAP = row("gap", "difference", 0.01, population="code_producing")
SLOPE = row("gap", "slope", 0.03, specification="joint_cell")
CHANGE = row("share", "change", 0.04, segment_name="mode", segment_value="fix", period_kind="window")


def corrected(estimates: list[EstimateRow]) -> list[EstimateRow]:
    return corrected_tests(estimates, DECLARED, labeller="claude", every=EVERY)


def test_declared_tests_keep_their_estimate_and_get_a_corrected_p() -> None:
    found = corrected([CHANGE, SLOPE, GAP])
    assert [each.p_value_adjusted for each in found] == pytest.approx([0.03, 0.04, 0.04])
    assert [each._replace(p_value_adjusted=None) for each in found] == [GAP, SLOPE, CHANGE]


def test_other_estimates_are_no_tests() -> None:
    others = [
        row("gap", "difference", 0.001, population="with_goal"),
        row("gap", "difference", 0.001, population="code_producing", specification="oaxaca_blinder"),
        row("gap", "difference", 0.001, population="code_producing", period_kind="month"),
        row("share", "change", 0.001, segment_name="mode", segment_value="build"),
    ]
    assert corrected([*others, GAP, SLOPE, CHANGE]) == corrected([GAP, SLOPE, CHANGE])


def test_test_without_an_estimate_is_there_and_counts() -> None:
    first, second, third = corrected([GAP])
    assert first.p_value_adjusted == pytest.approx(0.03)
    assert (second.estimate, second.withheld_reason, second.fingerprint) == (None, "not_tested", "none")
    assert (second.n_sessions, second.n_users, second.specification) == (400, 30, "joint_cell")
    assert (third.segment_value, third.p_value_adjusted, third.withheld_reason) == ("fix", None, "not_tested")


def test_withheld_estimate_keeps_its_own_reason() -> None:
    withheld = SLOPE._replace(estimate=None, p_value=None, withheld_reason="too_few_users")
    assert corrected([GAP, withheld])[1].withheld_reason == "too_few_users"
    untested = SLOPE._replace(p_value=None)
    found = corrected([GAP, untested])[1]
    assert (found.estimate, found.interval_low, found.withheld_reason) == (None, None, "not_tested")


def test_test_that_matches_two_estimates_is_refused() -> None:
    with pytest.raises(ValueError, match="declare its whole key"):
        corrected([GAP, GAP])


def test_declared_tests_of_the_catalogue_tell_each_other_apart() -> None:
    found = corrected_tests([], primary_metrics(), labeller="rules", every=EVERY)
    assert len(found) == len(primary_metrics()) >= 7
    assert {each.withheld_reason for each in found} == {"not_tested"}
