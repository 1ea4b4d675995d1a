"""The rows that git repositories give: tables of the lake at `lake/git/<table>/part.parquet`.

Belongs here: the contract. A row type's docstring opens with the grain; times are UTC; missing is None,
never zero. Each table is one file, made anew as a whole in each run from what the repositories hold then and
from what the lake knows of sessions: history that was rewritten, and people who were deleted, fall out of it.
Not here: reading repositories, linking commits to sessions, writing (orchestration/git_history).

Words. *Landing*: a commit of the default branch's first-parent chain: what is merged is merged by it. A line
is *merged* when a landing's diff to its first parent adds it; of a merge, the commit of the branch that wrote
the line has it. So what a branch added and removed again was never merged. A line that only moved, or whose
white space alone changed, is the line it was: it is counted as moved, and it lives on.
"""

from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

import pyarrow as pa

from orchestration.ingest.rows import arrow_schema

RepositoryStatus = Literal["read", "set_aside"]
SetAsideReason = Literal[
    "not_a_repository",
    "unreadable",
    "shallow",  # its history is cut: what landed before it is not known
    "missing_objects",  # a partial clone, or a damaged one
    "no_commits",
    "rules_broken",  # its rows break rules of the gates
    "same_repository",  # another place holds the same repository with a newer default branch
]
Exclusion = Literal["lock", "vendored", "generated", "minified", "binary", "oversized"]
"""Why the lines of a file are left out of the shares; `oversized`: over 10,000 lines added at once."""

AuthorKnownBy = Literal[
    "map",  # the operator's map `users` names the address or name
    "sessions",  # all sessions that made commits of this address are one person's
    "address",  # the name in the address, as it stands in home folders
]
SessionEvidence = Literal[
    "sha",  # the session printed this commit's id
    "copy",  # the session printed the id of a commit with the same patch: rebased or cherry-picked
    "pull_request",  # the session opened or merged the pull request by which the commit landed
    "note",  # a line-level note (refs/notes/ai) names the session
    "match",  # lines of the commit are lines that the session wrote in the 14 days before
    "time",  # the author had a session in the project when the commit was made
]
MatchKind = Literal[
    "same_file",  # an agent wrote the line into a file of this name, in the 14 days before the commit
    "other_file",  # … into a file of another name
    "none",
    "too_short",  # too few letters to tell lines apart, such as `}` or a blank line
]
CommitEventState = Literal[
    "landed",
    "landed_as_copy",  # a commit with the same patch landed
    "not_landed",  # the repository has the commit, and its default branch does not reach it
    "not_found",  # no repository that was read has it: squashed, never pushed, or of another repository
]


class GitRepository(NamedTuple):
    """One row per repository at hand, or place of the setting `repositories` that could not be read.

    `project_id` is that of sessions in clones of it. All counts are null where it was set aside.
    `observed_until` is the time of the newest commit of any branch: nothing is known of what came after, so
    survival is only judged up to it. `is_rewritten`: since the last run the default branch lost commits.
    `commit_count` counts what the default branch reaches: `forgotten_commit_count` of these have no row,
    because their author was deleted. `merge_commit_count` and `landing_count` are of these, too.
    `noted_commit_count`: commits with a note that could be read.
    """

    repository_id: str
    project_id: str | None
    project_name: str | None
    status: RepositoryStatus
    reason: SetAsideReason | None
    is_rewritten: bool | None
    first_committed_at: datetime | None
    last_landed_at: datetime | None
    observed_until: datetime | None
    commit_count: int | None
    merge_commit_count: int | None
    landing_count: int | None
    copied_commit_count: int | None
    forgotten_commit_count: int | None
    noted_commit_count: int | None
    unreadable_note_count: int | None


class GitCommit(NamedTuple):
    """One row per repository and commit that its default branch reaches.

    `git_commit_id` is a keyed pseudonym of repository and id: `commit_sha` is for joins in the lake, and
    marts may show it in a personal home only. `user_id` is the author's pseudonym, as sessions have it; null
    for a bot, an agent or nobody. `author_key` is a keyed hash of the author's address. Times are the
    author's, the committer's, and `landed_at`: when the landing (`landing_commit_id`) was committed; the
    landing of a person who was deleted has no row. `copy_of_commit_id`: an earlier commit of the branch has
    the same patch (cherry-picked, or merged twice). `is_reverted` where a later commit says that it reverts
    this one, and was not reverted itself; `reverts_commit_id` names what this one reverts. A merge that
    landed is reverted as a whole.

    `agent_trailer`: the agent that a trailer or the author names (a closed list; `other` where a trailer of
    that kind names what no list knows). `pull_request_number` as the landing's message states it.

    `lines_added` and `lines_removed` are those of the diff to the first parent, unfiltered, as git counts
    them, null for merges. `merged_line_count`: lines that were merged, without excluded files and moved
    lines: what shares are made of; `matchable_line_count` of these, those long enough to be told apart.
    `unfiltered_merged_line_count` counts all lines of landings.

    Sessions: one column per evidence, the session with most lines where several have any; `session_id` is
    the first of them in the order of `SessionEvidence`, without `time`, and `session_known_by` says which.
    `is_session_disputed`: two evidences, `time` left out, name different sessions.
    """

    repository_id: str
    git_commit_id: str
    commit_sha: str
    project_id: str
    user_id: str | None
    author_key: str
    author_known_by: AuthorKnownBy | None
    is_bot_author: bool
    is_merge: bool
    is_landing: bool
    landing_commit_id: str
    copy_of_commit_id: str | None
    reverts_commit_id: str | None
    authored_at: datetime
    committed_at: datetime
    landed_at: datetime
    is_reverted: bool
    reverted_at: datetime | None
    agent_trailer: str | None
    co_author_count: int
    pull_request_number: int | None
    file_count: int | None
    lines_added: int | None
    lines_removed: int | None
    moved_line_count: int | None
    merged_line_count: int
    matchable_line_count: int
    unfiltered_merged_line_count: int
    noted_line_count: int | None
    matched_line_count: int
    sha_session_id: str | None
    copy_session_id: str | None
    pull_request_session_id: str | None
    note_session_id: str | None
    match_session_id: str | None
    time_session_id: str | None
    session_id: str | None
    session_known_by: SessionEvidence | None
    is_session_disputed: bool


class GitCommitFile(NamedTuple):
    """One row per commit and file that it changes, by its diff to its first parent; merges have none.

    `path_id` is a keyed pseudonym of the path, which is not kept. `exclusion` says why its lines are left
    out, null where they count. `moved_line_count`: added lines that the same commit removed elsewhere, or
    whose white space alone changed; they are in both `lines_added` and `lines_removed`. Lines of binary files
    are 0.
    """

    repository_id: str
    git_commit_id: str
    path_id: str
    file_extension: str | None
    exclusion: Exclusion | None
    lines_added: int
    lines_removed: int
    moved_line_count: int


class GitLineGroup(NamedTuple):
    """One row per commit, file and attribution of merged lines: how many, and what became of them.

    Only lines that were merged and not excluded, each in exactly one row: `line_count` adds up
    to the commit's `merged_line_count`. A merge has rows for lines that none of its commits wrote (solved
    conflicts).

    Two attributions, of which neither decides the other. By note: `note_agent` and `note_session_id` where a
    note gives the line to an agent's session (`note_session_id` is null where the session is not in the
    lake, `note_agent` is not); `has_note` without `note_agent` means that the note leaves it to a person.
    By match: `match_kind`, with `match_session_id` the latest session that wrote the line.
    `unrelated_session_id` is the placebo of the match: the latest session of another project that wrote the
    same line in the same 14 days. It says nothing of who wrote the line, and how often a match is chance.

    Fate, counted from the landing: `survived_30d_count` is null where the repository was observed for less
    than 30 days after it; so are the others of 30 days. `reverted_30d_count`: lines removed by a landing
    that says that it reverts another. `rewritten_30d_count`: all others that were removed or replaced
    within 30 days, so that survived + reverted + rewritten = `line_count`. `incident_30d_count`: of the
    reverted and rewritten lines, those that the landing of an incident's fix removed; null also where the
    organisation's table has no incident of the repository. `alive_count`: still there at the end.
    """

    repository_id: str
    git_commit_id: str
    path_id: str
    has_note: bool
    note_agent: str | None
    note_session_id: str | None
    match_kind: MatchKind
    match_session_id: str | None
    unrelated_session_id: str | None
    line_count: int
    survived_30d_count: int | None
    reverted_30d_count: int | None
    rewritten_30d_count: int | None
    incident_30d_count: int | None
    survived_90d_count: int | None
    reverted_90d_count: int | None
    rewritten_90d_count: int | None
    incident_90d_count: int | None
    alive_count: int


class GitCommitSession(NamedTuple):
    """One row per commit, evidence and session: everything that links them."""

    repository_id: str
    git_commit_id: str
    evidence: SessionEvidence
    session_id: str


class GitCommitEvent(NamedTuple):
    """One row per commit that a session printed the id of, where its project's repository was read.

    `event_id` with `session_id` is the key of raw_events (fct_commits.commit_id is the event_id).
    `git_commit_id` is what landed, the copy where `state` is `landed_as_copy`.
    """

    session_id: str
    event_id: str
    repository_id: str | None
    state: CommitEventState
    git_commit_id: str | None


class GitTable(NamedTuple):
    """A table of git: its name, row type and key."""

    name: str
    row_type: type[Any]
    key: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        return arrow_schema(self.row_type)

    @property
    def grain(self) -> str:
        """First line of the row type's docstring: "One row per …"."""
        return str(self.row_type.__doc__).strip().splitlines()[0]


REPOSITORIES = GitTable("repositories", GitRepository, ("repository_id",))
COMMITS = GitTable("commits", GitCommit, ("git_commit_id",))
COMMIT_FILES = GitTable("commit_files", GitCommitFile, ("git_commit_id", "path_id"))
LINE_GROUPS = GitTable(
    "line_groups",
    GitLineGroup,
    (
        "git_commit_id",
        "path_id",
        "note_agent",
        "note_session_id",
        "match_kind",
        "match_session_id",
        "unrelated_session_id",
    ),
)
COMMIT_SESSIONS = GitTable("commit_sessions", GitCommitSession, ("git_commit_id", "evidence", "session_id"))
COMMIT_EVENTS = GitTable("commit_events", GitCommitEvent, ("session_id", "event_id"))

GIT_TABLES: tuple[GitTable, ...] = (
    REPOSITORIES,
    COMMITS,
    COMMIT_FILES,
    LINE_GROUPS,
    COMMIT_SESSIONS,
    COMMIT_EVENTS,
)

EVIDENCES: tuple[SessionEvidence, ...] = get_args(SessionEvidence)
