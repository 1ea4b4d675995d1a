"""A judge who knows what was planted: the fake API's answers about sessions of the demo corpus.

Questions with a planted truth are answered from it, wrongly at a given rate; the others by a plausible
answer made from their own text. Evidence is cited as an honest reader would: records of the document, of
the actor that the question's rule asks for, and for events a record that shows one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.evidence_rule import EvidenceRule
from orchestration.demo.truth import SessionTruth
from tests.fakes.claude_api_answers import (
    ShownRecord,
    asked_fields,
    drawn,
    plausible_answer,
    shown_records,
)

SessionOf = Callable[[str], str | None]
"""Document → the id of its session, or None where it is not known."""

Planted = Callable[[SessionTruth], dict[str, Any]]

_TOKEN = re.compile(r'<records token="([0-9a-f]{16})">')
_FACTS = {
    "commit": "commit",
    "pull_request_opened": "pull request opened",
    "pull_request_merged": "pull request merged",
    "test_run": "test run",
    "rollback": "rollback",
}
"""How the renderer names an event below the result that shows it."""

PLANTED: dict[str, Planted] = {
    "work_mode": lambda truth: {"work_mode": truth.work_mode},
    "codebase_relation": lambda truth: {"codebase_relation": truth.codebase_relation},
    "outcome": lambda truth: {"outcome": truth.outcome},
    "success_evidence": lambda truth: {"signals": list(truth.success_signals)},
    "failure_evidence": lambda truth: {"signals": list(truth.failure_signals)},
}
"""The questions with a planted truth."""


class SessionTokens:
    """Which session a document is of, by the token of its fence: documents are told before they are asked."""

    def __init__(self, tokens: Mapping[str, str] | None = None) -> None:
        self.tokens = dict(tokens or {})

    def tell(self, document: str, session_id: str) -> None:
        """Remember whose document it is."""
        found = _TOKEN.search(document)
        if found is None:
            raise ValueError("a document has a fence with a token")
        self.tokens[found.group(1)] = session_id

    def __call__(self, document: str) -> str | None:
        found = _TOKEN.search(document)
        return None if found is None else self.tokens.get(found.group(1))


class PlantedAnswers:
    """Answers of a fake API: call it with question name, step, document and question.

    `error_rate`: share of a question's sessions on which the planted answer is not given, drawn by session
    and question, so that a repeat errs in the same way.
    """

    def __init__(
        self,
        sessions: Iterable[SessionTruth],
        session_of: SessionOf,
        *,
        error_rate: float = 0.0,
        seed: int = 0,
    ) -> None:
        self._truth = {truth.session_id: truth for truth in sessions}
        self._session_of = session_of
        self._error_rate = error_rate
        self._seed = seed
        self._classifiers = {classifier.name: classifier for classifier in CATALOG}

    def __call__(self, name: str, step: str, document: str, question: str) -> dict[str, Any]:
        """The fields of the typed answer."""
        answer = plausible_answer(document, question, seed=self._seed)
        session_id = self._session_of(document)
        draw = drawn(self._seed, session_id or document, name, step)
        records = shown_records(document)
        if name in PLANTED and session_id in self._truth:
            is_wrong = draw.random() < self._error_rate
            planted = PLANTED[name](self._truth[session_id])
            answer |= _labels(answer, planted, question, draw, is_wrong=is_wrong)
        classifier = self._classifiers.get(name)
        return answer if classifier is None else _with_evidence(answer, classifier, records, draw)


def _labels(
    answer: dict[str, Any], planted: dict[str, Any], question: str, draw: Random, *, is_wrong: bool
) -> dict[str, Any]:
    """The planted values in the answer's fields, or others of the same kind."""
    ((name, value),) = planted.items()
    field = next(one for one in asked_fields(question) if one.name == name)
    if field.fields:
        signal = next(one for one in field.fields if one.options)
        others = [option for option in signal.options if option not in value]
        chosen = draw.sample(others, 1) if is_wrong else list(value)
        return {name: [{"record_id": None, signal.name: kind} for kind in chosen]}
    wrong = [option for option in field.options if option not in (value, "not_inferable")]
    label = draw.choice(wrong) if is_wrong else value
    found = {name: label}
    if label != "not_inferable":
        found[f"forced_{name}"] = label
    if answer.get(f"second_{name}") == label:
        found |= {f"second_{name}": None, f"second_{name}_weight": None}
    return {key: one for key, one in found.items() if key in answer}


def _with_evidence(
    answer: dict[str, Any], classifier: Classifier, records: Sequence[ShownRecord], draw: Random
) -> dict[str, Any]:
    """The answer with records that its rules allow; an item that none can show is not claimed."""
    found = dict(answer)
    if "evidence_record_ids" in found:
        fitting = [record.short_id for record in records if _fits(record, classifier.evidence)]
        found["evidence_record_ids"] = draw.sample(fitting, min(len(fitting), draw.randint(1, 4)))
    if classifier.list_field in found and classifier.item_label is not None:
        found[classifier.list_field] = list(_shown_items(found[classifier.list_field], classifier, records))
    return found


def _shown_items(
    items: Sequence[dict[str, Any]], classifier: Classifier, records: Sequence[ShownRecord]
) -> Iterable[dict[str, Any]]:
    """Each item on the last fitting record that no other item has; one record may show several signals."""
    taken: set[str] = set()
    shown: set[tuple[str, str]] = set()
    for item in items:
        label = str(item[str(classifier.item_label)])
        fitting = [one.short_id for one in reversed(records) if _fits(one, classifier.item_evidence[label])]
        free = [record_id for record_id in fitting if record_id not in taken]
        if not free and classifier.name in PLANTED:
            free = [record_id for record_id in fitting if (label, record_id) not in shown]
        if free:
            taken.add(free[0])
            shown.add((label, free[0]))
            yield {**item, "record_id": free[0]}


def _fits(record: ShownRecord, rule: EvidenceRule) -> bool:
    """Whether the record is what the rule asks for, as far as its text shows."""
    if record.actor not in rule.actors or (rule.is_typed and not record.is_typed):
        return False
    ended = "succeeded" if rule.is_success else "failed"
    facts = [f"⟦fact: {_FACTS[kind]}, {ended}" for kind in rule.event_kinds if kind in _FACTS]
    return not rule.event_kinds or any(fact in record.text for fact in facts)
