"""Counts and shares of steering: what is in the denominator, and what is null."""

from typing import Any

import pytest

from classifiers.answers.steering_shares import SteeringShares, share_steering
from classifiers.catalog.steering import CLASSIFIER
from classifiers.catalog.steering.labels import SteeringAnswer


def test_counts_and_shares_are_of_the_inferable_prompts() -> None:
    found = share_steering(
        ["correct", "correct", "redirect", "take_over", "approve", "none", "none", "none", "not_inferable"],
        rejected_prompt_count=2,
    )
    assert found == SteeringShares(
        judged_prompt_count=9,
        inferable_prompt_count=8,
        correct_count=2,
        redirect_count=1,
        take_over_count=1,
        approve_count=1,
        none_count=3,
        rejected_prompt_count=2,
        correct_share=0.25,
        redirect_share=0.125,
        take_over_share=0.125,
        approve_share=0.125,
        steering_share=0.5,
    )


@pytest.mark.parametrize("labels", [[], ["not_inferable"]])
def test_shares_of_nothing_are_null_and_not_zero(labels: list[Any]) -> None:
    found = share_steering(labels)
    assert (found.judged_prompt_count, found.inferable_prompt_count) == (len(labels), 0)
    assert [value for name, value in found._asdict().items() if name.endswith("_share")] == [None] * 5


def test_a_label_of_another_question_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not labels of steering: \['gave_up'\]"):
        share_steering(["gave_up"])  # type: ignore[list-item]


def test_the_classifier_scores_its_checked_answer() -> None:
    prompts = [{"record_id": "a", "steering": "correct"}, {"record_id": "b", "steering": "none"}]
    assert CLASSIFIER.score is not None
    scored = CLASSIFIER.score(SteeringAnswer.model_validate({"prompts": prompts}), 1)
    assert (scored.steering_share, scored.rejected_prompt_count) == (0.5, 1)
    assert set(CLASSIFIER.answer_schema.names) == set(SteeringShares._fields)
