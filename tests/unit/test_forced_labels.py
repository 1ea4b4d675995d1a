"""Study C forces one option: its rates are of forced labels, and older answers without one stay readable."""

import pytest

from classifiers.asking.question import question_text
from classifiers.catalog import (
    CATALOG,
    codebase_relation,
    expertise_first_prompt,
    outcome,
    work_mode,
    work_occupation,
)
from classifiers.classifier import Classifier
from classifiers.label_rows.earlier_answer import earlier_answer
from classifiers.label_rows.read_response import InvalidAnswerError, typed_answer

FORCED = (outcome, work_mode, work_occupation, codebase_relation)


def output(**fields: object) -> dict[str, object]:
    named = [{"name": name, "value": value} for name, value in fields.items()]
    return {"evidence_record_ids": ["h1"], "items": [], "fields": named}


@pytest.mark.parametrize("entry", [one.CLASSIFIER for one in FORCED], ids=lambda one: one.name)
def test_classifier_of_a_published_share_asks_for_a_forced_label(entry: Classifier) -> None:
    assert f"forced_{entry.name}" in entry.answer_schema.names
    assert f"(one label of `{entry.name}` but not_inferable)" in question_text(entry, entry.steps[-1])


def test_expertise_and_the_persons_occupation_have_an_unclear_as_in_the_study() -> None:
    names = {name for one in CATALOG for name in one.answer_schema.names if name.startswith("forced_")}
    assert names == {f"forced_{one.CLASSIFIER.name}" for one in FORCED}


def test_outcome_without_a_check_is_no_opt_out() -> None:
    """The appendix: judged success is the default where the path looks clean."""
    prompt = outcome.CLASSIFIER.prompt(outcome.CLASSIFIER.steps[-1])
    assert "A check that shows it" in " ".join(prompt.split())
    assert "nothing shows whether it works" not in " ".join(prompt.split())


def test_work_mode_asks_everywhere_for_what_the_session_tries_to_accomplish() -> None:
    question = question_text(work_mode.CLASSIFIER, work_mode.CLASSIFIER.steps[-1])
    assert question.count("trying to accomplish") == 2
    assert "volume" not in question


def test_fields_that_are_asked_no_more_are_left_out_of_earlier_answers() -> None:
    held = output(
        work_mode="fix",
        work_mode_weight=0.8,
        second_work_mode="build",
        second_work_mode_weight=0.2,
        forced_work_mode="fix",
    )
    entry = work_mode.CLASSIFIER
    with pytest.raises(InvalidAnswerError):
        typed_answer(entry.answer_type, None, held)
    answer = earlier_answer(entry.answer_type, None, held)
    assert answer.model_dump(exclude={"evidence_record_ids"}) == {
        "work_mode": "fix",
        "second_work_mode": "build",
        "forced_work_mode": "fix",
    }


def test_diagnostics_of_the_first_prompt_are_left_out_of_earlier_answers() -> None:
    held = output(framing_precision="precise", verification_asked="generic", expertise="advanced")
    answer = earlier_answer(expertise_first_prompt.CLASSIFIER.answer_type, None, held)
    assert answer.model_dump()["expertise"] == "advanced"


@pytest.mark.parametrize(("given", "forced"), [("creates_new", "creates_new"), ("not_inferable", None)])
def test_forced_label_that_was_not_asked_repeats_the_answer_or_is_null(
    given: str, forced: str | None
) -> None:
    entry = codebase_relation.CLASSIFIER
    answer = earlier_answer(entry.answer_type, None, output(codebase_relation=given))
    assert isinstance(answer, entry.answer_type)
    assert answer.model_dump()["forced_codebase_relation"] == forced


def test_earlier_answer_that_fits_in_no_way_is_none() -> None:
    with pytest.raises(InvalidAnswerError):
        earlier_answer(codebase_relation.CLASSIFIER.answer_type, None, output(codebase_relation="unheard_of"))
