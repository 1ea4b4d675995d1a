"""The columns of every label table that hold an answer, and what of them may leave the lake.

Derived from the catalog: a classifier's table holds one row per label, `<classifier>_items` one per element
of its list. The long `fct_label_answers` has a row per such column. Only numbers, booleans and closed
vocabularies are answers here: an open text is in no list, so that nothing reads it out of the lake. Not
here: what dbt is told of them (dbt_sources), what each word means (vocabulary).
"""

from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import pyarrow as pa

from classifiers.catalog import CATALOG
from classifiers.classifier import ITEM_KEY_COLUMNS, Classifier
from classifiers.column_meanings import COMPUTED_MEANINGS
from classifiers.vocabulary import closed_fields, element_model

ValueKind = Literal["text", "number", "boolean"]
EVIDENCE_COLUMNS = ("record_id", "tool_use_id")
"""Columns of an item that say what it rests on."""


class AnswerColumn(NamedTuple):
    """One column of a label table that holds (part of) an answer. `meaning` is one line."""

    name: str
    kind: ValueKind
    meaning: str


class AnswerTable(NamedTuple):
    """One label table. `answer_label`, `answer_score`: columns of a label's answer in one word and number."""

    name: str
    classifier: str
    is_items: bool
    answer_label: str | None
    answer_score: str | None
    columns: tuple[AnswerColumn, ...]


def answer_tables(catalog: Iterable[Classifier] = CATALOG) -> tuple[AnswerTable, ...]:
    """Every label table in the order of the catalog, labels before their items.

    Raises ValueError where a column has no meaning, or a classifier names a score that it does not have.
    """
    tables = []
    for classifier in catalog:
        columns = _columns(classifier, classifier.answer_schema, classifier.score_type)
        label, score = label_column(classifier), score_column(classifier)
        tables.append(AnswerTable(classifier.name, classifier.name, False, label, score, columns))
        if classifier.items_schema is not None:
            columns = _columns(classifier, classifier.items_schema, classifier.item_type)
            tables.append(AnswerTable(classifier.items_name, classifier.name, True, None, None, columns))
    return tuple(tables)


def label_column(classifier: Classifier) -> str | None:
    """The closed column that says a label's answer in one word: named as the classifier, or the only one."""
    closed = closed_fields(classifier.answer_type)
    named = [name for name in closed if classifier.name == name or classifier.name.startswith(f"{name}_")]
    if named:
        return named[0]
    return next(iter(closed)) if len(closed) == 1 else None


def score_column(classifier: Classifier) -> str | None:
    """The column that says a label's answer in one number: as declared, a rating, the level of its word."""
    names, label = classifier.answer_schema.names, label_column(classifier)
    if classifier.score_field is not None:
        if classifier.score_field not in names:
            raise ValueError(f"{classifier.name} has no column {classifier.score_field!r} for its score")
        return classifier.score_field
    if label is not None and pa.types.is_integer(classifier.answer_schema.field(label).type):
        return label
    level = f"{label}_level"
    return level if level in names else None


def _columns(classifier: Classifier, schema: pa.Schema, row_type: Any) -> tuple[AnswerColumn, ...]:
    not_answers = {*ITEM_KEY_COLUMNS, *EVIDENCE_COLUMNS}
    found = []
    for column in schema:
        if column.name in not_answers or not _may_leave(classifier, column, row_type):
            continue
        found.append(AnswerColumn(column.name, _kind(column), _meaning(classifier, column.name)))
    return tuple(found)


def _kind(column: pa.Field) -> ValueKind:
    if pa.types.is_boolean(column.type):
        return "boolean"
    return "text" if pa.types.is_string(column.type) else "number"


def _may_leave(classifier: Classifier, column: pa.Field, row_type: Any) -> bool:
    """Whether a column is a number, a boolean, or words of a closed vocabulary."""
    if _kind(column) != "text":
        return True
    element = element_model(classifier)
    models = [classifier.answer_type, *([] if element is None else [element])]
    if any(column.name in closed_fields(model) for model in models):
        return True
    hint = None if row_type is None else get_type_hints(row_type).get(column.name)
    members = [member for member in get_args(hint) if member is not NoneType]
    return get_origin(hint) is Literal or (len(members) == 1 and get_origin(members[0]) is Literal)


def _meaning(classifier: Classifier, name: str) -> str:
    """The first line of what the answer's model says of a field; of a computed column, what we say."""
    element = element_model(classifier)
    for model in (classifier.answer_type, *([] if element is None else [element])):
        field = model.model_fields.get(name)
        if field is not None and field.description:
            return field.description.splitlines()[0]
    meanings: Mapping[str, str] = COMPUTED_MEANINGS
    if name not in meanings:
        raise ValueError(
            f"{classifier.name} computes {name}, which has no meaning: write one in column_meanings.py"
        )
    return meanings[name]
