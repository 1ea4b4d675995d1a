"""The name of a cluster: asked of samples of its members and of near non-members. Not in the catalog.

Two steps: a name, then an audit that sees the name alone and says whether it holds private content.
"""

from classifiers.classifier import Classifier, Step
from classifiers.cluster_name.labels import ClusterAuditAnswer, ClusterNameAnswer

NAMING = Step("name", "name.md", ClusterNameAnswer)

CLUSTER_NAME = Classifier(
    name="cluster_name",
    unit_kind="tool_call",
    answer_type=ClusterAuditAnswer,
    earlier_steps=(NAMING,),
    reads="previous_step",
    is_for_interactive=False,
)
