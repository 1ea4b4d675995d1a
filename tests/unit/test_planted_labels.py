"""The fake judge where effects are planted: what it says of a session, and how it errs."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from classifiers.asking.question import question_text
from classifiers.catalog import CATALOG
from classifiers.label_rows.read_response import typed_answer
from orchestration.demo import DemoPlan, SessionTruth, write_demo_corpus
from orchestration.demo.effects import LEVELS, PlantedEffects
from tests.fakes.claude_api_answers import in_output_schema
from tests.fakes.planted_labels import PLANTED_EFFECTS, Confusion, PlantedAnswers, SessionTokens

HALF_PASSES: Confusion = {"partially_succeeded": {"succeeded": 0.75, "partially_succeeded": 0.25}}
CLASSIFIERS = {classifier.name: classifier for classifier in CATALOG}


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> list[SessionTruth]:
    plan = DemoPlan(end_date=date(2026, 7, 1), sessions=240, users=10, months=1, effects=PlantedEffects())
    return write_demo_corpus(tmp_path_factory.mktemp("judged"), plan).sessions


def document(number: int, text: str) -> str:
    return f'<records token="{number:016x}">\n[h1] human · turn 1 · typed\n  {text}\n</records>'


def answers_of(
    sessions: list[SessionTruth], name: str, *, confusions: dict[str, Confusion] | None = None
) -> list[dict[str, Any]]:
    """The judge's answers to one question, each valid as the question's type has it."""
    tokens, classifier = SessionTokens(), CLASSIFIERS[name]
    answers = PlantedAnswers(sessions, tokens, confusions=confusions)
    found = []
    for number, truth in enumerate(sessions):
        shown, document_of_step = document(number, "words"), ""
        tokens.tell(shown, truth.session_id)
        for step in classifier.steps:
            document_of_step = document_of_step or shown
            answer = answers(name, step.name, document_of_step, question_text(classifier, step))
            if step is classifier.steps[-1]:
                typed_answer(classifier.answer_type, classifier.list_field, in_output_schema(answer))
            # The next step reads this answer alone, in a fence that nobody has told of.
            document_of_step = document(number + 1_000_000, f"posting: {answer.get('posting')}")
        found.append(answer)
    return found


@pytest.mark.parametrize("name", sorted(PLANTED_EFFECTS))
def test_planted_labels_are_given(name: str, sessions: list[SessionTruth]) -> None:
    field = "expertise" if name.startswith("expertise") else name
    for truth, answer in zip(sessions, answers_of(sessions, name), strict=True):
        assert truth.effects is not None
        planted = LEVELS[truth.effects.expertise_level - 1]
        assert answer[field] == (planted if field == "expertise" else getattr(truth.effects, field))


def test_the_price_follows_the_posting_through_both_steps(sessions: list[SessionTruth]) -> None:
    prices = [truth.effects.price_usd for truth in sessions if truth.effects is not None]
    assert [answer["price_usd"] for answer in answers_of(sessions, "task_value")] == prices
    assert None in prices
    assert len(set(prices)) > 100


def test_a_confusion_is_given_at_its_rate_and_changes_no_other_label(sessions: list[SessionTruth]) -> None:
    given = answers_of(sessions, "outcome", confusions={"outcome": HALF_PASSES})
    pairs = Counter((truth.outcome, answer["outcome"]) for truth, answer in zip(sessions, given, strict=True))
    wrong = {pair for pair in pairs if pair[0] != pair[1]}
    assert wrong == {("partially_succeeded", "succeeded")}
    half = sum(count for (truth, _), count in pairs.items() if truth == "partially_succeeded")
    assert 0.6 < pairs["partially_succeeded", "succeeded"] / half < 0.9
