"""The classifier `user_occupation`: read in aggregate only, never linked to a person."""

from classifiers.catalog.user_occupation.labels import UserOccupationAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import EvidenceRule

CLASSIFIER = Classifier(
    name="user_occupation",
    unit_kind="session",
    answer_type=UserOccupationAnswer,
    version="2",
    # What the agent says of the person is its guess, so it is no signal.
    evidence=EvidenceRule(actors=frozenset({"human", "tool", "harness"})),
)
