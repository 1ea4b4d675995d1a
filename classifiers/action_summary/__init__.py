"""What a tool call did, in a few words for clusters of calls. Not in the catalog: its answers are no labels.

An open text is in no label table. Study A's clusters are of such summaries; calls that nobody summarised are
clustered by recorded columns (orchestration.clusters).
"""

from classifiers.action_summary.labels import ActionSummaryAnswer
from classifiers.classifier import Classifier

ACTION_SUMMARY = Classifier(
    name="action_summary",
    unit_kind="tool_call",
    answer_type=ActionSummaryAnswer,
    rendering="tool_call",
    is_for_interactive=False,
)
