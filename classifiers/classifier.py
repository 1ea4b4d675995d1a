"""A classifier: one question, its unit, its typed answer, and the columns an answer has as a label.

The columns derive from the answer model, so that a label table cannot drift from what is asked: scalar
fields are columns, evidence ids are in the label row, lists are rows of the items table, and scores
that a rule computes from listed signals are columns of their own. Not here: how anyone answers.
"""

from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pyarrow as pa

from classifiers.answer import Answer
from classifiers.label_row import LabelRow, UnitKind
from orchestration.ingest.rows import arrow_schema

_ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}
IN_LABEL_ROW = frozenset({"evidence_record_ids"})


@dataclass(frozen=True)
class Classifier:
    """One question on one kind of unit.

    `score_type`: named tuple of what a rule computes from the answer's list; `item_type`: named tuple of
    one row of that list. Both are None where the answer is scalar.
    """

    name: str
    unit_kind: UnitKind
    answer_type: type[Answer]
    score_type: type[Any] | None = None
    item_type: type[Any] | None = None

    @property
    def items_name(self) -> str:
        return f"{self.name}_items"

    @cached_property
    def answer_schema(self) -> pa.Schema:
        """Columns that follow the label row's; null wherever the status is not `ok`."""
        fields = [
            pa.field(name, _ARROW_TYPES[kind])
            for name, field in self.answer_type.model_fields.items()
            if name not in IN_LABEL_ROW and (kind := _scalar_kind(field.annotation)) is not None
        ]
        if self.score_type is not None:
            fields += [field.with_nullable(True) for field in arrow_schema(self.score_type)]
        return pa.schema(fields)

    @cached_property
    def label_schema(self) -> pa.Schema:
        """Columns of `labels_<name>`: the label row, then the answer."""
        return pa.schema([*arrow_schema(LabelRow), *self.answer_schema])

    @cached_property
    def items_schema(self) -> pa.Schema | None:
        """Columns of `labels_<name>_items`, or None where the answer holds no list."""
        return arrow_schema(self.item_type) if self.item_type is not None else None


def _scalar_kind(annotation: Any) -> Any:
    """The plain type behind an annotation, or None where it is a list."""
    origin = get_origin(annotation)
    if origin in (list, tuple):
        return None
    if origin is Literal:
        return str
    members = [member for member in get_args(annotation) if member is not NoneType]
    return _scalar_kind(members[0]) if members else annotation
