"""Direct ratings are asked on a random subsample, known before anything is asked, the same for both."""

from dataclasses import replace
from datetime import timedelta

import pytest

from classifiers.asking.eligibility import budget_place, eligibility_rows, is_in_subsample
from classifiers.call_units import EVERY_CALL
from classifiers.catalog import failure_rating, outcome, success_rating
from classifiers.classifier import RATED_SHARE
from classifiers.evaluation.cases import read_cases

RATED = (success_rating.CLASSIFIER, failure_rating.CLASSIFIER)
SESSIONS = [f"session-{number}" for number in range(4_000)]


def test_share_of_sessions_is_the_known_probability() -> None:
    asked = [session for session in SESSIONS if is_in_subsample(RATED[0], session)]
    assert len(asked) / len(SESSIONS) == pytest.approx(RATED_SHARE, abs=0.03)


def test_both_ratings_are_asked_about_the_same_sessions() -> None:
    """Recovery from trouble needs both on one session."""
    for session in SESSIONS[:200]:
        assert is_in_subsample(RATED[0], session) == is_in_subsample(RATED[1], session)


def test_smaller_share_is_part_of_a_larger_one() -> None:
    smaller = replace(RATED[0], subsample_share=0.2)
    assert all(is_in_subsample(RATED[0], one) for one in SESSIONS if is_in_subsample(smaller, one))


def test_other_classifiers_ask_about_every_session() -> None:
    assert all(is_in_subsample(outcome.CLASSIFIER, session) for session in SESSIONS)


def test_unit_outside_the_subsample_says_so_with_its_probability() -> None:
    prints = {one: f"{one.name}-v1" for one in (*RATED, outcome.CLASSIFIER)}
    found = {
        (row.classifier, row.is_eligible, row.reason, row.sampling_probability)
        for case in read_cases(outcome.CLASSIFIER)
        for row in eligibility_rows(
            case.frame,
            prints,
            now=case.session.ended_at + timedelta(days=1),
            quiet=timedelta(hours=1),
            shares={},
            calls=EVERY_CALL,
        )
    }
    assert ("success_rating", True, "eligible", RATED_SHARE) in found
    assert ("success_rating", False, "not_sampled", RATED_SHARE) in found
    assert {one for one in found if one[0] == "outcome"} == {("outcome", True, "eligible", 1.0)}


def test_probability_of_a_rating_is_that_of_its_subsample_among_what_budgets_reached() -> None:
    prints = {one: f"{one.name}-v1" for one in (RATED[0], outcome.CLASSIFIER)}
    (case, *_) = read_cases(outcome.CLASSIFIER)
    found = {
        row.classifier: row
        for row in eligibility_rows(
            case.frame,
            prints,
            now=case.session.ended_at + timedelta(days=1),
            quiet=timedelta(hours=1),
            shares={"success_rating-v1": 0.4, "outcome-v1": 0.4},
            calls=EVERY_CALL,
        )
    }
    assert found["outcome"].sampling_probability == found["outcome"].reached_share == 0.4
    assert found["success_rating"].sampling_probability == pytest.approx(0.4 * RATED_SHARE)
    assert found["success_rating"].reached_share == 0.4
    assert {row.sampling_place for row in found.values()} == {budget_place(case.session.session_id)}
