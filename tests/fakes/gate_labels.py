"""Good labels of one date for every classifier, and for every rule of the label gates one way to spoil them.

`LABEL_BREAKERS` maps a rule to a change of the good labels' columns (first row) that must break it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier

Labels = dict[str, list[dict[str, Any]]]
LabelBreaker = Callable[[Labels], None]

ANSWERS: dict[str, dict[str, Any]] = {
    "work_mode": {"work_mode": "fix", "work_mode_weight": 0.75, "forced_work_mode": "fix"},
    "codebase_relation": {"codebase_relation": "modifies_existing"},
    "outcome": {"outcome": "succeeded", "forced_outcome": "succeeded"},
    "success_evidence": {"success_score": 4, "success_score_by_type": 4},
    "failure_evidence": {"failure_score": 4, "failure_score_by_type": 4},
}
SIGNALS = {"success_evidence": "commit_matches", "failure_evidence": "gave_up"}


def good_labels() -> Labels:
    """One label of the rules per classifier, and its one signal where the answer lists any."""
    labels: Labels = {}
    for classifier in CATALOG:
        labels[classifier.name] = [_label(classifier)]
        if classifier.item_type is not None:
            labels[classifier.items_name] = [_item(classifier)]
    return labels


def stage_labels(labels: Labels, folder: Path) -> dict[str, Path]:
    """The labels as the label lake has them: one Parquet file per table that has rows."""
    folder.mkdir(parents=True)
    schemas = {c.name: c.label_schema for c in CATALOG}
    schemas |= {c.items_name: c.items_schema for c in CATALOG if c.items_schema is not None}
    files: dict[str, Path] = {}
    for name, rows in labels.items():
        if rows:
            schema = pa.schema([field.with_nullable(True) for field in schemas[name]])
            files[name] = folder / f"{name}.parquet"
            pq.write_table(pa.Table.from_pylist(rows, schema), files[name])
    return files


def _label(classifier: Classifier) -> dict[str, Any]:
    has_signals = classifier.item_type is not None
    counts = {"hard_signal_count": 1, "soft_signal_count": 0, "rejected_signal_count": 0}
    return {
        "unit_kind": classifier.unit_kind,
        "unit_id": "s1",
        "session_id": "s1",
        "classifier": classifier.name,
        "version": "1",
        "fingerprint": f"rules-{classifier.name}-v1",
        "labeller": "rules",
        "model": None,
        "status": "ok",
        "evidence_record_ids": ["r1"],
        "coverage": 1.0,
        "input_hash": "i1",
        "replicate": 0,
        "labelled_at": datetime(2026, 3, 1, 9, tzinfo=UTC).replace(tzinfo=None),
        "is_stale": False,
        **ANSWERS[classifier.name],
        **(counts if has_signals else {}),
    }


def _item(classifier: Classifier) -> dict[str, Any]:
    return {
        "unit_id": "s1",
        "fingerprint": f"rules-{classifier.name}-v1",
        "replicate": 0,
        "item_number": 0,
        "signal": SIGNALS[classifier.name],
        "is_hard": True,
        "record_id": "r1",
        "tool_use_id": None,
    }


def _change(table: str, **values: Any) -> LabelBreaker:
    def breaker(labels: Labels) -> None:
        labels[table][0] |= values

    return breaker


def _repeat(table: str) -> LabelBreaker:
    def breaker(labels: Labels) -> None:
        labels[table].append(labels[table][0])

    return breaker


def _of_labels(classifier: Classifier) -> dict[str, LabelBreaker]:
    name, first_answer = classifier.name, next(iter(ANSWERS[classifier.name]))
    breakers = {
        "complete": _change(name, input_hash=None),
        "unique": _repeat(name),
        "vocabulary": _change(name, status="fine"),
        "not_negative": _change(name, cost_usd=-0.01, labeller="human"),
        "shares_within_one": _change(name, coverage=1.5),
        "answered_if_ok": _change(name, **{first_answer: None}),
        "labeller_is_plain": _change(name, cost_usd=0.01),
    }
    if classifier.score_type is not None:
        breakers |= {
            "scores_in_range": _change(name, **{first_answer: 6}),
            "score_has_evidence": _change(name, evidence_record_ids=[]),
        }
    return {f"labels_{name}.{rule}": breaker for rule, breaker in breakers.items()}


def _of_items(classifier: Classifier) -> dict[str, LabelBreaker]:
    name = classifier.items_name
    breakers = {
        "complete": _change(name, record_id=None),
        "unique": _repeat(name),
        "vocabulary": _change(name, signal="luck"),
        "not_negative": _change(name, item_number=-1),
        "label_known": _change(name, unit_id="elsewhere"),
    }
    return {f"labels_{name}.{rule}": breaker for rule, breaker in breakers.items()}


LABEL_BREAKERS: dict[str, LabelBreaker] = {
    rule_id: breaker
    for classifier in CATALOG
    for breakers in (_of_labels(classifier), {} if classifier.item_type is None else _of_items(classifier))
    for rule_id, breaker in breakers.items()
}
