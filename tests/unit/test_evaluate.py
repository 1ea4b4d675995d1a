"""Cases and answers become an evaluation, whoever answered; what is missing never agrees."""

from typing import Any

import pytest

from classifiers.answers.answer import Answer
from classifiers.answers.steering_shares import judged_prompts
from classifiers.catalog.difficulty_tier import CLASSIFIER as DIFFICULTY_TIER
from classifiers.catalog.difficulty_tier.labels import DifficultyTierAnswer
from classifiers.catalog.human_time import CLASSIFIER as HUMAN_TIME
from classifiers.catalog.human_time.labels import HumanTimeAnswer
from classifiers.catalog.outcome import CLASSIFIER as OUTCOME
from classifiers.catalog.steering import CLASSIFIER as STEERING
from classifiers.catalog.steering.labels import SteeringAnswer
from classifiers.catalog.success_evidence import CLASSIFIER as SUCCESS_EVIDENCE
from classifiers.catalog.success_evidence.labels import SuccessEvidenceAnswer
from classifiers.evaluation.case_steps import CaseLine
from classifiers.evaluation.cases import Case, read_cases
from classifiers.evaluation.evaluate import Evaluation, FieldEvaluation, Given, evaluate
from classifiers.evaluation.judged_fields import ExpectationError
from classifiers.evaluation.observed_values import NO_ANSWER, rules_observed
from classifiers.rules.reading import record_of_act

WORK = ({"human": "Do it."}, {"agent": "Done."})


def case(number: int, expected: dict[str, Any], *steps: dict[str, Any], **more: Any) -> Case:
    values = {"split": "dev", "is_adversarial": False, "note": "why", **more}
    steps = steps or WORK
    read = CaseLine.model_validate(
        {"case_id": f"case-{number:02d}", "session": list(steps), "expected": expected, **values}
    )
    return Case(read.case_id, read.split, read.is_adversarial, read.note, read.session, read.expected)


def tier(label: str) -> DifficultyTierAnswer:
    return DifficultyTierAnswer.model_validate({"evidence_record_ids": [], "difficulty_tier": label})


def hours(p50: float | None) -> HumanTimeAnswer:
    values = dict.fromkeys(("hours_p10", "hours_p50", "hours_p90"), p50)
    return HumanTimeAnswer.model_validate({"evidence_record_ids": [], **values})


def only(evaluation: Evaluation) -> FieldEvaluation:
    (field,) = evaluation.fields
    return field


TIERS = [
    case(1, {"difficulty_tier": "specified_task"}),
    case(2, {"difficulty_tier": "open_ended"}, split="test"),
    case(3, {"difficulty_tier": "not_inferable"}, split="test", is_adversarial=True),
]


def test_answers_as_expected_are_right_in_every_respect() -> None:
    given = {each.case_id: tier(each.expected["difficulty_tier"]) for each in TIERS}
    found = evaluate(DIFFICULTY_TIER, given, cases=TIERS)
    assert (found.right.hits, found.right.total) == (3, 3)
    assert found.misses == ()
    assert found.unanswered_case_ids == ()
    assert {split: (each.hits, each.total) for split, each in found.by_split.items()} == {
        "dev": (1, 1),
        "test": (2, 2),
    }
    assert (found.adversarial.hits, found.adversarial.total) == (1, 1)
    field = only(found)
    assert (field.field, field.kind, field.case_count) == ("difficulty_tier", "label", 3)
    assert field.agreement.kappa is not None
    assert field.agreement.kappa.value == 1.0
    assert [each.support for each in field.agreement.classes] == [1, 1, 1]


def test_a_rising_field_has_a_weighted_kappa_without_its_opt_out() -> None:
    given: dict[str, Given] = {"case-01": tier("open_approach"), "case-02": tier("open_ended")}
    weighted = only(evaluate(DIFFICULTY_TIER, given, cases=TIERS)).agreement.weighted_kappa
    assert weighted is not None
    assert 0 < weighted.value < 1


@pytest.mark.parametrize("given", [{}, {"case-01": None, "case-02": None, "case-03": None}])
def test_a_missing_answer_is_a_disagreement_of_its_own_label(given: dict[str, Given]) -> None:
    found = evaluate(DIFFICULTY_TIER, given, cases=TIERS)
    assert found.right.hits == 0
    assert found.unanswered_case_ids == ("case-01", "case-02", "case-03")
    assert {miss.observed for miss in found.misses} == {NO_ANSWER}
    assert only(found).agreement.agreed.value == 0.0
    assert only(found).agreement.classes[-1].label == NO_ANSWER


def test_a_miss_says_what_was_expected_and_observed() -> None:
    given: dict[str, Given] = {each.case_id: tier("open_ended") for each in TIERS}
    first, second = evaluate(DIFFICULTY_TIER, given, cases=TIERS).misses
    assert (first.case_id, first.expected, first.observed) == ("case-01", "specified_task", "open_ended")
    assert (second.case_id, second.is_adversarial) == ("case-03", True)


def test_numbers_are_right_within_their_bounds_and_null_only_where_null_is_expected() -> None:
    cases = [case(1, {"hours_p50": [1, 4]}), case(2, {"hours_p50": [1, 4]}), case(3, {"hours_p50": None})]
    given: dict[str, Given] = {"case-01": hours(4.0), "case-02": hours(None), "case-03": hours(None)}
    found = evaluate(HUMAN_TIME, given, cases=cases)
    assert [(miss.case_id, miss.expected, miss.observed) for miss in found.misses] == [
        ("case-02", "[1, 4]", "null")
    ]
    field = only(found)
    assert (field.kind, field.agreement.agreed.hits, field.agreement.kappa) == ("bounds", 2, None)


@pytest.mark.parametrize(
    ("field", "bound", "is_right"),
    [
        ("hours_p50_min", 2, True),
        ("hours_p50_min", 3, False),
        ("hours_p50_max", 1, False),
        ("hours_p50", 2, True),
    ],
)
def test_a_bound_may_be_one_sided_or_one_number(field: str, bound: int, is_right: bool) -> None:
    found = evaluate(HUMAN_TIME, {"case-01": hours(2.0)}, cases=[case(1, {field: bound})])
    assert found.right.hits == is_right


STEERED = case(
    1,
    {"steering": ["correct", "approve"]},
    {"human": "Do it."},
    {"agent": "Done."},
    {"human": "The other one."},
    {"agent": "Done."},
    {"human": "Good."},
)


def steering(*pairs: tuple[str, str]) -> SteeringAnswer:
    prompts = [{"record_id": record_id, "steering": label} for record_id, label in pairs]
    return SteeringAnswer.model_validate({"prompts": prompts})


def test_prompts_are_compared_by_their_record_in_whatever_order_they_come() -> None:
    second, third = map(record_of_act, judged_prompts(STEERED.session))
    found = evaluate(
        STEERING, {"case-01": steering((third, "approve"), (second, "correct"))}, cases=[STEERED]
    )
    assert found.right.hits == 1
    assert (only(found).kind, only(found).agreement.agreed.total) == ("labels", 2)


def test_a_prompt_left_out_has_no_answer() -> None:
    (second, _) = map(record_of_act, judged_prompts(STEERED.session))
    (miss,) = evaluate(STEERING, {"case-01": steering((second, "correct"))}, cases=[STEERED]).misses
    assert miss.observed == f"correct, {NO_ANSWER}"


def test_a_case_that_miscounts_its_prompts_is_an_error() -> None:
    wrong = case(1, {"steering": ["correct"]}, *({"human": "Do it."}, {"agent": "Done."}) * 3)
    with pytest.raises(ExpectationError, match="case-01: expects steering, but the session has 2 judged"):
        evaluate(STEERING, {"case-01": steering()}, cases=[wrong])


def test_signals_are_compared_as_a_set_of_kinds() -> None:
    cases = [case(1, {"signals": ["clean_end", "neutral_ack"]}), case(2, {"signals": []})]
    twice = [
        {"record_id": "a", "signal": "neutral_ack"},
        {"record_id": "b", "signal": "neutral_ack"},
        {"record_id": "a", "signal": "clean_end"},
    ]
    given: dict[str, Given] = {
        "case-01": SuccessEvidenceAnswer.model_validate({"signals": twice}),
        "case-02": SuccessEvidenceAnswer.model_validate({"signals": twice[:1]}),
    }
    found = evaluate(SUCCESS_EVIDENCE, given, cases=cases)
    assert [miss.case_id for miss in found.misses] == ["case-02"]
    assert only(found).kind == "signals"
    assert {each.label: each.support for each in only(found).agreement.classes} == {
        "neutral_ack": 1,
        "clean_end": 1,
    }


def test_a_score_of_the_rule_can_be_expected() -> None:
    cases = [case(1, {"success_score": 2})]
    signals = {"signals": [{"record_id": "a", "signal": "clean_end"}]}
    given: dict[str, Given] = {"case-01": SuccessEvidenceAnswer.model_validate(signals)}
    assert evaluate(SUCCESS_EVIDENCE, given, cases=cases).right.hits == 1


def test_the_rules_answer_cases_as_they_answer_sessions() -> None:
    committed = {
        "tool": "Bash",
        "input": {"command": "git commit -am x"},
        "result": "[main 1a2b3c4] x\n 1 file changed",
    }
    landed = case(
        1,
        {"signals": ["commit_matches"], "success_score": 4},
        {"human": "Fix the bug and commit."},
        {"tool": "Edit", "input": {"file_path": "/p/a.py", "old_string": "x", "new_string": "y"}},
        committed,
        {"agent": "Fixed."},
    )
    found = rules_observed(SUCCESS_EVIDENCE, [landed])
    assert "commit_matches" in found["case-01"]["signals"]
    outcome = rules_observed(OUTCOME, [landed])
    right = evaluate(OUTCOME, outcome, cases=[case(1, {"outcome": outcome["case-01"]["outcome"]})])
    assert right.right.hits == 1


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        ({"difficulty_tier": "easy"}, "easy is no label of it"),
        ({"difficulty": "open_ended"}, "there is no such field"),
    ],
)
def test_an_expectation_the_classifier_cannot_meet_is_an_error(expected: dict[str, Any], why: str) -> None:
    with pytest.raises(ExpectationError, match=f"difficulty_tier, case-01: expects .*{why}"):
        evaluate(DIFFICULTY_TIER, {}, cases=[case(1, expected)])


@pytest.mark.parametrize("bounds", ["much", [4, 1], [1, 2, 3]])
def test_bounds_are_numbers_from_low_to_high(bounds: Any) -> None:
    with pytest.raises(ExpectationError, match="no number, null, or pair of bounds"):
        evaluate(HUMAN_TIME, {}, cases=[case(1, {"hours_p50": bounds})])


def test_an_answer_to_no_case_is_an_error() -> None:
    with pytest.raises(ValueError, match="answers to no case of difficulty_tier: case-99"):
        evaluate(DIFFICULTY_TIER, {"case-99": tier("open_ended")}, cases=TIERS)


def test_a_classifier_s_own_cases_are_the_default() -> None:
    labels: dict[str, Answer] = {
        each.case_id: tier(each.expected["difficulty_tier"]) for each in read_cases(DIFFICULTY_TIER)
    }
    found = evaluate(DIFFICULTY_TIER, labels)
    assert found.right.value == 1.0
    assert found.right.total >= 12
