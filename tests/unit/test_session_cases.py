"""Judged cases of the questions about a session: readable, varied, and backed by real events."""

from datetime import timedelta
from typing import Any, Literal, get_args, get_origin

import pytest

from classifiers.answers.evidence_score import FailureSignal, SuccessSignal
from classifiers.asking.eligibility import session_reason
from classifiers.catalog import (
    codebase_relation,
    decisions,
    expertise,
    expertise_first_prompt,
    failure_evidence,
    outcome,
    success_evidence,
    work_mode,
)
from classifiers.classifier import Classifier
from classifiers.evaluation.cases import Case, read_cases
from classifiers.label_rows.record_facts import record_facts

SCALAR: tuple[Classifier, ...] = (
    work_mode.CLASSIFIER,
    codebase_relation.CLASSIFIER,
    outcome.CLASSIFIER,
    expertise.CLASSIFIER,
    expertise_first_prompt.CLASSIFIER,
)
SIGNALS = ((success_evidence.CLASSIFIER, SuccessSignal), (failure_evidence.CLASSIFIER, FailureSignal))
ALL = (*SCALAR, *(classifier for classifier, _ in SIGNALS), decisions.CLASSIFIER)
QUIET = timedelta(hours=72)
MAIN_FIELD = {"expertise_first_prompt": "expertise"}
"""The label field where it is not named like the classifier."""


def by_name(value: Any) -> str | None:
    return value.name if isinstance(value, Classifier) else None


def vocabulary_of(classifier: Classifier, field: str) -> tuple[str, ...]:
    annotation = classifier.answer_type.model_fields[field].annotation
    assert get_origin(annotation) is Literal
    return get_args(annotation)


@pytest.mark.parametrize("classifier", ALL, ids=by_name)
def test_cases_are_enough_of_both_splits_and_some_are_adversarial(classifier: Classifier) -> None:
    cases = read_cases(classifier)
    splits = [case.split for case in cases]
    assert len(cases) >= 12
    assert min(splits.count("dev"), splits.count("test")) >= 5
    assert sum(case.is_adversarial for case in cases) >= 3
    assert {case.split for case in cases if case.is_adversarial} == {"dev", "test"}


@pytest.mark.parametrize("classifier", ALL, ids=by_name)
def test_cases_are_named_for_their_classifier_and_each_session_is_its_own(classifier: Classifier) -> None:
    cases = read_cases(classifier)
    assert all(case.case_id.rsplit("-", maxsplit=1)[0] == classifier.name for case in cases)
    assert len({repr(case.steps) for case in cases}) == len(cases)


@pytest.mark.parametrize("classifier", ALL, ids=by_name)
def test_every_case_is_a_session_that_would_be_asked_about(classifier: Classifier) -> None:
    for case in read_cases(classifier):
        reason = session_reason(
            classifier,
            case.frame,
            now=case.session.ended_at + 2 * QUIET,
            quiet=QUIET,
        )
        assert reason == "eligible", case.case_id


@pytest.mark.parametrize("classifier", SCALAR, ids=by_name)
def test_expected_labels_are_of_the_vocabulary(classifier: Classifier) -> None:
    for case in read_cases(classifier):
        assert MAIN_FIELD.get(classifier.name, classifier.name) in case.expected
        for field, label in case.expected.items():
            assert label in vocabulary_of(classifier, field), case.case_id


@pytest.mark.parametrize("classifier", SCALAR, ids=by_name)
def test_every_label_is_the_answer_of_some_case(classifier: Classifier) -> None:
    field = MAIN_FIELD.get(classifier.name, classifier.name)
    expected = {case.expected[field] for case in read_cases(classifier)}
    assert expected == set(vocabulary_of(classifier, field))


@pytest.mark.parametrize(("classifier", "vocabulary"), SIGNALS, ids=by_name)
def test_every_signal_is_expected_somewhere_and_none_in_some_case(
    classifier: Classifier, vocabulary: Any
) -> None:
    expected = [case.expected["signals"] for case in read_cases(classifier)]
    assert all(signals == sorted(set(signals)) for signals in expected)
    assert {signal for signals in expected for signal in signals} == set(get_args(vocabulary))
    assert [] in expected


def has_event_for(classifier: Classifier, signal: str, case: Case) -> bool:
    rule = classifier.item_evidence[signal]
    facts = record_facts(case.session)
    return any(
        facts.has_event(record_id, rule.event_kinds, is_success=rule.is_success) for record_id in facts.events
    )


@pytest.mark.parametrize(("classifier", "_vocabulary"), SIGNALS, ids=by_name)
def test_expected_signal_of_an_event_has_its_event_in_the_parsed_session(
    classifier: Classifier, _vocabulary: Any
) -> None:
    checked = 0
    for case in read_cases(classifier):
        for signal in case.expected["signals"]:
            if classifier.item_evidence[signal].event_kinds:
                assert has_event_for(classifier, signal, case), (case.case_id, signal)
                checked += 1
    assert checked > 0


def test_claims_pasted_lines_and_printed_summaries_make_no_event() -> None:
    """What an adversarial case feigns does not pass the evidence check, whatever a model makes of it."""
    classifier = success_evidence.CLASSIFIER
    proven = [signal for signal, rule in classifier.item_evidence.items() if rule.event_kinds]
    feigned = [case for case in read_cases(classifier) if case.is_adversarial]
    assert not [
        (case.case_id, signal)
        for case in feigned
        for signal in proven
        if has_event_for(classifier, signal, case)
    ]


def test_expected_shares_are_ranges_and_counts_are_lower_bounds() -> None:
    for case in read_cases(decisions.CLASSIFIER):
        assert case.expected.keys() <= {"decision_count_min", "user_planning_share", "user_execution_share"}
        assert case.expected["decision_count_min"] >= 0
        for low, high in (value for name, value in case.expected.items() if name.endswith("_share")):
            assert 0 <= low < high <= 1, case.case_id
