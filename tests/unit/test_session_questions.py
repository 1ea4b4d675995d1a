"""Questions about a session's work, outcome and expertise: prompts, evidence rules, scores."""

import re
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from classifiers.answers.answer import Answer
from classifiers.answers.evidence_score import FailureSignal, SuccessSignal
from classifiers.answers.expertise_labels import (
    CORRECTION_MEANINGS,
    EXPERTISE_MEANINGS,
    FRAMING_MEANINGS,
    LEVELS,
    VERIFICATION_MEANINGS,
    CorrectionDirection,
    Expertise,
    FramingPrecision,
    VerificationAsked,
)
from classifiers.asking.question import question_text
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
from classifiers.catalog.codebase_relation import labels as codebase_labels
from classifiers.catalog.decisions.labels import KIND_MEANINGS, OWNER_MEANINGS
from classifiers.catalog.expertise.labels import ExpertiseAnswer
from classifiers.catalog.expertise_first_prompt.labels import ExpertiseFirstPromptAnswer
from classifiers.catalog.failure_evidence import labels as failure_labels
from classifiers.catalog.outcome import labels as outcome_labels
from classifiers.catalog.success_evidence import labels as success_labels
from classifiers.catalog.work_mode import labels as work_labels
from classifiers.catalog.work_occupation.labels import WorkOccupationAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, EvidenceRule

MEANINGS: dict[str, tuple[dict[Any, str], ...]] = {
    "work_mode": (work_labels.MEANINGS,),
    "codebase_relation": (codebase_labels.MEANINGS,),
    "outcome": (outcome_labels.MEANINGS,),
    "success_evidence": (success_labels.MEANINGS,),
    "failure_evidence": (failure_labels.MEANINGS,),
    "decisions": (KIND_MEANINGS, OWNER_MEANINGS),
    "expertise": (EXPERTISE_MEANINGS, FRAMING_MEANINGS, VERIFICATION_MEANINGS, CORRECTION_MEANINGS),
    "expertise_first_prompt": (EXPERTISE_MEANINGS,),
}
CLASSIFIERS: tuple[Classifier, ...] = (
    work_mode.CLASSIFIER,
    codebase_relation.CLASSIFIER,
    outcome.CLASSIFIER,
    success_evidence.CLASSIFIER,
    failure_evidence.CLASSIFIER,
    decisions.CLASSIFIER,
    expertise.CLASSIFIER,
    expertise_first_prompt.CLASSIFIER,
)
EVIDENCE = (success_evidence.CLASSIFIER, failure_evidence.CLASSIFIER)
REPEATED_WORDS = 6
"""So many words in a row are no chance: a prompt that shares them tells a meaning a second time."""


def by_name(classifier: Classifier) -> str:
    return classifier.name


def runs_of(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + REPEATED_WORDS]) for i in range(len(words) - REPEATED_WORDS + 1)}


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=by_name)
def test_prompt_does_not_tell_a_meaning_a_second_time(classifier: Classifier) -> None:
    prompt = runs_of(classifier.prompt(classifier.steps[-1]))
    for meanings in MEANINGS[classifier.name]:
        for label, meaning in meanings.items():
            assert not prompt & runs_of(meaning), label


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=by_name)
def test_every_meaning_stands_once_in_the_question(classifier: Classifier) -> None:
    question = question_text(classifier, classifier.steps[-1])
    for meanings in MEANINGS[classifier.name]:
        for label, meaning in meanings.items():
            assert question.count(f"- {label}: {meaning}") == 1


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=by_name)
def test_question_is_for_interactive_sessions(classifier: Classifier) -> None:
    assert classifier.is_for_interactive


@pytest.mark.parametrize(
    ("classifier", "labels"),
    [
        (success_evidence.CLASSIFIER, get_args(SuccessSignal)),
        (failure_evidence.CLASSIFIER, get_args(FailureSignal)),
        (decisions.CLASSIFIER, ("user", "agent")),
    ],
)
def test_every_kind_of_item_has_an_evidence_rule(classifier: Classifier, labels: tuple[str, ...]) -> None:
    assert classifier.item_evidence.keys() == set(labels)
    assert classifier.list_field is not None
    (element,) = get_args(classifier.answer_type.model_fields[classifier.list_field].annotation)
    assert classifier.item_label in element.model_fields


@pytest.mark.parametrize(
    ("signal", "event", "is_success"),
    [
        ("commit_matches", "commit", True),
        ("pr_opened", "pull_request_opened", True),
        ("pr_merged", "pull_request_merged", True),
        ("tests_pass_after_change", "test_run", True),
        ("tests_fail_at_end", "test_run", False),
        ("rollback", "rollback", True),
    ],
)
def test_signal_of_an_event_asks_for_that_event(signal: str, event: str, is_success: bool) -> None:
    rules = {**success_evidence.CLASSIFIER.item_evidence, **failure_evidence.CLASSIFIER.item_evidence}
    assert rules[signal].event_kinds == {event}
    assert rules[signal].is_success is is_success


@pytest.mark.parametrize(
    "signal",
    ["user_affirms_result", "neutral_ack", "user_rejects_result", "user_pushes_back", "frustration"],
)
def test_signal_of_the_persons_words_asks_for_typed_words(signal: str) -> None:
    rules = {**success_evidence.CLASSIFIER.item_evidence, **failure_evidence.CLASSIFIER.item_evidence}
    assert rules[signal] == EvidenceRule(HUMAN, is_typed=True)


@pytest.mark.parametrize("classifier", EVIDENCE, ids=by_name)
def test_no_hard_signal_may_rest_on_what_the_agent_says(classifier: Classifier) -> None:
    """An event proves it, a tool shows it or a person says it; failing may be seen in the agent's acts."""
    for signal, rule in classifier.item_evidence.items():
        is_proven = bool(rule.event_kinds)
        is_success = classifier is success_evidence.CLASSIFIER and signal != "clean_end"
        assert is_proven or not is_success or "agent" not in rule.actors, signal


def test_persons_decision_and_expertise_rest_on_the_persons_records() -> None:
    assert decisions.CLASSIFIER.item_evidence["user"].actors == {"human"}
    for classifier in (expertise.CLASSIFIER, expertise_first_prompt.CLASSIFIER):
        assert classifier.evidence.actors == {"human"}


def test_success_score_counts_checked_signals_and_rejected_ones() -> None:
    answer = success_labels.SuccessEvidenceAnswer.model_validate(
        {"signals": [{"record_id": "t1", "signal": "commit_matches"}]}
    )
    score = success_evidence.CLASSIFIER.score
    assert score is not None
    assert (score(answer, 2).success_score, score(answer, 2).rejected_signal_count) == (4, 2)


def test_failure_score_counts_checked_signals_and_rejected_ones() -> None:
    answer = failure_labels.FailureEvidenceAnswer.model_validate(
        {"signals": [{"record_id": "t1", "signal": "rollback"}, {"record_id": "h2", "signal": "frustration"}]}
    )
    score = failure_evidence.CLASSIFIER.score
    assert score is not None
    assert (score(answer, 1).failure_score, score(answer, 1).rejected_signal_count) == (4, 1)


@pytest.mark.parametrize(
    ("meanings", "vocabulary"),
    [
        (EXPERTISE_MEANINGS, Expertise),
        (FRAMING_MEANINGS, FramingPrecision),
        (VERIFICATION_MEANINGS, VerificationAsked),
        (CORRECTION_MEANINGS, CorrectionDirection),
    ],
)
def test_rating_and_signals_have_one_meaning_per_label_and_an_opt_out(
    meanings: dict[str, str], vocabulary: Any
) -> None:
    assert list(meanings) == list(get_args(vocabulary))
    assert len(set(meanings.values())) == len(meanings)
    assert "not_inferable" in meanings


def test_levels_rise_with_the_ratings_and_the_opt_out_has_none() -> None:
    ratings = get_args(Expertise)
    assert [LEVELS[rating] for rating in ratings] == [1, 2, 3, 4, 5, None]


@pytest.mark.parametrize("rating", get_args(Expertise))
def test_both_ratings_become_the_same_level(rating: Expertise) -> None:
    signals = {"framing_precision": "precise", "verification_asked": "specific"}
    whole = ExpertiseAnswer.model_validate(
        {"evidence_record_ids": ["h1"], "expertise": rating, "correction_direction": "neither", **signals}
    )
    first = ExpertiseFirstPromptAnswer.model_validate({"evidence_record_ids": ["h1"], "expertise": rating})
    scores = expertise.CLASSIFIER.score, expertise_first_prompt.CLASSIFIER.score
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0](whole, 0) == scores[1](first, 0) == (LEVELS[rating],)


def test_first_prompt_alone_is_rendered_and_rated_without_the_diagnostics() -> None:
    assert expertise_first_prompt.CLASSIFIER.rendering == "first_prompt"
    assert set(ExpertiseFirstPromptAnswer.model_fields) == {"evidence_record_ids", "expertise"}
    assert expertise_first_prompt.CLASSIFIER.min_prompts == expertise.CLASSIFIER.min_prompts == 1


@pytest.mark.parametrize(
    ("answer_type", "values"),
    [
        (outcome_labels.OutcomeAnswer, {"outcome": "failed", "forced_outcome": "succeeded"}),
        (
            work_labels.WorkModeAnswer,
            {"work_mode": "fix", "forced_work_mode": "build"},
        ),
        (
            work_labels.WorkModeAnswer,
            {"work_mode": "fix", "forced_work_mode": "fix", "second_work_mode": "fix"},
        ),
        (
            codebase_labels.CodebaseRelationAnswer,
            {"codebase_relation": "no_codebase", "forced_codebase_relation": "creates_new"},
        ),
        (
            WorkOccupationAnswer,
            {"work_occupation": "sales", "forced_work_occupation": "legal"},
        ),
    ],
)
def test_answer_that_contradicts_itself_is_none(answer_type: type[Answer], values: dict[str, Any]) -> None:
    nothing = {"second_work_mode": None}
    given = {name: value for name, value in nothing.items() if name in answer_type.model_fields}
    with pytest.raises(ValidationError, match="Value error"):
        answer_type.model_validate({"evidence_record_ids": [], **given, **values})


@pytest.mark.parametrize("forced", ["succeeded", "failed", "no_clear_goal"])
def test_any_forced_outcome_goes_with_the_opt_out(forced: str) -> None:
    answer = outcome_labels.OutcomeAnswer.model_validate(
        {"evidence_record_ids": [], "outcome": "not_inferable", "forced_outcome": forced}
    )
    assert answer.forced_outcome == forced
