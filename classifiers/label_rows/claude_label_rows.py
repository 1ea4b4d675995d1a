"""One label of Claude's as rows: the label row with its answer's columns, and a row per item.

Not here: what the label is (ledger_label), whether its evidence holds (evidence_check).
"""

from dataclasses import asdict, fields
from typing import Any

from classifiers.label_row import LabelRow
from classifiers.label_rows.answer_values import answer_values, checked_items
from classifiers.label_rows.evidence_check import CheckedAnswer
from classifiers.label_rows.label_bill import Bill
from classifiers.label_rows.ledger_label import LedgerLabel
from classifiers.label_rows.record_facts import RecordFacts
from classifiers.ledger.ledger import LedgerRequest
from classifiers.ledger.prices import TokenUsage


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
    return (*row, *answer_values(label.classifier, checked))


def item_rows(label: LedgerLabel, checked: CheckedAnswer, facts: RecordFacts) -> list[tuple[Any, ...]]:
    """A row per item that the evidence check kept, numbered in the answer's order."""
    by = label.decided_by
    return checked_items(label.classifier, (by.unit_id, by.fingerprint, by.replicate), checked, facts)


def _paid(bill: Bill | None) -> dict[str, Any]:
    """Tokens and cost; nothing is known of the tokens of what never came back."""
    columns: dict[str, Any] = {field.name: None for field in fields(TokenUsage)}
    if bill is not None and bill.usage is not None:
        columns = asdict(bill.usage)
    return {**columns, "cost_usd": None if bill is None else float(bill.cost_usd)}


def _version(fingerprint: str, classifier: str, rendering: str) -> str:
    """The version that a fingerprint names (question.fingerprint): it may be older than the catalog's."""
    return fingerprint.removeprefix(f"{classifier}-v").partition(f"-{rendering}-")[0]
