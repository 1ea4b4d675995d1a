"""One label of Claude's as rows: the label row with its answer's columns, and a row per item.

Not here: what the label is (ledger_label), whether its evidence holds (evidence_check).
"""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from classifiers.answers.answer import Answer
from classifiers.answers.claims import backing_of
from classifiers.answers.evidence_score import HARD_SIGNALS
from classifiers.classifier import ITEM_KEY_COLUMNS
from classifiers.label_row import LabelRow
from classifiers.label_rows.evidence_check import CheckedAnswer
from classifiers.label_rows.label_bill import Bill
from classifiers.label_rows.ledger_label import LedgerLabel
from classifiers.label_rows.record_facts import RecordFacts
from classifiers.ledger.ledger import LedgerRequest
from classifiers.ledger.prices import TokenUsage


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


def label_row(label: LedgerLabel, checked: CheckedAnswer | None, *, is_stale: bool) -> tuple[Any, ...]:
    """The label row and its answer; without a checked answer its columns are null."""
    by = label.decided_by
    request = by if isinstance(by, LedgerRequest) else None
    row = LabelRow(
        unit_kind=by.unit_kind,
        unit_id=by.unit_id,
        session_id=by.session_id,
        classifier=by.classifier,
        version=_version(by.fingerprint, by.classifier, by.rendering),
        fingerprint=by.fingerprint,
        rendering=by.rendering,
        labeller="claude",
        model=by.model,
        status=label.status,
        evidence_record_ids=checked.evidence_record_ids if checked else (),
        cited_evidence_count=checked.cited_count if checked else None,
        rejected_evidence_count=checked.rejected_count if checked else None,
        coverage=by.coverage,
        input_hash=by.input_hash,
        replicate=by.replicate,
        request_id=request.request_id if request else None,
        batch_id=request.batch_id if request else None,
        **_paid(label.bill),
        labelled_at=label.labelled_at,
        is_stale=is_stale,
    )
    return (*row, *_answer_values(label, checked))


def item_rows(label: LedgerLabel, checked: CheckedAnswer, facts: RecordFacts) -> list[tuple[Any, ...]]:
    """A row per item that the evidence check kept, numbered in the answer's order."""
    by, item_type = label.decided_by, label.classifier.item_type
    assert item_type is not None  # only a list answer has items
    return [
        tuple(
            item_type(
                unit_id=by.unit_id,
                fingerprint=by.fingerprint,
                replicate=by.replicate,
                item_number=number,
                **_item_values(item, item_type._fields[len(ITEM_KEY_COLUMNS) :], facts),
            )
        )
        for number, item in enumerate(checked.items)
    ]


def _paid(bill: Bill | None) -> dict[str, Any]:
    """Tokens and cost; nothing is known of the tokens of what never came back."""
    columns: dict[str, Any] = {field.name: None for field in fields(TokenUsage)}
    if bill is not None and bill.usage is not None:
        columns = asdict(bill.usage)
    return {**columns, "cost_usd": None if bill is None else float(bill.cost_usd)}


def _answer_values(label: LedgerLabel, checked: CheckedAnswer | None) -> list[Any]:
    """Values of the answer's columns: its own fields, and what its rule computes."""
    names = label.classifier.answer_schema.names
    if checked is None:
        return [None] * len(names)
    own = type(checked.answer).model_fields
    return [getattr(checked.answer if name in own else checked.score, name) for name in names]


def _item_values(item: Answer, names: tuple[str, ...], facts: RecordFacts) -> dict[str, Any]:
    return {
        name: DERIVED_COLUMNS[name](item, facts) if name in DERIVED_COLUMNS else getattr(item, name)
        for name in names
    }


def _version(fingerprint: str, classifier: str, rendering: str) -> str:
    """The version that a fingerprint names (question.fingerprint): it may be older than the catalog's."""
    return fingerprint.removeprefix(f"{classifier}-v").partition(f"-{rendering}-")[0]
