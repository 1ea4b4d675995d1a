"""Answer models refuse what no label row may hold: tiers beside the price, quantiles out of order, twins."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from classifiers.answers import occupations
from classifiers.asking.question import question_text
from classifiers.catalog.human_time.labels import HumanTimeAnswer
from classifiers.catalog.steering.labels import SteeringAnswer
from classifiers.catalog.task_value import CLASSIFIER as TASK_VALUE
from classifiers.catalog.task_value.labels import MAX_POSTING_WORDS, PostingAnswer, TaskValueAnswer
from classifiers.catalog.user_occupation.labels import MEANINGS as USER_MEANINGS
from classifiers.catalog.user_occupation.labels import UserOccupation
from classifiers.catalog.work_occupation.labels import MEANINGS as WORK_MEANINGS
from classifiers.catalog.work_occupation.labels import WorkOccupation


def hours(p10: Any, p50: Any, p90: Any) -> HumanTimeAnswer:
    return HumanTimeAnswer.model_validate(
        {"evidence_record_ids": [], "hours_p10": p10, "hours_p50": p50, "hours_p90": p90}
    )


def priced(price: Any, tier: str) -> TaskValueAnswer:
    return TaskValueAnswer.model_validate({"price_usd": price, "price_tier": tier})


def posted(text: str | None) -> PostingAnswer:
    return PostingAnswer.model_validate({"evidence_record_ids": [], "posting": text})


@pytest.mark.parametrize("quantiles", [(0.5, 1, 4), (2, 2, 2), (None, None, None)])
def test_hours_in_order_or_all_null_are_an_answer(quantiles: tuple[Any, Any, Any]) -> None:
    found = hours(*quantiles)
    assert (found.hours_p10, found.hours_p50, found.hours_p90) == quantiles


@pytest.mark.parametrize(
    ("quantiles", "why"),
    [
        ((2, 1, 4), "hours_p10 ≤ hours_p50 ≤ hours_p90 does not hold"),
        ((1, 2, None), "null together or not at all"),
        ((0, 1, 2), "greater than 0"),
        ((1, 2, float("inf")), "finite"),
    ],
)
def test_other_hours_are_none(quantiles: tuple[Any, Any, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        hours(*quantiles)


@pytest.mark.parametrize(
    ("price", "tier"),
    [
        (99.99, "under_100"),
        (100, "from_100_to_1000"),
        (9_999, "from_1000_to_10000"),
        (10_000, "from_10000"),
        (None, "not_inferable"),
    ],
)
def test_a_price_goes_with_its_tier(price: Any, tier: str) -> None:
    assert priced(price, tier).price_tier == tier


@pytest.mark.parametrize(
    ("price", "tier"),
    [(100, "under_100"), (100, "not_inferable"), (None, "under_100"), (12_000, "from_1000_to_10000")],
)
def test_a_price_beside_another_tier_is_no_answer(price: Any, tier: str) -> None:
    with pytest.raises(ValidationError, match="price_tier is not the tier of price_usd"):
        priced(price, tier)


def test_a_posting_is_short_or_absent() -> None:
    assert posted(None).posting is None
    assert posted("word " * MAX_POSTING_WORDS).posting
    with pytest.raises(ValidationError, match="more than 150 words") as raised:
        posted("word " * (MAX_POSTING_WORDS + 1))
    assert "word word" not in str(raised.value)


def test_no_text_of_the_posting_reaches_a_label_row() -> None:
    assert TASK_VALUE.answer_schema.names == ["price_usd", "price_tier"]
    assert [step.name for step in TASK_VALUE.steps] == ["posting", "answer"]
    assert [step.reads for step in TASK_VALUE.steps] == ["subject", "previous_step"]


def test_the_pricing_step_is_not_told_who_did_the_work() -> None:
    """Its question asks for no record and shows no field of the transcript."""
    question = question_text(TASK_VALUE, TASK_VALUE.steps[-1])
    assert "evidence_record_ids" not in question
    assert "`price_usd`" in question


def test_a_prompt_is_labelled_once() -> None:
    twice = [{"record_id": "a", "steering": "none"}, {"record_id": "a", "steering": "correct"}]
    with pytest.raises(ValidationError, match="a prompt is labelled twice"):
        SteeringAnswer.model_validate({"prompts": twice})


def test_both_occupation_questions_share_the_23_groups_and_their_meanings() -> None:
    groups = list(get_args(occupations.OccupationGroup))
    assert len(groups) == 23
    assert list(occupations.SOC_CODES) == list(occupations.OCCUPATION_MEANINGS) == groups
    codes = list(occupations.SOC_CODES.values())
    assert codes == sorted(codes)
    assert len(set(codes)) == 23
    for meanings, labels in ((USER_MEANINGS, UserOccupation), (WORK_MEANINGS, WorkOccupation)):
        assert list(meanings) == list(get_args(labels)) == [*groups, "not_inferable"]
        assert {group: meanings[group] for group in groups} == occupations.OCCUPATION_MEANINGS
