"""What a model would do next, from the records before the moment alone."""

from classifiers.classifier import Classifier
from classifiers.next_step.proposal.labels import NextStepAnswer

NEXT_STEP_PROPOSAL = Classifier(name="next_step_proposal", unit_kind="act", answer_type=NextStepAnswer)
