"""What a case expects of one field, beside what a labeller gave: both as labels that can be compared.

A closed label is itself, a list is its elements' labels, a number lies within bounds or not. Not here: how
far many judgements agree (agreement), or which answers are compared (evaluate).
"""

from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args

import pyarrow as pa

from classifiers.answers.steering_shares import SteeringItem
from classifiers.classifier import Classifier
from classifiers.evaluation.agreement import as_label
from classifiers.evaluation.cases import Case
from classifiers.evaluation.observed_values import NO_ANSWER, Observed
from classifiers.vocabulary import closed_fields, element_model

FieldKind = Literal[
    "label",  # one label per case
    "labels",  # one label per judged prompt
    "signals",  # any number of labels per case
    "bounds",  # a number that should lie within bounds, or be null
]
_LOWER, _UPPER = "_min", "_max"
WITHIN, OUTSIDE = "within", "outside"


class ExpectationError(Exception):
    """A case expects what its classifier cannot answer; the message names classifier, case and field."""


@dataclass(frozen=True)
class JudgedField:
    """One field of one case: what was expected and observed, as labels."""

    case: Case
    field: str
    kind: FieldKind
    expected: tuple[str, ...]
    observed: tuple[str, ...]
    shown: tuple[str, str]

    @property
    def is_right(self) -> bool:
        return self.expected == self.observed


def check_expectations(classifier: Classifier, case: Case) -> None:
    """Raise ExpectationError where a case expects what its classifier cannot answer."""
    for field in case.expected:
        judge(classifier, case, field, observed=None)


def judge(classifier: Classifier, case: Case, field: str, *, observed: Observed | None) -> JudgedField:
    """The labels of one expectation; a bound becomes `within` or `outside`."""
    expected, kind = case.expected[field], _kind_of(classifier, case, field)
    if kind == "bounds":
        value = None if observed is None else observed[_column(field)]
        is_within = observed is not None and _is_within(field, value, expected)
        shown = str(expected), NO_ANSWER if observed is None else as_label(value)
        return JudgedField(case, field, kind, (WITHIN,), (WITHIN if is_within else OUTSIDE,), shown)
    if kind == "label":
        wanted: tuple[str, ...] = (as_label(expected),)
        found: tuple[str, ...] = (NO_ANSWER if observed is None else as_label(observed[field]),)
    else:
        wanted = tuple(expected if kind == "labels" else sorted(expected))
        nothing = (NO_ANSWER,) * (len(wanted) if kind == "labels" else 1)
        found = nothing if observed is None else tuple(observed[field])
    vocabulary = vocabulary_of(classifier, field, kind)
    if vocabulary and (unknown := sorted(set(wanted) - set(vocabulary))):
        raise _error(classifier, case, field, f"{', '.join(unknown)} is no label of it")
    if kind == "labels" and len(found) != len(wanted):
        raise _error(classifier, case, field, f"the session has {len(found)} judged prompts")
    return JudgedField(case, field, kind, wanted, found, (", ".join(wanted), ", ".join(found)))


def _column(field: str) -> str:
    """The column that an expectation is about: a bound may be named by its end."""
    return field.removesuffix(_LOWER).removesuffix(_UPPER)


def _kind_of(classifier: Classifier, case: Case, field: str) -> FieldKind:
    """Lists by their element, labels by a closed vocabulary; what is left are numbers."""
    if field in (classifier.list_field, classifier.item_label):
        return "labels" if classifier.item_type is SteeringItem else "signals"
    schema = classifier.answer_schema
    if field in schema.names and not _is_number(schema, classifier, field):
        return "label"
    if _column(field) not in schema.names:
        raise _error(classifier, case, field, "there is no such field")
    if not _are_bounds(field, case.expected[field]):
        raise _error(classifier, case, field, "that is no number, null, or pair of bounds")
    return "bounds"


def _is_number(schema: pa.Schema, classifier: Classifier, field: str) -> bool:
    kind = schema.field(field).type
    is_closed = field in closed_fields(classifier.answer_type)
    return not is_closed and (pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _are_bounds(field: str, expected: Any) -> bool:
    if isinstance(expected, list):
        return len(expected) == 2 and expected == sorted(expected) and field == _column(field)
    return expected is None or isinstance(expected, int | float)


def _is_within(field: str, value: Any, bounds: Any) -> bool:
    """Whether a number lies within bounds, which belong to them; only null is within null."""
    if value is None or bounds is None:
        return value is bounds
    low, high = bounds if isinstance(bounds, list) else (bounds, bounds)
    is_above = field.endswith(_UPPER) or value >= low
    return bool(is_above and (field.endswith(_LOWER) or value <= high))


def vocabulary_of(classifier: Classifier, field: str, kind: FieldKind) -> tuple[str, ...]:
    """Every label of a field in its order; empty where it is open (numbers, free values)."""
    if kind == "label":
        labels = closed_fields(classifier.answer_type).get(field, ())
        if not labels:
            return ()
        stated = classifier.answer_type.model_fields[field].annotation
        return tuple(map(as_label, (*labels, None) if NoneType in get_args(stated) else labels))
    element = element_model(classifier)
    assert element is not None  # a list answer has elements
    return tuple(map(as_label, closed_fields(element)[str(classifier.item_label)]))


def _error(classifier: Classifier, case: Case, field: str, why: str) -> ExpectationError:
    return ExpectationError(
        f"{classifier.name}, {case.case_id}: expects {field}, but {why}. Correct the case in "
        f"{classifier.folder.name}/cases.jsonl."
    )
