"""A next step in a voice that does not show who said it: asked of both steps of a duel in the same words."""

from classifiers.classifier import Classifier
from classifiers.next_step.restatement.labels import RestatedStepAnswer

NEXT_STEP_RESTATEMENT = Classifier(
    name="next_step_restatement", unit_kind="act", answer_type=RestatedStepAnswer
)
