"""Claude's labels: the projection of the ledger to label tables, with the evidence checked (decision 5).

Ledger rows and the lake's rows in, tables out: the same rows in any order give the same tables. One label
row per unit, fingerprint and replicate, whatever became of it. Not here: asking (session_asks, send), where
tables land.

Costs and tokens of a label are those of every request made for it: all steps and attempts, and those whose
fate is unknown at their bound. The observations of a long session serve every label judged from them, so
their bill is shared out evenly, what does not divide going to the first label; the labels and what is left
out add up to the ledger's bill to the nano-dollar.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa

from classifiers.classifier import Classifier
from classifiers.label_rows.claude_label_rows import item_rows, label_row
from classifiers.label_rows.evidence_check import check_evidence
from classifiers.label_rows.label_bill import NOTHING, Bill, total
from classifiers.label_rows.ledger_label import LedgerLabel, ledger_label
from classifiers.label_rows.observed_bill import ObservationBills
from classifiers.label_rows.record_facts import RecordFacts, record_facts
from classifiers.label_tables import LabelRows, as_tables, label_tables
from classifiers.ledger.ledger import LedgerRequest, SkippedUnit
from classifiers.session_record import SessionRecord

LeftOutReason = Literal[
    "session_gone",  # the lake has no such session on this date
    "unknown_classifier",  # the catalog has no such question (any more), or its answers are no labels
    "unreadable",  # an answer to an earlier prompt that today's answer model does not fit
    "pending",  # not decided yet: under way, or a step is still to be asked
    "unused_observation",  # an observation that no label was judged from
]
LabelKey = tuple[str, str, str, int]
"""Classifier, unit, fingerprint, replicate."""


@dataclass(frozen=True)
class LeftOut:
    """Rows of the ledger that no label row shows, skipped units included, and what they cost."""

    row_count: int
    bill: Bill


@dataclass(frozen=True)
class LabelsOfDay:
    """The label tables of a date, and by reason what is in none of them."""

    tables: dict[str, pa.Table]
    left_out: Mapping[LeftOutReason, LeftOut]


def labels_of_day(
    sessions: Iterable[SessionRecord],
    ledger_rows: Iterable[LedgerRequest],
    skipped: Iterable[SkippedUnit],
    *,
    catalog: Sequence[Classifier],
    installed: Mapping[str, frozenset[str]],
    input_hashes: Mapping[tuple[str, str], str],
) -> LabelsOfDay:
    """Every label table of the catalog, sorted by key; sessions are read one at a time.

    `installed`: fingerprints in use, by classifier. `input_hashes`: the present input of a unit, by unit
    and rendering; a label given on another input is stale, as is one whose unit has none any more.
    """
    projection = _Projection(catalog, installed, input_hashes)
    rows_of, skipped_of = _by_session(ledger_rows), _by_session(skipped)
    for session in sessions:
        session_id = session.session_id
        projection.add_session(session, rows_of.pop(session_id, []), skipped_of.pop(session_id, []))
    for session_id in rows_of.keys() | skipped_of.keys():
        projection.leave_out("session_gone", rows_of.get(session_id, ()), skipped_of.get(session_id, ()))
    return LabelsOfDay(as_tables(projection.rows, label_tables(catalog)), projection.left_out)


class _Projection:
    """Label rows in the making, and what no label row shows."""

    def __init__(
        self,
        catalog: Sequence[Classifier],
        installed: Mapping[str, frozenset[str]],
        input_hashes: Mapping[tuple[str, str], str],
    ) -> None:
        self.rows: LabelRows = {name: [] for name in label_tables(catalog)}
        self.left_out: dict[LeftOutReason, LeftOut] = {}
        self._catalog = {classifier.name: classifier for classifier in catalog}
        self._installed = installed
        self._input_hashes = input_hashes

    def add_session(
        self, session: SessionRecord, rows: Sequence[LedgerRequest], skipped: Sequence[SkippedUnit]
    ) -> None:
        """All labels of one session; what was observed of it is billed to them."""
        if not rows and not skipped:
            return
        observed = [row for row in rows if row.kind == "observation"]
        skipped_observed = [unit for unit in skipped if unit.kind == "observation"]
        asked = _by_key(row for row in rows if row.kind == "label")
        refused = _by_key(unit for unit in skipped if unit.kind == "label")
        labels: dict[LabelKey, LedgerLabel] = {}
        for key in sorted(asked.keys() | refused.keys()):
            label = self._label(key, asked.get(key, ()), refused.get(key, ()))
            if label is not None:
                labels[key] = label
        bills = ObservationBills(observed)
        shares = bills.shares(labels)
        self.leave_out("unused_observation", bills.unused, ())
        self.leave_out("pending", (), skipped_observed)
        facts = record_facts(session)
        for key, label in labels.items():
            self._add_label(replace(label, bill=_plus(label.bill, shares.get(key))), facts)

    def leave_out(
        self, reason: LeftOutReason, rows: Sequence[LedgerRequest], skipped: Sequence[SkippedUnit]
    ) -> None:
        """Count what no label row shows."""
        if not rows and not skipped:
            return
        known = self.left_out.get(reason, LeftOut(0, NOTHING))
        count = known.row_count + len(rows) + len(skipped)
        self.left_out[reason] = LeftOut(count, known.bill + total(rows))

    def _label(
        self, key: LabelKey, rows: Sequence[LedgerRequest], skipped: Sequence[SkippedUnit]
    ) -> LedgerLabel | None:
        name, _, fingerprint, _ = key
        classifier = self._catalog.get(name)
        if classifier is None:
            self.leave_out("unknown_classifier", rows, skipped)
            return None
        is_installed = fingerprint in self._installed.get(name, frozenset())
        refused = max(skipped, key=lambda unit: unit.skipped_at, default=None)
        label = ledger_label(classifier, rows, refused, is_installed=is_installed)
        if isinstance(label, LedgerLabel):
            return label
        self.leave_out(label, rows, skipped)
        return None

    def _add_label(self, label: LedgerLabel, facts: RecordFacts) -> None:
        classifier, decided_by = label.classifier, label.decided_by
        checked = None
        if label.answers:
            assert isinstance(decided_by, LedgerRequest)  # an answer is a request's
            *earlier, answer = label.answers
            checked = check_evidence(classifier, answer, decided_by.record_ids, facts, earlier=earlier)
        # What could not be shown at all has no input, then and now.
        present = self._input_hashes.get((decided_by.unit_id, decided_by.rendering), "")
        is_stale = decided_by.input_hash != present
        self.rows[classifier.name].append(label_row(label, checked, is_stale=is_stale))
        if classifier.item_type is not None and checked is not None:
            self.rows[classifier.items_name] += item_rows(label, checked, facts)


def _by_session(rows: Iterable[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.session_id, []).append(row)
    return grouped


def _by_key(rows: Iterable[Any]) -> dict[LabelKey, list[Any]]:
    grouped: dict[LabelKey, list[Any]] = {}
    for row in rows:
        key = (row.classifier, row.unit_id, row.fingerprint, row.replicate)
        grouped.setdefault(key, []).append(row)
    return grouped


def _plus(bill: Bill | None, share: Bill | None) -> Bill | None:
    if bill is None or share is None:
        return bill or share
    return bill + share
