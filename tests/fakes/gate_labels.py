"""Good labels of one date for every classifier, and for every rule of the label gates one way to spoil them.

`LABEL_BREAKERS` maps a rule to a change of the good labels' columns (first row) that must break it. Answers
derive from the answer models: any value that the model allows is a good one.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from classifiers.answers.evidence_score import EvidenceItem
from classifiers.catalog import CATALOG
from classifiers.classifier import ITEM_KEY_COLUMNS, Classifier
from classifiers.label_tables import label_tables
from classifiers.rules.labeller import RULES_CLASSIFIERS
from classifiers.vocabulary import closed_fields, element_model
from expectations.suites.eligibility import ELIGIBILITY, ELIGIBILITY_TABLES
from expectations.suites.every_table import literal_words
from expectations.suites.review_samples import REVIEW_SAMPLE_TABLES, REVIEW_SAMPLES

Labels = dict[str, list[dict[str, Any]]]
LabelBreaker = Callable[[Labels], None]

_BY_TYPE: dict[pa.DataType, Any] = {pa.string(): "r1", pa.int64(): 1, pa.float64(): 0.5, pa.bool_(): True}
"""A value that is in every range: a share, a count of one item, a duration, a price."""

_BY_CLAUDE: dict[str, Any] = {
    "labeller": "claude",
    "model": "claude-haiku-5-5",
    "cited_evidence_count": 1,
    "rejected_evidence_count": 0,
    "cost_usd": 0.01,
}
FINGERPRINT = "asked-v1"


def good_labels() -> Labels:
    """One label per classifier, and its one item where the answer lists any.

    By the rules where rules can answer, else by Claude.
    """
    labels: Labels = {}
    for classifier in CATALOG:
        labels[classifier.name] = [_label(classifier)]
        if classifier.item_type is not None:
            labels[classifier.items_name] = [_item(classifier)]
    labels[ELIGIBILITY] = [dict(GOOD_ELIGIBILITY)]
    labels[REVIEW_SAMPLES] = [dict(GOOD_REVIEW_SAMPLE)]
    return labels


GOOD_ELIGIBILITY = {
    "classifier": "outcome", "fingerprint": FINGERPRINT, "labeller": "claude", "session_id": "s1",
    "unit_id": "s1", "unit_kind": "session", "is_eligible": True, "reason": "eligible",
    "sampling_probability": 1.0, "reached_share": 1.0, "sampling_place": 0.5,
}  # fmt: skip


GOOD_REVIEW_SAMPLE = {
    "unit_id": "s1", "session_id": "s1", "classifier": "outcome", "fingerprint": "human-outcome-v1",
    "sample_id": "sample", "stratum": None, "inclusion_probability": 1.0, "frame_labeller": "claude",
    "frame_size": 1, "frame_until": datetime(2026, 3, 1, tzinfo=UTC), "answer_count": 1,
}  # fmt: skip


def stage_labels(labels: Labels, folder: Path) -> dict[str, Path]:
    """The labels as the label lake has them: one Parquet file per table that has rows."""
    folder.mkdir(parents=True)
    schemas = label_tables() | ELIGIBILITY_TABLES | REVIEW_SAMPLE_TABLES
    files: dict[str, Path] = {}
    for name, rows in labels.items():
        if rows:
            schema = pa.schema([field.with_nullable(True) for field in schemas[name]])
            files[name] = folder / f"{name}.parquet"
            pq.write_table(pa.Table.from_pylist(rows, schema), files[name])
    return files


def _label(classifier: Classifier) -> dict[str, Any]:
    is_by_rules = classifier in RULES_CLASSIFIERS
    return {
        "unit_kind": classifier.unit_kind,
        "unit_id": "s1",
        "session_id": "s1",
        "classifier": classifier.name,
        "version": "1",
        "fingerprint": FINGERPRINT,
        "rendering": "rows" if is_by_rules else classifier.rendering,
        "status": "ok",
        "evidence_record_ids": ["r1"],
        "coverage": 1.0,
        "input_hash": "i1",
        "replicate": 0,
        "labelled_at": datetime(2026, 3, 1, 9, tzinfo=UTC).replace(tzinfo=None),
        "is_stale": False,
        **({"labeller": "rules"} if is_by_rules else _BY_CLAUDE),
        **_values(classifier.answer_schema, classifier.answer_type),
        # The one item is a hard signal.
        **({"soft_signal_count": 0} if classifier.item_type is EvidenceItem else {}),
    }


def _item(classifier: Classifier) -> dict[str, Any]:
    schema, element = classifier.items_schema, element_model(classifier)
    assert schema is not None
    assert element is not None
    key = {"unit_id": "s1", "fingerprint": FINGERPRINT, "replicate": 0, "item_number": 0}
    assert tuple(key) == ITEM_KEY_COLUMNS
    # A rule adds words of its own to some items: what backs a claim.
    ruled = literal_words(get_type_hints(classifier.item_type)) if classifier.item_type else {}
    by_rule = {name: words[0] for name, words in ruled.items() if name not in element.model_fields}
    return {**_values(schema, element), **by_rule, **key}


def _values(schema: pa.Schema, model: type[BaseModel]) -> dict[str, Any]:
    """The first label of each closed column, and a plain value for every other."""
    closed = closed_fields(model)
    return {
        field.name: closed[field.name][0] if field.name in closed else _BY_TYPE[field.type]
        for field in schema
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
    name = classifier.name
    breakers = {
        "complete": _change(name, input_hash=None),
        "unique": _repeat(name),
        "vocabulary": _change(name, status="fine"),
        "not_negative": _change(name, cost_usd=-0.01, labeller="human"),
        "numbers_in_range": _change(name, coverage=1.5),
        "answered_if_ok": _change(name, status="refused"),
        "labeller_is_plain": _change(name, labeller="rules", cost_usd=0.01),
        "evidence_adds_up": _change(name, **_BY_CLAUDE | {"rejected_evidence_count": 1}),
    }
    if classifier.score_type is not None and classifier.item_type is not None:
        first_count = next(count for count in classifier.score_type._fields if count.endswith("_count"))
        breakers["items_counted"] = _change(name, **{first_count: 7})
    if classifier.item_type is EvidenceItem:
        score = classifier.answer_schema.names[0]
        breakers["score_has_evidence"] = _change(name, evidence_record_ids=[], **{score: 4})
    return {f"labels_{name}.{rule}": breaker for rule, breaker in breakers.items()}


def _of_items(classifier: Classifier) -> dict[str, LabelBreaker]:
    name, element = classifier.items_name, element_model(classifier)
    assert element is not None
    breakers = {
        "complete": _change(name, record_id=None),
        "unique": _repeat(name),
        "vocabulary": _change(name, **{next(iter(closed_fields(element))): "luck"}),
        "not_negative": _change(name, item_number=-1),
        "label_known": _change(name, unit_id="elsewhere"),
    }
    return {f"labels_{name}.{rule}": breaker for rule, breaker in breakers.items()}


def _of_eligibility() -> dict[str, LabelBreaker]:
    breakers = {
        "complete": _change(ELIGIBILITY, unit_id=None),
        "unique": _repeat(ELIGIBILITY),
        "vocabulary": _change(ELIGIBILITY, reason="whim"),
        "reason_agrees": _change(ELIGIBILITY, is_eligible=False),
    }
    return {f"labels_{ELIGIBILITY}.{rule}": breaker for rule, breaker in breakers.items()}


def _of_review_samples() -> dict[str, LabelBreaker]:
    breakers = {
        "complete": _change(REVIEW_SAMPLES, sample_id=None),
        "unique": _repeat(REVIEW_SAMPLES),
        "vocabulary": _change(REVIEW_SAMPLES, frame_labeller="human"),
        "drawn_with_a_probability": _change(REVIEW_SAMPLES, inclusion_probability=0.0),
    }
    return {f"labels_{REVIEW_SAMPLES}.{rule}": breaker for rule, breaker in breakers.items()}


LABEL_BREAKERS: dict[str, LabelBreaker] = (
    _of_eligibility()
    | _of_review_samples()
    | {
        rule_id: breaker
        for classifier in CATALOG
        for breakers in (
            _of_labels(classifier),
            {} if classifier.item_type is None else _of_items(classifier),
        )
        for rule_id, breaker in breakers.items()
    }
)
