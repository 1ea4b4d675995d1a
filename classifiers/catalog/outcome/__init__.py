"""The classifier `outcome`."""

from classifiers.catalog.outcome.labels import OutcomeAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(name="outcome", unit_kind="session", answer_type=OutcomeAnswer)
