"""The rows of the retrospective review: one table of the lake.

Belongs here: row type and table. Not here: which changes there are (find_changes), asking and landing
(labelling.change_reviews), the figures (estimates.retrospective_reviews).
"""

from datetime import datetime
from typing import Literal, NamedTuple

from orchestration.ingest.rows import arrow_schema
from orchestration.landing.lake import LakeTable

ChangeSet = Literal["incident", "bug_fix", "control"]
"""The change behind an incident, behind a bug that a commit says it fixes, or one known for no bug."""

ReviewStatus = Literal[
    "reviewed",  # the review is there, and where a bug is known, whether it was named
    "not_judgeable",  # what is known of the bug does not say what went wrong
    "no_answer",  # a request was refused, invalid or given up
    "too_long",  # the change does not fit into one prompt
    "not_asked",  # not paid for yet, or nothing of it may leave the machine
]


class ReviewedChange(NamedTuple):
    """One row per reviewed change and repeat of its review.

    `change_id` is a keyed pseudonym of the commit, and `user_id` that of its author, null for a bot or where
    nobody is named. `replicate` 0 is the review, others are repeats. `finding_count` and
    `blocking_count` count what the reviewer said; `is_named`: a finding names the bug, `is_named_as_bug`: one
    that blocks the merge does; both null for control changes. No text is in any table.
    """

    change_id: str
    user_id: str | None
    change_set: ChangeSet
    committed_at: datetime
    replicate: int
    fingerprint: str
    reviewer_model: str
    finding_count: int | None
    blocking_count: int | None
    is_named: bool | None
    is_named_as_bug: bool | None
    status: ReviewStatus


CHANGES = LakeTable("change_reviews/changes", arrow_schema(ReviewedChange), partition_column=None)

CHANGE_REVIEW_TABLES: tuple[LakeTable, ...] = (CHANGES,)
