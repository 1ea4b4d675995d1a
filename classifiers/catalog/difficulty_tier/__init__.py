"""The classifier `difficulty_tier`: the one stratifier of A4, A5 and B6."""

from classifiers.catalog.difficulty_tier.labels import DifficultyTierAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, EvidenceRule

CLASSIFIER = Classifier(
    name="difficulty_tier",
    unit_kind="session",
    answer_type=DifficultyTierAnswer,
    version="2",
    # Who set the problem shows in what the person said and chose.
    evidence=EvidenceRule(actors=HUMAN),
)
