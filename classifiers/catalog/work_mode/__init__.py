"""The classifier `work_mode`."""

from classifiers.catalog.work_mode.labels import WorkModeAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(name="work_mode", unit_kind="session", answer_type=WorkModeAnswer)
