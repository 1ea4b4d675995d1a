"""Every catalog entry is whole: its files, its meanings in its question, its opt-out, its judged cases."""

import importlib
import pkgutil
from datetime import timedelta
from types import NoneType
from typing import Any, get_args

import pytest

import classifiers.catalog
from classifiers.answers.answer import Answer
from classifiers.answers.steering_shares import SteeringItem, judged_prompts
from classifiers.asking.eligibility import session_reason
from classifiers.asking.question import question_text
from classifiers.call_units import call_unit_id
from classifiers.catalog import CATALOG
from classifiers.classifier import IN_LABEL_ROW, Classifier, Step
from classifiers.evaluation.cases import read_cases
from classifiers.evaluation.judged_fields import check_expectations
from classifiers.vocabulary import closed_fields, element_model, vocabulary

FOLDERS = sorted(module.name for module in pkgutil.iter_modules(classifiers.catalog.__path__))
ENTRIES: list[Classifier] = [
    importlib.import_module(f"classifiers.catalog.{name}").CLASSIFIER for name in FOLDERS
]
STEPS = [(entry, step) for entry in ENTRIES for step in entry.steps]

entries = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
steps = pytest.mark.parametrize(
    ("entry", "step"), STEPS, ids=[f"{entry.name}-{step.name}" for entry, step in STEPS]
)


def meaning_lines(model: type[Any]) -> list[str]:
    """The lines `- label: meaning` of all fields of a model and of its list's elements."""
    found = []
    for field in model.model_fields.values():
        found += [line for line in (field.description or "").splitlines() if line.startswith("- ")]
        for element in get_args(field.annotation):
            if isinstance(element, type) and issubclass(element, Answer):
                found += meaning_lines(element)
    return found


def may_opt_out(entry: Classifier) -> bool:
    """By a label, by null, or by an empty list."""
    labels = {label for vocabulary in closed_fields(entry.answer_type).values() for label in vocabulary}
    element = element_model(entry)
    nullable = [
        NoneType in get_args(field.annotation)
        for name, field in entry.answer_type.model_fields.items()
        if name not in IN_LABEL_ROW
    ]
    return "not_inferable" in labels or any(nullable) or element is not None


def test_every_folder_is_registered_under_its_name_and_nothing_else_is() -> None:
    assert [entry.name for entry in ENTRIES] == FOLDERS
    assert sorted(entry.name for entry in CATALOG) == FOLDERS


@entries
def test_a_folder_has_its_files(entry: Classifier) -> None:
    assert entry.folder.name == entry.name
    wanted = {"__init__.py", "labels.py", "prompt.md", "cases.jsonl", *(s.prompt_file for s in entry.steps)}
    assert wanted <= {path.name for path in entry.folder.iterdir()}


@steps
def test_meanings_reach_the_question_exactly_once(entry: Classifier, step: Step) -> None:
    text = question_text(entry, step)
    lines = meaning_lines(step.answer_type)
    assert len(lines) == len(set(lines))
    for line in lines:
        meaning = line.split(": ", 1)[1]
        assert text.count(line) == 1
        assert text.count(meaning) == 1, f"{meaning!r} has two homes"


@entries
def test_every_label_has_a_meaning(entry: Classifier) -> None:
    rows = list(vocabulary([entry]))
    assert all(row.meaning for row in rows)
    # Hours and ratings without anchors are no closed vocabulary.
    assert rows or entry.name in ("human_time", "action_risk", "action_autonomy")


@steps
def test_a_prompt_names_no_field_and_no_label_that_does_not_exist(entry: Classifier, step: Step) -> None:
    model = step.answer_type
    element = element_model(entry) if step.answer_type is entry.answer_type else None
    models = [model] if element is None else [model, element]
    known = {name for each in models for name in each.model_fields}
    known |= {str(label) for each in models for labels in closed_fields(each).values() for label in labels}
    quoted = entry.prompt(step).split("`")[1::2]
    named = {word for word in quoted if word.replace("_", "").isalpha() and word.islower()}
    assert named <= known | {"items", "fields", "null", "true", "false"}


@entries
def test_an_answer_can_decline(entry: Classifier) -> None:
    assert may_opt_out(entry)


@entries
def test_a_forced_field_has_every_label_but_the_opt_out(entry: Classifier) -> None:
    fields = closed_fields(entry.answer_type)
    forced = {name: labels for name, labels in fields.items() if name.startswith("forced_")}
    for name, labels in forced.items():
        assert (*labels, "not_inferable") == fields[name.removeprefix("forced_")]


@steps
def test_the_generic_output_can_hold_the_answer(entry: Classifier, step: Step) -> None:
    """Scalars go into its fields; one list at most, of the answering step, goes into its items."""
    lists = [
        name
        for name, field in step.answer_type.model_fields.items()
        if name not in IN_LABEL_ROW and getattr(field.annotation, "__origin__", None) is list
    ]
    assert lists == ([entry.list_field] if step is entry.steps[-1] and entry.list_field else [])
    properties = step.answer_type.model_json_schema()["properties"]
    for name in set(properties) - {*lists, *IN_LABEL_ROW}:
        kinds = {kind["type"] for kind in properties[name].get("anyOf", [properties[name]])}
        assert kinds <= {"string", "number", "integer", "boolean", "null"}, name


@entries
def test_items_have_the_element_s_fields_and_evidence_rules_for_its_labels(entry: Classifier) -> None:
    element = element_model(entry)
    if element is None:
        assert entry.items_schema is None
        assert entry.item_label is None
        return
    assert entry.items_schema is not None
    assert entry.score is not None
    assert "record_id" in element.model_fields
    columns = entry.items_schema.names
    assert columns[:4] == ["unit_id", "fingerprint", "replicate", "item_number"]
    free_text = set(element.model_fields) - set(closed_fields(element)) - {"record_id"}
    kept = free_text & set(columns)
    assert all(element.model_fields[name].annotation is bool for name in kept)
    if entry.item_label is not None:
        labels = closed_fields(element)[entry.item_label]
        assert set(entry.item_evidence) <= set(labels)


@entries
def test_cases_are_enough_and_split(entry: Classifier) -> None:
    cases = read_cases(entry)
    splits = [case.split for case in cases]
    assert len(cases) >= 12
    assert min(splits.count("dev"), splits.count("test")) >= 5
    assert sum(case.is_adversarial for case in cases) >= 3
    assert all(case.case_id.startswith(f"{entry.name}-") for case in cases)
    assert len({repr(case.steps) for case in cases}) == len(cases)


@entries
def test_cases_become_sessions_with_the_unit_that_is_judged(entry: Classifier) -> None:
    for case in read_cases(entry):
        assert case.session.turns
        unit_id = case.unit_id(entry)
        units = {turn.turn_id for turn in case.session.turns} | {case.session.session_id}
        units |= {call_unit_id(call) for call in case.session.calls}
        assert unit_id in units


@entries
def test_cases_are_eligible(entry: Classifier) -> None:
    """What may not be asked about a session of the lake is not asked about a case either."""
    for case in read_cases(entry):
        after = case.session.ended_at + timedelta(days=1)
        reason = session_reason(entry, case.frame, now=after, quiet=timedelta(hours=1))
        assert (case.case_id, reason) == (case.case_id, "eligible")


@entries
def test_cases_expect_what_the_classifier_can_answer(entry: Classifier) -> None:
    for case in read_cases(entry):
        check_expectations(entry, case)
        if entry.item_type is SteeringItem:
            (labels,) = case.expected.values()
            assert len(labels) == len(judged_prompts(case.session))


@entries
def test_cases_expect_more_than_one_or_two_labels(entry: Classifier) -> None:
    """Cases that all expect the same would be passed by whoever always says it."""
    fields = closed_fields(entry.answer_type)
    expected = [case.expected for case in read_cases(entry)]
    for name, labels in fields.items():
        used = {each[name] for each in expected if name in each}
        if used and not name.startswith("forced_"):
            assert len(used) >= min(3, len(labels) - 1), name
