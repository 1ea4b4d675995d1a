"""The rows of the tables that an organisation supplies: pull requests, survey answers, incidents, wages.

Belongs here: the row types and their tables of the lake. Not here: how a line becomes a row (a module each),
reading files (land_supplied). Every table is one file, read again as a whole from the named files.
"""

from datetime import date, datetime
from typing import Literal, NamedTuple

from orchestration.ingest.read_lines import BadReason
from orchestration.ingest.rows import arrow_schema
from orchestration.landing.lake import LakeTable

SuppliedTableName = Literal["pull_requests", "survey_answers", "incidents", "wages"]

UnusableReason = Literal[
    "unknown_shape",  # an object that no mapping fits
    "missing_field",
    "malformed_value",  # a field that cannot be read: no time, no count, no word of the list
    "implausible_order",  # something ends before it begins
    "deleted_person",  # the author's data was deleted from this home
]
SetAsideReason = Literal[BadReason, UnusableReason]

OutputBand = Literal[
    "less", "no_change", "x1_25", "x1_5", "x2", "x3", "x4", "x6", "x8", "x10_or_more", "cannot_say",
]  # fmt: skip
ShareBand = Literal["none", "up_to_10", "up_to_25", "up_to_50", "above_50", "cannot_say"]
QualityParity = Literal[
    "much_worse", "somewhat_worse", "about_the_same", "somewhat_better", "much_better", "cannot_say"
]


class PullRequest(NamedTuple):
    """One row per pull request that the organisation's table holds.

    Ids are keyed pseudonyms; `project_id` is that of sessions in the same repository. `user_id` is the
    author's pseudonym, null for a bot. Reviews by the author count as none. `human_review_count` and
    `bot_review_count` are null where the table does not say who reviewed. `is_agent_authored`: a flag of the
    table, or a trailer in the messages of commits or in the description; null where the table has none of
    these.
    """

    pull_request_id: str
    project_id: str
    user_id: str | None
    is_bot_authored: bool
    is_agent_authored: bool | None
    first_commit_at: datetime | None
    opened_at: datetime
    first_bot_review_at: datetime | None
    first_review_at: datetime | None
    approved_at: datetime | None
    merged_at: datetime | None
    closed_at: datetime | None
    lines_added: int | None
    lines_removed: int | None
    human_review_count: int | None
    bot_review_count: int | None


class PullRequestCommit(NamedTuple):
    """One row per pull request and commit: the commits of its branch, and the commit that merged it."""

    pull_request_id: str
    project_id: str
    user_id: str | None
    commit_sha: str
    is_merge: bool


class SurveyAnswer(NamedTuple):
    """One row per answer to the survey. No column says who answered.

    `answer_number` counts a quarter's answers by what they say. An item that was not answered is null.
    """

    quarter_start: date
    answer_number: int
    output_multiplier: OutputBand | None
    new_work_share: ShareBand | None
    deferred_work_share: ShareBand | None
    quality_parity: QualityParity | None


class Incident(NamedTuple):
    """One row per incident. `title` and `description` are redacted; shas are as the table has them."""

    incident_id: str
    project_id: str | None
    introduced_sha: str | None
    fixed_sha: str | None
    opened_at: datetime
    resolved_at: datetime | None
    title: str | None
    description: str | None


class Wage(NamedTuple):
    """One row per occupation group: what an hour of its work costs, in US dollars, and who published that."""

    occupation: str
    hourly_wage_usd: float
    wage_source: str


class SuppliedFile(NamedTuple):
    """One row per table and file that was read, with what became of its lines.

    `object_count` is the sum of `row_count`, `replaced_count` (a later line of the same thing took the
    place) and the objects set aside; pieces that are no objects are set aside too.
    """

    table_name: SuppliedTableName
    path_id: str
    object_count: int
    row_count: int
    replaced_count: int
    set_aside_object_count: int
    set_aside_piece_count: int


class SuppliedSetAside(NamedTuple):
    """One row per piece of a supplied file that became no row, with the reason; no text is kept."""

    table_name: SuppliedTableName
    path_id: str
    line_number: int
    byte_offset: int
    is_object: bool
    reason: SetAsideReason


def _table(name: str, row_type: type) -> LakeTable:
    return LakeTable(f"supplied/{name}", arrow_schema(row_type), partition_column=None)


PULL_REQUESTS = _table("pull_requests", PullRequest)
PULL_REQUEST_COMMITS = _table("pull_request_commits", PullRequestCommit)
SURVEY_ANSWERS = _table("survey_answers", SurveyAnswer)
INCIDENTS = _table("incidents", Incident)
WAGES = _table("wages", Wage)
FILES = _table("files", SuppliedFile)
SET_ASIDE = _table("set_aside", SuppliedSetAside)

ROW_TYPES = {
    PULL_REQUESTS: PullRequest,
    PULL_REQUEST_COMMITS: PullRequestCommit,
    SURVEY_ANSWERS: SurveyAnswer,
    INCIDENTS: Incident,
    WAGES: Wage,
    FILES: SuppliedFile,
    SET_ASIDE: SuppliedSetAside,
}
SUPPLIED_TABLES: tuple[LakeTable, ...] = tuple(ROW_TYPES)
