"""The classifier `success_evidence`: signals found and typed; the score is computed."""

from collections.abc import Mapping
from typing import cast

from classifiers.answers.answer import Answer
from classifiers.answers.evidence_score import EvidenceItem, SuccessScore, score_success
from classifiers.catalog.success_evidence.labels import SuccessEvidenceAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import AGENT, HUMAN, TOOL, EvidenceRule

_TYPED = EvidenceRule(HUMAN, is_typed=True)
_ITEM_EVIDENCE: Mapping[str, EvidenceRule] = {
    "commit_matches": EvidenceRule(event_kinds=frozenset({"commit"})),
    "pr_opened": EvidenceRule(event_kinds=frozenset({"pull_request_opened"})),
    "pr_merged": EvidenceRule(event_kinds=frozenset({"pull_request_merged"})),
    "tests_pass_after_change": EvidenceRule(event_kinds=frozenset({"test_run"})),
    "command_output_matches": EvidenceRule(TOOL),
    "user_affirms_result": _TYPED,
    "artefact_confirmed": EvidenceRule(TOOL),
    "neutral_ack": _TYPED,
    "clean_end": EvidenceRule(AGENT),
}
"""Where an event is asked for it is the proof, whoever's record shows it."""


def _score(answer: Answer, rejected_count: int) -> SuccessScore:
    found = cast(SuccessEvidenceAnswer, answer).signals
    return score_success(
        [(signal.signal, signal.record_id) for signal in found], rejected_signal_count=rejected_count
    )


CLASSIFIER = Classifier(
    name="success_evidence",
    unit_kind="session",
    answer_type=SuccessEvidenceAnswer,
    version="2",
    is_for_interactive=True,
    item_label="signal",
    item_evidence=_ITEM_EVIDENCE,
    score=_score,
    score_type=SuccessScore,
    item_type=EvidenceItem,
    score_field="success_score",
)
