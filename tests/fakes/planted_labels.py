"""A judge who knows what was planted: the fake API's answers about sessions of the demo corpus.

Questions with a planted truth are answered from it, wrongly at a given rate or by a given confusion; the
others by a plausible answer made from their own text. Evidence is cited as an honest reader would: records
of the document, of the actor that the question's rule asks for, and for events a record that shows one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from classifiers.answers.price_tiers import tier_of
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.evidence_rule import EvidenceRule
from orchestration.demo.effects import LEVELS
from orchestration.demo.truth import SessionEffects, SessionTruth
from tests.fakes.claude_api_answers import (
    ShownRecord,
    asked_fields,
    drawn,
    plausible_answer,
    shown_records,
)

SessionOf = Callable[[str], str | None]
"""Document → the id of its session, or of its tool call, or None where it is not known."""

Planted = Callable[[SessionTruth], dict[str, Any]]

Confusion = Mapping[str, Mapping[str, float]]
"""True label → how often each label is given for it. A label that is not there is given as it is."""

CallAnswers = Mapping[str, Mapping[str, Any]]
"""Question → the one planted field of a tool call."""

Declines = Callable[[str, SessionTruth], bool]
"""Question and session → whether the label with the opt-out is declined, and the forced one given alone."""

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
"""The questions with a planted truth in every corpus: one field each."""

PLANTED_EFFECTS: dict[str, Callable[[SessionEffects], dict[str, Any]]] = {
    "expertise": lambda effects: {"expertise": LEVELS[effects.expertise_level - 1]},
    "expertise_first_prompt": lambda effects: {"expertise": LEVELS[effects.expertise_level - 1]},
    "work_occupation": lambda effects: {"work_occupation": effects.work_occupation},
    "user_occupation": lambda effects: {"user_occupation": effects.user_occupation},
}
"""The questions with a planted truth where effects are planted."""

_PRICED = re.compile(r"\bposting: Scope of session (\S+)")


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
    and question, so that a repeat errs in the same way. `confusions`: of a question by its true label, for
    an error of known size and direction, the same for everybody. `declines`: sessions of a question whose
    label is not_inferable, and the planted one forced. `calls`: planted answers by id of a tool call.
    """

    def __init__(
        self,
        sessions: Iterable[SessionTruth],
        session_of: SessionOf,
        *,
        error_rate: float = 0.0,
        confusions: Mapping[str, Confusion] | None = None,
        declines: Declines | None = None,
        calls: Mapping[str, CallAnswers] | None = None,
        seed: int = 0,
    ) -> None:
        self._truth = {truth.session_id: truth for truth in sessions}
        self._has_effects = any(truth.effects is not None for truth in self._truth.values())
        self._session_of = session_of
        self._error_rate = error_rate
        self._confusions = confusions or {}
        self._declines = declines
        self._calls = calls or {}
        self._seed = seed
        self._classifiers = {classifier.name: classifier for classifier in CATALOG}

    def __call__(self, name: str, step: str, document: str, question: str) -> dict[str, Any]:
        """The fields of the typed answer."""
        answer = plausible_answer(document, question, seed=self._seed)
        session_id = self._session_of(document)
        truth = self._truth.get(session_id or _priced_session(document))
        draw = drawn(self._seed, session_id or document, name, step)
        records = shown_records(document)
        planted = None if truth is None else _planted(name, truth)
        if name in self._calls.get(session_id or "", {}):
            planted = dict(self._calls[session_id or ""][name])
        if name == "task_value" and self._has_effects:
            answer |= _priced(truth, step)
        elif planted is not None:
            is_wrong = draw.random() < self._error_rate
            given = _confused(planted, self._confusions.get(name, {}), draw)
            answer |= _labels(answer, given, question, draw, is_wrong=is_wrong)
            if truth is not None and self._declines is not None and self._declines(name, truth):
                answer |= dict.fromkeys(planted, "not_inferable")
        classifier = self._classifiers.get(name)
        return answer if classifier is None else _with_evidence(answer, classifier, records, draw)


def _planted(name: str, truth: SessionTruth) -> dict[str, Any] | None:
    """The planted field of a question, None where none was planted."""
    if name in PLANTED:
        return PLANTED[name](truth)
    if name in PLANTED_EFFECTS and truth.effects is not None:
        return PLANTED_EFFECTS[name](truth.effects)
    return None


def _priced_session(document: str) -> str:
    """Whose posting it is: the step that prices sees the posting alone, which says it here."""
    found = _PRICED.search(document)
    return found.group(1) if found else ""


def _priced(truth: SessionTruth | None, step: str) -> dict[str, Any]:
    """The two steps of a task's value: a posting that names its session, then its price; null for none."""
    price = None if truth is None or truth.effects is None else truth.effects.price_usd
    if step == "posting":
        return {"posting": None if truth is None or price is None else f"Scope of session {truth.session_id}"}
    return {"price_usd": price, "price_tier": "not_inferable" if price is None else tier_of(price)}


def _confused(planted: dict[str, Any], confusion: Confusion, draw: Random) -> dict[str, Any]:
    """The label that is given for the true one; without a confusion nothing is drawn."""
    ((name, value),) = planted.items()
    given = confusion.get(value) if confusion else None
    if given is None:
        return planted
    return {name: draw.choices(list(given), list(given.values()))[0]}


def _labels(
    answer: dict[str, Any], planted: dict[str, Any], question: str, draw: Random, *, is_wrong: bool
) -> dict[str, Any]:
    """The planted values in the answer's fields, or others of the same kind."""
    ((name, value),) = planted.items()
    field = next(one for one in asked_fields(question) if one.name == name)
    if not field.fields and not field.options:
        return {name: value}
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
