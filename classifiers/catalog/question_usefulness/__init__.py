"""The classifier `question_usefulness`: on turns that end with a question of the agent to the person."""

from classifiers.catalog.question_usefulness.labels import QuestionUsefulnessAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(
    name="question_usefulness",
    unit_kind="turn",
    answer_type=QuestionUsefulnessAnswer,
    rendering="turn",
    turn_ends=frozenset({"question"}),
)
