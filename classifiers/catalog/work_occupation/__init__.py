"""The classifier `work_occupation`."""

from classifiers.catalog.work_occupation.labels import WorkOccupationAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="work_occupation", unit_kind="session", answer_type=WorkOccupationAnswer, version="2"
)
