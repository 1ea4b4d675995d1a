"""The label tables: their names, columns and order, derived from the catalog for every labeller.

A classifier is one table, `<classifier>`, and a second one, `<classifier>_items`, where its answer holds a
list. Not here: who labels (rules, claude_labels), or where tables are kept (the lake).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from classifiers.catalog import CATALOG
from classifiers.classifier import ITEM_KEY_COLUMNS, Classifier
from classifiers.label_row import LABEL_KEY
from orchestration.ingest.rows import to_arrow

LabelRows = dict[str, list[tuple[Any, ...]]]
"""Rows by table name."""


def label_tables(classifiers: Iterable[Classifier] = CATALOG) -> dict[str, pa.Schema]:
    """Schema of every label table of these classifiers, labels before their items."""
    tables: dict[str, pa.Schema] = {}
    for classifier in classifiers:
        tables[classifier.name] = classifier.label_schema
        if classifier.items_schema is not None:
            tables[classifier.items_name] = classifier.items_schema
    return tables


def as_tables(
    rows: Mapping[str, Sequence[tuple[Any, ...]]], schemas: Mapping[str, pa.Schema]
) -> dict[str, pa.Table]:
    """One Arrow table per schema, sorted by key; raises KeyError for a table without its list of rows."""
    return {name: to_arrow(_in_key_order(rows[name], schema), schema) for name, schema in schemas.items()}


def _in_key_order(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> list[tuple[Any, ...]]:
    key = ITEM_KEY_COLUMNS if "item_number" in schema.names else LABEL_KEY
    at = [schema.names.index(name) for name in key]
    return sorted(rows, key=lambda row: tuple(row[position] for position in at))
