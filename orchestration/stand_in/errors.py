"""What a labeller of the demo gives for the true answer: the answer itself, or one that is wrong by chance.

A label on a rising scale is missed by one step, any other by any label; a price by a factor; of a list, each
element may be of another kind. Not here: the truth (true_answers), records and rows (label_rows).
"""

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from classifiers.answer_columns import label_column
from classifiers.answers.price_tiers import tier_of
from classifiers.classifier import Classifier
from classifiers.vocabulary import OPT_OUT, closed_fields, element_model, vocabulary
from orchestration.stand_in.true_answers import Answered

PRICE_ERROR = 0.2
"""Spread of a price that is given around the true one, in logs."""


CONFUSED: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "human_involvement": {"only_supplied_input": ("steering_session", 0.4)},
}
"""Errors of one direction: what is taken for what, and how often. Prompts of programs pass for a person's."""


def with_errors(classifier: Classifier, answer: Answered, draw: Random, rate: float) -> dict[str, Any]:
    """The answer of a labeller that errs at a rate."""
    given = dict(answer)
    if given.get("price_usd"):
        given["price_usd"] = round(given["price_usd"] * math.exp(draw.gauss(0, PRICE_ERROR)), 2)
        given["price_tier"] = tier_of(given["price_usd"])
    elif classifier.list_field in given:
        given[classifier.list_field] = [
            _other_kind(classifier, item, draw) if draw.random() < rate else item
            for item in given[classifier.list_field]
        ]
    elif draw.random() < rate:
        given |= _other_label(classifier, given, draw)
    return given


def with_confusion(classifier: Classifier, answer: Answered, draw: Random) -> dict[str, Any]:
    """The answer of a labeller that takes one label for another, as CONFUSED says."""
    given = dict(answer)
    name = label_column(classifier)
    taken = CONFUSED.get(classifier.name, {}).get(str(given.get(str(name))))
    return given | {str(name): taken[0]} if taken is not None and draw.random() < taken[1] else given


def _other_label(classifier: Classifier, given: Mapping[str, Any], draw: Random) -> dict[str, Any]:
    """A wrong label in the field that holds the label, and in the forced one beside it."""
    name = label_column(classifier)
    if name is None or given.get(name) in (None, OPT_OUT):
        return {}
    labels = [label for label in closed_fields(classifier.answer_type)[name] if label != OPT_OUT]
    at = labels.index(given[name])
    if _is_rising(classifier, name):
        others = [label for place, label in enumerate(labels) if abs(place - at) == 1]
    else:
        others = [label for label in labels if label != given[name]]
    label = draw.choice(others)
    forced = f"forced_{name}"
    return {name: label, forced: label} if forced in given else {name: label}


def _is_rising(classifier: Classifier, field: str) -> bool:
    return any(row.field == field and row.level is not None for row in vocabulary([classifier]))


def _other_kind(classifier: Classifier, item: Mapping[str, Any], draw: Random) -> dict[str, Any]:
    """The element as another kind."""
    name, element = str(classifier.item_label), element_model(classifier)
    kinds: Sequence[Any] = () if element is None else closed_fields(element)[name]
    others = [kind for kind in kinds if kind not in (item[name], OPT_OUT)]
    return {**item, name: draw.choice(others)} if others else dict(item)
