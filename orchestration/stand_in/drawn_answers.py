"""An answer drawn from the words of a question, for questions that the stand-in knows no truth about.

Belongs here: a value for each field of an answer model, by its type. Not here: questions with a planted truth
(true_answers), record ids (label_rows).
"""

from random import Random
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from classifiers.classifier import IN_LABEL_ROW, Classifier
from classifiers.vocabulary import OPT_OUT
from orchestration.stand_in.true_answers import Answered

MADE_UP = "made up for the demo"


def drawn_answer(classifier: Classifier, draw: Random) -> Answered:
    """A value for each scalar field; a list stays empty."""
    values = {
        name: [] if name == classifier.list_field else _value(field, draw)
        for name, field in classifier.answer_type.model_fields.items()
        if name not in IN_LABEL_ROW
    }
    for name, value in values.items():
        label = values.get(name.removeprefix("forced_"))
        if name.startswith("forced_") and label not in (None, OPT_OUT, value):
            values[name] = label
    return values


def _value(field: FieldInfo, draw: Random) -> Any:
    kinds = [field.annotation, *get_args(field.annotation)]
    words = next((kind for kind in kinds if get_origin(kind) is Literal), None)
    if words is not None:
        labels = [label for label in get_args(words) if label is not None and label != OPT_OUT]
        return draw.choice(labels)
    if NoneType in kinds:
        return None
    if field.annotation is bool:
        return draw.random() < 0.5
    low, high = _bounds(field)
    if field.annotation is int:
        return draw.randint(int(low), int(high))
    return round(draw.uniform(low, high), 2) if field.annotation is float else MADE_UP


def _bounds(field: FieldInfo) -> tuple[float, float]:
    lows = [
        each.ge if isinstance(each, Ge) else each.gt for each in field.metadata if isinstance(each, Ge | Gt)
    ]
    highs = [
        each.le if isinstance(each, Le) else each.lt for each in field.metadata if isinstance(each, Le | Lt)
    ]
    low = float(lows[0]) if lows else 1.0  # type: ignore[arg-type]
    return low, float(highs[0]) if highs else low + 9.0  # type: ignore[arg-type]
