"""Answers of earlier steps, read back from the ledger, and the text in which the next step reads them."""

from typing import Any

from classifiers.answers.answer import Answer
from classifiers.classifier import IN_LABEL_ROW, Classifier, Step
from classifiers.label_rows.read_response import InvalidAnswerError, read_message, typed_answer
from classifiers.ledger.ledger import LedgerRequest


def answer_of(step: Step, classifier: Classifier, row: LedgerRequest) -> Answer | None:
    """The typed answer that a request brought; None where it was refused, cut off or invalid."""
    if row.message is None:
        return None
    read = read_message(row.message)
    if read.answer is None:
        return None
    try:
        return typed_answer(step.answer_type, list_field_of(step, classifier), read.answer)
    except InvalidAnswerError:
        return None


def list_field_of(step: Step, classifier: Classifier) -> str | None:
    """The list of a step's answer: only the question itself may have one."""
    return classifier.list_field if step.answer_type is classifier.answer_type else None


def values_of(answer: Answer) -> list[tuple[str, Any]]:
    """The scalar values of an answer, evidence left out."""
    return [(name, value) for name, value in answer.model_dump().items() if name not in IN_LABEL_ROW]
