"""A checked answer as columns: its own fields, what its rule computes, and a row per item.

The same for every labeller whose evidence is checked. Not here: the columns of the label itself.
"""

from collections.abc import Callable
from typing import Any

from classifiers.answers.claims import backing_of
from classifiers.answers.evidence_score import HARD_SIGNALS
from classifiers.classifier import ITEM_KEY_COLUMNS, Classifier
from classifiers.label_rows.evidence_check import CheckedAnswer
from classifiers.label_rows.record_facts import RecordFacts


def _backing(item: Any, facts: RecordFacts) -> str | None:
    """Whether events up to the claim bear it out; None where its record has no time."""
    said_at = facts.said_at.get(item.record_id)
    return None if said_at is None else backing_of(item.claim, said_at, facts.all_events)


DERIVED_COLUMNS: dict[str, Callable[[Any, RecordFacts], Any]] = {
    "backing": _backing,
    "is_hard": lambda item, _: item.signal in HARD_SIGNALS,
    "tool_use_id": lambda item, facts: facts.tool_use_id(item.record_id),
}
"""Columns of an items table that no labeller gives: they follow from the item and the lake's rows."""


def answer_values(classifier: Classifier, checked: CheckedAnswer | None) -> list[Any]:
    """Values of the answer's columns; null without a checked answer."""
    names = classifier.answer_schema.names
    if checked is None:
        return [None] * len(names)
    own = type(checked.answer).model_fields
    return [getattr(checked.answer if name in own else checked.score, name) for name in names]


def checked_items(
    classifier: Classifier, key: tuple[str, str, int], checked: CheckedAnswer, facts: RecordFacts
) -> list[tuple[Any, ...]]:
    """A row per item that the check kept, numbered in the answer's order; `key`: LABEL_KEY of the label."""
    item_type = classifier.item_type
    assert item_type is not None  # only a list answer has items
    names = item_type._fields[len(ITEM_KEY_COLUMNS) :]
    return [
        (
            *key,
            number,
            *(
                DERIVED_COLUMNS[name](item, facts) if name in DERIVED_COLUMNS else getattr(item, name)
                for name in names
            ),
        )
        for number, item in enumerate(checked.items)
    ]
