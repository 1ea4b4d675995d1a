"""The classifier `expertise`: one rating, and the three signals it weighs as diagnostics."""

from typing import cast

from classifiers.answers.answer import Answer
from classifiers.answers.expertise_labels import ExpertiseLevel, level_of
from classifiers.catalog.expertise.labels import ExpertiseAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, EvidenceRule


def _score(answer: Answer, _rejected_count: int) -> ExpertiseLevel:
    return level_of(cast(ExpertiseAnswer, answer).expertise)


CLASSIFIER = Classifier(
    name="expertise",
    unit_kind="session",
    answer_type=ExpertiseAnswer,
    version="2",
    is_for_interactive=True,
    min_prompts=1,
    evidence=EvidenceRule(HUMAN),
    score=_score,
    score_type=ExpertiseLevel,
)
