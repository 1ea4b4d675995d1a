"""Which of two next steps was the better one, by whoever knows how the session ended."""

from classifiers.classifier import Classifier
from classifiers.next_step.judgement.labels import NextStepJudgementAnswer

NEXT_STEP_JUDGEMENT = Classifier(
    name="next_step_judgement", unit_kind="act", answer_type=NextStepJudgementAnswer
)
