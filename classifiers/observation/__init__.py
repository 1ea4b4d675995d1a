"""The observation pass: one part of a long session, read once for all questions. Not in the catalog."""

from classifiers.classifier import Classifier
from classifiers.observation.labels import ObservationAnswer

OBSERVATION = Classifier(
    name="observation",
    unit_kind="session",
    answer_type=ObservationAnswer,
    version="2",
    is_for_interactive=False,
)
