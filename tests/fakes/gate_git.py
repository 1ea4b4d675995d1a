"""The staged tables of a repository, and for every rule of the gates of git one way to spoil them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.git_rows import GIT_TABLES

GitRows = dict[str, list[dict[str, Any]]]
Breaker = Callable[[GitRows], None]


def stage_git(rows: Mapping[str, list[dict[str, Any]]], folder: Path) -> dict[str, Path]:
    """The rows as one file per table; nulls are written wherever they stand."""
    folder.mkdir(parents=True)
    files: dict[str, Path] = {}
    for table in GIT_TABLES:
        schema = pa.schema([field.with_nullable(True) for field in table.schema])
        files[table.name] = folder / f"{table.name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows[table.name], schema=schema), files[table.name])
    return files


def _change(table: str, **values: Any) -> Breaker:
    def breaker(rows: GitRows) -> None:
        rows[table][0] = {**rows[table][0], **values}

    return breaker


def _repeat(table: str) -> Breaker:
    def breaker(rows: GitRows) -> None:
        rows[table].append(rows[table][0])

    return breaker


_NEGATIVE = {
    "repositories": "landing_count", "commits": "co_author_count", "commit_files": "lines_removed",
    "line_groups": "alive_count",
}  # fmt: skip
_WORDS = {
    "repositories": "reason", "commits": "session_known_by", "commit_files": "exclusion",
    "line_groups": "match_kind", "commit_sessions": "evidence", "commit_events": "state",
}  # fmt: skip

GIT_BREAKERS: dict[str, Breaker] = {
    **{f"git_{t.name}.complete": _change(t.name, **{t.schema.names[0]: None}) for t in GIT_TABLES},
    **{f"git_{table.name}.unique": _repeat(table.name) for table in GIT_TABLES},
    **{f"git_{table}.not_negative": _change(table, **{column: -1}) for table, column in _NEGATIVE.items()},
    **{f"git_{table}.vocabulary": _change(table, **{column: "odd"}) for table, column in _WORDS.items()},
    **{f"git_{t.name}.pseudonyms": _change(t.name, repository_id="widgets") for t in GIT_TABLES},
    "git_repositories.reason_given": _change("repositories", status="set_aside"),
    "git_commits.lines_within": _change("commits", matched_line_count=10**6),
    "git_commits.lines_in_groups": _change("commits", merged_line_count=10**3),
    "git_commits.session_says_how_it_is_known": _change("commits", session_id="s9"),
    "git_commits.revert_has_a_time": _change("commits", is_reverted=True),
    "git_commits.author_says_how_it_is_known": _change("commits", is_bot_author=True),
    "git_commit_files.moved_within_added": _change("commit_files", moved_line_count=10**6),
    "git_commit_files.commit_known": _change("commit_files", git_commit_id=f"commit_{'0' * 16}"),
    "git_line_groups.fates_add_up_30d": _change("line_groups", survived_30d_count=10**6),
    "git_line_groups.fates_add_up_90d": _change("line_groups", survived_90d_count=10**6),
    "git_line_groups.match_has_a_session": _change("line_groups", match_session_id="s9"),
    "git_line_groups.commit_known": _change("line_groups", git_commit_id=f"commit_{'0' * 16}"),
    "git_commit_sessions.commit_known": _change("commit_sessions", git_commit_id=f"commit_{'0' * 16}"),
    "git_commit_events.state_agrees": _change("commit_events", git_commit_id=None, state="landed"),
}
"""Rule → a change of the planted rows that must break it, among others perhaps."""
