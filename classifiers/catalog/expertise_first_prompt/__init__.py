"""The classifier `expertise_first_prompt`: the rating from the first typed prompt alone."""

from typing import cast

from classifiers.answers.answer import Answer
from classifiers.answers.expertise_labels import ExpertiseLevel, level_of
from classifiers.catalog.expertise_first_prompt.labels import ExpertiseFirstPromptAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, EvidenceRule


def _score(answer: Answer, _rejected_count: int) -> ExpertiseLevel:
    return level_of(cast(ExpertiseFirstPromptAnswer, answer).expertise)


CLASSIFIER = Classifier(
    name="expertise_first_prompt",
    unit_kind="session",
    answer_type=ExpertiseFirstPromptAnswer,
    version="2",
    rendering="first_prompt",
    is_for_interactive=True,
    min_prompts=1,
    evidence=EvidenceRule(HUMAN),
    score=_score,
    score_type=ExpertiseLevel,
)
