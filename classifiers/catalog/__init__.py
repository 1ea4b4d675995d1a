"""CATALOG, the registry of classifiers: one folder and one line each."""

from classifiers.catalog import codebase_relation, failure_evidence, outcome, success_evidence, work_mode
from classifiers.classifier import Classifier

CATALOG: tuple[Classifier, ...] = (
    work_mode.CLASSIFIER,
    codebase_relation.CLASSIFIER,
    success_evidence.CLASSIFIER,
    failure_evidence.CLASSIFIER,
    outcome.CLASSIFIER,
)
