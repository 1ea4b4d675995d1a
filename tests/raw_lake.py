"""A small hand-made lake with known answers, and the means to write any other.

Test support: rows of RAW_TABLES and labels as Parquet in the layout of the lake. The answers that the
small lake must give stand beside the rows that make them; the tests repeat them as literals.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import pyarrow as pa

from classifiers.catalog import CATALOG
from classifiers.evidence_score import EvidenceItem
from classifiers.label_row import LabelRow
from orchestration.ingest import rows
from orchestration.lake import (
    LakeTable,
    ensure_typed_empty_files,
    estimate_lake_table,
    label_lake_table,
    partition_file,
    raw_lake_tables,
    write_partition,
)
from orchestration.statistics.estimates import ESTIMATE_TABLES

Row = TypeVar("Row", bound=NamedTuple)
ARCHIVED_AT = datetime(2026, 3, 1, tzinfo=UTC)
"""More than a retention period after every session: no history is cut off."""

FINGERPRINTS = {classifier.name: f"rules-{classifier.name}-v1" for classifier in CATALOG}


def make(row_type: type[Row], **values: Any) -> Row:
    """A row in which what is not given is null where it may be, else zero, false or the first label."""
    hints = get_type_hints(row_type)
    given = {name: values.pop(name) for name in row_type._fields if name in values}
    if values:
        raise TypeError(f"{row_type.__name__} has no columns {sorted(values)}")
    filled = {name: given[name] if name in given else _blank(hints[name]) for name in row_type._fields}
    return row_type(**filled)


def _blank(annotation: Any) -> Any:
    members = get_args(annotation)
    if get_origin(annotation) is Literal:
        return members[0]
    if NoneType in members:
        return None
    blanks = {str: "", int: 0, float: 0.0, bool: False, datetime: ARCHIVED_AT}
    return () if get_origin(annotation) is tuple else blanks[annotation]


class Lake:
    """Rows of raw tables and labels by date, gathered in any order and written once."""

    def __init__(self) -> None:
        self._rows: dict[LakeTable, dict[date, list[tuple[Any, ...]]]] = {}
        self._raw = {table.name: table for table in raw_lake_tables()}
        self._labels = {classifier.name: classifier for classifier in CATALOG}

    def add(self, table: str, day: date, *added: NamedTuple) -> None:
        """Rows of the raw table `table` (without its `raw_`) of one date."""
        self._add(self._raw[f"raw_{table}"], day, added)

    def label(self, classifier: str, day: date, session_id: str, **answer: Any) -> None:
        """A session's label by the rules; `status`, `labeller` and the like may be given with the answer."""
        known = self._labels[classifier]
        head = {name: answer.pop(name) for name in LabelRow._fields if name in answer}
        defaults: dict[str, Any] = {
            "unit_kind": "session", "unit_id": session_id, "session_id": session_id,
            "classifier": classifier, "version": "1", "fingerprint": FINGERPRINTS[classifier],
            "labeller": "rules", "input_hash": "hash", "labelled_at": ARCHIVED_AT,
        }  # fmt: skip
        row = tuple(make(LabelRow, **(defaults | head)))
        tail = tuple(answer.pop(name, None) for name in known.answer_schema.names)
        if answer:
            raise TypeError(f"{classifier} answers no {sorted(answer)}")
        self._add(label_lake_table(classifier, known.label_schema), day, [row + tail])

    def item(self, classifier: str, day: date, item: EvidenceItem) -> None:
        """One signal of a label."""
        known = self._labels[classifier]
        assert known.items_schema is not None
        self._add(label_lake_table(known.items_name, known.items_schema), day, [item])

    def write(self, lake_dir: Path) -> None:
        """Write every partition, and the typed empty files of all tables."""
        ensure_typed_empty_files(lake_dir, all_lake_tables())
        for table, days in self._rows.items():
            for day, found in days.items():
                path = partition_file(lake_dir, table, day)
                path.parent.mkdir(parents=True, exist_ok=True)
                write_partition(path, [rows.to_arrow(found, table.schema)], schema=table.schema)

    def _add(self, table: LakeTable, day: date, added: Iterable[tuple[Any, ...]]) -> None:
        self._rows.setdefault(table, {}).setdefault(day, []).extend(added)


def all_lake_tables() -> tuple[LakeTable, ...]:
    """Raw tables, labels, their items and estimates: everything the project has a source for."""
    labels = [label_lake_table(known.name, known.label_schema) for known in CATALOG]
    items = [
        label_lake_table(known.items_name, known.items_schema)
        for known in CATALOG
        if known.items_schema is not None
    ]
    return (*raw_lake_tables(), *labels, *items, *ESTIMATE_TABLES)
