"""The classifier `decisions`: decisions found, typed and attributed; the shares are computed."""

from collections.abc import Mapping
from typing import cast

from classifiers.answers.answer import Answer
from classifiers.answers.decision_shares import DecisionItem, DecisionShares, share_decisions
from classifiers.catalog.decisions.labels import DecisionsAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, EvidenceRule

_ITEM_EVIDENCE: Mapping[str, EvidenceRule] = {
    # Typed or chosen: an option picked from a question counts as the person's.
    "user": EvidenceRule(HUMAN),
    # The agent's own record, or the prompt that carries a plan which the agent wrote.
    "agent": EvidenceRule(),
}


def _score(answer: Answer, rejected_count: int) -> DecisionShares:
    found = cast(DecisionsAnswer, answer).decisions
    return share_decisions(found, rejected_decision_count=rejected_count)


CLASSIFIER = Classifier(
    name="decisions",
    unit_kind="session",
    answer_type=DecisionsAnswer,
    version="2",
    is_for_interactive=True,
    item_label="owner",
    item_evidence=_ITEM_EVIDENCE,
    score=_score,
    score_type=DecisionShares,
    item_type=DecisionItem,
    score_field="user_planning_share",
)
