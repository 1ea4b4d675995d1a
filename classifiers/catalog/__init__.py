"""CATALOG, the registry of classifiers: one folder and one line each."""

from classifiers.catalog import (
    claims,
    codebase_relation,
    decisions,
    difficulty_tier,
    expertise,
    expertise_first_prompt,
    failure_evidence,
    goal_complexity,
    human_time,
    interrupt_reason,
    outcome,
    steering,
    stop_reason,
    success_evidence,
    task_value,
    user_occupation,
    work_mode,
    work_occupation,
)
from classifiers.classifier import Classifier

CATALOG: tuple[Classifier, ...] = (
    work_mode.CLASSIFIER,
    codebase_relation.CLASSIFIER,
    success_evidence.CLASSIFIER,
    failure_evidence.CLASSIFIER,
    claims.CLASSIFIER,
    outcome.CLASSIFIER,
    decisions.CLASSIFIER,
    expertise.CLASSIFIER,
    expertise_first_prompt.CLASSIFIER,
    user_occupation.CLASSIFIER,
    work_occupation.CLASSIFIER,
    task_value.CLASSIFIER,
    goal_complexity.CLASSIFIER,
    human_time.CLASSIFIER,
    steering.CLASSIFIER,
    difficulty_tier.CLASSIFIER,
    stop_reason.CLASSIFIER,
    interrupt_reason.CLASSIFIER,
)
