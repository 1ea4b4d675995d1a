"""Whether one of a reviewer's findings names the bug that the change is known to have brought in."""

from classifiers.change_review.match.labels import ChangeMatchAnswer
from classifiers.classifier import Classifier

CHANGE_MATCH = Classifier(
    name="change_match", unit_kind="session", answer_type=ChangeMatchAnswer, is_for_interactive=False
)
