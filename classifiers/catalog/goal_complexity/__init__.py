"""The classifier `goal_complexity`."""

from classifiers.catalog.goal_complexity.labels import GoalComplexityAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="goal_complexity", unit_kind="session", answer_type=GoalComplexityAnswer, version="2"
)
