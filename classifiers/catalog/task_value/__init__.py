"""The classifier `task_value`: the work is rewritten as a posting, and the posting is priced.

The step that prices never sees the transcript, so neither who did the work nor how long it took can move
the price; the posting itself is read by no label row.
"""

from classifiers.catalog.task_value.labels import PostingAnswer, TaskValueAnswer
from classifiers.classifier import Classifier, Step

POSTING = Step("posting", "posting.md", PostingAnswer)

CLASSIFIER = Classifier(
    name="task_value",
    unit_kind="session",
    answer_type=TaskValueAnswer,
    version="2",
    earlier_steps=(POSTING,),
    reads="previous_step",
    score_field="price_usd",
)
