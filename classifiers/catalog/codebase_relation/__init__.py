"""The classifier `codebase_relation`."""

from classifiers.catalog.codebase_relation.labels import CodebaseRelationAnswer
from classifiers.classifier import Classifier

CLASSIFIER = Classifier(name="codebase_relation", unit_kind="session", answer_type=CodebaseRelationAnswer)
