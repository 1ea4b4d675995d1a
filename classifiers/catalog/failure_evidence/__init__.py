"""The classifier `failure_evidence`: signals found and typed; the score is computed."""

from collections.abc import Mapping
from typing import cast

from classifiers.answers.answer import Answer
from classifiers.answers.evidence_score import EvidenceItem, FailureScore, score_failure
from classifiers.catalog.failure_evidence.labels import FailureEvidenceAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import AGENT, HUMAN, WORK, EvidenceRule

_TYPED = EvidenceRule(HUMAN, is_typed=True)
_ITEM_EVIDENCE: Mapping[str, EvidenceRule] = {
    # An error of the service that ends the work is a record of the harness.
    "error_unrecovered": EvidenceRule(WORK | {"harness"}),
    "tests_fail_at_end": EvidenceRule(event_kinds=frozenset({"test_run"}), is_success=False),
    "user_rejects_result": _TYPED,
    "gave_up": EvidenceRule(HUMAN | AGENT),
    "rollback": EvidenceRule(event_kinds=frozenset({"rollback"})),
    "user_pushes_back": _TYPED,
    "frustration": _TYPED,
    "repeated_attempts": EvidenceRule(WORK),
    "work_off_target": EvidenceRule(HUMAN | AGENT),
    "error_recovered": EvidenceRule(WORK),
}
"""Where an event is asked for it is the proof, whoever's record shows it."""


def _score(answer: Answer, rejected_count: int) -> FailureScore:
    found = cast(FailureEvidenceAnswer, answer).signals
    return score_failure(
        [(signal.signal, signal.record_id) for signal in found], rejected_signal_count=rejected_count
    )


CLASSIFIER = Classifier(
    name="failure_evidence",
    unit_kind="session",
    answer_type=FailureEvidenceAnswer,
    version="2",
    is_for_interactive=True,
    item_label="signal",
    item_evidence=_ITEM_EVIDENCE,
    score=_score,
    score_type=FailureScore,
    item_type=EvidenceItem,
    score_field="failure_score",
)
