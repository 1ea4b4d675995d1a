"""The classifier `steering`: one label per human prompt after the first; a rule counts them (B5)."""

from classifiers.answers.answer import Answer
from classifiers.answers.steering_shares import STEERING_LABELS, SteeringItem, SteeringShares, share_steering
from classifiers.catalog.steering.labels import SteeringAnswer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import HUMAN, EvidenceRule


def _score(answer: Answer, rejected_count: int) -> SteeringShares:
    assert isinstance(answer, SteeringAnswer)
    labels = [prompt.steering for prompt in answer.prompts]
    return share_steering(labels, rejected_prompt_count=rejected_count)


CLASSIFIER = Classifier(
    name="steering",
    unit_kind="session",
    answer_type=SteeringAnswer,
    version="2",
    min_prompts=2,
    item_label="steering",
    item_evidence={label: EvidenceRule(actors=HUMAN, is_typed=True) for label in STEERING_LABELS},
    score=_score,
    score_type=SteeringShares,
    item_type=SteeringItem,
    score_field="steering_share",
)
