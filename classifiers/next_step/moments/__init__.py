"""Moments of a session at which the person's direction turned out a detour, or a strong move."""

from classifiers.classifier import Classifier
from classifiers.next_step.moments.labels import NextStepMomentsAnswer

NEXT_STEP_MOMENTS = Classifier(
    name="next_step_moments",
    unit_kind="session",
    answer_type=NextStepMomentsAnswer,
    min_prompts=2,
)
