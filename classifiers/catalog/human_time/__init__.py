"""The classifier `human_time`."""

from classifiers.catalog.human_time.labels import HumanTimeAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="human_time",
    unit_kind="session",
    answer_type=HumanTimeAnswer,
    version="2",
    score_field="hours_p50",
)
