"""The scoring rules of I8 and I9, level by level."""

from typing import get_args

import pytest

from classifiers.answers.evidence_score import (
    HardFailureSignal,
    HardSuccessSignal,
    SoftFailureSignal,
    score_failure,
    score_success,
)


@pytest.mark.parametrize(
    ("signals", "score"),
    [
        ([], 0),
        ([("neutral_ack", "r1")], 1),
        ([("clean_end", "r1")], 2),
        ([("clean_end", "r1"), ("neutral_ack", "r2")], 3),
        ([("artefact_confirmed", "r1")], 3),
        ([("artefact_confirmed", "r1"), ("clean_end", "r2"), ("neutral_ack", "r3")], 3),
        ([("tests_pass_after_change", "r1"), ("clean_end", "r2")], 4),
        ([("commit_matches", "r1"), ("commit_matches", "r2")], 5),
    ],
)
def test_success_score_follows_the_levels(signals: list[tuple[str, str]], score: int) -> None:
    assert score_success(signals).success_score == score


@pytest.mark.parametrize(
    ("signals", "score"),
    [
        ([], 0),
        ([("error_recovered", "r1")], 1),
        ([("error_recovered", "r1"), ("error_recovered", "r2")], 1),
        ([("user_pushes_back", "r1")], 2),
        # A recovered error never adds to another soft signal.
        ([("user_pushes_back", "r1"), ("error_recovered", "r2")], 2),
        ([("user_pushes_back", "r1"), ("frustration", "r1")], 3),
        ([("rollback", "r1"), ("frustration", "r2"), ("work_off_target", "r3")], 4),
        ([("gave_up", "r1"), ("tests_fail_at_end", "r2")], 5),
    ],
)
def test_failure_score_follows_the_levels(signals: list[tuple[str, str]], score: int) -> None:
    assert score_failure(signals).failure_score == score


def test_five_by_type_asks_for_two_types() -> None:
    same = score_success([("commit_matches", "r1"), ("commit_matches", "r2")])
    different = score_success([("commit_matches", "r1"), ("pr_opened", "r1")])
    assert (same.success_score, same.success_score_by_type) == (5, 4)
    assert different.success_score_by_type == 5


def test_a_record_counts_once_per_signal() -> None:
    score = score_success([("commit_matches", "r1"), ("commit_matches", "r1")])
    assert (score.success_score, score.hard_signal_count) == (4, 1)


@pytest.mark.parametrize("signal", get_args(HardSuccessSignal))
def test_each_hard_success_signal_alone_is_four(signal: str) -> None:
    assert score_success([(signal, "r1")]).success_score == 4


@pytest.mark.parametrize("signal", get_args(HardFailureSignal))
def test_each_hard_failure_signal_alone_is_four(signal: str) -> None:
    assert score_failure([(signal, "r1")]).failure_score == 4


@pytest.mark.parametrize("signal", get_args(SoftFailureSignal))
def test_each_soft_failure_signal_alone_stays_below_three(signal: str) -> None:
    assert score_failure([(signal, "r1")]).failure_score in (1, 2)


def test_rejected_signals_are_counted_and_not_scored() -> None:
    score = score_failure([], rejected_signal_count=2)
    assert (score.failure_score, score.rejected_signal_count) == (0, 2)


def test_a_signal_of_the_other_question_is_an_error() -> None:
    with pytest.raises(ValueError, match="rollback"):
        score_success([("rollback", "r1")])
