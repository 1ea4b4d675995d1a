"""A labeller's answer on a case → the values that are compared with what the case expects.

Works for typed answers, whoever gave them, and for the rows of the rules. Not here: comparing (evaluate).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from classifiers.answers.answer import Answer
from classifiers.answers.claims import ClaimItem
from classifiers.answers.evidence_score import EvidenceItem
from classifiers.answers.steering_shares import SteeringItem, judged_prompts
from classifiers.classifier import Classifier
from classifiers.evaluation.cases import Case
from classifiers.rules.labeller import label_session
from classifiers.rules.reading import record_of_act
from classifiers.session_record import SessionRecord

NO_ANSWER = "no_answer"
"""Stands where a labeller gave none: a refusal, a truncation, a prompt left out. It never agrees."""

Observed = Mapping[str, Any]
"""Values by field: scalars, what the rule computes, and under the list's and its label's name the labels."""


def observed_of_answer(classifier: Classifier, answer: Answer, session: SessionRecord) -> Observed:
    """The values of a typed answer. Its record ids are those of the session, as after the evidence check."""
    values = answer.model_dump()
    items: list[dict[str, Any]] = [] if classifier.list_field is None else values[classifier.list_field]
    score = {} if classifier.score is None else classifier.score(answer, 0)._asdict()
    return {**values, **score, **_labels(classifier, items, session)}


def observed_of_rules(classifier: Classifier, case: Case) -> Observed:
    """The values of the rules' label. Raises KeyError for a classifier that the rules do not answer."""
    rows = label_session(case.session, labelled_at=case.session.ended_at, calls=case.session.calls)
    at = classifier.label_schema.names.index("unit_id")
    (row,) = (row for row in rows[classifier.name] if row[at] == case.unit_id(classifier))
    values = dict(zip(classifier.label_schema.names, row, strict=True))
    if classifier.items_schema is None:
        return values
    names = classifier.items_schema.names
    items = [dict(zip(names, item, strict=True)) for item in rows[classifier.items_name]]
    return {**values, **_labels(classifier, items, case.session)}


def answered_by_rules(classifier: Classifier, cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases that the rules answer: all of them, but of calls those that their facts settle."""
    rule = classifier.rule
    if rule is None:
        return tuple(cases)
    return tuple(case for case in cases if rule(case.call(classifier)) is not None)


def rules_observed(classifier: Classifier, cases: Iterable[Case]) -> dict[str, Observed]:
    """The rules' values on every case, by case id."""
    return {case.case_id: observed_of_rules(classifier, case) for case in cases}


def _labels(
    classifier: Classifier, items: list[dict[str, Any]], session: SessionRecord
) -> dict[str, tuple[str, ...]]:
    """The labels of the list's elements, in the form in which cases expect them."""
    arrange = _ARRANGE.get(classifier.item_type) if classifier.item_type is not None else None
    if arrange is None or classifier.item_label is None or classifier.list_field is None:
        return {}
    given = [(str(item["record_id"]), str(item[classifier.item_label])) for item in items]
    labels = arrange(given, session)
    return {classifier.list_field: labels, classifier.item_label: labels}


def _kinds(given: list[tuple[str, str]], _session: SessionRecord) -> tuple[str, ...]:
    """Kinds of signals or claims, each once."""
    return tuple(sorted({label for _, label in given}))


def _by_prompt(given: list[tuple[str, str]], session: SessionRecord) -> tuple[str, ...]:
    """One label per judged prompt, in their order."""
    by_record = dict(given)
    return tuple(by_record.get(record_of_act(act), NO_ANSWER) for act in judged_prompts(session))


_ARRANGE: dict[type[Any], Callable[[list[tuple[str, str]], SessionRecord], tuple[str, ...]]] = {
    ClaimItem: _kinds,
    EvidenceItem: _kinds,
    SteeringItem: _by_prompt,
}
