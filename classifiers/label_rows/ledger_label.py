"""One label as the ledger has it: its requests, attempts and steps read as a status and an answer.

Of several attempts the newest answered one counts. What cannot be read any more, or is not decided yet, is
told apart, because neither is a label. Not here: evidence (evidence_check), columns (claude_labels).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from classifiers.answers.answer import Answer
from classifiers.asking.step_answers import list_field_of
from classifiers.classifier import Classifier, Step
from classifiers.label_row import LabelStatus
from classifiers.label_rows.earlier_answer import earlier_answer
from classifiers.label_rows.label_bill import Bill, total
from classifiers.label_rows.read_response import InvalidAnswerError, read_message, typed_answer
from classifiers.ledger.ledger import LedgerRequest, SkippedUnit

NoLabel = Literal["pending", "unreadable"]
"""`pending`: an answer is still to come, or to be asked for. `unreadable`: an earlier prompt's answer that
today's answer model does not fit."""

_UNANSWERED = frozenset({"failed", "ambiguous"})


@dataclass(frozen=True)
class LedgerLabel:
    """A label: its status, the row that decided it, and the bill of every request made for it.

    `answers` has one per step where the status is ok, and is empty elsewhere. `asked_at` is when its
    subject was read; None where nothing was ever asked. `bill` is None then too.
    """

    classifier: Classifier
    status: LabelStatus
    decided_by: LedgerRequest | SkippedUnit
    answers: tuple[Answer, ...]
    asked_at: datetime | None
    bill: Bill | None

    @property
    def labelled_at(self) -> datetime:
        """When the deciding request was settled, or the unit was skipped."""
        by = self.decided_by
        if isinstance(by, SkippedUnit):
            return by.skipped_at
        return by.settled_at or by.created_at


@dataclass(frozen=True)
class _Chain:
    """Answers of the steps up to one that decides; the last row is the deciding one."""

    rows: tuple[LedgerRequest, ...]
    answers: tuple[Answer, ...]
    status: LabelStatus | Literal["unreadable"]


def ledger_label(
    classifier: Classifier,
    rows: Sequence[LedgerRequest],
    skipped: SkippedUnit | None,
    *,
    is_installed: bool,
) -> LedgerLabel | NoLabel:
    """The label of one unit, fingerprint and replicate; `rows` are all of its requests, in any order.

    An answer stands until a newer one is complete. Without any, a budget that said no explains the gap
    first, an error second; a request that is under way makes it no label yet.
    """
    bill = total(rows) if rows else None
    chain = _decided(classifier, classifier.steps, rows, is_installed=is_installed)
    if chain is not None:
        if chain.status == "unreadable":
            return "unreadable"
        answers = chain.answers if chain.status == "ok" else ()
        first, last = chain.rows[0], chain.rows[-1]
        return LedgerLabel(classifier, chain.status, last, answers, first.created_at, bill)
    if skipped is not None:
        asked_at = min((row.created_at for row in rows), default=None)
        return LedgerLabel(classifier, "skipped_budget", skipped, (), asked_at, bill)
    errors = _errors(classifier, rows)
    if not errors:
        return "pending"
    return LedgerLabel(classifier, "error", errors[0], (), errors[0].created_at, bill)


def _decided(
    classifier: Classifier,
    steps: Sequence[Step],
    rows: Sequence[LedgerRequest],
    *,
    is_installed: bool,
    since: datetime | None = None,
) -> _Chain | None:
    """The newest answers that decide the label; a later step counts only if asked after the one before.

    Where the newest first step has nothing after it yet (a relabelling under way), an older one decides.
    """
    step, *further = steps
    for row in _answered(step, rows, since):
        answer = _read(step, classifier, row, is_installed=is_installed)
        if not isinstance(answer, Answer):
            return _Chain((row,), (), answer)
        if not further:
            return _Chain((row,), (answer,), "ok")
        rest = _decided(classifier, further, rows, is_installed=is_installed, since=row.settled_at)
        if rest is not None:
            return _Chain((row, *rest.rows), (answer, *rest.answers), rest.status)
    return None


def _read(
    step: Step, classifier: Classifier, row: LedgerRequest, *, is_installed: bool
) -> Answer | Literal["refused", "truncated", "invalid", "unreadable"]:
    assert row.message is not None  # what is answered has its message
    read = read_message(row.message)
    if read.answer is None:
        return "invalid" if read.status == "ok" else read.status
    read_as = typed_answer if is_installed else earlier_answer
    try:
        return read_as(step.answer_type, list_field_of(step, classifier), read.answer)
    except InvalidAnswerError:
        # It may have fitted the answer model of its own time.
        return "invalid" if is_installed else "unreadable"


def _errors(classifier: Classifier, rows: Sequence[LedgerRequest]) -> list[LedgerRequest]:
    """Unanswered requests for the step that is missing, the newest first."""
    since: datetime | None = None
    for step in classifier.steps:
        newest = next(iter(_answered(step, rows, since)), None)
        if newest is None:
            return _newest_first(row for row in _of_step(step, rows, since) if row.state in _UNANSWERED)
        since = newest.settled_at
    return []


def _answered(step: Step, rows: Sequence[LedgerRequest], since: datetime | None) -> list[LedgerRequest]:
    return _newest_first(row for row in _of_step(step, rows, since) if row.state == "answered")


def _of_step(step: Step, rows: Iterable[LedgerRequest], since: datetime | None) -> list[LedgerRequest]:
    return [row for row in rows if row.step == step.name and (since is None or row.created_at >= since)]


def _newest_first(rows: Iterable[LedgerRequest]) -> list[LedgerRequest]:
    return sorted(rows, key=lambda row: (row.attempt, row.created_at, row.request_id), reverse=True)
