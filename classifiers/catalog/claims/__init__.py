"""The classifier `claims`: what the agent says it achieved; a rule holds it against the events."""

from typing import cast, get_args

from classifiers.answers.answer import Answer
from classifiers.answers.claims import Claim, ClaimCounts, ClaimItem
from classifiers.catalog.claims.labels import ClaimsAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import AGENT, EvidenceRule


def _score(answer: Answer, rejected_count: int) -> ClaimCounts:
    return ClaimCounts(len(cast(ClaimsAnswer, answer).claims), rejected_count)


CLASSIFIER = Classifier(
    name="claims",
    unit_kind="session",
    answer_type=ClaimsAnswer,
    version="2",
    item_label="claim",
    item_evidence={claim: EvidenceRule(AGENT) for claim in get_args(Claim)},
    score=_score,
    score_type=ClaimCounts,
    item_type=ClaimItem,
    score_field="claim_count",
)
